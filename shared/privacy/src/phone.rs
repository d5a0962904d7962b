//! Phone numbers: read from what platforms write, hashed to join by, masked to be read.

use serde::{Deserialize, Serialize};

use crate::pseudonym::{Pseudonym, Pseudonyms};

/// A phone number as digits. It never leaves ingest: [`Phone::conceal`] is what does.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

/// A phone number that may be stored and shown: its keyed hash, and its last two digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Telephone {
    /// What to join and search by.
    pub hash: Pseudonym,
    /// What to read: `•••• 23`.
    pub masked: String,
}

impl Phone {
    /// Reads a number as a person or a platform writes it: `+44 7700 900123`, `tel:+15555550123`,
    /// `sip:+15555550123@example.com;user=phone`, `(0)20 7946-0000`. `None` for anonymous callers, names,
    /// extensions (fewer than 7 digits) and whatever else is no number (E.164: at most 15 digits).
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let address = ["tel:", "sips:", "sip:"].iter().find(|scheme| lower.starts_with(**scheme));
        let text = &text[address.map_or(0, |scheme| scheme.len())..];
        let text = text.split(['@', ';']).next().unwrap_or_default();
        if !text.chars().all(|c| c.is_ascii_digit() || "+ -().".contains(c)) || text.rfind('+').is_some_and(|at| at > 0)
        {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // "00" is how "+" is dialled in most of the world.
        let digits = digits.strip_prefix("00").unwrap_or(&digits);
        (7..=15).contains(&digits.len()).then(|| Self(digits.to_owned()))
    }

    /// What may be stored of it.
    #[must_use]
    pub fn conceal(&self, pseudonyms: &Pseudonyms) -> Telephone {
        let last = &self.0[self.0.len() - 2..];
        Telephone { hash: pseudonyms.of("phone", &self.0), masked: format!("•••• {last}") }
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_read_however_it_is_written() {
        let expected = Phone::read("+447700900123");
        assert!(expected.is_some());
        for text in [
            "447700900123",
            "+44 7700 900123",
            "00447700900123",
            "tel:+447700900123",
            "TEL:+44-7700-900123",
            " sip:+447700900123@example.com;user=phone",
            "+44 (7700) 900.123",
        ] {
            assert_eq!(Phone::read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "anonymous", "sip:alice@example.com", "123456", "1234567890123456", "12+34567890", "tel:", "∞"]
        {
            assert_eq!(Phone::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_leaves_ingest_shows_two_digits() {
        let pseudonyms = Pseudonyms::try_new(&[7; 32]).unwrap();
        let telephone = Phone::read("+447700900123").unwrap().conceal(&pseudonyms);
        assert_eq!(telephone.masked, "•••• 23");
        assert_eq!(format!("{:?}", Phone::read("+447700900123")), "Some(Phone)");
    }
}
