//! Journeys as the explorer asks for them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::assemble::edges;
use cxtrace_domain::journeys::{Id, Journey, JourneyId, Retraction};
use cxtrace_explorer::journeys::{Evidence, Found, Journeys, Page, Retract, Retracted, Unavailable};
use cxtrace_explorer::{ListQuery, Position, Row as Shown, Search};
use cxtrace_runtime::report::chain;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{self, Row, Standing};

use crate::{Assembled, Assembly};

/// So many conversations of one phone number are looked at, the latest ones.
const MOST: usize = 1_000;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// A number that is mentioned this long after a journey began does not find it.
const LONGEST: TimeDelta = TimeDelta::days(30);

impl Journeys for Assembly {
    async fn list(&self, query: ListQuery) -> Result<Page, Unavailable> {
        let page = match &query.by {
            Search::All => self.all(&query).await,
            // A number may be mentioned hours after a journey began, and mentions are kept by the hour.
            Search::Phone(phone) => {
                match self.table.mentioned(*phone, query.from - HOUR, query.to + LONGEST, MOST).await {
                    Ok(anchors) => self.some(&query, anchors.iter().map(Id::journey).collect()).await,
                    Err(error) => Err(error),
                }
            }
            Search::Id(id) => match self.gather(id).await {
                Ok(gathered) => self.some(&query, gathered.journey().into_iter().collect()).await,
                Err(error) => Err(error),
            },
        };
        page.map_err(|error| unavailable(&error))
    }

    async fn journey(&self, id: JourneyId, now: DateTime<Utc>) -> Result<Found<Box<Journey>>, Unavailable> {
        Ok(match self.read(id, now).await.map_err(|error| unavailable(&error))? {
            Found::Here(assembled) => Found::Here(Box::new(assembled.journey)),
            Found::MovedTo(to) => Found::MovedTo(to),
            Found::Missing => Found::Missing,
        })
    }

    async fn evidence(&self, id: JourneyId) -> Result<Found<Evidence>, Unavailable> {
        let now = self.now();
        Ok(match self.read(id, now).await.map_err(|error| unavailable(&error))? {
            Found::Here(Assembled { gathered, .. }) => {
                let quarantined = gathered.quarantined.iter().cloned().collect();
                Found::Here(Evidence { id, edges: edges(&gathered), quarantined })
            }
            Found::MovedTo(to) => Found::MovedTo(to),
            Found::Missing => Found::Missing,
        })
    }

    async fn retract(&self, retract: Retract) -> Result<Retracted, Unavailable> {
        self.cut(&retract).await.map_err(|error| unavailable(&error))
    }
}

impl Assembly {
    /// The journey under `id`, from its facts.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn read(&self, id: JourneyId, now: DateTime<Utc>) -> Result<Found<Assembled>, StoreError> {
        let row = self.row(id).await?;
        let line = match &row.standing {
            Standing::Line(line) => line,
            Standing::Moved(to) => return Ok(Found::MovedTo(*to)),
            Standing::Nothing => return Ok(Found::Missing),
        };
        let gathered = self.gather(&line.anchor).await?;
        // The row may be a moment behind: what the facts say is what holds.
        match gathered.journey() {
            Some(journey) if journey != id => Ok(Found::MovedTo(journey)),
            _ => {
                let journey = cxtrace_domain::journeys::assemble(&gathered, &self.policy, row.settled, now);
                Ok(journey.map_or(Found::Missing, |journey| Found::Here(Assembled { journey, gathered })))
            }
        }
    }

    async fn row(&self, id: JourneyId) -> Result<Row, StoreError> {
        let mut rows = self.table.rows(&[id]).await?;
        rows.pop().ok_or(StoreError::Unreadable {
            pk: format!("journey#{id}"),
            sk: String::new(),
            reason: "it was asked for and not answered".to_owned(),
        })
    }

    async fn all(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let after =
            query.after.map(|Position { started_at, journey }| correlation::Position { began: started_at, journey });
        let found = self.table.list(query.from, query.to, after.as_ref(), query.limit).await?;
        let next = found.next.map(|place| Position { started_at: place.began, journey: place.journey });
        let rows = found.found.iter().filter_map(shown).filter(|row| row.passes(query)).collect();
        Ok(Page { rows, next, searched_to: next.map_or(query.from, |next| next.started_at) })
    }

    /// A page of a few journeys that are known by id.
    async fn some(&self, query: &ListQuery, ids: BTreeSet<JourneyId>) -> Result<Page, StoreError> {
        let mut ids = ids;
        let mut rows = Vec::new();
        let mut followed = BTreeSet::new();
        while !ids.is_empty() {
            followed.extend(ids.iter().copied());
            let found = self.table.rows(&ids.into_iter().collect::<Vec<_>>()).await?;
            rows.extend(found.iter().filter_map(shown));
            ids = found.iter().filter_map(moved).filter(|to| !followed.contains(to)).collect();
        }
        rows.retain(|row: &Shown| row.passes(query) && query.after.is_none_or(|after| Position::of(row) < after));
        rows.sort_by_key(|row| std::cmp::Reverse(Position::of(row)));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(Position::of);
        Ok(Page { rows, next, searched_to: next.map_or(query.from, |next| next.started_at) })
    }

    async fn cut(&self, retract: &Retract) -> Result<Retracted, StoreError> {
        let mut journey = retract.journey;
        let gathered = loop {
            match self.read(journey, retract.at).await? {
                Found::Here(assembled) => break assembled.gathered,
                Found::MovedTo(to) => journey = to,
                Found::Missing => return Ok(Retracted::NoJourney),
            }
        };
        let already = gathered.cut.contains(&retract.edge);
        let Some(edge) = gathered.edges.get(&retract.edge) else {
            // The fact that made it may be on the other side.
            return Ok(if already { Retracted::Already } else { Retracted::NoEdge });
        };
        if !already {
            let by = retract.by.map(|by| by.to_string());
            tracing::info!(edge = %retract.edge, %journey, by, "an edge is retracted");
        }
        // Again, too: whoever died before may have cut one side only.
        self.table.retract(&Retraction::between(edge.a.clone(), edge.b.clone(), retract.at)).await?;
        Ok(if already { Retracted::Already } else { Retracted::Done })
    }
}

/// What a row shows; `None` when it was made by a version that wrote other lines, or is no line.
fn shown(row: &Row) -> Option<Shown> {
    let Standing::Line(line) = &row.standing else { return None };
    serde_json::from_str(&line.body)
        .inspect_err(|error| tracing::error!(journey = %row.journey, %error, "a row cannot be read"))
        .ok()
}

fn moved(row: &Row) -> Option<JourneyId> {
    match row.standing {
        Standing::Moved(to) => Some(to),
        _ => None,
    }
}

fn unavailable(error: &StoreError) -> Unavailable {
    tracing::warn!(error = chain(error), "the correlation table does not answer");
    Unavailable
}
