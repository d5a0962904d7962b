//! Lists of journeys: by day, by phone number, and by due time.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, TimeDelta, Utc};
use cxtrace_domain::journeys::query::ListPosition;
use cxtrace_domain::journeys::{Id, JourneyId, handoff};
use cxtrace_privacy::Pseudonym;

use super::gather::{Consistency, read_fact};
use super::key::{self, BEGAN, ROW};
use super::row::{self, JourneyRow};
use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::SK;
use crate::table::CorrelationTable;

/// A row that is due so soon is not moved in the index. A settler may be at work on it.
const SOON: TimeDelta = TimeDelta::minutes(5);

/// A page of rows, latest first.
#[derive(Debug, Default)]
pub struct RowPage {
    /// The readable rows.
    pub rows: Vec<JourneyRow>,
    /// The errors of unreadable rows. An unreadable row does not hide the rows around it.
    pub unreadable: Vec<StoreError>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<ListPosition>,
}

impl RowPage {
    fn of(rows: impl IntoIterator<Item = Result<JourneyRow, StoreError>>, next: Option<ListPosition>) -> Self {
        let mut page = Self { next, ..Self::default() };
        for row in rows {
            match row {
                Ok(row) => page.rows.push(row),
                Err(error) => page.unreadable.push(error),
            }
        }
        page
    }
}

/// Rows that are due, the longest overdue first.
#[derive(Debug, Default)]
pub struct DuePage {
    /// The readable rows.
    pub rows: Vec<JourneyRow>,
    /// Rows that are due much later than the index says. They should be moved in it.
    pub early: Vec<JourneyRow>,
    /// The journeys with unreadable rows, and the errors.
    pub unreadable: Vec<(JourneyId, StoreError)>,
}

/// The conversations in which a phone number was mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneMentions {
    /// The anchors of the conversations.
    pub anchors: BTreeSet<Id>,
    /// Hours before this one may contain more; `None` if this is all.
    pub complete_since: Option<DateTime<Utc>>,
}

impl CorrelationTable {
    /// The rows of journeys that began in `from..=to`, latest first, at most `limit`. It reads one day, and the days
    /// before it until one has any.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn list(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&ListPosition>,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let latest = after.map_or(to, |position| position.started_at.min(to));
        let mut day = latest.date_naive();
        loop {
            let range = (key::time(from), key::time(latest));
            let (items, is_whole) = self.latest_of_day(&day.to_string(), &range, after, limit).await?;
            let earlier = day.checked_sub_days(Days::new(1)).filter(|day| *day >= from.date_naive());
            let last = items.iter().rev().find_map(|item| position(item).ok());
            let next = match (last, earlier) {
                (None, Some(earlier)) if is_whole => {
                    day = earlier;
                    continue;
                }
                // The day is complete. The next page finds no more rows in it, and continues with the days before.
                (last, earlier) => last.filter(|_| !is_whole || earlier.is_some()),
            };
            let journeys: Vec<_> = items.iter().map(row::journey_of).collect::<Result<_, _>>()?;
            return Ok(RowPage::of(self.readable_rows(&journeys).await?, next));
        }
    }

    /// The conversations in which a phone number was mentioned in the hours `from..=to`. The latest hours come first,
    /// and every hour is complete. Reading stops after `max` or more mentions.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn latest_mentions(
        &self,
        phone: Pseudonym,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max: usize,
    ) -> Result<PhoneMentions, StoreError> {
        let operation = "Query of a phone number";
        let response = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(key::phone(phone)))
            .expression_attribute_values(":from", text(key::time(from)))
            .expression_attribute_values(":to", text(key::after(&key::time(to))))
            .scan_index_forward(false)
            .limit(i32::try_from(max).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|e| StoreError::request(operation, &self.name, e))?;
        let mut items = response.items.unwrap_or_default();
        let is_all = response.last_evaluated_key.is_none_or(|key| key.is_empty());
        let complete_since = items.last().filter(|_| !is_all).map(hour_of).transpose()?;
        if let Some(hour) = complete_since {
            items
                .extend(self.between(operation, key::phone(phone), hour, hour, usize::MAX, Consistency::Strong).await?);
        }
        let anchors = items.iter().filter_map(|item| self.set_aside.unless_readable(mentioned_anchor(item)));
        Ok(PhoneMentions { anchors: anchors.collect(), complete_since })
    }

    /// The anchors of the first `max` mentions of a phone number in the hours `from..=to`.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn first_mentions(
        &self,
        phone: Pseudonym,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max: usize,
    ) -> Result<BTreeSet<Id>, StoreError> {
        let items =
            self.between("Query of a phone number", key::phone(phone), from, to, max, Consistency::Strong).await?;
        let mentions = items.iter().take(max);
        Ok(mentions.filter_map(|item| self.set_aside.unless_readable(mentioned_anchor(item))).collect())
    }

    /// At most `limit` rows that were due at `now` or before, the longest overdue first. Empty only if nothing is due.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<DuePage, StoreError> {
        let mut parts = self.due_partitions();
        loop {
            let due = self.earliest_due(&mut parts, now, limit).await?;
            if due.is_empty() {
                return Ok(DuePage::default());
            }
            let journeys: Vec<_> = due.iter().map(row::journey_of).collect::<Result<_, _>>()?;
            let mut page = DuePage::default();
            for (journey, row) in journeys.iter().zip(self.readable_rows(&journeys).await?) {
                match row {
                    Ok(row) => match row.listing().and_then(|listing| listing.due_at) {
                        Some(at) if at <= now => page.rows.push(row),
                        Some(at) if at > now + SOON && row.indexed_due_at <= Some(now) => page.early.push(row),
                        // Another settler works on it, or the index is a moment behind.
                        _ => {}
                    },
                    Err(error) => page.unreadable.push((*journey, error)),
                }
            }
            if !page.rows.is_empty() || !page.early.is_empty() || !page.unreadable.is_empty() {
                return Ok(page);
            }
        }
    }

    /// Every journey of the table, in no order. This scans the table: the local twin and tests use it, functions do not.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn journeys(&self) -> Result<Vec<JourneyId>, StoreError> {
        let rows = self.scan("sk = :sk AND attribute_exists(began)", ROW).await?;
        rows.iter().map(row::journey_of).collect()
    }

    /// Every anchor of the table. This scans the table: the local twin uses it when it starts on an existing table.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn anchors(&self) -> Result<BTreeSet<Id>, StoreError> {
        let facts = self.scan("begins_with(sk, :sk)", key::FACT).await?;
        let facts = facts.iter().filter_map(|fact| self.set_aside.unless_readable(read_fact(fact)));
        Ok(facts.map(|fact| fact.anchor).collect())
    }

    async fn scan(&self, filter: &str, sk: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let response = self
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
            items.extend(response.items.unwrap_or_default());
            next = response.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return Ok(items);
            }
        }
    }

    /// The anchors of the ends whose matches may change because of an end of a hand-off to `number` by `customer`, which may be
    /// unknown. Both are in `from..=to`. There are none unless a call was sent to that number.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn touched_by_handoff(
        &self,
        number: Pseudonym,
        customer: Option<Pseudonym>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Id>, StoreError> {
        let ends = |customer| self.ends_of_handoffs(number, customer, (from, to), Consistency::Strong);
        let mut all = ends(None).await?;
        if all.len() > handoff::MAX_ENDS && customer.is_some() {
            all.extend(ends(customer).await?);
        }
        Ok(handoff::touched(all, customer).into_iter().map(|end| end.anchor).collect())
    }
}

/// The position of a row, by its key and its start.
fn position(key: &Item) -> Result<ListPosition, StoreError> {
    let reader = Reader(key);
    let began = reader.text(BEGAN)?.parse().map_err(|_| reader.unreadable("`began` must be an RFC 3339 time"))?;
    Ok(ListPosition { started_at: began, journey: row::journey_of(key)? })
}

/// The hour of a mention.
fn hour_of(item: &Item) -> Result<DateTime<Utc>, StoreError> {
    let reader = Reader(item);
    let hour = reader.text(SK)?.split('#').next().and_then(|hour| hour.parse().ok());
    hour.ok_or_else(|| reader.unreadable("its sort key must begin with an hour"))
}

fn mentioned_anchor(item: &Item) -> Result<Id, StoreError> {
    let reader = Reader(item);
    reader.text("anchor")?.parse().map_err(|_| reader.unreadable("`anchor` must be an id"))
}
