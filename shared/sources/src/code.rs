//! Verification codes, as customers see them and enter them.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Id, Namespace};
use cxtrace_privacy::{Pseudonyms, characters};

const SHAPE: &str = "3 to 16 letters, digits and dashes";

/// Reads a code: 3 to 16 letters, digits and dashes. Nobody keys dashes or case into an IVR, so `ab-12` is `AB12`.
/// A code is stored as a keyed hash: whoever reads it could use it.
pub(crate) fn read(text: &str, pseudonyms: &Pseudonyms) -> Result<Id, InvalidId> {
    if pseudonyms.placeholders().is_meaningless(text) {
        return Err(InvalidId::Meaningless);
    }
    let text = characters::visible(text);
    let code: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let shape = text.len() <= 16 && code.len() >= 3 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if !shape {
        return Err(InvalidId::Shape(SHAPE));
    }
    Id::read(Namespace::WEB_CODE, &code, &|_| false, pseudonyms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<String> {
        read(text, &Pseudonyms::try_new(&[1; 32]).unwrap()).ok().map(|id| id.to_string())
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written_and_cannot_be_read() {
        let one = code("AB12").unwrap();
        assert!(one.starts_with("web.code:~"), "{one}");
        for text in ["ab-12", " Ab12 "] {
            assert_eq!(code(text).as_ref(), Some(&one), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "null", "0000", "12", "1-2", "4711 4711", "ada@example.com", "12345678901234567"] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
