//! A fake of the extension's server, written from its source. It reproduces the differences from an agent.

use std::collections::{BTreeMap, BTreeSet};

use super::{MAX_CONTEXTS, MAX_TAGS};

/// Its buffer for one datagram.
const BUFFER: usize = 8_192;

/// The data of one name, tag set and ten seconds. The first line determines the type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) sum: f64,
    pub(super) count: u64,
}

/// The type with which it forwards a line of each type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A sketch, which is correct.
    Distribution,
    /// `c`: type 0, unspecified, without an interval.
    Unspecified,
    /// `g`: type 1, count.
    Count,
}

/// Name, sorted tags, and start of the ten seconds.
pub(super) type MetricContext = (String, Vec<String>, i64);

/// The extension between two flushes.
#[derive(Debug, Default)]
pub(super) struct FakeExtension {
    /// Its clock.
    pub(super) now: i64,
    pub(super) held: BTreeMap<MetricContext, Held>,
    /// Every string it keeps for the rest of the sandbox's life.
    pub(super) interned: BTreeSet<String>,
    /// Lines that arrived and were not counted.
    pub(super) dropped: u64,
}

impl FakeExtension {
    pub(super) fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    pub(super) fn receive(&mut self, datagram: &[u8]) {
        let read = &datagram[..datagram.len().min(BUFFER)];
        // A cut in the middle of a character loses the whole datagram.
        let Ok(text) = std::str::from_utf8(read) else { return };
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            if self.count(line).is_none() {
                self.dropped += 1;
            }
        }
    }

    fn count(&mut self, line: &str) -> Option<()> {
        if line.starts_with("_sc|") || line.starts_with("_e{") {
            return None;
        }
        let mut fields = line.split('|');
        let (name, values) = fields.next()?.split_once(':')?;
        let kind = match fields.next()? {
            "d" => Kind::Distribution,
            "c" => Kind::Unspecified,
            "g" => Kind::Count,
            _ => return None,
        };
        // Only the first of packed values counts.
        let value: f64 = values.split(':').next()?.parse().ok()?;
        let (mut tags, mut at) = (Vec::new(), self.now);
        for field in fields {
            if let Some(list) = field.strip_prefix('#') {
                tags = list.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
            } else if let Some(seconds) = field.strip_prefix('T') {
                at = i64::try_from(seconds.parse::<u64>().ok()?).ok()?.min(self.now);
            }
            // A sample rate, a container and other fields are ignored.
        }
        if tags.len() > MAX_TAGS {
            return None;
        }
        tags.sort();
        tags.dedup();
        self.interned.insert(name.to_owned());
        self.interned.extend(tags.iter().cloned());
        let context = (name.to_owned(), tags, at / 10 * 10);
        if self.held.len() >= MAX_CONTEXTS && !self.held.contains_key(&context) {
            return None;
        }
        let held = self.held.entry(context).or_insert(Held { kind, sum: 0.0, count: 0 });
        match (held.kind, kind) {
            (Kind::Distribution, Kind::Distribution) | (Kind::Unspecified, Kind::Unspecified) => {
                held.sum += value;
                held.count += 1;
            }
            (Kind::Count, Kind::Count) => held.sum = value,
            // A line of another type under the same name is dropped.
            _ => return None,
        }
        Some(())
    }
}
