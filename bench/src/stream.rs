//! A table's stream, gathered for one function as by Lambda: for each shard, from the first record on, for a window.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// The records of a stream that wait for one function.
#[derive(Debug)]
pub(crate) struct Stream {
    shards: Vec<Shard>,
    window: TimeDelta,
    batch: usize,
}

#[derive(Debug, Clone, Default)]
struct Shard {
    records: Vec<Value>,
    due: Option<DateTime<Utc>>,
}

impl Stream {
    /// An empty stream of this many shards, with a batching window and the maximum number of records in a batch.
    pub(crate) fn new(shards: usize, window: Duration, batch: usize) -> Self {
        let window = TimeDelta::from_std(window).unwrap_or_default();
        Self { shards: vec![Shard::default(); shards], window, batch }
    }

    /// Adds a record that comes at `now`.
    pub(crate) fn add(&mut self, shard: usize, record: Value, now: DateTime<Utc>) {
        let shard = &mut self.shards[shard];
        shard.records.push(record);
        shard.due.get_or_insert(now + self.window);
    }

    /// The shard that is due first, and its due time.
    pub(crate) fn due(&self) -> Option<(DateTime<Utc>, usize)> {
        self.shards.iter().enumerate().filter_map(|(n, shard)| Some((shard.due?, n))).min()
    }

    /// Takes the records of a shard, in batches.
    pub(crate) fn take(&mut self, shard: usize) -> Vec<Vec<Value>> {
        let Shard { records, .. } = std::mem::take(&mut self.shards[shard]);
        records.chunks(self.batch).map(<[Value]>::to_vec).collect()
    }
}
