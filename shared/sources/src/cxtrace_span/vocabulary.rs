//! The vocabulary: words that contact centres, shops, banks and engineers use for their steps. It contains no given
//! names, so it cannot form a person's full name.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One word in each line, lower case, singular.
const TEXT: &str = include_str!("vocabulary.txt");

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| TEXT.split_whitespace().collect());

/// Whether a word is in the vocabulary, in any letter case, singular or plural.
pub(super) fn is_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let stems = [Some(word.as_str()), word.strip_suffix('s'), word.strip_suffix("es")];
    stems.into_iter().flatten().any(|stem| WORDS.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_in_lower_case() {
        let words: Vec<_> = TEXT.split_whitespace().collect();
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn a_word_is_known_in_any_case_and_number() {
        for word in ["account", "Accounts", "ADDRESSES", "case", "Cases"] {
            assert!(is_word(word), "{word}");
        }
        for word in ["ada", "Lovelace", "s", "", "Ann"] {
            assert!(!is_word(word), "{word}");
        }
    }

    #[test]
    fn no_given_name_is_a_word() {
        for name in [
            "adam", "alex", "alice", "amy", "andrew", "ann", "anna", "ben", "bill", "bob", "chris", "dale", "dan",
            "david", "drew", "emma", "eve", "frank", "grace", "grant", "guy", "hope", "ian", "jack", "james", "jane",
            "jean", "joe", "john", "joy", "kate", "kim", "lee", "li", "mark", "mary", "max", "may", "miles", "olga",
            "pat", "paul", "peter", "ray", "rob", "rose", "ruth", "sam", "sandy", "sue", "tim", "tom", "will", "yan",
        ] {
            assert!(!is_word(name), "{name}");
        }
    }
}
