//! The embedded DynamoDB-compatible engine, reached by the real AWS SDK below its HTTP client.
//!
//! Requests never touch a socket: [`EngineHttp`] hands each one to [`Engine`] as the JSON that the SDK
//! wrote, and hands back the JSON that DynamoDB would have answered. The engine keeps its own change
//! feed, for the one that comes with it slows down as its records pile up.

mod dispatch;
mod feed;
mod http;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_clock::SharedClock;
use dynoxide::Database;

pub use feed::{Change, Shard};
pub use http::{EngineHttp, answer, operation, sdk_config};

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
    db: Database,
    feed: Arc<Mutex<feed::Feed>>,
    clock: SharedClock,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine whose tables last as long as it does.
    ///
    /// # Errors
    /// When SQLite cannot be set up.
    pub fn in_memory(clock: SharedClock) -> Result<Self, OpenError> {
        Self::new(Database::memory(), "memory", clock)
    }

    /// An engine whose tables are kept in the file `path`, and survive the process being killed.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
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

    /// Takes at most `most` of the oldest changes of a shard out of the feed.
    #[must_use]
    pub fn take_changes(&self, shard: usize, most: usize) -> Vec<Change> {
        self.with_feed(|feed| feed.take(shard, most))
    }

    /// How many changes of a shard wait to be taken.
    #[must_use]
    pub fn waiting(&self, shard: usize) -> usize {
        self.with_feed(|feed| feed.waiting(shard))
    }

    fn with_feed<T>(&self, f: impl FnOnce(&mut feed::Feed) -> T) -> T {
        f(&mut self.feed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
