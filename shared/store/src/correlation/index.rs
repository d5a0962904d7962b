//! Reads an index whose rows are distributed over partitions as one ordered list. It knows only the keys of rows.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::query::ListPosition;
use futures::future;

use super::key::{self, BEGAN, BY_DAY, BY_DUE, BY_START, DAY, DUE, DUE_AT, LISTED};
use crate::error::StoreError;
use crate::item::{Item, text};
use crate::key::PK;
use crate::table::CorrelationTable;

/// Sorts before every time.
const EARLIEST: &str = "0";

/// Sorts after every time.
const LATEST: &str = "~";

/// An index: its name, and the attributes that are its keys.
#[derive(Debug, Clone, Copy)]
struct Index {
    name: &'static str,
    value: &'static str,
    sort: &'static str,
    /// Whether an earlier version wrote one value for all partitions. Its rows move when they are written again; otherwise
    /// they expire.
    had_one_partition: bool,
}

const STARTS: Index = Index { name: BY_START, value: LISTED, sort: BEGAN, had_one_partition: false };
/// The rows of an earlier version.
const DAYS: Index = Index { name: BY_DAY, value: DAY, sort: BEGAN, had_one_partition: true };
const DUES: Index = Index { name: BY_DUE, value: DUE, sort: DUE_AT, had_one_partition: true };

/// One partition of an index, which is read page by page.
#[derive(Debug)]
pub(super) struct Partition {
    index: Index,
    value: String,
    /// Items that were read and not returned yet.
    items: Vec<Item>,
    /// The number of items that were read.
    read: usize,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Page(Option<Item>),
    Nothing,
}

impl Partition {
    fn all(index: Index, value: &str) -> impl Iterator<Item = Self> {
        let of = move |value| Self { index, value, items: Vec::new(), read: 0, next: Next::Page(None) };
        let one = index.had_one_partition.then(|| value.to_owned());
        key::partitions(value).chain(one).map(of)
    }

    fn is_whole(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }
}

/// A query of each partition of an index.
struct Question<'a> {
    operation: &'static str,
    range: (&'a str, &'a str),
    forward: bool,
    limit: usize,
}

impl CorrelationTable {
    /// The keys of at most `limit` rows of `day` whose start is in `range`, the latest first, after the position `after`.
    /// Also returns whether these are all. Rows with the same start are in the order of their keys, across partitions.
    pub(super) async fn latest_of_day(
        &self,
        day: &str,
        range: &(String, String),
        after: Option<&ListPosition>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let after = after.map(|after| (key::time(after.started_at), key::journey(after.journey)));
        let question = Question {
            operation: "Query of a day's journeys",
            range: (&range.0, &range.1),
            forward: false,
            // Each partition contributes its share of a page, plus the possible difference between shares.
            limit: limit / 8 + 4,
        };
        let mut partitions: Vec<_> = [STARTS, DAYS].into_iter().flat_map(|index| Partition::all(index, day)).collect();
        let mut found: Vec<Item> = Vec::new();
        let mut wanted: Vec<_> = (0..partitions.len()).collect();
        loop {
            self.read_pages(&question, &mut partitions, &wanted).await?;
            // The rest of a partition comes after its last returned item, or began at the same time.
            let last =
                |partition: &Partition| partition.items.last().map_or(LATEST, |item| began(Some(item))).to_owned();
            let shown = |partition: &Partition| (!partition.is_whole()).then(|| last(partition));
            let shown: Vec<_> = partitions.iter().map(shown).collect();
            found.clear();
            found.extend(partitions.iter().flat_map(|partition| &partition.items).cloned());
            found.retain(|item| {
                let place = (began(Some(item)), journey(item));
                after.as_ref().is_none_or(|(began, journey)| place < (began.as_str(), journey.as_str()))
            });
            found.sort_by(|a, b| (began(Some(b)), journey(b)).cmp(&(began(Some(a)), journey(a))));
            // A row that has just moved from one index to the other may be in both.
            found.dedup_by(|a, b| journey(a) == journey(b));
            let end = began(found.get(limit.saturating_sub(1))).to_owned();
            wanted = (0..partitions.len()).filter(|n| shown[*n].as_ref().is_some_and(|shown| *shown >= end)).collect();
            if wanted.is_empty() {
                let is_whole = found.len() <= limit && partitions.iter().all(Partition::is_whole);
                found.truncate(limit);
                return Ok((found, is_whole));
            }
        }
    }

    /// The unread partitions of the index of due rows.
    pub(super) fn due_partitions(&self) -> Vec<Partition> {
        Partition::all(DUES, DUE).collect()
    }

    /// About `limit` next rows of `partitions` that were due at `now` or before, the longest overdue first. Empty at
    /// the end.
    pub(super) async fn earliest_due(
        &self,
        partitions: &mut [Partition],
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let now = key::time(now);
        let question = Question { operation: "Query of due journeys", range: (EARLIEST, &now), forward: true, limit };
        let empty: Vec<_> = (0..partitions.len()).filter(|n| partitions[*n].items.is_empty()).collect();
        self.read_pages(&question, partitions, &empty).await?;
        let mut found: Vec<_> =
            partitions.iter_mut().flat_map(|partition| std::mem::take(&mut partition.items)).collect();
        found.sort_by_cached_key(|item| due_at(item).to_owned());
        // Items that are not returned now are found again by the next query.
        let rest = found.split_off(found.len().min(limit));
        for item in rest {
            let value = item.get(DUE).and_then(|value| value.as_s().ok());
            let of = partitions.iter_mut().find(|partition| Some(&partition.value) == value);
            if let Some(partition) = of {
                partition.items.push(item);
            }
        }
        Ok(found)
    }

    /// Reads the next page of each of `wanted`, concurrently.
    async fn read_pages(
        &self,
        question: &Question<'_>,
        partitions: &mut [Partition],
        wanted: &[usize],
    ) -> Result<(), StoreError> {
        let reads =
            partitions.iter_mut().enumerate().filter(|(n, partition)| wanted.contains(n) && !partition.is_whole());
        future::try_join_all(reads.map(|(_, partition)| self.read_page(question, partition))).await?;
        Ok(())
    }

    async fn read_page(&self, question: &Question<'_>, partition: &mut Partition) -> Result<(), StoreError> {
        let Next::Page(start) = std::mem::replace(&mut partition.next, Next::Nothing) else { return Ok(()) };
        // Each page is larger than the previous one, because rows may be distributed unevenly.
        let limit = question.limit.max(partition.read);
        let response = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(partition.index.name)
            .key_condition_expression("#value = :value AND #sort BETWEEN :from AND :to")
            .expression_attribute_names("#value", partition.index.value)
            .expression_attribute_names("#sort", partition.index.sort)
            .expression_attribute_values(":value", text(&partition.value))
            .expression_attribute_values(":from", text(question.range.0))
            .expression_attribute_values(":to", text(question.range.1))
            .scan_index_forward(question.forward)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|e| StoreError::request(question.operation, &self.name, e))?;
        let items = response.items.unwrap_or_default();
        partition.read += items.len();
        partition.items.extend(items);
        if let Some(next) = response.last_evaluated_key.filter(|key| !key.is_empty()) {
            partition.next = Next::Page(Some(next));
        }
        Ok(())
    }
}

fn attribute<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

fn began(item: Option<&Item>) -> &str {
    item.map_or("", |item| attribute(item, BEGAN))
}

fn due_at(item: &Item) -> &str {
    attribute(item, DUE_AT)
}

fn journey(item: &Item) -> &str {
    attribute(item, PK)
}
