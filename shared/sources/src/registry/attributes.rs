//! Which attributes of a sender's spans may be kept, and in which form. What no definition and no setting lists is dropped
//! unread.

use cxtrace_privacy::{HashDomain, Pseudonyms, detectors};

use super::definition::{AttributeGroup, Class, ValueKind};
use super::sender::Sender;

/// The longest value that is kept, in bytes.
const MAX_BYTES: usize = 80;

impl Sender<'_> {
    /// The value to store of an attribute that the sender's definition lists.
    #[must_use]
    pub fn attribute(&self, name: &str, value: &str, pseudonyms: &Pseudonyms) -> Option<String> {
        let groups = self.definition()?.attributes.iter().rev();
        let group = groups.into_iter().find(|group| group.names.iter().any(|listed| listed == name))?;
        let value = value.trim();
        match group.class.unwrap_or(Class::Public) {
            Class::Secret => None,
            Class::Pseudonym => pseudonym(name, value, pseudonyms),
            Class::Public => public(group, value),
        }
    }
}

/// A keyed hash of a value that is not empty.
pub(crate) fn pseudonym(name: &str, value: &str, pseudonyms: &Pseudonyms) -> Option<String> {
    (!value.is_empty()).then(|| format!("~{}", pseudonyms.of(HashDomain::Attribute(name), value)))
}

/// A text that somebody vouches for, unless a detector finds something in it. Of a UUID, the digits of several groups look like
/// a number to the detector.
pub(crate) fn text(value: &str) -> Option<String> {
    let is_visible = value.chars().all(|c| !c.is_control() && !cxtrace_privacy::characters::is_format(c));
    let is_harmless = || is_uuid(value) || detectors::is_clean(value);
    ((1..=MAX_BYTES).contains(&value.len()) && is_visible && is_harmless()).then(|| value.to_owned())
}

/// A UUID in which nobody could have written a number: its last group, which is as long as one, has a letter.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let is_hex = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()));
    let has_letter = |group: &&str| group.bytes().any(|b| b.is_ascii_alphabetic());
    is_hex && groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.last().is_some_and(has_letter)
}

fn public(group: &AttributeGroup, value: &str) -> Option<String> {
    if let Some(word) = group.words.iter().find(|word| word.eq_ignore_ascii_case(value)) {
        return Some(word.clone());
    }
    if group.patterns.iter().any(|pattern| pattern.matches(value)) {
        return text(value);
    }
    match group.kind? {
        ValueKind::Number => number(value),
        ValueKind::Flag => ["true", "false"].contains(&value).then(|| value.to_owned()),
        ValueKind::Text => text(value),
    }
}

/// A number of at most six digits, with at most two dots: `504`, `4.3`, `1.24.0`.
fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<_> = digits.split('.').collect();
    let is_number =
        parts.len() <= 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    (is_number && digits.bytes().filter(u8::is_ascii_digit).count() <= 6).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_a_uuid_are_no_number() {
        for uuid in ["3c9d8e70-1024-4557-8391-7a8b9c0d1e2f", "aa11bb22-cc33-4d44-8e55-ff6677889900"] {
            assert_eq!(text(uuid).as_deref(), Some(uuid));
        }
        for number in ["00000000-0000-0000-0000-012025550143", "12025550143", "3c9d8e70-1024-4557-8391"] {
            assert_eq!(text(number), None, "{number}");
        }
    }

    #[test]
    fn a_number_is_too_short_to_be_a_phones() {
        for text in ["504", "-1", "4.3", "1.24.0", "443"] {
            assert_eq!(number(text).as_deref(), Some(text));
        }
        for text in ["4477009", "1.2.3.4", "1e9", "", ".", "5 04"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
