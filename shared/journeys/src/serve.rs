//! Journeys as the explorer asks for them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::assemble::edges;
use cxtrace_domain::journeys::{Id, Journey, JourneyId, Retraction, assemble};
use cxtrace_error_chain::error_chain;
use cxtrace_explorer::journeys::{Evidence, Found, Journeys, Page, Retract, Retracted, Unavailable};
use cxtrace_explorer::{ListQuery, Position, Row as Shown, Search};
use cxtrace_privacy::Pseudonym;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{self, Mentioned, Row, Standing};

use crate::{Assembled, Assembly};

/// So many conversations of one phone number are looked at for a page, and the rest of the last hour.
const MOST: usize = 1_000;

/// So many mentions are looked at that came after the time that a page is of: of journeys that began in it, and were only
/// then told of with the number. A number with more may have one that is not found.
const MOST_LATER: usize = 3_000;

/// So often is a journey followed to where it has moved.
const MOST_MOVES: usize = 10;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// A number that is mentioned this long after a journey began does not find it.
const LONGEST: TimeDelta = TimeDelta::days(30);

impl Journeys for Assembly {
    async fn list(&self, query: ListQuery) -> Result<Page, Unavailable> {
        let page = match &query.by {
            Search::All => self.all(&query).await,
            Search::Phone(phone) => self.by_phone(&query, *phone).await,
            Search::Id(id) => match self.gather(id).await {
                Ok(gathered) => self.some(&query, gathered.journey().into_iter().collect(), None).await,
                Err(StoreError::TooMuch { .. }) => self.some(&query, BTreeSet::from([id.journey()]), None).await,
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
            Found::TooLarge => Found::TooLarge,
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
            Found::TooLarge => Found::TooLarge,
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
        let gathered = match self.gather(&line.anchor).await {
            Err(error @ StoreError::TooMuch { .. }) => {
                tracing::warn!(journey = %id, error = error_chain(&error), "a journey cannot be shown");
                return Ok(Found::TooLarge);
            }
            gathered => gathered?,
        };
        // Rows may be a moment behind the facts. Where the facts name a journey that has its row, it is there; until it
        // has, it is shown here, so that whoever looks at it is not sent to where nothing is yet, or back.
        if let Some(to) = gathered.journey().filter(|to| *to != id)
            && matches!(self.row(to).await?.standing, Standing::Line(_))
        {
            return Ok(Found::MovedTo(to));
        }
        let Some(mut journey) = assemble(&gathered, &self.policy, row.settled, now) else { return Ok(Found::Missing) };
        journey.id = id;
        Ok(Found::Here(Assembled { journey, gathered }))
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

    /// The journeys in which a number was mentioned. Mentions are kept by the hour, and may come hours after a journey
    /// began. A number with very many of them is looked at from the latest hour backwards, some hours for each page.
    async fn by_phone(&self, query: &ListQuery, phone: Pseudonym) -> Result<Page, StoreError> {
        let to = query.after.map_or(query.to, |after| match after.journey {
            // All of that hour has been listed.
            JourneyId::LEAST => after.started_at - TimeDelta::milliseconds(1),
            _ => after.started_at.min(query.to),
        });
        let Mentioned { mut anchors, since } = self.table.mentioned(phone, query.from - HOUR, to, MOST).await?;
        let next = to + TimeDelta::milliseconds(1);
        anchors.extend(self.table.mentioned_later(phone, next, query.to + LONGEST, MOST_LATER).await?);
        let since = since.filter(|since| *since > query.from);
        self.some(query, anchors.iter().map(Id::journey).collect(), since).await
    }

    /// A page of a few journeys that are known by id. Of those that began before `since`, there may be more.
    async fn some(
        &self,
        query: &ListQuery,
        ids: BTreeSet<JourneyId>,
        since: Option<DateTime<Utc>>,
    ) -> Result<Page, StoreError> {
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
        rows.retain(|row| since.is_none_or(|since| since <= row.started_at.0));
        rows.sort_by_key(|row| std::cmp::Reverse(Position::of(row)));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let rest = since.map(|since| Position { started_at: since, journey: JourneyId::LEAST });
        let next = rows.last().filter(|_| more).map(Position::of).or(rest);
        Ok(Page { rows, next, searched_to: next.map_or(query.from, |next| next.started_at) })
    }

    async fn cut(&self, retract: &Retract) -> Result<Retracted, StoreError> {
        let mut journey = retract.journey;
        let mut found = self.read(journey, retract.at).await?;
        for _ in 0..MOST_MOVES {
            let Found::MovedTo(to) = found else { break };
            journey = to;
            found = self.read(journey, retract.at).await?;
        }
        let gathered = match found {
            Found::Here(assembled) => assembled.gathered,
            Found::MovedTo(_) | Found::Missing => return Ok(Retracted::NoJourney),
            Found::TooLarge => return Ok(Retracted::TooLarge),
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
    tracing::warn!(error = error_chain(error), "the correlation table does not answer");
    Unavailable
}
