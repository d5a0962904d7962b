//! Writes an error and all its causes in one line, for logs and for Lambda's error reports.

use std::error::Error;

/// `error` and its sources, separated by colons. A message must not repeat its own source.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat the source in their own message. It is written once.
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
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Outer {
        message: &'static str,
        source: std::num::ParseIntError,
    }

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.message)
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.source)
        }
    }

    #[test]
    fn each_cause_is_written_once() {
        for message in ["outer", "outer: invalid digit found in string"] {
            let error = Outer { message, source: "x".parse::<u8>().unwrap_err() };
            assert_eq!(error_chain(&error), "outer: invalid digit found in string");
        }
    }
}
