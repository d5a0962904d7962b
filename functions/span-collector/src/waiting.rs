//! Traces that belong to no journey yet. They are kept in memory for two minutes, in case a later request, or a fact of another
//! system, names their interaction. Nothing of them is stored before. What an instance of a function holds ends with it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_otlp::receive::Other;

/// How long a trace is kept. Facts of calls arrive within seconds.
const KEPT: TimeDelta = TimeDelta::minutes(2);

/// The greatest size of all of them. The function has 128 MB.
const MAX_BYTES: usize = 8_000_000;

/// The largest part of a trace that is kept.
const MAX_TRACE: usize = 64_000;

/// A trace is asked about once more, when it has waited this long.
const ASK_AFTER: TimeDelta = TimeDelta::seconds(10);

/// How many of them are asked about with one request: one more read of the table.
const MAX_ASKED: usize = 100;

/// The traces that wait, by the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    parts: BTreeMap<u64, Part>,
    /// The parts of each trace.
    by_trace: BTreeMap<String, BTreeSet<u64>>,
    /// The parts that relate to each trace.
    by_related: BTreeMap<String, BTreeSet<u64>>,
    bytes: usize,
    next: u64,
}

/// The spans of a trace in one request.
#[derive(Debug)]
struct Part {
    other: Other,
    since: DateTime<Utc>,
    is_asked: bool,
}

/// What the table should be asked about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) traces: BTreeSet<String>,
    /// The place of the first trace that is not due.
    pub(crate) before: u64,
}

/// Traces that belong to a journey after all.
#[derive(Debug, Default)]
pub(crate) struct Found {
    numbers: BTreeSet<u64>,
    /// Their spans, as requests in protobuf without compression. Each follows what it is related to.
    pub(crate) requests: Vec<Vec<u8>>,
}

impl Waiting {
    /// Keeps traces. The oldest give way to them.
    pub(crate) fn add(&mut self, others: Vec<Other>, now: DateTime<Utc>) {
        for other in others.into_iter().filter(|other| size(other) <= MAX_TRACE) {
            let number = self.next;
            self.next += 1;
            self.bytes += size(&other);
            self.by_trace.entry(other.id.clone()).or_default().insert(number);
            for related in &other.related {
                self.by_related.entry(related.clone()).or_default().insert(number);
            }
            self.parts.insert(number, Part { other, since: now, is_asked: false });
        }
        while let Some(oldest) = self.superfluous(now) {
            self.remove(oldest);
        }
    }

    /// The oldest trace, if it is too old or all are too large.
    fn superfluous(&self, now: DateTime<Utc>) -> Option<u64> {
        let (number, part) = self.parts.first_key_value()?;
        (self.bytes > MAX_BYTES || now - part.since > KEPT).then_some(*number)
    }

    /// The traces that the table should be asked about once more, with those that they relate to.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> Due {
        let mut due = Due::default();
        let old = self.parts.iter().take_while(|(_, part)| now - part.since >= ASK_AFTER);
        for (number, part) in old.filter(|(_, part)| !part.is_asked) {
            let names = || part.other.related.iter().chain([&part.other.id]);
            let more = names().filter(|name| !due.traces.contains(*name)).count();
            if due.traces.len() + more > MAX_ASKED {
                break;
            }
            due.traces.extend(names().cloned());
            due.before = number + 1;
        }
        due
    }

    /// Notes that the table was asked about what was due before this place.
    pub(crate) fn asked(&mut self, before: u64) {
        self.parts.range_mut(..before).for_each(|(_, part)| part.is_asked = true);
    }

    /// The traces that are one of `known`, or are related to one. What is related to these follows.
    pub(crate) fn find(&self, known: &BTreeSet<String>) -> Found {
        let mut next: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut found = Found::default();
        while let Some(id) = next.pop() {
            let numbers = [self.by_trace.get(id), self.by_related.get(id)].into_iter().flatten().flatten();
            for number in numbers {
                let Some(part) = self.parts.get(number).filter(|_| found.numbers.insert(*number)) else { continue };
                next.push(&part.other.id);
                next.extend(part.other.related.iter().map(String::as_str));
                if !found.requests.contains(&part.other.body) {
                    found.requests.push(part.other.body.clone());
                }
            }
        }
        found
    }

    /// Forgets what was found, once it is stored.
    pub(crate) fn forget(&mut self, found: &Found) {
        found.numbers.iter().for_each(|number| self.remove(*number));
    }

    fn remove(&mut self, number: u64) {
        let Some(Part { other, .. }) = self.parts.remove(&number) else { return };
        self.bytes -= size(&other);
        unlist(&mut self.by_trace, &other.id, number);
        for related in &other.related {
            unlist(&mut self.by_related, related, number);
        }
    }
}

fn unlist(index: &mut BTreeMap<String, BTreeSet<u64>>, id: &str, number: u64) {
    if let Some(numbers) = index.get_mut(id) {
        numbers.remove(&number);
        if numbers.is_empty() {
            index.remove(id);
        }
    }
}

/// What a trace takes, roughly: its spans, and its ids in the indexes.
fn size(other: &Other) -> usize {
    other.body.len() + 400 + 300 * other.related.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn other(id: &str, related: &[&str]) -> Other {
        Other {
            id: id.to_owned(),
            related: related.iter().map(|id| (*id).to_owned()).collect(),
            body: id.as_bytes().to_vec(),
        }
    }

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_trace_leaves_with_what_relates_to_it_and_only_once() {
        let mut waiting = Waiting::default();
        waiting.add(vec![other("a", &[]), other("b", &["a"]), other("c", &["b"]), other("d", &[])], at(0));
        waiting.add(vec![other("a", &[])], at(1));
        let mut found = waiting.find(&set(&["a", "x"]));
        assert_eq!(found.requests[0], b"a");
        found.requests.sort();
        assert_eq!(found.requests, [b"a", b"b", b"c"], "the same spans came twice");
        assert_eq!(found.numbers.len(), 4);
        assert_eq!(waiting.find(&set(&["a"])).numbers, found.numbers, "what is not stored stays");
        waiting.forget(&found);
        assert!(waiting.find(&set(&["a", "b", "c"])).requests.is_empty());
        let last = waiting.find(&set(&["d"]));
        assert_eq!(last.requests, [b"d"]);
        waiting.forget(&last);
        assert!(waiting.parts.is_empty() && waiting.by_trace.is_empty() && waiting.by_related.is_empty());
        assert_eq!(waiting.bytes, 0);
    }

    #[test]
    fn a_trace_is_asked_about_once_after_ten_seconds_and_a_hundred_at_a_time() {
        let mut waiting = Waiting::default();
        waiting.add((0..250).map(|n| other(&format!("{n:03}"), &[])).collect(), at(0));
        assert_eq!(waiting.due(at(9)), Due::default());
        assert_eq!(waiting.due(at(10)), waiting.due(at(10)), "what could not be asked about stays due");
        for expected in [100, 100, 50, 0] {
            let due = waiting.due(at(10));
            assert_eq!(due.traces.len(), expected);
            waiting.asked(due.before);
        }
        waiting.add(vec![other("late", &["other"])], at(20));
        assert_eq!(waiting.due(at(30)).traces, set(&["late", "other"]));
    }

    #[test]
    fn what_is_old_or_too_much_gives_way() {
        let mut waiting = Waiting::default();
        waiting.add(vec![other("old", &[])], at(0));
        waiting.add(Vec::new(), at(121));
        assert!(waiting.find(&set(&["old"])).requests.is_empty());
        let large = |id: &str| Other { body: vec![0; MAX_TRACE - 1_000], ..other(id, &[]) };
        waiting.add((0..200).map(|n| large(&n.to_string())).collect(), at(200));
        assert!(waiting.bytes <= MAX_BYTES && waiting.parts.len() > 100);
        assert!(waiting.find(&set(&["0"])).requests.is_empty());
        assert_eq!(waiting.find(&set(&["199"])).requests.len(), 1);
        waiting.add(vec![Other { body: vec![0; MAX_TRACE + 1], ..other("huge", &[]) }], at(200));
        assert!(waiting.find(&set(&["huge"])).requests.is_empty());
    }
}
