//! The one rule for digits that could be a phone, card or account number. It must not know where a text comes from.

/// The shortest run of digits that could be somebody's number. Phone numbers have 7 to 15 digits, cards 12 to 19.
pub const MIN_OF_A_NUMBER: usize = 7;

/// The longest run of ASCII digits in a text. Only an ASCII letter ends a run: people and programs write numbers with
/// any separator.
#[must_use]
pub fn longest_run(text: &str) -> usize {
    let mut run = 0;
    let mut longest = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => run += 1,
            c if c.is_ascii_alphabetic() => run = 0,
            _ => {}
        }
        longest = longest.max(run);
    }
    longest
}

/// Whether a text has a run of digits that is long enough to be somebody's number.
#[must_use]
pub fn could_be_a_number(text: &str) -> bool {
    longest_run(text) >= MIN_OF_A_NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_separator_hides_a_number() {
        for separator in ["", " ", "-", ".", "_", "/", ":", "=", "~", ", ", ") (", "\u{a0}"] {
            assert!(could_be_a_number(&["44", "77", "009", "00123"].join(separator)), "{separator:?}");
        }
    }

    #[test]
    fn a_letter_ends_a_run() {
        assert_eq!(longest_run("500Hs00001abcde"), 5);
        assert_eq!(longest_run(""), 0);
        assert!(!could_be_a_number("10.0.0.1"));
    }
}
