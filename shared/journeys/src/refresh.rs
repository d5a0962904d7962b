//! Bringing a journey's row up to its facts.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Id, JourneyId, Settled};
use cxtrace_error_chain::error_chain;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Line, Row, Standing, Written};

use crate::{Assembled, Assembly, AssemblyError};

/// How often others may be met before the call fails.
const TRIES: u32 = 10;

/// A journey of more facts than this is not read for each one that is added: of its facts this many are read a
/// second, however many there are.
const FACTS_A_SECOND: u64 = 500;

/// What is too large to be read is read again as if it had this many facts: every two minutes at most.
const TOO_LARGE: u64 = 60_000;

/// A row lists this many anchors; of a journey with more, the rest is read from its facts.
const MOST_ANCHORS: usize = 100;

/// What became of a journey.
#[derive(Debug, Clone, PartialEq)]
pub enum Refreshed {
    /// Its row shows it.
    Done {
        /// The journey.
        assembled: Assembled,
        /// The row that shows it.
        row: Row,
    },
    /// It is large and was read a moment ago: it will be looked at when it is due.
    Later,
    /// It is more than can be read at once.
    TooLarge,
    /// There is no fact.
    Empty,
}

/// What is known of the rows of a journey before its facts are read.
struct Known {
    rows: Vec<Row>,
}

impl Known {
    fn covers(&self, ids: &BTreeSet<JourneyId>) -> bool {
        let known: BTreeSet<_> = self.rows.iter().map(|row| row.journey).collect();
        ids.is_subset(&known)
    }

    /// When a settled journey that others have not been told of is to be looked at again. One that was part of another
    /// meanwhile has that one's revision, of which nobody was told: at `from`.
    fn untold(&self, journey: JourneyId, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let own = self.rows.iter().find(|row| row.journey == journey)?;
        let settled = self.settled(journey);
        match &own.standing {
            _ if settled.is_none_or(|settled| settled.revision <= own.announced.min(own.measured)) => None,
            Standing::Line(line) if own.settled == settled => line.due_at,
            _ => Some(from),
        }
    }

    /// What has been settled of any part of it. Of several, the journey's own counts, and the highest revision.
    fn settled(&self, journey: JourneyId) -> Option<Settled> {
        let revision = self.rows.iter().filter_map(|row| row.settled).map(|settled| settled.revision).max()?;
        let own = self.rows.iter().find(|row| row.journey == journey).and_then(|row| row.settled);
        let any = own.or_else(|| self.rows.iter().find_map(|row| row.settled))?;
        Some(Settled { revision, content: any.content })
    }
}

impl Assembly {
    /// Brings the row of the journey of `seed` up to its facts. A large journey that was read a moment ago is left for
    /// later, unless it `must` be read now.
    ///
    /// # Errors
    /// When the table does not answer, or others are met again and again.
    pub async fn refresh(&self, seed: &Id, must: bool) -> Result<Refreshed, AssemblyError> {
        let mut ids = BTreeSet::from([seed.journey()]);
        let mut parts = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.clock.sleep(Duration::from_millis(10 << attempt)).await;
            }
            let known = self.known(&ids).await?;
            let is_part = |row: &Row| parts.as_ref().is_none_or(|parts: &BTreeSet<_>| parts.contains(&row.journey));
            if let Some(row) = known.rows.iter().find(|row| !must && is_part(row) && self.is_too_soon(row)) {
                let noted = [self.remind(row).await?, self.show_the_way(&known, seed, row).await?];
                if noted == [Written::Yes; 2] {
                    return Ok(Refreshed::Later);
                }
                continue;
            }
            let gathered = match self.gather(seed).await {
                Err(error @ StoreError::TooMuch { .. }) => {
                    tracing::error!(error = error_chain(&error), "a journey's row is left as it is");
                    self.leave(&known).await?;
                    return Ok(Refreshed::TooLarge);
                }
                gathered => gathered?,
            };
            let found: BTreeSet<_> = gathered.anchors.keys().map(Id::journey).collect();
            if !known.covers(&found) {
                // Rows must be read before the facts: with these, once more.
                ids.extend(&found);
                parts = Some(found);
                continue;
            }
            let Some(oldest) = gathered.oldest().cloned() else { return Ok(Refreshed::Empty) };
            let journey = oldest.journey();
            let Some(assembled) = self.assemble(gathered, known.settled(journey)) else { return Ok(Refreshed::Empty) };
            if let Some(row) = self.show(&known, oldest, &assembled).await? {
                return Ok(Refreshed::Done { assembled, row });
            }
        }
        Err(AssemblyError::Contended { id: seed.journey().to_string() })
    }

    /// The rows of `ids`, and of everything that they name.
    async fn known(&self, ids: &BTreeSet<JourneyId>) -> Result<Known, AssemblyError> {
        let mut rows = self.table.rows(&ids.iter().copied().collect::<Vec<_>>()).await?;
        loop {
            let have: BTreeSet<_> = rows.iter().map(|row| row.journey).collect();
            let named = rows.iter().flat_map(|row| match &row.standing {
                Standing::Nothing => Vec::new(),
                Standing::Moved(to) => vec![*to],
                Standing::Line(line) => line.anchors.iter().map(Id::journey).collect(),
            });
            let missing: Vec<_> = named.collect::<BTreeSet<_>>().difference(&have).copied().collect();
            if missing.is_empty() {
                return Ok(Known { rows });
            }
            rows.extend(self.table.rows(&missing).await?);
        }
    }

    fn is_too_soon(&self, row: &Row) -> bool {
        match &row.standing {
            Standing::Line(line) => line.facts > FACTS_A_SECOND && self.clock.now() < next_reading(line),
            _ => false,
        }
    }

    /// Has a large journey looked at again when it may be.
    async fn remind(&self, row: &Row) -> Result<Written, AssemblyError> {
        let Standing::Line(line) = &row.standing else { return Ok(Written::Yes) };
        let at = next_reading(line);
        if line.due_at.is_some_and(|due| due <= at) {
            return Ok(Written::Yes);
        }
        let mut row = row.clone();
        row.standing = Standing::Line(Line { due_at: Some(at), ..line.clone() });
        Ok(self.table.write(&row).await?)
    }

    /// Has the row of `seed` say that it is part of the large journey of `row`, if it says nothing yet. Its facts have
    /// just told so: it is not read for each that is added to it.
    async fn show_the_way(&self, known: &Known, seed: &Id, row: &Row) -> Result<Written, AssemblyError> {
        let own = known.rows.iter().find(|own| own.journey == seed.journey() && own.standing == Standing::Nothing);
        let Some(own) = own else { return Ok(Written::Yes) };
        Ok(self.table.write(&Row { standing: Standing::Moved(row.journey), ..own.clone() }).await?)
    }

    /// Has a journey that is too large not looked at again before a fact is added, and then not for each one.
    async fn leave(&self, known: &Known) -> Result<(), AssemblyError> {
        for row in &known.rows {
            if let Standing::Line(line) = &row.standing {
                // However few they were when they were counted: that is what decides when it is read again.
                let facts = line.facts.max(TOO_LARGE);
                let line = Line { due_at: None, facts, assembled_at: self.clock.now(), ..line.clone() };
                // Who has written it meanwhile will meet the same.
                self.table.write(&Row { standing: Standing::Line(line), ..row.clone() }).await?;
            }
        }
        Ok(())
    }

    /// Writes what lists show of a journey; `None` when somebody else has written meanwhile.
    async fn show(&self, known: &Known, anchor: Id, assembled: &Assembled) -> Result<Option<Row>, AssemblyError> {
        let Assembled { journey, gathered } = assembled;
        let settled = known.settled(journey.id);
        let unsettled = settled.is_none_or(|settled| settled.content != gathered.content());
        let line = Line {
            anchor,
            anchors: gathered.anchors.keys().take(MOST_ANCHORS).cloned().collect(),
            body: crate::shown(journey),
            began: journey.started_at.0,
            due_at: if unsettled { Some(journey.settles_at.0) } else { known.untold(journey.id, journey.settles_at.0) },
            facts: gathered.facts.len() as u64,
            assembled_at: self.clock.now(),
        };
        let mut shown = None;
        for row in &known.rows {
            let standing = if row.journey == journey.id {
                Standing::Line(line.clone())
            } else if gathered.anchors.keys().any(|anchor| anchor.journey() == row.journey) {
                Standing::Moved(journey.id)
            } else {
                // It was part of this one, and is no more: whoever cut it off has been woken for it too.
                continue;
            };
            let is_own = row.journey == journey.id;
            let settled = if is_own { settled } else { row.settled };
            if !changes(row, &standing, settled) {
                shown = if is_own { Some(row.clone()) } else { shown };
                continue;
            }
            let next = Row { standing, settled, ..row.clone() };
            if self.table.write(&next).await? == Written::Overtaken {
                return Ok(None);
            }
            shown = if is_own { Some(next.written()) } else { shown };
        }
        Ok(shown)
    }
}

/// Whether a row would say anything else than it does: when it was assembled is nothing to write for.
fn changes(row: &Row, standing: &Standing, settled: Option<Settled>) -> bool {
    let same = match (&row.standing, standing) {
        (Standing::Line(old), Standing::Line(new)) => *old == Line { assembled_at: old.assembled_at, ..new.clone() },
        (old, new) => old == new,
    };
    !same || row.settled != settled
}

/// When a journey may be read again.
fn next_reading(line: &Line) -> DateTime<Utc> {
    let seconds = i64::try_from(line.facts / FACTS_A_SECOND).unwrap_or(i64::MAX).min(3_600);
    line.assembled_at + TimeDelta::seconds(seconds)
}
