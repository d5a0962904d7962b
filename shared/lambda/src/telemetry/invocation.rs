//! One log line for each invocation: how it ended, how long it took, and what it counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// The counts of one invocation, by name.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Counts {
    /// Adds `count` to the number called `name`.
    pub fn add(&self, name: &'static str, count: impl TryInto<u64>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = counts.entry(name).or_default();
        *sum = sum.saturating_add(count.try_into().unwrap_or(u64::MAX));
    }

    fn taken(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How an invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvocationOutcome {
    Ok,
    Failed,
}

/// The line of one invocation. `docs/logs.md` describes it.
#[derive(Debug, Serialize)]
pub struct InvocationLine<'a> {
    level: &'static str,
    log: &'static str,
    message: &'static str,
    function: &'a str,
    request_id: &'a str,
    outcome: InvocationOutcome,
    /// The time in the handler, in milliseconds.
    duration_ms: i64,
    /// Whether it is the first invocation of this process.
    cold: bool,
    counts: BTreeMap<&'static str, u64>,
}

impl<'a> InvocationLine<'a> {
    /// The line of an invocation that took so many milliseconds. It takes the counts.
    #[must_use]
    pub fn new(
        (function, request_id): (&'a str, &'a str),
        outcome: InvocationOutcome,
        duration_ms: i64,
        cold: bool,
        counts: &Counts,
    ) -> Self {
        let counts = counts.taken();
        Self {
            level: "INFO",
            log: "invocation",
            message: "the invocation ended",
            function,
            request_id,
            outcome,
            duration_ms,
            cold,
            counts,
        }
    }

    /// What the invocation counted.
    pub(crate) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Writes it, if the log is at INFO or finer.
    pub fn write(&self) {
        if tracing::enabled!(tracing::Level::INFO)
            && let Ok(line) = serde_json::to_string(self)
        {
            println!("{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_holds_the_counts_of_one_invocation() {
        let counts = Counts::default();
        counts.add("events", 2_u64);
        counts.clone().add("events", 1_u64);
        let line = |counts| {
            serde_json::to_value(InvocationLine::new(("f", "r"), InvocationOutcome::Failed, 12, true, counts)).unwrap()
        };
        let expected = serde_json::json!({
            "level": "INFO", "log": "invocation", "message": "the invocation ended", "function": "f", "request_id": "r",
            "outcome": "failed", "duration_ms": 12, "cold": true, "counts": {"events": 3},
        });
        assert_eq!(line(&counts), expected);
        assert_eq!(line(&counts)["counts"], serde_json::json!({}), "the next invocation begins at zero");
    }
}
