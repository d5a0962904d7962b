//! Reads the digits to dial from a text in any form: a SIP name-addr (RFC 3261), a `tel:` URI (RFC 3966), or a number
//! as people write it. It must not know any country's numbering plan.

use crate::{characters, meaningless};

/// The number to dial.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Dialled {
    /// The digits in ASCII, without the extension and without digits that are dialled later.
    pub(super) digits: String,
    /// Whether they begin with a country code, after a `+`.
    pub(super) is_international: bool,
    /// The position of a zero that is dialled only inside the country, as in `+44 (0)20` and `+44 {0}20`.
    pub(super) trunk_zero: Option<usize>,
}

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// It means that the caller's number is withheld.
    #[error("it means that the caller's number is withheld")]
    Meaningless,
    /// It is something else, or too short or too long.
    #[error("it is not a phone number of 7 to 15 digits")]
    Unreadable,
}

/// Characters that only group digits.
const SEPARATORS: &str = " -.()/[]{}_~\u{b7}\u{2e31}";

/// Words that announce an extension, or a pause before digits that are dialled later.
const EXTENSIONS: [&str; 23] = [
    "anexo",
    "anknytning",
    "durchwahl",
    "dw",
    "e",
    "ex",
    "ext",
    "extension",
    "extn",
    "int",
    "interno",
    "pause",
    "poste",
    "ramal",
    "toestel",
    "wait",
    "wew",
    "x",
    "xt",
    "доб",
    "內線",
    "内線",
    "内线",
];

/// Words that people write before a number.
const LABELS: [&str; 14] = [
    "telephone",
    "telefoon",
    "telefono",
    "telefon",
    "phone",
    "mobile",
    "handy",
    "cell",
    "tel",
    "tlf",
    "fon",
    "mob",
    "ph",
    "t",
];

/// Words that people write after a number, beside [`LABELS`].
const NOTES: [&str; 7] = ["fax", "gsm", "home", "main", "office", "private", "work"];

/// Codes that a caller dials before the number to hide or show the caller's own number.
const CALLER_ID_CODES: [&str; 5] = ["*#31#", "*31#", "#31#", "*67", "*82"];

pub(super) fn read(text: &str) -> Result<Dialled, NoNumber> {
    let text = characters::ascii(text).replace(|c: char| c.is_ascii_whitespace(), " ");
    let address = inside_brackets(&text).unwrap_or(&text);
    // Spreadsheets and dumps put quotes around texts.
    let address = unlabelled(address.trim_matches([' ', '"', '\'', '`', '=', ',', ';']));
    let (scheme, rest) = scheme(address);
    let (user, host) = match rest.split_once('@') {
        Some((user, host)) => (user, Some(host)),
        None => (rest, None),
    };
    let user = percent_decoded(user.split('?').next().unwrap_or_default());
    let mut parameters = user.split(';');
    let mut number = parameters.next().unwrap_or_default();
    if scheme.is_some_and(|scheme| scheme.starts_with("sip")) {
        // A password may follow the user.
        number = number.split(':').next().unwrap_or_default();
    }
    if is_nobody(number) || host.is_some_and(is_no_host) {
        return Err(NoNumber::Meaningless);
    }
    let mut dialled = dial(number).ok_or(NoNumber::Unreadable)?;
    let context = parameters.find_map(|parameter| parameter.trim().strip_prefix("phone-context="));
    if let (Some(context), false) =
        (context.and_then(|context| context.trim().strip_prefix('+')), dialled.is_international)
    {
        if meaningless::is_withheld(&dialled.digits) {
            return Err(NoNumber::Meaningless);
        }
        let context: String = context.chars().filter(char::is_ascii_digit).collect();
        dialled = Dialled { digits: context + &dialled.digits, is_international: true, trunk_zero: None };
    }
    Ok(dialled)
}

/// The URI of a name-addr: the text in the brackets after the display name.
fn inside_brackets(text: &str) -> Option<&str> {
    let mut quoted = false;
    let mut escaped = false;
    let open = text.char_indices().find(|(_, c)| {
        let is_open = *c == '<' && !quoted;
        quoted ^= *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_open
    });
    // A quote without an end does not hide brackets.
    let open = open.map(|(at, _)| at).or_else(|| text.rfind('<'))?;
    let rest = text.get(open + 1..)?;
    Some(rest.split('>').next().unwrap_or(rest))
}

/// The scheme of a URI in lower case, if there is one, and the rest.
fn scheme(address: &str) -> (Option<String>, &str) {
    match address.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphabetic()) => {
            (Some(scheme.to_ascii_lowercase()), rest.trim_start_matches('/'))
        }
        _ => (None, address),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
        let mut ahead = bytes.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(byte));
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn is_nobody(user: &str) -> bool {
    !user.chars().any(|c| ('1'..='9').contains(&c)) && meaningless::is_meaningless(user)
}

/// A host that RFC 3323 defines for anonymous callers.
fn is_no_host(host: &str) -> bool {
    let host = host.split([';', ':', '>']).next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    host.ends_with(".invalid") && meaningless::is_meaningless(host.trim_end_matches(".invalid"))
}

/// Reads a number as people write it. `None` if it contains a character that does not belong in a number.
fn dial(number: &str) -> Option<Dialled> {
    let number = without_note(number.trim());
    let number = CALLER_ID_CODES.iter().find_map(|code| number.strip_prefix(code)).unwrap_or(number);
    let mut dialled = Dialled { digits: String::new(), is_international: false, trunk_zero: None };
    for (at, c) in number.char_indices() {
        match c {
            '0'..='9' => {
                let is_alone =
                    number.get(..at)?.ends_with(['(', '[', '{']) && number.get(at + 1..)?.starts_with([')', ']', '}']);
                if c == '0' && is_alone {
                    dialled.trunk_zero = dialled.trunk_zero.or(Some(dialled.digits.len()));
                }
                dialled.digits.push(c);
            }
            '+' if dialled.digits.is_empty() => dialled.is_international = true,
            c if SEPARATORS.contains(c) => {}
            _ if !dialled.digits.is_empty() && is_dialled_later(number.get(at..)?) => break,
            _ if !dialled.digits.is_empty() && is_label(number.get(at..)?) => break,
            _ => return None,
        }
    }
    (!dialled.digits.is_empty()).then_some(dialled)
}

/// The address after a word such as `Tel.`. The word `tel:` is a scheme.
fn unlabelled(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let rest = |label: &&str| {
        let rest = text.get(label.len()..).filter(|_| lower.starts_with(*label))?;
        let number = rest.trim_start_matches(['.', ' ']);
        (number.len() < rest.len()).then(|| number.trim_start_matches(':').trim_start())
    };
    LABELS.iter().find_map(rest).unwrap_or(text)
}

/// A number without the notes after it: `(mobile)`, `(ext 204)`, and the `.0` of a float.
fn without_note(text: &str) -> &str {
    let is_note =
        |note: &str| note.contains(char::is_alphabetic) && (!note.contains(char::is_numeric) || is_dialled_later(note));
    let noted = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).filter(|(_, note)| is_note(note.trim()));
    let text = noted.map_or(text, |(number, _)| number.trim_end());
    text.strip_suffix(".0")
        .filter(|whole| whole.len() >= 7 && whole.bytes().all(|b| b.is_ascii_digit()))
        .unwrap_or(text)
}

/// Whether a text only says which of somebody's numbers it is: `mobile`, `- home`.
fn is_label(text: &str) -> bool {
    let word = text.trim_matches(|c: char| c.is_ascii_punctuation() || c == ' ').to_lowercase();
    LABELS.iter().chain(&NOTES).any(|label| *label == word)
}

/// Whether a text is an extension (`ext. 204`, `x204`, `#204`), what is dialled after a pause (`,,4711#`, `p22`), or a
/// port (`:5060`).
fn is_dialled_later(text: &str) -> bool {
    let text = text.to_lowercase();
    let tones = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "abcd*#,;pw -.".contains(c));
    let is_port = |rest: &str| rest.len() <= 5 && rest.bytes().all(|b| b.is_ascii_digit());
    EXTENSIONS.iter().filter_map(|word| text.strip_prefix(word)).any(|rest| {
        let digits = rest.trim_start_matches(['.', ':', '=', '#', ' ', '-']);
        digits.starts_with(|c: char| c.is_ascii_digit()) && tones(digits)
    }) || text.strip_prefix(':').is_some_and(is_port)
        || (text.starts_with([',', ';', 'p', 'w', '*', '#']) && tones(&text))
}
