//! Where a recorded event comes from, for messages.

use std::fmt;
use std::sync::Arc;

/// The place of an event in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file's name, as the user wrote it.
    pub(crate) name: Arc<str>,
    /// The line on which the event begins, from 1.
    pub(crate) line: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be read{}", .line.map_or(String::new(), |line| format!(" after line {line}")))]
pub(crate) struct ReadError {
    /// The file.
    pub(crate) name: Arc<str>,
    /// The last line that was read; `None` when none was.
    pub(crate) line: Option<u64>,
    /// The operating system's error.
    #[source]
    pub(crate) source: std::io::Error,
}
