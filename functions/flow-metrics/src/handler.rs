//! Turns an event into facts: examines it, stores its occurrences, appends facts for journeys, then adds to the seen
//! set.

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::self_metrics::{self, SelfMetric};
use cxtrace_domain::metrics::{
    Bucket, Candidate, Finding, MediaType, Occurrence, OccurrenceId, Placement, Series, diff,
};
use cxtrace_lambda::own_traces::work;
use cxtrace_lambda::pseudonyms::PseudonymKeyError;
use cxtrace_settings::MetricSettings;
use cxtrace_sources::SourceError;
use cxtrace_sources::genesys::SOURCE;
use cxtrace_sources::genesys::attributes::{self, AttributesEvent, Incoming};
use cxtrace_sources::ids;
use cxtrace_store::{Admissions, BucketKey, Redirect, Seen, SeenEntry, StateTable, StoreError};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::journeys::{self, Correlator, Named};

/// The maximum number of concurrent redirects of one event.
const CONCURRENCY: usize = 16;

/// Why an event could not be processed. It is retried, and then goes to the dead-letter queue unchanged.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Event(#[from] SourceError),
    #[error("the event's facts could not be stored")]
    Store(#[from] StoreError),
    /// The pseudonym key is missing, so the ids cannot be hashed.
    #[error("the event names an id of another system, which cannot be hashed")]
    Key(#[from] PseudonymKeyError),
}

/// The result of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The event has another topic.
    Ignored { topic: String },
    /// Its facts are stored.
    Processed(Counted),
}

/// The content of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Attributes that are metrics or were meant as one.
    pub candidates: usize,
    /// Those that are new in the conversation.
    pub new: usize,
}

/// The new parts of an event, found by [`FlowMetrics::examine`] and stored by [`FlowMetrics::handle`].
#[derive(Debug)]
pub struct Examined {
    /// Occurrences to store.
    pub occurrences: Vec<Occurrence>,
    /// Facts to append.
    pub facts: Vec<Fact>,
    /// Entries to add to the seen set, after everything else.
    pub entries: Vec<SeenEntry>,
    /// The conversation's seen set before the event.
    pub seen: Seen,
    counted: Counted,
}

impl Examined {
    /// Adds the ids that the event names, published at `published`. Each id is stored with its earliest event: an older
    /// event stores it again.
    fn add(&mut self, named: Vec<Named>, published: DateTime<Utc>) {
        for Named { id, fact } in named {
            if !self.seen.names(id, published) {
                self.facts.extend(fact);
                self.entries.push(SeenEntry::Named { id, published });
            }
        }
    }
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct FlowMetrics {
    table: StateTable,
    settings: MetricSettings,
    clock: SharedClock,
    admissions: Admissions,
    journeys: Option<Correlator>,
}

impl FlowMetrics {
    /// A handler that stores into `table`.
    #[must_use]
    pub fn new(table: StateTable, settings: MetricSettings, clock: SharedClock) -> Self {
        Self { table, settings, clock, admissions: Admissions::default(), journeys: None }
    }

    /// The same handler, which also appends facts for `journeys`.
    #[must_use]
    pub fn with_journeys(self, journeys: Option<Correlator>) -> Self {
        Self { journeys, ..self }
    }

    /// Processes one EventBridge event, as JSON.
    ///
    /// Counts are stored first, because a failure that affects only journeys must not prevent a count. The seen set
    /// comes last, because an entry there says that everything else is stored.
    ///
    /// # Errors
    /// When it cannot be read, or its facts cannot be stored. Processing it again is harmless.
    pub async fn handle(&self, json: &str) -> Result<Outcome, IngestError> {
        let event = match attributes::read(json, &|name| self.names_an_id(name))? {
            Incoming::Attributes(event) => event,
            Incoming::Foreign { topic } => return Ok(Outcome::Ignored { topic }),
        };
        let candidates = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
        if candidates.is_empty() && event.ids.is_empty() && event.unreadable.is_empty() {
            return Ok(Outcome::Processed(Counted::default()));
        }
        let mut examined = self.examine(&event, candidates).await?;
        self.table.put_occurrences(&examined.occurrences).await?;
        self.count_unreadable(&event, &mut examined).await?;
        // Without the pseudonym key, the named ids cannot be hashed. The event fails after everything else is stored,
        // and its next attempt finds the ids again.
        let no_key = match self.named(&event).await {
            Ok(named) => {
                self.count_meaningless(&event, &named, &mut examined).await?;
                examined.add(named, event.published);
                None
            }
            Err(error) => Some(error),
        };
        examined.facts.iter().for_each(|fact| work::journey(fact.anchor.journey()));
        self.append(&examined.facts).await?;
        self.table.add_seen(&event.conversation, &examined.seen, &examined.entries).await?;
        no_key.map_or(Ok(Outcome::Processed(examined.counted)), |error| Err(error.into()))
    }

    /// Reads the conversation's seen set and decides where each new candidate counts.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn examine(
        &self,
        event: &AttributesEvent<'_>,
        candidates: Vec<Candidate<'_>>,
    ) -> Result<Examined, StoreError> {
        let seen = self.table.seen(&event.conversation).await?;
        let all = candidates.len();
        let new: Vec<_> = candidates.into_iter().filter(|candidate| !seen.contains(candidate.id)).collect();
        let counted = Counted { candidates: all, new: new.len() };
        if new.is_empty() {
            return Ok(Examined { occurrences: Vec::new(), facts: Vec::new(), entries: Vec::new(), seen, counted });
        }
        let media = self.media(event, &seen).await?;
        let (occurrences, entries) = self.decide_all(event, &new, media).await?;
        Ok(Examined { occurrences, facts: self.points(event, &new), entries, seen, counted })
    }

    /// Counts the fields of the event that could not be read, once for each conversation.
    async fn count_unreadable(&self, event: &AttributesEvent<'_>, examined: &mut Examined) -> Result<(), StoreError> {
        let fields = event.unreadable.iter().map(|field| Candidate::unreadable(&event.conversation, field));
        let new: Vec<_> = fields.filter(|field| !examined.seen.contains(field.id)).collect();
        let (occurrences, entries) = self.decide_all(event, &new, None).await?;
        self.table.put_occurrences(&occurrences).await?;
        examined.entries.extend(entries);
        Ok(())
    }

    /// Counts placeholder ids, each value of an attribute once for each conversation.
    async fn count_meaningless(
        &self,
        event: &AttributesEvent<'_>,
        named: &[Named],
        examined: &mut Examined,
    ) -> Result<(), StoreError> {
        let candidates = named.iter().flat_map(|Named { id, fact }| {
            let namespaces = fact.iter().flat_map(|fact| fact.meaningless.keys());
            namespaces.map(|namespace| Candidate::meaningless(*id, ids::counted_as(namespace)))
        });
        let new: Vec<_> = candidates.filter(|candidate| !examined.seen.contains(candidate.id)).collect();
        let (occurrences, entries) = self.decide_all(event, &new, None).await?;
        self.table.put_occurrences(&occurrences).await?;
        examined.entries.extend(entries);
        Ok(())
    }

    async fn decide_all(
        &self,
        event: &AttributesEvent<'_>,
        new: &[Candidate<'_>],
        media: Option<MediaType>,
    ) -> Result<(Vec<Occurrence>, Vec<SeenEntry>), StoreError> {
        // Collected first: a closure over references inside the stream would keep `handle` from being `Send`.
        let decisions: Vec<_> = new.iter().map(|candidate| self.decide(event, candidate, media)).collect();
        let decided: Vec<_> = stream::iter(decisions).buffered(CONCURRENCY).try_collect().await?;
        let (occurrences, entries): (Vec<_>, Vec<_>) = decided.into_iter().unzip();
        Ok((occurrences.into_iter().flatten().collect(), entries))
    }

    /// Whether an attribute of this name names an id. Always false without journeys.
    fn names_an_id(&self, attribute_name: &str) -> bool {
        self.journeys.as_ref().is_some_and(|journeys| journeys.names_an_id(attribute_name))
    }

    /// The ids that the event names.
    async fn named(&self, event: &AttributesEvent<'_>) -> Result<Vec<Named>, PseudonymKeyError> {
        match &self.journeys {
            Some(journeys) => journeys.named(event).await,
            None => Ok(Vec::new()),
        }
    }

    /// Appends facts for journeys.
    async fn append(&self, facts: &[Fact]) -> Result<(), StoreError> {
        match &self.journeys {
            Some(journeys) if !facts.is_empty() => journeys.append(facts).await,
            _ => Ok(()),
        }
    }

    /// The point events for the new metrics, on their flows.
    fn points(&self, event: &AttributesEvent<'_>, new: &[Candidate<'_>]) -> Vec<Fact> {
        if self.journeys.is_none() {
            return Vec::new();
        }
        let now = self.clock.now();
        let point = |candidate: &Candidate<'_>| {
            let is_skewed = candidate.place(event.published, now, self.settings.width).redirect.is_some();
            journeys::point(&event.conversation, &candidate.finding, event.published, is_skewed)
        };
        new.iter().filter_map(point).collect()
    }

    async fn media(&self, event: &AttributesEvent<'_>, seen: &Seen) -> Result<Option<MediaType>, StoreError> {
        match seen.media {
            _ if !self.settings.media_type_tag => Ok(None),
            Some(decided) => Ok(Some(decided)),
            None => {
                let media = event.media.unwrap_or(MediaType::UNKNOWN);
                self.table.decide_media(&event.conversation, media).await.map(Some)
            }
        }
    }

    /// The occurrences and the seen entry of one new candidate.
    async fn decide(
        &self,
        event: &AttributesEvent<'_>,
        candidate: &Candidate<'_>,
        media: Option<MediaType>,
    ) -> Result<(Vec<Occurrence>, SeenEntry), StoreError> {
        let (series, overflown) = self.series(candidate, media).await?;
        let placement = candidate.place(event.published, self.clock.now(), self.settings.width);
        let template = &self.settings.template;
        // The part follows from the home, and not from the bucket that counts it, so that all events find the same ledger.
        let series = template.part(series, candidate.id.as_bytes(), placement.home);
        let home = BucketKey { series: series.id(), bucket: placement.home };
        let bucket = self.bucket(home, candidate.id, placement).await?;
        let (at, skewed) = match &candidate.finding {
            Finding::Metric(metric) => (Some(metric.at), placement.redirect.is_some()),
            Finding::Malformed { .. } | Finding::Unreadable { .. } | Finding::Meaningless { .. } => (None, false),
        };
        let occurrence = |id, series, bucket| Occurrence {
            id,
            series,
            bucket,
            interval: self.settings.width.seconds(),
            conversation: event.conversation.clone(),
            at,
        };
        let mut put = Vec::new();
        // If an earlier event has stored it at its home, it was not skewed.
        if let Some(bucket) = bucket {
            put.push(occurrence(candidate.id, series.clone(), bucket));
            if skewed {
                let own = SelfMetric::Skewed;
                put.push(occurrence(own.of(candidate.id), own.beside(&series, template), bucket));
            }
        }
        if overflown {
            // The overflow count has its own home bucket. So a crash or a later event cannot lose it or count it twice.
            let (id, series) = (SelfMetric::Overflow.of(candidate.id), SelfMetric::Overflow.beside(&series, template));
            let home = BucketKey { series: series.id(), bucket: placement.home };
            put.extend(self.bucket(home, id, placement).await?.map(|bucket| occurrence(id, series, bucket)));
        }
        let at = BucketKey { bucket: bucket.unwrap_or(home.bucket), ..home };
        Ok((put, SeenEntry::Counted { id: candidate.id, at }))
    }

    /// Where an occurrence counts: at its home, or permanently at the target of its redirect. `None` if an earlier
    /// event has stored it at its home.
    async fn bucket(
        &self,
        home: BucketKey,
        id: OccurrenceId,
        placement: Placement,
    ) -> Result<Option<Bucket>, StoreError> {
        let Some(to) = placement.redirect else { return Ok(Some(home.bucket)) };
        Ok(match self.table.redirect(home, id, to).await? {
            Redirect::To(bucket) => Some(bucket),
            Redirect::Home => None,
        })
    }

    /// The series that counts `candidate`, and whether it is the overflow series.
    async fn series(&self, candidate: &Candidate<'_>, media: Option<MediaType>) -> Result<(Series, bool), StoreError> {
        let template = &self.settings.template;
        match &candidate.finding {
            Finding::Metric(metric) => {
                let (series, admission) = template.series(metric.flow, metric.metric, media);
                let admitted = self.admissions.ask(&self.table, admission, self.settings.max_series).await?;
                Ok(if admitted { (series, false) } else { (template.overflow(media), true) })
            }
            Finding::Malformed { flow } => {
                let (series, admission) = self_metrics::malformed(template, *flow);
                let admitted = match admission {
                    Some(admission) => self.admissions.ask(&self.table, admission, self.settings.max_series).await?,
                    None => true,
                };
                Ok(if admitted { (series, false) } else { (self_metrics::malformed_overflow(template), false) })
            }
            // Our own tables limit their number.
            Finding::Unreadable { field } => Ok((self_metrics::unreadable(template, SOURCE.as_str(), field).0, false)),
            Finding::Meaningless { namespace } => Ok((self_metrics::meaningless(template, namespace), false)),
        }
    }
}

#[cfg(test)]
mod tests;
