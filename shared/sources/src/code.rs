//! Verification codes as customers are shown them and as they key them in.

use cxtrace_domain::journeys::{Id, Namespace};
use cxtrace_privacy::Pseudonyms;

/// Reads a code: 3 to 16 letters, digits and dashes. Nobody keys dashes or case into an IVR, so `ab-12` is `AB12`.
/// One that could be a phone or card number is kept as a keyed hash.
pub(crate) fn read(text: &str, pseudonyms: &Pseudonyms) -> Option<Id> {
    let text = text.trim();
    if !(3..=16).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let code: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    (code.len() >= 3).then(|| Id::read(Namespace::WEB_CODE, &code, pseudonyms).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<String> {
        read(text, &Pseudonyms::try_new(&[1; 32]).unwrap()).map(|id| id.to_string())
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        for text in ["AB12", "ab-12", " Ab12 "] {
            assert_eq!(code(text).as_deref(), Some("web.code:AB12"), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_none_and_a_long_number_is_concealed() {
        for text in ["", "12", "1-2", "4711 4711", "ada@example.com", "12345678901234567"] {
            assert_eq!(code(text), None, "{text}");
        }
        assert!(code("447700900123").unwrap().starts_with("web.code:~"));
    }
}
