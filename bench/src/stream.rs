//! A table's stream, gathered for one function as by Lambda: for each shard, from the first record on, for a window.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine};
use serde_json::Value;

/// How a stream is gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    /// The number of shards.
    pub(crate) shards: usize,
    /// The batching window, from a shard's first record on.
    pub(crate) window: Duration,
    /// The maximum number of records in a batch.
    pub(crate) batch: usize,
}

/// The waiting records of a stream.
#[derive(Debug)]
pub(crate) struct Gathered {
    stream: Stream,
    shards: Vec<Shard>,
}

#[derive(Debug, Default)]
struct Shard {
    records: Vec<Value>,
    due: Option<DateTime<Utc>>,
}

impl Gathered {
    /// An empty stream.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, shards: (0..stream.shards).map(|_| Shard::default()).collect() }
    }

    /// Takes the changes out of the engine's feed at `now`, and keeps those that wake the function by `wakes`.
    pub(crate) fn gather(&mut self, engine: &Engine, now: DateTime<Utc>, wakes: impl Fn(&Change) -> bool) {
        let due = now + TimeDelta::from_std(self.stream.window).unwrap_or_default();
        for (n, shard) in self.shards.iter_mut().enumerate() {
            let changes = engine.take_changes(n, usize::MAX);
            shard.records.extend(changes.iter().filter(|change| wakes(change)).map(Change::record));
            if !shard.records.is_empty() {
                shard.due.get_or_insert(due);
            }
        }
    }

    /// The shard that is due first, and its due time.
    pub(crate) fn due(&self) -> Option<(DateTime<Utc>, usize)> {
        self.shards.iter().enumerate().filter_map(|(n, shard)| Some((shard.due?, n))).min()
    }

    /// Takes the gathered records of a shard, in batches.
    pub(crate) fn take(&mut self, shard: usize) -> Vec<Vec<Value>> {
        let shard = &mut self.shards[shard];
        shard.due = None;
        let records = std::mem::take(&mut shard.records);
        records.chunks(self.stream.batch).map(<[Value]>::to_vec).collect()
    }
}
