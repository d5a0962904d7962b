//! Invented people: their phone numbers, names, e-mail addresses, card numbers and postal addresses, each as somebody
//! may have typed it, with the traces that must never appear.

use cxtrace_fixtures::SeededRng;
use rand::Rng;
use rand::seq::IndexedRandom;

/// A piece of personal data.
#[derive(Debug, Clone)]
pub(crate) struct Canary {
    /// The text as it was typed.
    pub(crate) text: String,
    /// Its traces: each of its own words in lower case, or its digits without separators.
    pub(crate) traces: Vec<String>,
}

/// The kind of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Phone,
    Name,
    Email,
    Card,
    Address,
}

const KINDS: [Kind; 5] = [Kind::Phone, Kind::Name, Kind::Email, Kind::Card, Kind::Address];

/// Kinds that no label and no id may show.
const MARKED: [Kind; 3] = [Kind::Phone, Kind::Email, Kind::Card];

/// The source of canaries. It always makes the same ones, and no two alike.
#[derive(Debug)]
pub(crate) struct Aviary {
    rng: SeededRng,
    /// All canaries so far.
    pub(crate) all: Vec<Canary>,
}

impl Aviary {
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self { rng: SeededRng::new(seed, 0), all: Vec::new() }
    }

    /// The text of a new one.
    pub(crate) fn text(&mut self) -> String {
        self.one_of(&KINDS)
    }

    /// The text of a new one that cannot be mistaken for the name of a system or a topic.
    pub(crate) fn marked(&mut self) -> String {
        self.one_of(&MARKED)
    }

    /// The text of a new one of a kind.
    pub(crate) fn of(&mut self, kind: Kind) -> String {
        self.one_of(&[kind])
    }

    /// The digits of a new phone number or card, as a number.
    pub(crate) fn number(&mut self) -> u64 {
        let phone = Some(self.phone_digits()).filter(|_| self.rng.random_bool(0.7));
        let digits = phone.unwrap_or_else(|| self.card_digits());
        let number = digits.parse().unwrap();
        self.keep(digits.clone(), vec![digits]);
        number
    }

    /// Whether to choose the next of two variants.
    pub(crate) fn coin(&mut self) -> bool {
        self.rng.random_bool(0.5)
    }

    /// A random UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let bits = self.rng.random::<u128>() & !(0xf << 76) | (0x4 << 76);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    fn one_of(&mut self, kinds: &[Kind]) -> String {
        let (text, traces) = match kinds.choose(&mut self.rng).unwrap() {
            Kind::Phone => self.phone(),
            Kind::Name => self.name(),
            Kind::Email => self.email(),
            Kind::Card => self.card(),
            Kind::Address => self.address(),
        };
        self.keep(text, traces)
    }

    fn keep(&mut self, text: String, traces: Vec<String>) -> String {
        self.all.push(Canary { text: text.clone(), traces });
        text
    }

    fn digits(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'0' + self.rng.random_range(0..10))).collect()
    }

    fn phone_digits(&mut self) -> String {
        let country = ["1", "33", "44", "49", "351", "81"].choose(&mut self.rng).unwrap();
        let first = self.rng.random_range(2..10);
        let second = self.rng.random_range(2..10);
        format!("{country}{first}{}{second}{}", self.digits(2), self.digits(6))
    }

    fn phone(&mut self) -> (String, Vec<String>) {
        let digits = self.phone_digits();
        let (country, rest) = digits.split_at(digits.len() - 10);
        let (area, rest) = rest.split_at(3);
        let (exchange, line) = rest.split_at(3);
        let text = match self.rng.random_range(0..9) {
            0 => format!("+{digits}"),
            1 => format!("tel:+{digits}"),
            2 => format!("sip:+{digits}@carrier.example;user=phone"),
            3 => format!("+{country} {area} {exchange} {line}"),
            4 => format!("+{country} ({area}) {exchange}-{line}"),
            5 => format!("00{digits}"),
            6 => format!("{country}.{area}.{exchange}.{line}"),
            7 => format!("call me on +{country}-{area}-{exchange}-{line}"),
            _ => digits.clone(),
        };
        (text, vec![digits])
    }

    fn card_digits(&mut self) -> String {
        format!("{}{}", self.rng.random_range(3..7), self.digits(15))
    }

    fn card(&mut self) -> (String, Vec<String>) {
        let digits = self.card_digits();
        let groups: Vec<_> = (0..4).map(|n| &digits[4 * n..4 * n + 4]).collect();
        let text = groups.join(["", " ", "-"].choose(&mut self.rng).unwrap());
        (text, vec![digits])
    }

    /// An invented word with a capital letter: ten letters, so that no other text contains it by chance.
    fn word(&mut self) -> String {
        let mut word = String::new();
        for _ in 0..5 {
            word.push(char::from(*b"bdfghjklmnprstvwz".choose(&mut self.rng).unwrap()));
            word.push(char::from(*b"aeiou".choose(&mut self.rng).unwrap()));
        }
        word[..1].to_uppercase() + &word[1..]
    }

    fn name(&mut self) -> (String, Vec<String>) {
        let (given, family) = (self.word(), self.word());
        let both = vec![given.to_lowercase(), family.to_lowercase()];
        let text = match self.rng.random_range(0..10) {
            0 => format!("{family}, {given}"),
            1 => format!("{given} {family}").to_uppercase(),
            2 => format!("{given}.{family}").to_lowercase(),
            3 => format!("Mrs. {given} O'{family}"),
            4 => format!("{given} \"Zoë\" {family}"),
            5 => format!("{given}{family}"),
            6 => format!("call for {given} {family}"),
            7 => return (family, vec![both[1].clone()]),
            _ => format!("{given} {family}"),
        };
        (text, both)
    }

    fn email(&mut self) -> (String, Vec<String>) {
        let words = [self.word(), self.word(), self.word()].map(|word| word.to_lowercase());
        let [one, two, host] = &words;
        let text = match self.rng.random_range(0..4) {
            0 => format!("{one}.{two}@{host}.example"),
            1 => format!("{one}+{two}@{host}.example"),
            2 => format!("mailto:{one}_{two}@{host}.example"),
            _ => format!("\"{one} {two}\" <{two}@{host}.example>"),
        };
        (text, words.to_vec())
    }

    fn address(&mut self) -> (String, Vec<String>) {
        let (street, city) = (self.word(), self.word());
        let (number, code) = (self.rng.random_range(1..200), self.digits(5));
        let text = match self.rng.random_range(0..4) {
            0 => format!("{number} {street} Street, {city} {code}"),
            1 => format!("{street}straße {number}, {code} {city}"),
            2 => format!("{number} {street} Avenue\n{city}\t{code}"),
            _ => format!("{number}/{} rue {street}\\{city}", number + 1),
        };
        (text, vec![street.to_lowercase(), city.to_lowercase()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_canaries_and_each_contains_its_traces() {
        let mut aviary = Aviary::of_seed(1);
        let texts: Vec<_> = (0..2_000).map(|_| aviary.text()).collect();
        let mut again = Aviary::of_seed(1);
        assert!(texts.iter().all(|text| *text == again.text()));
        for Canary { text, traces } in &aviary.all {
            let lower = text.to_lowercase();
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            assert!(traces.iter().all(|trace| trace.len() >= 10), "{traces:?}");
            assert!(traces.iter().all(|trace| lower.contains(trace) || digits.contains(trace)), "{text} {traces:?}");
        }
        let number = aviary.number().to_string();
        assert_eq!(aviary.all.last().unwrap().traces, [number]);
        assert_eq!(aviary.uuid().len(), 36);
    }
}
