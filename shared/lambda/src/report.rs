//! An error with everything that caused it, in one line.

use std::error::Error;

/// `error` and its sources, joined by colons. Messages must not repeat their source.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries print their source inside their own message: once is enough.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn every_cause_is_told_once() {
        let inner = "x".parse::<u8>().unwrap_err();
        assert_eq!(chain(&Outer(inner)), "outer: invalid digit found in string");
    }
}
