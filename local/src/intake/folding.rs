//! Folds tags as Datadog does, by its documentation and the Agent's `normalize.go`.
//!
//! This is independent of the product's own implementation, and uses other Unicode tables. If the product folds less
//! than Datadog, one of its series overwrites another here, as it would in Datadog.

use unicode_general_category::{GeneralCategory, get_general_category};

/// The maximum number of characters of a tag.
const MAX_CHARS: usize = 200;
/// The maximum number of bytes of a tag that are read.
const MAX_BYTES: usize = 400;

/// The tag that Datadog shows for `sent`.
pub(super) fn tag(sent: &str) -> String {
    let begins = |c: char| c == ':' || is_letter(c);
    let mut folded: Vec<Option<char>> = Vec::new();
    for (at, c) in sent.char_indices() {
        if at >= MAX_BYTES || folded.len() >= MAX_CHARS {
            break;
        }
        // Characters before the first letter are dropped.
        if !folded.is_empty() || begins(c) {
            folded.push(is_kept(c).then(|| in_lower_case(c)));
        }
    }
    let words = folded.split(Option::is_none).filter(|word| !word.is_empty());
    words.map(|word| word.iter().flatten().collect::<String>()).collect::<Vec<_>>().join("_")
}

/// Whether Datadog keeps `c`, apart from its case. It also keeps `_`, but reduces several to one.
pub(super) fn is_kept(c: char) -> bool {
    is_letter(c)
        || get_general_category(c) == GeneralCategory::DecimalNumber
        || c == '-'
        || c == ':'
        || c == '.'
        || c == '/'
}

pub(super) fn is_letter(c: char) -> bool {
    use GeneralCategory::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    matches!(
        get_general_category(c),
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
    )
}

/// Only if the lower case has the same number of bytes.
pub(super) fn in_lower_case(c: char) -> char {
    let lower = c.to_lowercase().to_string();
    let is_upper = get_general_category(c) == GeneralCategory::UppercaseLetter;
    match lower.chars().next() {
        Some(one) if is_upper && lower.len() == c.len_utf8() && one.len_utf8() == lower.len() => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use cxtrace_domain::metrics::{SeriesTemplate, Tag};
    use proptest::prelude::*;
    use unicode_properties::UnicodeGeneralCategory as _;

    use super::super::document::{check_name, check_tag};
    use super::*;

    /// Cases from the Agent's own documentation of its rules, reworded.
    #[test]
    fn tags_are_folded_as_the_agent_folds_them() {
        for (sent, shown) in [
            ("flow:Main", "flow:main"),
            ("#Flow:Main IVR!! ", "flow:main_ivr"),
            ("9flow:a__b", "flow:a_b"),
            ("flow:__other__", "flow:_other"),
            ("flow:दिन", "flow:द_न"),
            ("flow:m²①", "flow:m"),
            ("flow:İ", "flow:İ"),
            ("flow:ÄÖ٣", "flow:äö٣"),
            (":leading", ":leading"),
            ("😀", ""),
        ] {
            assert_eq!(tag(sent), shown, "{sent}");
        }
        assert_eq!(tag(&format!("f:{}", "料".repeat(300))).len(), 2 + 133 * 3);
        assert_eq!(tag(&"a".repeat(300)).len(), 200);
    }

    /// The two tables have different Unicode versions. Characters that are unknown to one of them are left out.
    fn is_assigned(c: char) -> bool {
        get_general_category(c) != GeneralCategory::Unassigned
            && c.general_category() != unicode_properties::GeneralCategory::Unassigned
    }

    fn flow_name() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            any::<char>().prop_map(|c| if is_assigned(c) { c } else { '!' }),
            prop::sample::select("aB9 _-:./#²①İẞǅⅧदिनीปิดัЖ料ß\u{301}\u{200d}\u{fe0f}٣".chars().collect::<Vec<_>>()),
        ];
        prop_oneof![
            prop::collection::vec(character.clone(), 0..20).prop_map(String::from_iter),
            prop::collection::vec(character, 150..260).prop_map(String::from_iter),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_products_tags_are_what_datadog_shows(flow in flow_name()) {
            let product = Tag::new("flow", &flow);
            prop_assert!(check_tag(product.as_str()).is_ok(), "{:?}", product);
            prop_assert_eq!(tag(product.as_str()), product.as_str());
            // The product has two additional rules: no value starts with `_`, and no tag ends with a colon.
            let datadog = tag(&format!("flow:{flow}"));
            let value = datadog.strip_prefix("flow:").unwrap_or_default().trim_start_matches('_');
            let value = value.trim_end_matches([':', '_']);
            let value = if value.is_empty() { "unnamed" } else { value };
            prop_assert_eq!(product.as_str(), format!("flow:{value}"));
        }

        #[test]
        fn two_flows_that_datadog_folds_are_one_series(one in flow_name(), at in any::<prop::sample::Index>(), mark in "[\u{301}\u{93f}\u{940}\u{e34}²①()#]") {
            let places: Vec<_> = one.char_indices().map(|(at, _)| at).chain([one.len()]).collect();
            let at = places[at.index(places.len())];
            let (mut a, mut b) = (one.clone(), one.clone());
            a.insert_str(at, &mark);
            b.insert(at, '!');
            // By its two rules the product may fold more than Datadog, but never less.
            if tag(&format!("flow:{a}")) == tag(&format!("flow:{b}")) {
                prop_assert_eq!(Tag::new("flow", &a), Tag::new("flow", &b));
            }
        }

        #[test]
        fn the_products_names_are_what_datadog_takes(flow in flow_name(), metric in flow_name()) {
            let (series, _) = SeriesTemplate::try_new("genesys.flow.{flow}.{metric}", Vec::new()).unwrap().series(&flow, &metric, None);
            prop_assert!(check_name(series.name()).is_ok(), "{}", series.name());
        }
    }
}
