//! How a command ends: its exit code, and the one sentence on what is wrong with one on what to do.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use cxtrace_error_chain::error_chain;

/// The end of a command that did what it was asked to.
pub(crate) type Outcome = Result<Done, Failure>;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Everything was done: exit code 0.
    All,
    /// Some was not, and standard error says what: exit code 1.
    Some,
    /// Something named on the command line could not be read to its end: exit code 2.
    Unread,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::All => Self::SUCCESS,
            Done::Some => Self::from(1),
            Done::Unread => Self::from(2),
        }
    }
}

/// A command that could not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// It failed: exit code 1. `message` says what is wrong and what to do.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// It was asked for something that cannot be: exit code 2. `message` says what is wrong and what to do.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// It was asked for something that cannot be, as `error` says.
    pub(crate) fn usage_of(error: &(dyn Error + 'static)) -> Self {
        Self::usage(told(error))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::failed(told(&error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error and its causes as sentences: causes in parentheses, so that what to do stays readable.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let own = error.to_string();
    let causes = error.source().map(error_chain).filter(|causes| !own.contains(causes.as_str()));
    match causes {
        Some(causes) if own.ends_with('.') => format!("{own} (Cause: {causes})"),
        Some(causes) => format!("{own}: {causes}"),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("a file cannot be read. Name another.")]
    struct Sentences(#[source] std::io::Error);

    #[test]
    fn causes_do_not_hide_what_to_do() {
        let error = Sentences(std::io::Error::other("it is gone"));
        assert_eq!(told(&error), "a file cannot be read. Name another. (Cause: it is gone)");
        assert_eq!(told(&std::io::Error::other("plain")), "plain");
    }
}
