//! Lists of journeys: by day, by phone number, and those that are due to be settled.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Days, NaiveDate, Utc};
use cxtrace_domain::journeys::{Id, JourneyId};
use cxtrace_privacy::Pseudonym;

use super::gather::{anchor_of, read_fact};
use super::key::{self, BEGAN, BY_DAY, BY_DUE, DAY, DUE, ROW};
use super::row::{self, Line, Row, Standing};
use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::{PK, SK};
use crate::table::CorrelationTable;

/// A place in a list: everything after it began earlier, or then under a lesser id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// When the last journey of the page before began.
    pub began: DateTime<Utc>,
    /// That journey.
    pub journey: JourneyId,
}

/// A page of a list, latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<T> {
    /// What was found.
    pub found: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
}

/// Where a phone number was mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// In these.
    pub anchors: BTreeSet<Id>,
    /// Before this hour it may have been in more; `None` when these are all.
    pub since: Option<DateTime<Utc>>,
}

impl CorrelationTable {
    /// The journeys that began in `from..=to`, latest first, at most `limit`: one query of one day, and of the days
    /// before it until one has any.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn list(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Found<Row>, StoreError> {
        let latest = after.map_or(to, |position| position.began.min(to));
        let mut day = latest.date_naive();
        let mut start = after.copied();
        loop {
            let earlier = day.checked_sub_days(Days::new(1)).filter(|day| *day >= from.date_naive());
            let page = self.day(day, (from, latest), start.take(), limit).await?;
            match (page.found.last().map(place), earlier) {
                (None, Some(earlier)) if page.next.is_none() => day = earlier,
                // The day is over: who goes on finds nothing more of it, and then the days before.
                (last, Some(_)) if page.next.is_none() => return Ok(Found { next: last, ..page }),
                _ => return Ok(page),
            }
        }
    }

    async fn day(
        &self,
        day: NaiveDate,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        start: Option<Position>,
        limit: usize,
    ) -> Result<Found<Row>, StoreError> {
        let operation = "Query of a day's journeys";
        let start = start.map(|Position { began, journey }| {
            let names = [PK, SK, DAY, BEGAN].map(str::to_owned);
            let began = key::time(began);
            let values = [key::journey(journey), ROW.to_owned(), began.chars().take(10).collect(), began];
            HashMap::from_iter(names.into_iter().zip(values.map(AttributeValue::S)))
        });
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(BY_DAY)
            .key_condition_expression("#day = :day AND began BETWEEN :from AND :to")
            .expression_attribute_names("#day", DAY)
            .expression_attribute_values(":day", text(day.to_string()))
            .expression_attribute_values(":from", text(key::time(from)))
            .expression_attribute_values(":to", text(key::time(to)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|e| StoreError::request(operation, &self.name, e))?;
        let next = answer.last_evaluated_key.filter(|key| !key.is_empty()).map(|key| position(&key)).transpose()?;
        let items = answer.items.unwrap_or_default();
        Ok(Found { found: items.iter().map(Row::read).collect::<Result<_, _>>()?, next })
    }

    /// The anchors in which a phone number was mentioned in the hours `from..=to`: the latest hours first, each of them
    /// whole, until there are `most` or more.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn mentioned(
        &self,
        phone: Pseudonym,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: usize,
    ) -> Result<Mentioned, StoreError> {
        let operation = "Query of a phone number";
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(key::phone(phone)))
            .expression_attribute_values(":from", text(key::time(from)))
            .expression_attribute_values(":to", text(key::after(&key::time(to))))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|e| StoreError::request(operation, &self.name, e))?;
        let mut items = answer.items.unwrap_or_default();
        let is_all = answer.last_evaluated_key.is_none_or(|key| key.is_empty());
        let since = items.last().filter(|_| !is_all).map(hour_of).transpose()?;
        if let Some(hour) = since {
            items.extend(self.between(operation, key::phone(phone), hour, hour, usize::MAX).await?);
        }
        Ok(Mentioned { anchors: items.iter().map(mentioned_in).collect::<Result<_, _>>()?, since })
    }

    /// The same for hours of which few are expected to tell anything: the first ones first, and no more than `most`.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn mentioned_later(
        &self,
        phone: Pseudonym,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: usize,
    ) -> Result<BTreeSet<Id>, StoreError> {
        let items = self.between("Query of a phone number", key::phone(phone), from, to, most).await?;
        items.iter().take(most).map(mentioned_in).collect()
    }

    /// Rows that were to be looked at again at `now` or before, the longest overdue first, at most `limit`.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(BY_DUE)
            .key_condition_expression("#due = :due AND due_at <= :now")
            .expression_attribute_names("#due", DUE)
            .expression_attribute_values(":due", text(DUE))
            .expression_attribute_values(":now", text(key::time(now)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|e| StoreError::request("Query of what is due", &self.name, e))?;
        let due: Vec<_> = answer.items.unwrap_or_default().iter().map(row::journey_of).collect::<Result<_, _>>()?;
        let rows = self.rows(&due).await?;
        // The index may be a moment behind.
        let is_due = |row: &Row| matches!(&row.standing, Standing::Line(Line { due_at: Some(at), .. }) if *at <= now);
        Ok(rows.into_iter().filter(is_due).collect())
    }

    /// Every journey of the table, in no order, by a scan: for those who look at it from outside. No function scans.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn journeys(&self) -> Result<Vec<JourneyId>, StoreError> {
        let rows = self.scan("sk = :sk AND attribute_exists(began)", ROW).await?;
        rows.iter().map(|row| Ok(Row::read(row)?.journey)).collect()
    }

    /// Every id of the table with facts, by a scan: for a twin that starts where another was ended.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn anchors(&self) -> Result<BTreeSet<Id>, StoreError> {
        let facts = self.scan("begins_with(sk, :sk)", key::FACT).await?;
        facts.iter().map(|fact| Ok(read_fact(fact)?.anchor)).collect()
    }

    async fn scan(&self, filter: &str, sk: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let answer = self
                .client
                .scan()
                .table_name(&self.name)
                .consistent_read(true)
                .filter_expression(filter)
                .expression_attribute_values(":sk", text(sk))
                .set_exclusive_start_key(next)
                .send()
                .await
                .map_err(|e| StoreError::request("Scan", &self.name, e))?;
            items.extend(answer.items.unwrap_or_default());
            next = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return Ok(items);
            }
        }
    }

    /// The anchors of the hand-offs to a number in a time, if a call was sent there at all.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn anchors_of_number(
        &self,
        number: Pseudonym,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Id>, StoreError> {
        let items = self.between("Query of a number", key::number(number), from, to, most).await?;
        let left = |item: &Item| Reader(item).text(SK).is_ok_and(|sk| sk.contains("#left#"));
        if !items.iter().any(left) {
            return Ok(Vec::new());
        }
        items.iter().map(anchor_of).collect()
    }
}

/// The place of a row; of what has no line, the beginning of all.
fn place(row: &Row) -> Position {
    let began = match &row.standing {
        Standing::Line(line) => line.began,
        Standing::Nothing | Standing::Moved(_) => DateTime::<Utc>::MIN_UTC,
    };
    Position { began, journey: row.journey }
}

fn position(key: &Item) -> Result<Position, StoreError> {
    let reader = Reader(key);
    let began = reader.text(BEGAN)?.parse().map_err(|_| reader.unreadable("`began` is no time"))?;
    Ok(Position { began, journey: row::journey_of(key)? })
}

/// The hour of a mention.
fn hour_of(item: &Item) -> Result<DateTime<Utc>, StoreError> {
    let reader = Reader(item);
    let hour = reader.text(SK)?.split('#').next().and_then(|hour| hour.parse().ok());
    hour.ok_or_else(|| reader.unreadable("its key holds no hour"))
}

fn mentioned_in(item: &Item) -> Result<Id, StoreError> {
    let reader = Reader(item);
    reader.text("anchor")?.parse().map_err(|_| reader.unreadable("`anchor` is no id"))
}
