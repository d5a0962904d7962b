//! Invisible characters: they must not change the meaning of a name.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// `text` without format characters (byte-order marks, zero-width spaces and joiners, direction marks), control
/// characters and variation selectors. Every kind of space becomes an ordinary space, and spaces at both ends are
/// removed.
#[must_use]
pub(super) fn without(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match (is_plain, text) {
        (true, Cow::Borrowed(text)) => Cow::Borrowed(text.trim_matches(' ')),
        (true, Cow::Owned(text)) if !text.starts_with(' ') && !text.ends_with(' ') => Cow::Owned(text),
        (_, text) => {
            let visible = |c: char| match c {
                c if c.is_whitespace() => Some(' '),
                c if is_invisible(c) => None,
                c => Some(c),
            };
            let shown: String = text.chars().filter_map(visible).collect();
            Cow::Owned(shown.trim_matches(' ').to_owned())
        }
    }
}

/// Categories Cc and Cf, and the other characters with Unicode's property `Default_Ignorable_Code_Point`.
fn is_invisible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{034f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}');
    is_ignorable || matches!(c.general_category(), GeneralCategory::Control | GeneralCategory::Format)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_name_is_borrowed() {
        assert!(matches!(without(Cow::Borrowed(" Numero  VIP ")), Cow::Borrowed("Numero  VIP")));
    }

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["Zürich", "दिन", "料金", "a\u{0301}", "☎"] {
            assert_eq!(without(Cow::Borrowed(text)), text);
        }
        assert_eq!(without(Cow::Borrowed("☎\u{fe0f}\u{200d}")), "☎");
    }

    proptest! {
        #[test]
        fn what_was_put_between_is_taken_out(
            text in "[a-z]{0,4}[ äक(]{0,3}[a-z]{1,4}",
            at in any::<prop::sample::Index>(),
            invisible in prop::sample::select(vec!['\u{200b}', '\u{feff}', '\u{200e}', '\u{ad}', '\u{2060}', '\0', '\u{3164}']),
        ) {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut with = text.clone();
            with.insert(places[at.index(places.len())], invisible);
            prop_assert_eq!(without(Cow::Owned(with)), without(Cow::Borrowed(&text)));
        }

        #[test]
        fn twice_is_once(text in any::<String>()) {
            let once = without(Cow::Borrowed(&text)).into_owned();
            prop_assert_eq!(without(Cow::Borrowed(&once)), once.as_str());
        }
    }
}
