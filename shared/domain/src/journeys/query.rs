//! The queries of readers and their results: lists, one journey, why it was joined, and retractions. The store knows
//! the positions, the functions implement the port [`JourneyQueries`], and the Journey Explorer calls it. This file
//! knows neither HTTP nor DynamoDB.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_privacy::Pseudonym;
use serde::Serialize;

use super::decision::Decision;
use super::document::{EdgeLine, InsightRule, Journey, Status};
use super::erasure::{Erasure, ErasureReport};
use super::flow_metric::FlowMetric;
use super::gathered::EdgeId;
use super::id::{Id, JourneyId};
use super::journey_summary::JourneySummary;

/// Which journeys a list shows, and which part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// What the journeys have in common.
    pub by: SearchBy,
    /// They began at this time or later.
    pub from: DateTime<Utc>,
    /// They began before this time.
    pub to: DateTime<Utc>,
    /// They passed through this platform.
    pub platform: Option<String>,
    /// This rule found something in them.
    pub insight: Option<InsightRule>,
    /// They have this status.
    pub status: Option<Status>,
    /// They come after this position.
    pub after: Option<ListPosition>,
    /// The largest number of journeys on a page.
    pub limit: usize,
}

/// What the journeys of a list have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchBy {
    /// Only the time range.
    Time,
    /// A phone number, by its keyed hashes: one for each key.
    Phone(Vec<Pseudonym>),
    /// An id of any system, in each form in which it may be stored: a concealed one has a form for each key. The text may
    /// also be the id of a journey.
    Id(Vec<Id>, Option<JourneyId>),
    /// A metric that a flow set.
    Metric(FlowMetric),
}

impl ListQuery {
    /// The longest range, in days; also the range of a search by id that names no range.
    pub const MAX_DAYS: i64 = 366;
    /// The largest page.
    pub const MAX_LIMIT: usize = 200;
    /// The limit of a query that names none.
    pub const DEFAULT_LIMIT: usize = 50;

    /// Whether `summary` passes the filters by time, platform, insight and status, and has the flow metric. Only the store
    /// can decide whether a phone number or an id finds it.
    #[must_use]
    pub fn matches(&self, summary: &JourneySummary) -> bool {
        self.from <= summary.started_at.0
            && summary.started_at.0 < self.to
            && self.platform.as_ref().is_none_or(|platform| summary.platforms.contains(platform))
            && self.insight.is_none_or(|rule| summary.insights.iter().any(|insight| insight.rule == rule))
            && self.status.is_none_or(|status| summary.status == status)
            && match &self.by {
                SearchBy::Metric(metric) => summary.metrics.iter().any(|name| metric.is(name)),
                SearchBy::Time | SearchBy::Phone(_) | SearchBy::Id(..) => true,
            }
    }
}

/// A position in a list from the newest journey to the oldest. The entries after it are smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListPosition {
    /// When the last journey before the position began.
    pub started_at: DateTime<Utc>,
    /// That journey, because several may begin at the same time.
    pub journey: JourneyId,
}

impl ListPosition {
    /// The position of a journey.
    #[must_use]
    pub fn of(summary: &JourneySummary) -> Self {
        Self { started_at: summary.started_at.0, journey: summary.id }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyPage {
    /// Newest first, at most [`ListQuery::limit`]. An empty page may not be the last one: a page also ends when enough
    /// was read.
    pub journeys: Vec<JourneySummary>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<ListPosition>,
    /// This page and the earlier pages list every match that began at this time or later.
    pub searched_to: DateTime<Utc>,
    /// In a search by an id: which ids found which journey. A journey that is missing here was found by its own id.
    pub found_by: BTreeMap<JourneyId, BTreeSet<Id>>,
}

/// The result of looking up a journey's id.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup<T> {
    /// The journey has this id.
    Found(T),
    /// The journey was merged into this older one.
    MergedInto(JourneyId),
    /// No journey has this id.
    Missing,
    /// The journey is too large to be read.
    TooLarge,
}

/// Why the parts of a journey belong together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceReport {
    /// The journey.
    pub id: JourneyId,
    /// Every edge, including retracted ones.
    pub edges: Vec<EdgeLine>,
    /// Ids that join nothing, because too many observations share them.
    pub quarantined: Vec<Id>,
}

/// A request to retract an edge, or to restore it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRequest {
    /// The edge.
    pub edge: EdgeId,
    /// The journey in which the caller has seen it.
    pub journey: JourneyId,
    /// What the caller decides.
    pub decision: Decision,
}

/// The outcome of a [`DecisionRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionOutcome {
    /// It is decided. The journeys will be assembled again.
    Done,
    /// It was so before.
    Already,
    /// The journey has no such edge.
    NoEdge,
    /// There is no such journey.
    NoJourney,
    /// The journey is too large to be read.
    TooLarge,
}

/// A search by a phone number, which counts towards its user's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneSearch {
    /// A keyed hash of the user.
    pub user: Pseudonym,
    /// A keyed hash of user and number. It is not the hash that journeys are found by.
    pub number: Pseudonym,
    /// When it is made.
    pub at: DateTime<Utc>,
    /// How many numbers the user may search for.
    pub limits: SearchLimits,
}

/// How many different phone numbers one user may search for. Searching for one of them again is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// In a minute by the clock.
    pub per_minute: u32,
    /// In a day of UTC.
    pub per_day: u32,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self { per_minute: 10, per_day: 200 }
    }
}

/// Whether a search may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Admitted,
    /// The user must wait so long.
    Refused(TimeDelta),
}

/// The store cannot answer now. The implementation has logged the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of journeys does not answer. Try again in a few seconds.")]
pub struct Unavailable;

/// The port through which readers list, read and decide about edges. Its implementation does the I/O.
pub trait JourneyQueries: Send + Sync {
    /// One page of the journeys that `query` selects, newest first.
    fn list(&self, query: ListQuery) -> impl Future<Output = Result<JourneyPage, Unavailable>> + Send;

    /// The journey with this id, as it is at `now`.
    fn journey(
        &self,
        id: JourneyId,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Lookup<Box<Journey>>, Unavailable>> + Send;

    /// Why the parts of the journey with this id belong together.
    fn evidence(&self, id: JourneyId) -> impl Future<Output = Result<Lookup<EvidenceReport>, Unavailable>> + Send;

    /// Retracts or restores an edge. Doing it again changes nothing. For a merged journey, the
    /// journey that it became part of is used.
    fn decide(&self, request: DecisionRequest) -> impl Future<Output = Result<DecisionOutcome, Unavailable>> + Send;

    /// Counts a search by a phone number, and says whether it may be made. All instances count together, exactly.
    fn admit(&self, search: PhoneSearch) -> impl Future<Output = Result<Admission, Unavailable>> + Send;

    /// Erases the journeys of a phone number. After a failure at any point, the same request continues.
    fn erase(&self, erasure: Erasure) -> impl Future<Output = Result<ErasureReport, Unavailable>> + Send;
}
