//! The engine's change feed: the records of a DynamoDB stream, kept only until they are taken.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use dynoxide::AttributeValue;
use serde_json::{Value, json};

/// An item in the engine's form.
pub(crate) type Item = std::collections::HashMap<String, AttributeValue>;

/// One change of one item.
#[derive(Debug, Clone)]
pub struct Change {
    sequence: u64,
    at: i64,
    old: Option<Item>,
    new: Option<Item>,
}

/// The waiting changes of one shard, in order. All changes of one partition key are in one shard.
pub type Shard = VecDeque<Change>;

#[derive(Debug)]
pub(crate) struct Feed {
    shards: Vec<Shard>,
    sequence: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self { shards: vec![Shard::new()], sequence: 0 }
    }
}

impl Feed {
    pub(crate) fn split(&mut self, shards: usize) {
        self.shards = vec![Shard::new(); shards.max(1)];
    }

    pub(crate) fn take(&mut self, shard: usize, most: usize) -> Vec<Change> {
        self.shards.get_mut(shard).map(|shard| shard.drain(..most.min(shard.len())).collect()).unwrap_or_default()
    }

    pub(crate) fn waiting(&self, shard: usize) -> usize {
        self.shards.get(shard).map_or(0, VecDeque::len)
    }

    /// Adds a change. A write that changes nothing has no record, as in DynamoDB.
    pub(crate) fn add(&mut self, at: i64, old: Option<Item>, new: Option<Item>) {
        if old == new {
            return;
        }
        let Some(pk) = new.as_ref().or(old.as_ref()).map(|item| text(item, "pk").to_owned()) else { return };
        self.sequence += 1;
        let shard = shard_of(&pk, self.shards.len());
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.push_back(Change { sequence: self.sequence, at, old, new });
        }
    }
}

fn shard_of(pk: &str, shards: usize) -> usize {
    // `DefaultHasher::new` has fixed keys, so a partition key is in the same shard in every run.
    let mut hasher = DefaultHasher::new();
    pk.hash(&mut hasher);
    usize::try_from(hasher.finish() % shards as u64).unwrap_or(0)
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

impl Change {
    /// INSERT, MODIFY or REMOVE.
    #[must_use]
    pub fn event_name(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "INSERT",
            (Some(_), Some(_)) => "MODIFY",
            (Some(_), None) => "REMOVE",
        }
    }

    /// The item's sort key.
    #[must_use]
    pub fn sort_key(&self) -> &str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", |item| text(item, "sk"))
    }

    /// The change as a record of a Lambda event.
    #[must_use]
    pub fn record(&self) -> Value {
        let item = self.new.as_ref().or(self.old.as_ref());
        let keys = json!({"pk": {"S": item.map_or("", |i| text(i, "pk"))}, "sk": {"S": self.sort_key()}});
        let mut change = json!({
            "ApproximateCreationDateTime": self.at,
            "Keys": keys,
            "SequenceNumber": self.sequence.to_string(),
            "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        for (name, image) in [("NewImage", &self.new), ("OldImage", &self.old)] {
            if let Some(image) = image {
                change[name] = serde_json::to_value(image).unwrap_or_default();
            }
        }
        json!({
            "eventID": self.sequence.to_string(),
            "eventName": self.event_name(),
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "local",
            "dynamodb": change,
        })
    }
}
