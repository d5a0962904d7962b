//! A table's stream, gathered as Lambda gathers it for one function: by shard, from the first record on, for a window.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine};
use serde_json::Value;

/// How a stream is gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    /// How many shards it has.
    pub(crate) shards: usize,
    /// How long a shard's records are gathered, from the first on.
    pub(crate) window: Duration,
    /// The most records of a batch.
    pub(crate) batch: usize,
}

/// What waits in a stream.
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
    /// Nothing yet.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, shards: (0..stream.shards).map(|_| Shard::default()).collect() }
    }

    /// Takes what has changed out of the engine's feed at `now`, and keeps what `wakes` the function. Gives how much
    /// that was.
    pub(crate) fn gather(&mut self, engine: &Engine, now: DateTime<Utc>, wakes: impl Fn(&Change) -> bool) -> usize {
        let due = now + TimeDelta::from_std(self.stream.window).unwrap_or_default();
        let mut kept = 0;
        for (n, shard) in self.shards.iter_mut().enumerate() {
            let changes = engine.take_changes(n, usize::MAX);
            let before = shard.records.len();
            shard.records.extend(changes.iter().filter(|change| wakes(change)).map(Change::record));
            kept += shard.records.len() - before;
            if !shard.records.is_empty() {
                shard.due.get_or_insert(due);
            }
        }
        kept
    }

    /// The shard that is due first, and when.
    pub(crate) fn due(&self) -> Option<(DateTime<Utc>, usize)> {
        self.shards.iter().enumerate().filter_map(|(n, shard)| Some((shard.due?, n))).min()
    }

    /// Takes what has been gathered in a shard, in batches.
    pub(crate) fn take(&mut self, shard: usize) -> Vec<Vec<Value>> {
        let shard = &mut self.shards[shard];
        shard.due = None;
        let records = std::mem::take(&mut shard.records);
        records.chunks(self.stream.batch).map(<[Value]>::to_vec).collect()
    }
}
