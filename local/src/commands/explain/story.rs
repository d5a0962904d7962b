//! A conversation's counts, followed through the table: where each was put, and where it went from there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{Bucket, BucketWidth, ConversationId, OccurrenceId, Series, SeriesTemplate};
use cxtrace_store::{BucketKey, MoveReason, StateTable, StoreError, StoredLedger};
use serde::Serialize;

use super::journey::Derivation;

/// A copy of a copy of a copy is moved no further than this: nothing late is late so often.
const MOST_MOVES: usize = 1_000;

/// What is known of a conversation.
#[derive(Debug, Serialize)]
pub(crate) struct Story {
    pub(crate) conversation: String,
    /// The media type that was decided for it, where series are split by media type.
    pub(crate) media_type: Option<String>,
    pub(crate) occurrences: Vec<Chapter>,
    /// The journey that it belongs to, and why.
    pub(crate) journey: Option<Derivation>,
}

/// What is known of one occurrence.
#[derive(Debug, Serialize)]
pub(crate) struct Chapter {
    /// The occurrence.
    pub(crate) id: String,
    /// Its series; empty when nothing of it is left.
    pub(crate) metric: String,
    pub(crate) tags: Vec<String>,
    /// The time in its name; none when it was malformed.
    pub(crate) own_time: Option<DateTime<Utc>>,
    /// The bucket of that time.
    pub(crate) home: Option<DateTime<Utc>>,
    /// The width of buckets, in seconds.
    pub(crate) bucket_seconds: u32,
    /// Every decision to count it elsewhere, in order.
    pub(crate) moves: Vec<Moved>,
    /// The bucket that counts it; none when its items have expired.
    pub(crate) counted_in: Option<DateTime<Utc>>,
    /// What that bucket holds of the series.
    pub(crate) ledger: Option<Totals>,
    /// Whether Datadog has accepted a total with it.
    pub(crate) published: bool,
    /// Cxtrace's own counts that it caused.
    pub(crate) own_counts: Vec<String>,
}

/// A decision to count an occurrence elsewhere.
#[derive(Debug, Serialize)]
pub(crate) struct Moved {
    /// From which bucket; none for what has no time of its own.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) why: Why,
}

/// Why an occurrence counts elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// Its own time is too far from the publication of its event.
    Skewed,
    /// Its name holds no time that can be read.
    Malformed,
    /// It is a field of an event that could not be read.
    Unreadable,
    /// Its bucket had closed before Datadog accepted a total with it.
    Late,
    /// As late, and a total with it had been sent without an answer: Datadog may hold it there, too.
    Uncertain,
}

/// What a ledger comes to.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Totals {
    pub(crate) total: u64,
    pub(crate) accepted: u64,
    pub(crate) attempted: u64,
}

impl Story {
    /// What `table` holds of `conversation`. `template` tells which series are Cxtrace's own.
    pub(crate) async fn read(
        table: &StateTable,
        template: &SeriesTemplate,
        conversation: &ConversationId,
    ) -> Result<Self, StoreError> {
        let seen = table.seen(conversation).await?;
        let mut reader = Reader { table, template, ledgers: HashMap::new() };
        let mut occurrences = Vec::new();
        for (id, counted) in seen.counted() {
            occurrences.push(reader.chapter(id, counted).await?);
        }
        occurrences.sort_by(|a: &Chapter, b| {
            let key = |c: &Chapter| (c.own_time.or(c.counted_in), c.metric.clone(), c.id.clone());
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

/// Reads ledgers, each once.
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

    async fn chapter(&mut self, id: OccurrenceId, counted: BucketKey) -> Result<Chapter, StoreError> {
        let mut chapter = Chapter::unknown(id);
        let Some(ledger) = self.ledger(counted).await? else { return Ok(chapter) };
        let series = ledger.sample.series.clone();
        let own_time = ledger.contents.details.get(&id).and_then(|(_, at)| *at);
        let is_stored = ledger.contents.ledger.occurrences.contains(&id);
        chapter.describe(&series, ledger.sample.interval, own_time);
        if !is_stored {
            return Ok(chapter);
        }

        self.tell_redirect(&mut chapter, &series, counted, id).await?;
        let last = self.follow(&mut chapter, &series, counted, id).await?;
        chapter.counted_in = time(last.bucket);
        chapter.ledger = self.ledger(last).await?.map(|stored| {
            let ledger = &stored.contents.ledger;
            Totals { total: ledger.total(), accepted: ledger.accepted, attempted: ledger.attempted }
        });
        chapter.published = chapter.ledger.is_some_and(|totals| totals.accepted >= totals.total);
        Ok(chapter)
    }

    /// Why it was not put into its home, if it was not.
    async fn tell_redirect(
        &mut self,
        chapter: &mut Chapter,
        series: &Series,
        counted: BucketKey,
        id: OccurrenceId,
    ) -> Result<(), StoreError> {
        let width = BucketWidth::try_new(chapter.bucket_seconds).unwrap_or_default();
        let home = chapter.own_time.map(|own| width.bucket(own));
        chapter.home = home.and_then(time);
        if let Some(to) = time(counted.bucket).filter(|_| home != Some(counted.bucket)) {
            let why = match home {
                Some(_) => Why::Skewed,
                None if series.name() == SelfMetric::Unreadable.name() => Why::Unreadable,
                None => Why::Malformed,
            };
            chapter.moves.push(Moved { from: chapter.home, to, why });
        }
        for own in [SelfMetric::Skewed, SelfMetric::Overflow] {
            if !series.is_self_metric() && self.holds(&own.series(self.template), counted.bucket, own.of(id)).await? {
                chapter.own_counts.push(own.name().to_owned());
            }
        }
        Ok(())
    }

    /// From where it was put to where it counts.
    async fn follow(
        &mut self,
        chapter: &mut Chapter,
        series: &Series,
        mut place: BucketKey,
        id: OccurrenceId,
    ) -> Result<BucketKey, StoreError> {
        for _ in 0..MOST_MOVES {
            let next = self.ledger(place).await?.and_then(|stored| {
                let to = stored.contents.ledger.moves.get(&id)?;
                Some((*to, stored.contents.reasons.get(&id).copied()))
            });
            let Some((to, reason)) = next else { break };
            let why = match reason {
                Some(MoveReason::Redirected) => Why::Skewed,
                _ if to.uncertain => Why::Uncertain,
                _ => Why::Late,
            };
            if let Some(bucket) = time(to.to) {
                chapter.moves.push(Moved { from: time(place.bucket), to: bucket, why });
            }
            for own in [SelfMetric::Late, SelfMetric::Uncertain] {
                let caused = own.of_move(id, place.bucket);
                if !series.is_self_metric() && self.holds(&own.series(self.template), to.to, caused).await? {
                    chapter.own_counts.push(own.name().to_owned());
                }
            }
            place.bucket = to.to;
        }
        Ok(place)
    }
}

impl Chapter {
    /// An occurrence of which only the identity is left.
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

fn time(bucket: Bucket) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(bucket.start(), 0)
}
