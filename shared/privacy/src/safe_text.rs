//! Texts that may be stored unchanged, because their form cannot identify a person.

use crate::digits;

/// A UUID, in lower case.
#[must_use]
pub fn uuid(text: &str) -> Option<String> {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (digits && groups == [8, 4, 4, 4, 12]).then(|| text.to_ascii_lowercase())
}

/// A word of an enumeration in upper case, as machines write it: `CONSULT_TRANSFER`. It has 2 to 40 letters, digits and
/// underscores, at most 4 of them digits. Names, numbers and addresses do not have this form. A word in `known` passes
/// in any letter case.
#[must_use]
pub fn word(text: &str, known: &[&str]) -> Option<String> {
    if let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(text)) {
        return Some((*known).to_owned());
    }
    let shape = (2..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (shape && text.bytes().filter(u8::is_ascii_digit).count() <= 4).then(|| text.to_owned())
}

/// A version such as `7.0`.
#[must_use]
pub fn version(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('.').collect();
    let small = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() <= 3 && parts.iter().all(small)).then(|| text.to_owned())
}

/// A label that an engineer gave to a step, such as `GET /accounts/{id}`: at most 80 printable ASCII characters without
/// `@`, and without digits that could be somebody's number.
#[must_use]
pub fn label(text: &str) -> Option<String> {
    let text = text.trim();
    let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'@');
    ((1..=80).contains(&text.len()) && printable && !digits::could_be_a_number(text)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shapes_that_cannot_name_a_person_pass() {
        assert!(uuid("6EFD5506-3fd6-09a1-8a51-7c1b8a3f2d10").is_some_and(|text| text.starts_with("6efd")));
        assert_eq!(uuid("+447700900123"), None);
        assert_eq!(uuid("--------------------------------6efd"), None);
        assert_eq!(word("inqueuecall", &["INQUEUECALL"]), Some("INQUEUECALL".to_owned()));
        assert_eq!(word("BRAND_NEW_2", &[]), Some("BRAND_NEW_2".to_owned()));
        for text in ["Ada Lovelace", "Ada", "ada@example.com", "447700900123", "A4477009001", ""] {
            assert_eq!(word(text, &[]), None, "{text}");
        }
        assert_eq!(version("7.0"), Some("7.0".to_owned()));
        assert_eq!(version("447700900123"), None);
        assert_eq!(label(" GET /accounts/{id} "), Some("GET /accounts/{id}".to_owned()));
        for text in
            ["call +44 7700 900123", "ada@example.com", "4111-1111-1111-1111", "", "a\u{202e}b", &"x".repeat(81)]
        {
            assert_eq!(label(text), None, "{text}");
        }
    }
}
