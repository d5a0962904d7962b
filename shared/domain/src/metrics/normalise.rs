//! Datadog's spelling of metric names and tags.
//!
//! Datadog folds names and tags. Two spellings that it folds must be one series *here*. Otherwise one total would
//! overwrite the other in Datadog. So a tag is folded as the Datadog Agent's normaliser does it:
//!
//! - Letters (Unicode category L) and decimal digits (Nd) stay, and so do `-`, `:`, `.` and `/`. Any run of other
//!   characters becomes one `_`: combining marks, superscripts and circled digits are neither letters nor digits.
//! - An upper-case letter (Lu) becomes lower case where that takes as many bytes.
//! - Reading stops after 200 characters or 400 bytes of the tag as written. A `_` at the end is removed.
//!
//! Two rules are added. No value starts with `_`, because Datadog's form of `__other__` is reserved for the overflow.
//! No tag ends with a colon, which Datadog's documentation forbids.
//!
//! A metric's name is ASCII at Datadog. Letters and digits of other scripts are transliterated, and the tag keeps the
//! original. (Rules: Datadog docs, *Custom metrics: naming* and *Getting started with tags*; the Agent's
//! `normalize.go`.)

use deunicode::deunicode_char;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The maximum number of characters of a metric name, and of a tag with its key.
pub const MAX_CHARS: usize = 200;

/// The maximum number of bytes of a tag that are read.
const MAX_TAG_BYTES: usize = 2 * MAX_CHARS;

/// The name of a part of which nothing is left, such as a flow named `€`.
pub const UNNAMED: &str = "unnamed";

/// One part of a metric name, such as the flow: ASCII letters, digits, `_` and `.`. Case is kept.
///
/// Runs of `_` become one. A `_` at an end or next to a dot is removed.
#[must_use]
pub fn name_part(text: &str) -> String {
    let mut ascii = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii() => ascii.push(c),
            c if is_letter_or_digit(c) => ascii.push_str(deunicode_char(c).unwrap_or("_")),
            _ => ascii.push('_'),
        }
        // Later characters would be cut off.
        if ascii.len() > 4 * MAX_CHARS {
            break;
        }
    }
    fold(ascii.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }), MAX_CHARS)
}

/// A tag's value, folded as this module says.
///
/// `key_chars` is the length of the key with its colon, both ASCII. They count against the limits.
#[must_use]
pub fn tag_value(text: &str, key_chars: usize) -> String {
    let mut value = String::new();
    let (mut chars, mut bytes) = (key_chars, key_chars);
    let mut is_gap = false;
    for c in text.chars() {
        if chars >= MAX_CHARS || bytes >= MAX_TAG_BYTES {
            break;
        }
        (chars, bytes) = (chars + 1, bytes + c.len_utf8());
        match kept_in_tag(c) {
            Some(c) => {
                if is_gap && !value.is_empty() {
                    value.push('_');
                }
                value.push(c);
                is_gap = false;
            }
            None => is_gap = true,
        }
    }
    while value.ends_with([':', '_']) {
        value.pop();
    }
    if value.is_empty() { UNNAMED.to_owned() } else { value }
}

/// Whether a tag keeps `c`, and in which case.
#[must_use]
pub fn kept_in_tag(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | '-' | ':' | '.' | '/' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        c if c.is_ascii() => None,
        c if is_letter_or_digit(c) => Some(lower_case(c)),
        _ => None,
    }
}

fn is_letter_or_digit(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter || c.general_category() == GeneralCategory::DecimalNumber
}

/// The lower case of a few letters (`İ`, `ẞ`) has another length. These letters stay unchanged.
fn lower_case(c: char) -> char {
    if c.general_category() != GeneralCategory::UppercaseLetter {
        return c;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
        _ => c,
    }
}

/// Runs of `_` become one. A `_` next to `.` or at either end is removed. The result has at most `limit` characters.
fn fold(chars: impl Iterator<Item = char>, limit: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for c in chars {
        match (out.chars().next_back(), c) {
            (None | Some('_' | '.'), '_') => continue,
            (Some('_'), '.') => {
                out.pop();
                out.push('.');
                continue;
            }
            _ => {}
        }
        if length == limit {
            break;
        }
        out.push(c);
        length += 1;
    }
    while out.ends_with('_') {
        out.pop();
    }
    if out.is_empty() { UNNAMED.to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_keep_case_and_lose_what_datadog_refuses() {
        assert_eq!(name_part("CustomerRouting"), "CustomerRouting");
        assert_eq!(name_part("Bill (EU) - v1.2"), "Bill_EU_v1.2");
        assert_eq!(name_part("a _._ b"), "a.b");
        assert_eq!(name_part("€"), UNNAMED);
    }

    #[test]
    fn names_of_other_scripts_are_transliterated() {
        assert_eq!(name_part("Rückruf"), "Ruckruf");
        assert_eq!(name_part("料金"), "Liao_Jin");
        assert_eq!(name_part("Оплата"), "Oplata");
        assert_eq!(name_part("שלום 2"), "shlvm_2");
        assert_eq!(name_part("٣٤"), "34");
    }

    #[test]
    fn tags_are_lower_case_and_keep_letters_of_any_script() {
        assert_eq!(tag_value("Customer Routing", 5), "customer_routing");
        assert_eq!(tag_value("Zürich-Süd/1:", 5), "zürich-süd/1");
        assert_eq!(tag_value("料金 ٣", 5), "料金_٣");
        assert_eq!(tag_value("\u{202e}evil", 5), "evil");
        assert_eq!(tag_value(" : ", 5), UNNAMED);
        assert_eq!(tag_value("ÄÖ", 5), "äö");
        assert_eq!(tag_value("İẞⱯ", 5), "İẞⱯ", "a lower case of another length");
        assert_eq!(tag_value("ǅ", 5), "ǅ", "title case is not upper case");
    }

    #[test]
    fn marks_and_numbers_that_are_no_digits_are_folded() {
        for (one, other) in
            [("दिन", "दीन"), ("ปิด", "ปัด"), ("a①", "a②"), ("m²", "m³"), ("Ⅷ x", "Ⅸ x"), ("e\u{301}", "e\u{300}")]
        {
            assert_eq!(tag_value(one, 5), tag_value(other, 5), "{one} {other}");
            assert_eq!(name_part(one), name_part(other), "{one} {other}");
        }
        assert_eq!(tag_value("दिन", 5), "द_न");
    }

    #[test]
    fn what_is_read_of_a_tag_ends_after_200_characters_or_400_bytes() {
        assert_eq!(tag_value(&"a".repeat(300), 5).chars().count(), 195);
        assert_eq!(tag_value(&format!("{}b", "ä".repeat(300)), 5), "ä".repeat(195));
        assert_eq!(tag_value(&"料".repeat(300), 5).chars().count(), 132, "the last one begins before the 400th byte");
        assert_eq!(tag_value(&format!("a{}b", "!".repeat(194)), 5), "a", "what is folded counts");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in any::<String>()) {
            let name = name_part(&text);
            prop_assert_eq!(name_part(&name), name);
            let tag = tag_value(&text, 5);
            prop_assert_eq!(tag_value(&tag, 5), tag);
        }

        #[test]
        fn the_result_keeps_datadogs_rules(text in any::<String>()) {
            let name = name_part(&text);
            prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.'));
            prop_assert!(!name.is_empty() && name.chars().count() <= MAX_CHARS);
            let tag = tag_value(&text, 5);
            prop_assert!(!tag.is_empty() && !tag.ends_with(':') && tag.chars().count() + 5 <= MAX_CHARS);
        }

        #[test]
        fn spellings_that_datadog_folds_are_one(a in "[a-z]{1,5}", b in "[a-z]{1,5}", gap in "[ _#!()\u{301}²①]{1,4}") {
            prop_assert_eq!(tag_value(&format!("{a}{gap}{b}"), 5), format!("{a}_{b}"));
            prop_assert_eq!(name_part(&format!("{a}{gap}{b}")), format!("{a}_{b}"));
        }
    }
}
