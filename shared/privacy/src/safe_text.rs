//! Texts that may be kept as they are, because they cannot hold what identifies a person.

/// A UUID, in lower case.
#[must_use]
pub fn uuid(text: &str) -> Option<String> {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (digits && groups == [8, 4, 4, 4, 12]).then(|| text.to_ascii_lowercase())
}

/// A word of an enumeration as machines write it, in upper case: `CONSULT_TRANSFER`, also one that nobody knew
/// when this was written. At most 40 letters, digits and underscores, of at most 4 digits; no spaces: no name,
/// number or address is written so. Words in other cases are taken when they are among `known`.
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

/// A label that an engineer gave to a step, such as `GET /accounts/{id}`: at most 80 printable ASCII characters, no
/// `@`, and no 7 digits with nothing but separators between them.
#[must_use]
pub fn label(text: &str) -> Option<String> {
    let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'@');
    let mut digits = 0;
    let mut most = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => digits += 1,
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => digits = 0,
        }
        most = most.max(digits);
    }
    ((1..=80).contains(&text.trim().len()) && printable && most < 7).then(|| text.trim().to_owned())
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
