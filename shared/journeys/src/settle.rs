//! Settling: a journey of which every source has told what it has gets a revision, and others are told of it.
//!
//! A revision is claimed by a conditional write before anybody is told, so that two who settle at once give it one
//! number. Until it is noted that everyone has been told, the journey stays due.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Id, JourneyId, Settled};
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Line, Row, Standing, Written};

use crate::{Assembled, Assembly, AssemblyError, Refreshed};

/// How long telling others may take before somebody else does it.
const TELLING: TimeDelta = TimeDelta::minutes(5);

/// How long a journey that cannot be read is left alone: what is longest overdue is looked at first, and it must not be
/// in the way of others in every run.
const LEFT_ALONE: TimeDelta = TimeDelta::minutes(5);

/// A journey of which others are to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The journey, settled.
    pub assembled: Assembled,
    /// Its row.
    pub row: Row,
    /// Where each of its insights counts, by rule.
    pub counted: BTreeMap<String, Counted>,
}

/// Where an insight of a journey counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// At which time.
    pub at: DateTime<Utc>,
    /// Under which id: the journey's own, or one of another anchor that settled with it before.
    pub journey: JourneyId,
}

impl Assembly {
    /// Journeys that are to be looked at, the longest overdue first.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due(&self, most: usize) -> Result<Vec<Row>, StoreError> {
        self.table.due(self.clock.now(), most).await
    }

    /// Looks at a journey that is due. If it has settled, or others have not been told that it has, it is claimed.
    ///
    /// # Errors
    /// When the table does not answer, or others are met again and again.
    pub async fn settle(&self, due: &Row) -> Result<Option<Claimed>, AssemblyError> {
        let Standing::Line(line) = &due.standing else { return Ok(None) };
        let (assembled, row) = match self.refresh(&line.anchor, true).await? {
            Refreshed::Done { assembled, row } => (assembled, row),
            Refreshed::Empty => {
                // Its facts have outlived their time.
                self.told(due.clone()).await?;
                return Ok(None);
            }
            Refreshed::Later | Refreshed::TooLarge => return Ok(None),
        };
        let now = self.clock.now();
        let content = assembled.gathered.content();
        let is_settled = row.settled.is_some_and(|settled| settled.content == content);
        if !is_settled && now < assembled.journey.settles_at.0 {
            return Ok(None);
        }
        if is_settled && !(row.is_untold() && is_due(&row, now)) {
            return Ok(None);
        }
        let revision = row.settled.map_or(0, |settled| settled.revision) + u32::from(!is_settled);
        let settled = Settled { revision, content };
        let Some(assembled) = self.assemble(assembled.gathered, Some(settled)) else { return Ok(None) };
        let Standing::Line(line) = &row.standing else { return Ok(None) };
        let standing = Standing::Line(Line {
            body: crate::shown(&assembled.journey),
            due_at: Some(now + TELLING),
            ..line.clone()
        });
        let counted = self.counted(&row, &assembled).await?;
        let own = counted.iter().filter(|(_, counted)| counted.journey == row.journey);
        let own = own.map(|(rule, counted)| (rule.clone(), counted.at));
        let own = row.counted.clone().into_iter().chain(own).collect();
        let row = Row { standing, settled: Some(settled), counted: own, ..row };
        Ok(self.note(row).await?.map(|row| Claimed { assembled, row, counted }))
    }

    /// Where each insight of a journey counts, by rule. `row` is the journey's, and every other of its anchors has moved
    /// to it.
    ///
    /// What its row has not counted may have been counted under an id that the journey had before, or that a part of it
    /// had: there it counts, and nowhere else. Rows that have moved count nothing more.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn counted(&self, row: &Row, assembled: &Assembled) -> Result<BTreeMap<String, Counted>, StoreError> {
        let Assembled { journey, gathered } = assembled;
        let rules: Vec<_> = journey.insights.iter().map(|insight| insight.rule.as_str()).collect();
        let is_new = rules.iter().any(|rule| !row.counted.contains_key(*rule));
        let others = gathered.anchors.keys().map(Id::journey).filter(|id| is_new && *id != row.journey);
        let others = self.table.rows(&others.collect::<Vec<_>>()).await?;
        // A time that follows from the facts: whoever else settles this counts it at the same.
        let at_first = Counted { at: journey.settles_at.0, journey: row.journey };
        let place = |rule: &str| {
            let of = |row: &Row| row.counted.get(rule).map(|at| Counted { at: *at, journey: row.journey });
            of(row).or_else(|| others.iter().filter_map(of).min()).unwrap_or(at_first)
        };
        Ok(rules.into_iter().map(|rule| (rule.to_owned(), place(rule))).collect())
    }

    /// Notes that durations of the row's revision are about to be sent; `None` when somebody else has written it.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn measuring(&self, row: Row) -> Result<Option<Row>, StoreError> {
        let measured = row.settled.map_or(0, |settled| settled.revision);
        self.note(Row { measured, ..row }).await
    }

    /// Notes that everyone but Datadog has been told of the row's revision: its durations have not been sent after all.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn not_measured(&self, row: Row) -> Result<Option<Row>, StoreError> {
        let announced = row.settled.map_or(0, |settled| settled.revision);
        self.note(Row { announced, measured: announced.saturating_sub(1), ..row }).await
    }

    /// Notes that everyone has been told of the row's revision.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn told(&self, row: Row) -> Result<Option<Row>, StoreError> {
        let announced = row.settled.map_or(0, |settled| settled.revision);
        let standing = match row.standing {
            Standing::Line(line) => Standing::Line(Line { due_at: None, ..line }),
            other => other,
        };
        self.note(Row { announced, standing, ..row }).await
    }

    /// Leaves a journey alone for a while that could not be looked at, unless somebody else has written it meanwhile.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn postpone(&self, due: &Row) -> Result<(), StoreError> {
        if let Standing::Line(line) = &due.standing {
            let line = Line { due_at: Some(self.clock.now() + LEFT_ALONE), ..line.clone() };
            self.note(Row { standing: Standing::Line(line), ..due.clone() }).await?;
        }
        Ok(())
    }

    async fn note(&self, row: Row) -> Result<Option<Row>, StoreError> {
        Ok(match self.table.write(&row).await? {
            Written::Yes => Some(row.written()),
            // A fact has come meanwhile, or another settler: what is due will be found again.
            Written::Overtaken => None,
        })
    }
}

fn is_due(row: &Row, now: DateTime<Utc>) -> bool {
    match &row.standing {
        Standing::Line(line) => line.due_at.is_some_and(|due| due <= now),
        _ => false,
    }
}
