//! Ordinary attributes: other data that authors store in a conversation, much of it personal.
//!
//! All values are invented: phone numbers and domains are reserved for examples, card numbers are payment providers'
//! test numbers, and the towns do not exist.

use cxtrace_fixtures::SeededRng;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Account,
    Address,
    Card,
    Email,
    Flag,
    Language,
    Person,
    Phone,
    Text,
}

/// Names as authors write them: with spaces (also leading and double), parentheses and dots. Some resemble the name of
/// a metric.
const NAMES: [(&str, Kind); 30] = [
    ("AccountID", Kind::Account),
    ("IDENTITY PLATFORM ACCOUNT ID", Kind::Account),
    (" ani_in_identity_platform", Kind::Flag),
    ("Numero  VIP", Kind::Flag),
    ("Trace CalledAddress", Kind::Phone),
    ("callback.number", Kind::Phone),
    ("Mobile (private)", Kind::Phone),
    ("context.firstName", Kind::Person),
    ("Caller Name", Kind::Person),
    ("Email", Kind::Email),
    ("email_2 (unverified)", Kind::Email),
    ("card_on_file", Kind::Card),
    ("Card (expired)", Kind::Card),
    ("DeliveryAddress", Kind::Address),
    ("billing address (old)", Kind::Address),
    ("conversationDetails.participantData.Account Balance", Kind::Account),
    ("LLM (AW) question", Kind::Text),
    ("LLM (AW) answer", Kind::Text),
    ("LOG_TRACE", Kind::Text),
    ("Agent notes", Kind::Text),
    ("Complaint (free text)", Kind::Text),
    ("Language", Kind::Language),
    ("isAuthenticated", Kind::Flag),
    ("scriptVersion", Kind::Account),
    ("SurveyMetric_Score", Kind::Flag),
    ("Metrics enabled (yes/no)", Kind::Flag),
    ("Metric", Kind::Flag),
    ("last step (2026-01-01T00:00:00Z)", Kind::Text),
    ("Note for Jo Sample", Kind::Text),
    ("Kundennummer", Kind::Account),
];

const FIRST: [&str; 8] = ["Alex", "Jo", "Sam", "Zoë", "Mária", "Jürgen", "Noor", "Li"];
const LAST: [&str; 6] = ["Sample", "Example", "Muster", "O'Nobody", "van der Test", "Doe-Invented"];
const STREETS: [&str; 4] = ["Sample Street", "Beispielweg", "Rue de l'Exemple", "Nowhere Lane"];
const TOWNS: [&str; 4] = ["Exampleton", "Musterstadt", "Saint-Exemple", "Testbury"];
const CARDS: [&str; 4] = ["4111 1111 1111 1111", "5555555555554444", "3782 822463 10005", "6011-1111-1111-1117"];
const FLAGS: [&str; 7] = ["true", "false", "", "yes", "1", "0", "NOT_SET"];
const LANGUAGES: [&str; 4] = ["en-GB", "de-DE", "fr-FR", "日本語"];

/// Sentences with characters that are difficult for JSON readers and writers. One contains the name of a metric, which
/// does not count in a value.
const SENTENCES: [&str; 9] = [
    "I moved to Testbury last week and my bill still goes to the old address.",
    "She said: \"call me back after five\", then hung up.",
    "Path was C:\\flows\\main\\step 7.",
    "Line one\nline two\twith a tab",
    "Voilà – naïve café, 100 % sûr 😀",
    "{\"intent\":\"refund\",\"confidence\":0.92}",
    "CustomerRoutingMetric_Unknown(2023-03-05T08:18:04.568Z)",
    "My order number is 00-4711 and nobody could find it.",
    "<b>Please</b> do not write to alex@example.com; use the other one.",
];

/// One ordinary attribute: its name, and its value this time.
pub(super) fn attribute(rng: &mut SeededRng) -> (&'static str, String) {
    let (name, kind) = rng.pick(&NAMES);
    (name, value(kind, rng))
}

fn value(kind: Kind, rng: &mut SeededRng) -> String {
    match kind {
        Kind::Account => format!("{}-{:06}", rng.below(10), rng.below(1_000_000)),
        Kind::Address => {
            let (street, town) = (rng.pick(&STREETS), rng.pick(&TOWNS));
            format!("{} {street}, {:05} {town}", rng.between(1, 199), rng.below(100_000))
        }
        Kind::Card => rng.pick(&CARDS).to_owned(),
        Kind::Email => {
            let (first, last) = (rng.pick(&FIRST), rng.pick(&LAST));
            let name = format!("{first}.{last}").replace([' ', '\''], "").to_lowercase();
            format!("{name}{}@example.{}", rng.below(100), rng.pick(&["com", "org", "net"]))
        }
        Kind::Flag => rng.pick(&FLAGS).to_owned(),
        Kind::Language => rng.pick(&LANGUAGES).to_owned(),
        Kind::Person => format!("{} {}", rng.pick(&FIRST), rng.pick(&LAST)),
        Kind::Phone => match rng.below(3) {
            0 => format!("tel:+1202555{:04}", rng.between(100, 199)),
            1 => format!("+44 1632 960{:03}", rng.below(1_000)),
            _ => format!("(07700) 900{:03}", rng.below(1_000)),
        },
        Kind::Text => {
            let mut text = String::new();
            // Some authors also store traces of a whole flow run.
            let sentences = if rng.chance(5) { rng.between(100, 400) } else { rng.between(1, 8) };
            for _ in 0..sentences {
                text.push_str(rng.pick(&SENTENCES));
                text.push(' ');
            }
            text
        }
    }
}
