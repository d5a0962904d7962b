//! The faults of a world, and their probabilities.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_domain::metrics::SeriesParts;
use cxtrace_fixtures::SeededRng;
use rand::Rng;

/// One world's faults, as probabilities. Each world has only some of them, because a permanent fault hides the effects
/// of others.
#[derive(Debug, Clone)]
pub struct Faults {
    /// For a delivery: it is repeated.
    pub duplicate: f64,
    /// For an event: it is published again later, with another id.
    pub resend: f64,
    /// For an event: it is delivered hours after its publication.
    pub late: f64,
    /// For a request, or for a response of Datadog: the process dies at it.
    pub crash: f64,
    /// For a request: it is throttled.
    pub throttle: f64,
    /// For a request: a server error.
    pub server_error: f64,
    /// For a request: no response, not applied.
    pub lost: f64,
    /// For a request: no response, but applied.
    pub applied: f64,
    /// For a batch write: some items are returned unprocessed.
    pub unprocessed: f64,
    /// For a transaction: it meets another one.
    pub conflict: f64,
    /// For an eventually consistent read: an item is missing.
    pub stale: f64,
    /// For a stream batch: it is delivered again after it was processed.
    pub redeliver: f64,
    /// For a submission: 429, 500, 413 or 403.
    pub refuse: f64,
    /// For a submission: accepted without a response.
    pub unanswered: f64,
    /// The outage of Datadog, if there is one.
    pub outage: Option<Outage>,
    /// The maximum offset of the clock of a function's instance, in seconds.
    pub clock_offset: i64,
    /// For a step: minutes or hours pass at once, as when machines are stopped.
    pub leap: f64,
    /// A series for which Datadog answers 400.
    pub poisoned: Option<usize>,
    /// The cardinality budget.
    pub max_series: u32,
    /// Whether the media type is a tag.
    pub media_type_tag: bool,
    /// How hot series are divided, if they are.
    pub parts: Option<Parts>,
}

/// Hot series, and the setting that divides them from a time in the middle of the world on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The entries that the functions have from the beginning.
    pub before: String,
    /// All entries, which functions have that start later.
    pub after: String,
    /// From when on new functions have all entries.
    pub deployed: DateTime<Utc>,
    /// The most milliseconds by which an attribute's time is ahead of its event. What was stored before the deployment
    /// has its home before the first new entry.
    pub most_ahead: i64,
}

/// How long before the first new entry it is deployed.
const PARTS_LEAD: TimeDelta = TimeDelta::minutes(15);

impl Parts {
    /// Two more entries, in a world that begins at `start`. Half of the worlds are deployed anew in their middle.
    #[must_use]
    pub fn draw(rng: &mut SeededRng, start: DateTime<Utc>) -> Self {
        let from = start + TimeDelta::seconds(rng.random_range(900..3_600));
        let later = from + TimeDelta::seconds(rng.random_range(0..1_200));
        let before = ["1", "3", "flow:main=2"][rng.random_range(0..3)].to_owned();
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (first, second) = (rng.random_range(2..=4), rng.random_range(1..=6));
        let hot = ["", "flow:main=", "cxtrace.attributes.malformed="][rng.random_range(0..3)];
        let after = format!("{before},{first}@{},{hot}{second}@{}", time(from), time(later));
        match rng.random_bool(0.5) {
            true => Self { before, after, deployed: from - PARTS_LEAD, most_ahead: 600_000 },
            false => Self { before: after.clone(), after, deployed: start, most_ahead: 10_000_000 },
        }
    }

    /// The setting of a function that starts at `now`.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> SeriesParts {
        let text = if now < self.deployed { &self.before } else { &self.after };
        SeriesParts::read(text).unwrap_or_default()
    }
}

/// The maximum offset of a clock, in seconds: buckets close five minutes before Datadog closes them.
const MAX_CLOCK_OFFSET: i64 = 200;

/// The kind and length of an outage of Datadog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Whether it receives requests, may keep them, and never responds. Otherwise it answers 503.
    pub is_silent: bool,
    /// The length in minutes: up to 23 hours, because the stream keeps records for 24.
    pub minutes: i64,
}

impl Outage {
    /// In one world of three.
    fn draw(rng: &mut SeededRng) -> Option<Self> {
        let is_silent = match rng.random_range(0..6) {
            0 => false,
            1 => true,
            _ => return None,
        };
        let minutes = if rng.random_bool(0.7) { rng.random_range(30..=120) } else { rng.random_range(121..=23 * 60) };
        Some(Self { is_silent, minutes })
    }

    /// Its name in the counters.
    #[must_use]
    pub fn kind(self) -> &'static str {
        if self.minutes <= 120 { "Datadog was gone for up to two hours" } else { "Datadog was gone for up to 23 hours" }
    }
}

/// A way to break the design on purpose, to prove that the simulation notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// The seen set is written before the occurrences.
    SeenFirst,
    /// Every reader of a ledger treats a started carry as finished.
    CarryNotFinished,
    /// Nothing sweeps the table.
    NoSweep,
    /// Two consumers share a shard, as if DynamoDB had split an item collection over two of them.
    SplitShard,
    /// Each instance divides series into another number of parts, so an occurrence has no part of its own.
    UnstableParts,
}

impl Faults {
    /// The faults of one world.
    pub fn draw(rng: &mut SeededRng) -> Self {
        let mut rate = |most: f64| if rng.random_bool(0.5) { rng.random_range(0.0..most) } else { 0.0 };
        Self {
            duplicate: rate(0.4),
            resend: rate(0.3),
            late: rate(0.1),
            crash: rate(0.06),
            throttle: rate(0.15),
            server_error: rate(0.1),
            lost: rate(0.1),
            applied: rate(0.1),
            unprocessed: rate(0.4),
            conflict: rate(0.3),
            stale: rate(0.5),
            redeliver: rate(0.3),
            refuse: rate(0.4),
            unanswered: rate(0.25),
            outage: Outage::draw(rng),
            clock_offset: if rng.random_bool(0.3) { rng.random_range(1..=MAX_CLOCK_OFFSET) } else { 0 },
            leap: if rng.random_bool(0.1) { rng.random_range(0.0..0.002) } else { 0.0 },
            poisoned: rng.random_bool(0.15).then(|| rng.random_range(0..9)),
            max_series: if rng.random_bool(0.15) { rng.random_range(1..5) } else { 1_000 },
            media_type_tag: rng.random_bool(0.2),
            parts: None,
        }
    }

    /// A world without further faults, so that all work can end.
    #[must_use]
    pub fn healed(&self) -> Self {
        Self {
            duplicate: 0.0,
            resend: 0.0,
            late: 0.0,
            crash: 0.0,
            throttle: 0.0,
            server_error: 0.0,
            lost: 0.0,
            applied: 0.0,
            unprocessed: 0.0,
            conflict: 0.0,
            stale: 0.0,
            redeliver: 0.0,
            refuse: 0.0,
            unanswered: 0.0,
            leap: 0.0,
            ..self.clone()
        }
    }
}
