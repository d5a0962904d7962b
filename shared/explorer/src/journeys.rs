//! What the API needs of the store, and nothing of how it is kept.

use std::future::Future;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::document::EdgeLine;
use cxtrace_domain::journeys::{EdgeId, Id, Journey, JourneyId};
use cxtrace_privacy::Pseudonym;
use serde::Serialize;

use crate::cursor::Position;
use crate::row::Row;
use crate::search::ListQuery;

/// Journeys that can be listed, read, explained and taken apart.
pub trait Journeys: Send + Sync {
    /// One page of the journeys that `query` means, newest first.
    fn list(&self, query: ListQuery) -> impl Future<Output = Result<Page, Unavailable>> + Send;

    /// The journey that is found under `id`, seen at `now`.
    fn journey(
        &self,
        id: JourneyId,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Found<Box<Journey>>, Unavailable>> + Send;

    /// Why what is in the journey under `id` belongs together.
    fn evidence(&self, id: JourneyId) -> impl Future<Output = Result<Found<Evidence>, Unavailable>> + Send;

    /// Notes that the two ids of an edge do not belong together. Doing it again changes nothing. A journey that has
    /// become part of another is followed there.
    fn retract(&self, retract: Retract) -> impl Future<Output = Result<Retracted, Unavailable>> + Send;
}

/// The store does not answer now. Whoever returns this has logged why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of journeys does not answer now: try again in a few seconds")]
pub struct Unavailable;

/// Part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Newest first, at most as many as were asked for. It may hold none and still not be the last: a page ends
    /// when enough was read, too.
    pub rows: Vec<Row>,
    /// Where the next page begins; none when there is no more.
    pub next: Option<Position>,
    /// How far back was looked: everything of the search that began then or later has been listed.
    pub searched_to: DateTime<Utc>,
}

/// What is found under a journey's id.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<T> {
    /// This.
    Here(T),
    /// The journey has become part of this older one.
    MovedTo(JourneyId),
    /// Nothing.
    Missing,
    /// More than can be read at once.
    TooLarge,
}

/// Why a journey's parts belong together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The journey's id.
    pub id: JourneyId,
    /// Every edge, those that were retracted too.
    pub edges: Vec<EdgeLine>,
    /// Ids that too many share to be joined by.
    pub quarantined: Vec<Id>,
}

/// A wish to retract an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retract {
    /// Which.
    pub edge: EdgeId,
    /// The journey that it is in, as the one who asks has seen it.
    pub journey: JourneyId,
    /// Who asks: what stands for the subject of a token. None on a laptop, where nobody signs in.
    pub by: Option<Pseudonym>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a wish to retract an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retracted {
    /// It is retracted. The journey is assembled anew in a moment.
    Done,
    /// It had been before.
    Already,
    /// The journey has no such edge.
    NoEdge,
    /// There is no such journey.
    NoJourney,
    /// It is too large to be read.
    TooLarge,
}
