//! Datadog's spelling of metric names and tags.
//!
//! Datadog folds what it is sent: other characters become `_`, tags become lower case. Two spellings
//! that it would fold must be one series *here*, or two totals would overwrite each other there. So
//! this folds at least as much as Datadog does: runs of `_` become one, and none stands at an end or
//! beside a dot. (Rules: Datadog docs, *Custom metrics: naming* and *Getting started with tags*.)

/// The most characters of a metric name, and of a tag with its key.
pub const MAX_CHARS: usize = 200;

/// What a part is called of which nothing is left, such as a flow named `€`.
pub const UNNAMED: &str = "unnamed";

/// One part of a metric name, such as the flow: ASCII letters, digits, `_` and `.`; case is kept.
#[must_use]
pub fn name_part(text: &str) -> String {
    fold(text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }), MAX_CHARS)
}

/// A tag's value: lower case; Unicode letters and digits and `_ - : . /`.
///
/// `key_chars` is the length of the key with its colon, which counts against the limit.
#[must_use]
pub fn tag_value(text: &str, key_chars: usize) -> String {
    let kept = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | ':' | '.' | '/') { c } else { '_' });
    let mut value = fold(kept, MAX_CHARS.saturating_sub(key_chars));
    // A tag must not end with a colon.
    while value.ends_with([':', '_']) {
        value.pop();
    }
    if value.is_empty() { UNNAMED.to_owned() } else { value }
}

/// Runs of `_` become one; `_` beside `.` or at either end goes; no more than `limit` characters.
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
        assert_eq!(name_part("料金"), UNNAMED);
    }

    #[test]
    fn tags_are_lower_case_and_keep_letters_of_any_script() {
        assert_eq!(tag_value("Customer Routing", 5), "customer_routing");
        assert_eq!(tag_value("Zürich-Süd/1:", 5), "zürich-süd/1");
        assert_eq!(tag_value("料金", 5), "料金");
        assert_eq!(tag_value("\u{202e}evil", 5), "evil");
        assert_eq!(tag_value(" : ", 5), UNNAMED);
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
        fn spellings_that_datadog_folds_are_one(a in "[a-z]{1,5}", b in "[a-z]{1,5}", gap in "[ _#!()]{1,4}") {
            prop_assert_eq!(tag_value(&format!("{a}{gap}{b}"), 5), format!("{a}_{b}"));
            prop_assert_eq!(name_part(&format!("{a}{gap}{b}")), format!("{a}_{b}"));
        }
    }
}
