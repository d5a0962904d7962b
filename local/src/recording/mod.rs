//! Recorded events, read back: from files, folders, gzip and standard input, in the order of their times.
//!
//! It must not know what an event means. Of each it reads only when it was published.
//!
//! | what it does | module |
//! |---|---|
//! | which files are meant | `files` |
//! | which events a text holds, and on which line | `frames` |
//! | when an event was published | `stated` |
//! | which of these times can be believed | `pace` |
//! | several recordings side by side | `timeline` |

pub(crate) mod files;
pub(crate) mod frames;
pub(crate) mod pace;
pub(crate) mod stated;
pub(crate) mod timeline;

use std::fmt;
use std::sync::Arc;

pub(crate) use files::Input;
pub(crate) use timeline::Timeline;

/// Where an event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file's name as the user would write it.
    pub(crate) name: Arc<str>,
    /// The line on which the event begins, from 1.
    pub(crate) line: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}

/// A file could not be read, at its beginning or further on.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be read{}", .line.map_or(String::new(), |line| format!(" after line {line}")))]
pub(crate) struct ReadError {
    /// The file.
    pub(crate) name: Arc<str>,
    /// The last line that could be.
    pub(crate) line: Option<u64>,
    /// What the system says.
    #[source]
    pub(crate) source: std::io::Error,
}
