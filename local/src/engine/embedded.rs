//! The engine: a database in this process, and the changes that it makes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_clock::SharedClock;
use dynoxide::Database;

use super::feed::{Change, Feed};

/// The engine could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the embedded table cannot be opened at {path}")]
pub struct OpenError {
    path: String,
    #[source]
    source: dynoxide::DynoxideError,
}

/// A DynamoDB-compatible engine in this process.
#[derive(Clone)]
pub struct Engine {
    pub(super) db: Database,
    feed: Arc<Mutex<Feed>>,
    pub(super) clock: SharedClock,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine whose tables end with it.
    ///
    /// # Errors
    /// When SQLite cannot be set up.
    pub fn in_memory(clock: SharedClock) -> Result<Self, OpenError> {
        Self::new(Database::memory(), "memory", clock)
    }

    /// An engine whose tables are in the file `path`. They survive a kill of the process.
    ///
    /// # Errors
    /// When the file cannot be opened or created.
    pub fn at(path: &Path, clock: SharedClock) -> Result<Self, OpenError> {
        let shown = path.display().to_string();
        Self::new(Database::new(&shown), &shown, clock)
    }

    fn new(db: dynoxide::Result<Database>, path: &str, clock: SharedClock) -> Result<Self, OpenError> {
        let db = db.map_err(|source| OpenError { path: path.to_owned(), source })?;
        Ok(Self { db, feed: Arc::default(), clock })
    }

    /// Splits the change feed into `shards`, by partition key. Only for an engine without changes yet.
    #[must_use]
    pub fn with_shards(self, shards: usize) -> Self {
        self.with_feed(|feed| feed.split(shards));
        self
    }

    /// Removes up to `most` of the oldest changes of a shard from the feed.
    #[must_use]
    pub fn take_changes(&self, shard: usize, most: usize) -> Vec<Change> {
        self.with_feed(|feed| feed.take(shard, most))
    }

    /// The number of waiting changes of a shard.
    #[must_use]
    pub fn waiting(&self, shard: usize) -> usize {
        self.with_feed(|feed| feed.waiting(shard))
    }

    pub(super) fn with_feed<T>(&self, f: impl FnOnce(&mut Feed) -> T) -> T {
        f(&mut self.feed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
