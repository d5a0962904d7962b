//! Follows a conversation's occurrences through the state table: where each was put, and where it was moved.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{Bucket, BucketWidth, ConversationId, OccurrenceId, Series, SeriesTemplate};
use cxtrace_store::{BucketContents, BucketKey, MoveReason, StateTable, StoreError, StoredLedger};
use serde::Serialize;

use super::journey::Derivation;

/// The maximum number of moves that are followed. It only protects against an endless loop.
const MAX_MOVES: usize = 1_000;

/// Everything that is known about a conversation.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    pub(crate) conversation: String,
    /// Its media type, if series are split by media type.
    pub(crate) media_type: Option<String>,
    pub(crate) occurrences: Vec<OccurrenceTrace>,
    /// Its journey.
    pub(crate) journey: Option<Derivation>,
}

/// The way of one occurrence through the table.
#[derive(Debug, Serialize)]
pub(crate) struct OccurrenceTrace {
    /// The occurrence's id.
    pub(crate) id: String,
    /// The name of its series; empty when its items have expired.
    pub(crate) metric: String,
    pub(crate) tags: Vec<String>,
    /// The time in the attribute's name; `None` when the name is malformed.
    pub(crate) own_time: Option<DateTime<Utc>>,
    /// The bucket of `own_time`.
    pub(crate) home: Option<DateTime<Utc>>,
    /// The width of buckets, in seconds.
    pub(crate) bucket_seconds: u32,
    /// Its moves to other buckets, in order.
    pub(crate) moves: Vec<Move>,
    /// The bucket that counts it; `None` when its items have expired.
    pub(crate) counted_in: Option<DateTime<Utc>>,
    /// The totals of the series in that bucket.
    pub(crate) ledger: Option<Totals>,
    /// Whether Datadog has accepted a total that includes it.
    pub(crate) published: bool,
    /// Cxtrace's own metrics that count it, too.
    pub(crate) own_counts: Vec<String>,
}

/// A move of an occurrence to another bucket.
#[derive(Debug, Serialize)]
pub(crate) struct Move {
    /// The bucket it left; `None` for an occurrence without a time of its own.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) why: Why,
}

/// Why an occurrence was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// Its own time is too far from its event's publication time.
    Skewed,
    /// Its name is not a metric's, or has no valid time.
    Malformed,
    /// It is a field of an event that could not be read.
    Unreadable,
    /// It is a placeholder id.
    Meaningless,
    /// Its bucket closed before Datadog accepted a total that includes it.
    Late,
    /// As `Late`, but a total that includes it was sent without a response. Datadog may count it twice.
    Uncertain,
}

/// The totals of a ledger.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Totals {
    pub(crate) total: u64,
    pub(crate) accepted: u64,
    pub(crate) attempted: u64,
    /// What was carried away from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) carried: Option<CarriedAway>,
}

/// The occurrences that Datadog had not accepted when a bucket closed, and that later buckets count.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CarriedAway {
    /// How many there are.
    pub(crate) count: u64,
    /// How many of them Datadog may also hold in the old bucket.
    pub(crate) uncertain: u64,
    /// Where the latest of them were carried to.
    pub(crate) to: Option<DateTime<Utc>>,
}

impl Explanation {
    /// Reads everything about `conversation` from `table`. `template` names the series of Cxtrace's own metrics.
    pub(crate) async fn read(
        table: &StateTable,
        template: &SeriesTemplate,
        conversation: &ConversationId,
    ) -> Result<Self, StoreError> {
        let seen = table.seen(conversation).await?;
        let mut reader = Reader { table, template, ledgers: HashMap::new() };
        let mut occurrences = Vec::new();
        for (id, counted) in seen.counted() {
            occurrences.push(reader.trace(id, counted).await?);
        }
        occurrences.sort_by(|a: &OccurrenceTrace, b| {
            let key = |c: &OccurrenceTrace| (c.own_time.or(c.counted_in), c.metric.clone(), c.id.clone());
            key(a).cmp(&key(b))
        });
        Ok(Self {
            conversation: conversation.as_str().to_owned(),
            media_type: seen.media.map(|media| media.as_str().to_owned()),
            occurrences,
            journey: None,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.occurrences.is_empty() && self.journey.is_none()
    }
}

/// Reads each ledger once.
struct Reader<'a> {
    table: &'a StateTable,
    template: &'a SeriesTemplate,
    ledgers: HashMap<BucketKey, Option<StoredLedger>>,
}

impl Reader<'_> {
    async fn ledger(&mut self, key: BucketKey) -> Result<Option<&StoredLedger>, StoreError> {
        Ok(match self.ledgers.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(self.table.ledger(key).await?),
        }
        .as_ref())
    }

    async fn holds(&mut self, series: &Series, bucket: Bucket, id: OccurrenceId) -> Result<bool, StoreError> {
        let key = BucketKey { series: series.id(), bucket };
        Ok(self.ledger(key).await?.is_some_and(|ledger| ledger.contents.ledger.occurrences.contains(&id)))
    }

    async fn trace(&mut self, id: OccurrenceId, counted: BucketKey) -> Result<OccurrenceTrace, StoreError> {
        let mut trace = OccurrenceTrace::unknown(id);
        let Some(ledger) = self.ledger(counted).await? else { return Ok(trace) };
        let series = ledger.series.clone();
        let own_time = ledger.contents.details.get(&id).and_then(|(_, at)| *at);
        let is_stored = ledger.contents.ledger.occurrences.contains(&id);
        trace.describe(&series, ledger.interval, own_time);
        if !is_stored {
            return Ok(trace);
        }

        self.add_redirect(&mut trace, &series, counted, id).await?;
        let last = self.follow(&mut trace, &series, counted, id).await?;
        trace.counted_in = time(last.bucket);
        trace.ledger = self.ledger(last).await?.map(|stored| {
            let ledger = &stored.contents.ledger;
            Totals {
                total: ledger.total(),
                accepted: ledger.accepted,
                attempted: ledger.attempted,
                carried: ledger.carried.latest.map(|latest| CarriedAway {
                    count: ledger.carried.count,
                    uncertain: ledger.carried.uncertain,
                    to: time(latest.to),
                }),
            }
        });
        trace.published = trace.ledger.is_some_and(|totals| totals.accepted >= totals.total);
        Ok(trace)
    }

    /// Adds the redirect, if the occurrence was not put into the bucket of its own time.
    async fn add_redirect(
        &mut self,
        trace: &mut OccurrenceTrace,
        series: &Series,
        counted: BucketKey,
        id: OccurrenceId,
    ) -> Result<(), StoreError> {
        let width = BucketWidth::try_new(trace.bucket_seconds).unwrap_or_default();
        let home = trace.own_time.map(|own| width.bucket(own));
        trace.home = home.and_then(time);
        if let Some(to) = time(counted.bucket).filter(|_| home != Some(counted.bucket)) {
            let why = match home {
                Some(_) => Why::Skewed,
                None if series.name() == SelfMetric::Unreadable.name() => Why::Unreadable,
                None if series.name() == SelfMetric::Meaningless.name() => Why::Meaningless,
                None => Why::Malformed,
            };
            trace.moves.push(Move { from: trace.home, to, why });
        }
        for own in [SelfMetric::Skewed, SelfMetric::Overflow] {
            let own_series = own.beside(series, self.template);
            if !series.is_self_metric() && self.holds(&own_series, counted.bucket, own.of(id)).await? {
                trace.own_counts.push(own.name().to_owned());
            }
        }
        Ok(())
    }

    /// Follows the moves from `current`. Returns the bucket that counts the occurrence.
    async fn follow(
        &mut self,
        trace: &mut OccurrenceTrace,
        series: &Series,
        mut current: BucketKey,
        id: OccurrenceId,
    ) -> Result<BucketKey, StoreError> {
        for _ in 0..MAX_MOVES {
            let Some((to, why)) = self.ledger(current).await?.and_then(|stored| next(stored, id)) else { break };
            if let Some(bucket) = time(to) {
                trace.moves.push(Move { from: time(current.bucket), to: bucket, why });
            }
            let own: &[SelfMetric] = match why {
                Why::Late => &[SelfMetric::Late],
                Why::Uncertain => &[SelfMetric::Late, SelfMetric::Uncertain],
                Why::Skewed | Why::Malformed | Why::Unreadable | Why::Meaningless => &[],
            };
            if !series.is_self_metric() {
                trace.own_counts.extend(own.iter().map(|own| own.name().to_owned()));
            }
            current.bucket = to;
        }
        Ok(current)
    }
}

impl OccurrenceTrace {
    /// An occurrence whose items have expired.
    fn unknown(id: OccurrenceId) -> Self {
        Self {
            id: id.to_string(),
            metric: String::new(),
            tags: Vec::new(),
            own_time: None,
            home: None,
            bucket_seconds: 0,
            moves: Vec::new(),
            counted_in: None,
            ledger: None,
            published: false,
            own_counts: Vec::new(),
        }
    }

    fn describe(&mut self, series: &Series, bucket_seconds: u32, own_time: Option<DateTime<Utc>>) {
        self.metric = series.name().to_owned();
        self.tags = series.tags().map(str::to_owned).collect();
        self.bucket_seconds = bucket_seconds;
        self.own_time = own_time;
    }
}

/// Where an occurrence of `stored` was moved. A carry moves only a number of occurrences, so it certainly moved this
/// one only if it moved all of them.
fn next(stored: &StoredLedger, id: OccurrenceId) -> Option<(Bucket, Why)> {
    let BucketContents { ledger, reasons, .. } = &stored.contents;
    if let Some(to) = ledger.redirects.get(&id) {
        let why = if reasons.get(&id) == Some(&MoveReason::Redirected) { Why::Skewed } else { Why::Late };
        return Some((*to, why));
    }
    let carry = ledger.carried.latest.filter(|carry| carry.number == 1 && ledger.total() == 0)?;
    Some((carry.to, if carry.uncertain == carry.count { Why::Uncertain } else { Why::Late }))
}

fn time(bucket: Bucket) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(bucket.start(), 0)
}
