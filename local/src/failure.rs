//! How a command ends: its exit code, and a message that says what is wrong and what to do.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use cxtrace_error_chain::error_chain;

/// The end of a command.
pub(crate) type CommandResult = Result<Completion, Failure>;

/// How complete a command's work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// Everything succeeded: exit code 0.
    All,
    /// A part failed, and standard error says which: exit code 1.
    Partial,
    /// A file that the command line names could not be read to its end: exit code 2.
    Unread,
}

impl From<Completion> for ExitCode {
    fn from(done: Completion) -> Self {
        match done {
            Completion::All => Self::SUCCESS,
            Completion::Partial => Self::from(1),
            Completion::Unread => Self::from(2),
        }
    }
}

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// A failure with exit code 1. `message` says what is wrong and what to do.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// A wrong command line or setting: exit code 2. `message` says what is wrong and what to do.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// As [`Self::usage`], with the message of `error`.
    pub(crate) fn usage_of(error: &(dyn Error + 'static)) -> Self {
        Self::usage(describe(error))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::failed(describe(&error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error with its causes. A message that ends as a sentence has the causes in parentheses behind it.
pub(crate) fn describe(error: &(dyn Error + 'static)) -> String {
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
        assert_eq!(describe(&error), "a file cannot be read. Name another. (Cause: it is gone)");
        assert_eq!(describe(&std::io::Error::other("plain")), "plain");
    }
}
