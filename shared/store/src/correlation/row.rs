//! Rows of journeys: the entry in lists, or a redirect to the journey that this one was merged into.
//!
//! A row is read before the facts, and written under the condition that it has not changed since. So a writer whose reads miss
//! nothing has seen at least the facts that the previous writer has seen.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::assemble::Settled;
use cxtrace_domain::journeys::erasure::REMEMBERED;
use cxtrace_domain::journeys::{Claim, Id, JourneyId, Progress, Settlement};

use super::gather::Consistency;
use super::key::{self, BEGAN, DUE, DUE_AT, LISTED, ROW};
use super::summary::StoredSummary;
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{PK, key as primary};
use crate::table::{CorrelationTable, item};

/// When a row is due, if that is later than in the index.
const NOT_BEFORE: &str = "not_before";

/// When the latest revision was claimed.
const CLAIMED_AT: &str = "claimed_at";

/// The attribute of a row that was erased.
const ERASED_AT: &str = "erased_at";

/// The row of a journey's id.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyRow {
    pub journey: JourneyId,
    pub content: RowContent,
    /// Its latest revision; `None` before it has settled.
    pub settlement: Option<Settlement>,
    /// How this revision came about; `None` if an earlier version claimed it.
    pub claim: Option<Claim>,
    /// When each of its insights was counted in Datadog, by rule.
    pub counted_insights: BTreeMap<String, DateTime<Utc>>,
    /// How often the traces of the revision were sent in vain; `None` if they are not to be sent (any more).
    pub export_attempts: Option<u32>,
    /// What of it has been exported as traces; `None` if nothing was.
    pub exported: Option<Exported>,
    /// Its due time in the index: at or before that of its listing, because each move in the index costs two writes.
    pub indexed_due_at: Option<DateTime<Utc>>,
    /// The version that was read. A write replaces only this version.
    pub version: RowVersion,
}

/// How far a journey has been exported as traces. Receivers refuse old spans, so a journey that goes on is exported in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The time of the last export.
    pub until: DateTime<Utc>,
    /// The number of its spans that were exported, or counted as too old, by then.
    pub spans: u64,
}

/// The version of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowVersion(u64);

/// The meaning of a journey's id.
#[derive(Debug, Clone, PartialEq)]
pub enum RowContent {
    /// The row does not exist yet.
    Absent,
    /// A journey that lists show.
    Listed(Listing),
    /// A journey that was merged into this one.
    MergedInto(JourneyId),
    /// It was erased at this time. Facts about it are erased when they arrive.
    Erased(DateTime<Utc>),
}

/// The entry of a journey in lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The anchor that determines the journey's id.
    pub anchor: Id,
    /// Its anchors, or the first of them if there are very many.
    pub anchors: Vec<Id>,
    /// The content of lists.
    pub summary: StoredSummary,
    /// When the journey began.
    pub started_at: DateTime<Utc>,
    /// When the settler reads it next; `None` if it does not.
    pub due_at: Option<DateTime<Utc>>,
    /// The number of facts that it was assembled from.
    pub fact_count: u64,
    /// When it was assembled.
    pub assembled_at: DateTime<Utc>,
}

/// The outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The row is written.
    Written,
    /// Another writer has written the row since it was read.
    Overtaken,
}

impl JourneyRow {
    fn absent(journey: JourneyId) -> Self {
        Self {
            journey,
            content: RowContent::Absent,
            settlement: None,
            claim: None,
            counted_insights: BTreeMap::new(),
            export_attempts: None,
            exported: None,
            indexed_due_at: None,
            version: RowVersion(0),
        }
    }

    /// The row of a journey that was erased at `at`. It replaces `version`.
    pub(super) fn erased(journey: JourneyId, at: DateTime<Utc>, version: RowVersion) -> Self {
        Self { content: RowContent::Erased(at), version, ..Self::absent(journey) }
    }

    /// When it was erased, if it was.
    #[must_use]
    pub fn erased_at(&self) -> Option<DateTime<Utc>> {
        match self.content {
            RowContent::Erased(at) => Some(at),
            _ => None,
        }
    }

    /// The entry in lists, if it has one.
    #[must_use]
    pub fn listing(&self) -> Option<&Listing> {
        match &self.content {
            RowContent::Listed(listing) => Some(listing),
            RowContent::Absent | RowContent::MergedInto(_) | RowContent::Erased(_) => None,
        }
    }

    /// The last settled revision and content.
    #[must_use]
    pub fn settled(&self) -> Option<Settled> {
        self.settlement.map(|settlement| settlement.settled)
    }

    /// Whether it has settled, and a notification or its traces are still pending.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.settlement.is_some_and(Settlement::is_pending) || self.export_attempts.is_some()
    }

    /// The row as the table holds it after it was written.
    #[must_use]
    pub fn after_write(self) -> Self {
        Self { version: RowVersion(self.version.0 + 1), indexed_due_at: self.entry(), ..self }
    }

    /// The row, due at the time of its listing in the index, too.
    #[must_use]
    pub fn moved_in_index(self) -> Self {
        Self { indexed_due_at: None, ..self }
    }

    /// The due time that the index gets: the one that it has, unless that is too late.
    fn entry(&self) -> Option<DateTime<Utc>> {
        let due_at = self.listing()?.due_at?;
        Some(self.indexed_due_at.map_or(due_at, |indexed| indexed.min(due_at)))
    }

    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let reader = Reader(item);
        let mut counted_insights = BTreeMap::new();
        if let Some(AttributeValue::M(rules)) = item.get("counted") {
            for (rule, at) in rules {
                let at = at.as_s().ok().and_then(|at| at.parse().ok());
                let at = at.ok_or_else(|| reader.unreadable("`counted` must hold times"))?;
                counted_insights.insert(rule.clone(), at);
            }
        }
        Ok(Self {
            journey: journey_of(item)?,
            content: read_content(item)?,
            settlement: read_settlement(item)?,
            claim: read_claim(item)?,
            counted_insights,
            export_attempts: reader.number("export_attempts")?,
            exported: read_exported(item)?,
            indexed_due_at: read_time(item, DUE_AT)?,
            version: RowVersion(reader.number("version")?.unwrap_or_default()),
        })
    }

    fn item(&self, expiry: AttributeValue, writer: u64) -> Item {
        let mut all = item(key::journey(self.journey), ROW.to_owned());
        let mut put = |name: &str, value| all.insert(name.to_owned(), value);
        put("version", number(self.version.0 + 1));
        put("expires_at", expiry);
        put("writer", text(format!("{writer:016x}")));
        if let Some(settlement) = self.settlement {
            let Settled { revision, content } = settlement.settled;
            let (announced, measured) = notified_revisions(settlement);
            put("revision", number(revision));
            put("settled", text(content.to_string()));
            put("announced", number(announced));
            if let Some(measured) = measured {
                put("measured", number(measured));
            }
            let counted = self.counted_insights.iter().map(|(rule, at)| (rule.clone(), text(key::time(*at))));
            put("counted", AttributeValue::M(counted.collect()));
            if let Some(attempts) = self.export_attempts {
                put("export_attempts", number(attempts));
            }
        }
        if let Some(Claim { at, led }) = self.claim {
            put(CLAIMED_AT, text(key::time(at)));
            put("led", text(led.to_string()));
        }
        if let Some(exported) = self.exported {
            put("exported_until", text(key::time(exported.until)));
            put("exported_spans", number(exported.spans));
        }
        match &self.content {
            RowContent::Absent => {}
            RowContent::MergedInto(to) => {
                put("to", text(to.to_string()));
            }
            RowContent::Erased(at) => {
                put(ERASED_AT, text(key::time(*at)));
            }
            RowContent::Listed(listing) => {
                put("anchor", text(listing.anchor.to_string()));
                put("facts", number(listing.fact_count));
                put("assembled_at", text(key::time(listing.assembled_at)));
                let started_at = key::time(listing.started_at);
                put(LISTED, text(key::partition(started_at.get(..10).unwrap_or_default(), self.journey)));
                put(BEGAN, text(started_at));
                if let (Some(due_at), Some(entry)) = (listing.due_at, self.entry()) {
                    put(DUE, text(key::partition(DUE, self.journey)));
                    put(DUE_AT, text(key::time(entry)));
                    if due_at != entry {
                        put(NOT_BEFORE, text(key::time(due_at)));
                    }
                }
                listing.summary.put(&listing.anchors, &mut all);
            }
        }
        all
    }
}

/// The attributes `announced` and `measured`: the latest revision that the bus and Datadog, respectively, have been
/// notified of. A revision that is inherited has no `measured`.
fn notified_revisions(Settlement { settled, progress }: Settlement) -> (u32, Option<u32>) {
    let (now, before) = (settled.revision, settled.revision.saturating_sub(1));
    match progress {
        Progress::Inherited => (before, None),
        Progress::Settled => (before, Some(before)),
        Progress::Measured => (before, Some(now)),
        Progress::Announced => (now, Some(before)),
        Progress::Notified => (now, Some(now)),
    }
}

fn read_settlement(item: &Item) -> Result<Option<Settlement>, StoreError> {
    let reader = Reader(item);
    let Some(revision) = reader.number("revision")? else { return Ok(None) };
    let content = Digest128::from_hex(reader.text("settled")?);
    let content = content.ok_or_else(|| reader.unreadable("`settled` must be a digest"))?;
    let covers = |name: &str| Ok::<_, StoreError>(reader.number(name)?.unwrap_or(0) >= revision);
    let progress = match (covers("announced")?, covers("measured")?) {
        (false, false) if !item.contains_key("measured") => Progress::Inherited,
        (false, false) => Progress::Settled,
        (false, true) => Progress::Measured,
        (true, false) => Progress::Announced,
        (true, true) => Progress::Notified,
    };
    Ok(Some(Settlement { settled: Settled { revision, content }, progress }))
}

fn read_claim(item: &Item) -> Result<Option<Claim>, StoreError> {
    let Some(at) = read_time(item, CLAIMED_AT)? else { return Ok(None) };
    let reader = Reader(item);
    let led = Digest128::from_hex(reader.text("led")?);
    Ok(Some(Claim { at, led: led.ok_or_else(|| reader.unreadable("`led` must be a digest"))? }))
}

fn read_exported(item: &Item) -> Result<Option<Exported>, StoreError> {
    let spans = Reader(item).number("exported_spans")?.unwrap_or_default();
    Ok(read_time(item, "exported_until")?.map(|until| Exported { until, spans }))
}

fn read_time(item: &Item, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let reader = Reader(item);
    if !item.contains_key(name) {
        return Ok(None);
    }
    let time = reader.text(name)?.parse().map(Some);
    time.map_err(|_| reader.unreadable(format!("`{name}` must be an RFC 3339 time")))
}

fn read_content(item: &Item) -> Result<RowContent, StoreError> {
    let reader = Reader(item);
    let time = |name: &str| read_time(item, name);
    if let Some(at) = time(ERASED_AT)? {
        return Ok(RowContent::Erased(at));
    }
    if item.contains_key("to") {
        let to = JourneyId::from_hex(reader.text("to")?);
        return Ok(RowContent::MergedInto(to.ok_or_else(|| reader.unreadable("`to` must be a journey's id"))?));
    }
    let (anchors, summary) = StoredSummary::read(item);
    Ok(RowContent::Listed(Listing {
        anchor: reader.text("anchor")?.parse().map_err(|_| reader.unreadable("`anchor` must be an id"))?,
        anchors,
        summary,
        started_at: time(BEGAN)?.ok_or_else(|| reader.unreadable("`began` is missing"))?,
        due_at: time(DUE_AT)?.max(time(NOT_BEFORE)?),
        fact_count: reader.number("facts")?.unwrap_or_default(),
        assembled_at: time("assembled_at")?.ok_or_else(|| reader.unreadable("`assembled_at` is missing"))?,
    }))
}

/// The journey of a row, by its key.
pub(super) fn journey_of(item: &Item) -> Result<JourneyId, StoreError> {
    let reader = Reader(item);
    let journey = reader.text(PK)?.strip_prefix("journey#").and_then(JourneyId::from_hex);
    journey.ok_or_else(|| reader.unreadable("its partition key must hold a journey's id"))
}

/// The rows of `journeys` among `items`, each with its own result.
fn rows_of(journeys: &[JourneyId], items: Vec<Item>) -> Vec<Result<JourneyRow, StoreError>> {
    let items = items.into_iter().filter_map(|item| Some((journey_of(&item).ok()?, item)));
    let mut items: HashMap<_, _> = items.collect();
    let row =
        |id: &JourneyId| items.remove(id).map_or_else(|| Ok(JourneyRow::absent(*id)), |item| JourneyRow::read(&item));
    journeys.iter().map(row).collect()
}

impl CorrelationTable {
    /// The rows of `journeys`, strongly consistent, in the same order.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn rows(&self, journeys: &[JourneyId]) -> Result<Vec<JourneyRow>, StoreError> {
        self.rows_by(Consistency::Strong, journeys).await
    }

    /// The same with reads of this `consistency`. A row that is not the latest one cannot be replaced.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub async fn rows_by(
        &self,
        consistency: Consistency,
        journeys: &[JourneyId],
    ) -> Result<Vec<JourneyRow>, StoreError> {
        rows_of(journeys, self.batch(journeys, consistency).await?).into_iter().collect()
    }

    /// The rows of `journeys` like [`Self::rows`], each with its own result: an unreadable row does not hide the
    /// others.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn readable_rows(
        &self,
        journeys: &[JourneyId],
    ) -> Result<Vec<Result<JourneyRow, StoreError>>, StoreError> {
        Ok(rows_of(journeys, self.batch(journeys, Consistency::Strong).await?))
    }

    async fn batch(&self, journeys: &[JourneyId], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let keys = journeys.iter().map(|id| (key::journey(*id), ROW.to_owned())).collect();
        self.get_all("BatchGetItem of rows", keys, consistency == Consistency::Strong, None).await
    }

    /// Whether the table holds `row` as this process wrote it by [`Self::write`]. A write may have succeeded although
    /// its response was lost, and then its repetition was refused.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn holds(&self, row: &JourneyRow) -> Result<bool, StoreError> {
        let stored = self.batch(&[row.journey], Consistency::Strong).await?.pop();
        let without_expiry = |mut item: Item| {
            item.remove("expires_at");
            item
        };
        Ok(stored.map(without_expiry) == Some(without_expiry(self.item_of(row))))
    }

    /// Defers the unreadable row of `journey` until `until`. Its other attributes do not change. A version that can
    /// read the row may overwrite this.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn defer_unreadable(&self, journey: JourneyId, until: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self.client.update_item().table_name(&self.name);
        let request = request.set_key(Some(primary(key::journey(journey), ROW)));
        let request = request.update_expression("SET due_at = :until");
        let request = request.condition_expression("attribute_exists(due_at)");
        let request = request.expression_attribute_values(":until", text(key::time(until)));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(()),
            Err(error) => Err(StoreError::request("UpdateItem of a row", &self.name, error)),
        }
    }

    fn item_of(&self, row: &JourneyRow) -> Item {
        let expiry = match row.content {
            RowContent::Erased(_) => self.expiry_of_at_least(REMEMBERED),
            _ => self.expiry(),
        };
        row.item(expiry, self.writer)
    }

    /// Writes `row`, unless another writer has written it since it was read.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn write(&self, row: &JourneyRow) -> Result<WriteOutcome, StoreError> {
        let mut request = self.client.put_item().table_name(&self.name).set_item(Some(self.item_of(row)));
        request = if row.version.0 == 0 {
            request.condition_expression("attribute_not_exists(pk)")
        } else {
            request
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(row.version.0))
        };
        match request.send().await {
            Ok(_) => Ok(WriteOutcome::Written),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(WriteOutcome::Overtaken)
            }
            Err(error) => Err(StoreError::request("PutItem of a row", &self.name, error)),
        }
    }
}
