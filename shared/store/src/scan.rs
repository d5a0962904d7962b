//! Ledgers with the series that they are of: one, or all of them by a scan of the whole table.
//!
//! For those who look at the table from outside: what restarts a twin, and what explains a count. No
//! function scans.

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Series};

use crate::error::StoreError;
use crate::item::{Item, Reader};
use crate::key::{BucketKey, OCCURRENCE, PK, SK};
use crate::ledger::BucketContents;
use crate::table::StateTable;

/// A ledger with at least one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLedger {
    /// Which one.
    pub key: BucketKey,
    /// One of its occurrences: it tells the series and the bucket's width.
    pub sample: Occurrence,
    /// All that it holds.
    pub contents: BucketContents,
}

impl StoredLedger {
    /// Reads the items of one partition; `None` when it is no ledger, or one without an occurrence.
    fn read(items: &[Item]) -> Result<Option<Self>, StoreError> {
        let mut contents = BucketContents::default();
        let mut sample = None;
        for item in items {
            let Some(key) = BucketKey::read(Reader(item).text(PK)?) else { return Ok(None) };
            contents.take(item)?;
            if sample.is_none() {
                sample = occurrence(item, key)?.map(|sample| (key, sample));
            }
        }
        Ok(sample.map(|(key, sample)| Self { key, sample, contents }))
    }
}

fn occurrence(item: &Item, key: BucketKey) -> Result<Option<Occurrence>, StoreError> {
    let reader = Reader(item);
    let Some(hex) = reader.text(SK)?.strip_prefix(OCCURRENCE) else { return Ok(None) };
    let id = OccurrenceId::from_hex(hex).ok_or_else(|| reader.unreadable("its key holds no occurrence id"))?;
    let tags = match item.get("tags") {
        Some(AttributeValue::L(tags)) => tags.iter().map(|tag| tag.as_s().ok().cloned()).collect(),
        _ => None,
    };
    let tags = tags.ok_or_else(|| reader.unreadable("`tags` is missing or no list of strings"))?;
    let at = match item.get("at") {
        None => None,
        Some(_) => Some(reader.text("at")?.parse().map_err(|_| reader.unreadable("`at` is no time"))?),
    };
    Ok(Some(Occurrence {
        id,
        series: Series::stored(reader.text("name")?.to_owned(), tags),
        bucket: key.bucket,
        interval: reader.number("interval")?.ok_or_else(|| reader.unreadable("`interval` is missing"))?,
        conversation: ConversationId::try_new(reader.text("conversation")?)
            .map_err(|error| reader.unreadable(error.to_string()))?,
        at,
    }))
}

/// The ledgers of a table, read page by page.
#[derive(Debug)]
pub struct Ledgers<'a> {
    table: &'a StateTable,
    /// The items of the partition that is being read.
    partition: Vec<Item>,
    page: std::vec::IntoIter<Item>,
    next: Option<Item>,
    ended: bool,
}

impl StateTable {
    /// The ledger of `key` with its series, strongly consistent; `None` when no occurrence is there.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn ledger(&self, key: BucketKey) -> Result<Option<StoredLedger>, StoreError> {
        StoredLedger::read(&self.query("Query of a ledger", key.pk(), "", true).await?)
    }

    /// Every ledger that holds an occurrence, in no order.
    #[must_use]
    pub fn ledgers(&self) -> Ledgers<'_> {
        Ledgers { table: self, partition: Vec::new(), page: Vec::new().into_iter(), next: None, ended: false }
    }
}

impl Ledgers<'_> {
    /// The next one; `None` when there are no more.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn next(&mut self) -> Result<Option<StoredLedger>, StoreError> {
        loop {
            let Some(item) = self.next_item().await? else {
                return StoredLedger::read(&std::mem::take(&mut self.partition));
            };
            // A scan hands out the items of one partition together, also across pages.
            let continues = self.partition.first().is_none_or(|first| first.get(PK) == item.get(PK));
            if continues {
                self.partition.push(item);
                continue;
            }
            let whole = std::mem::replace(&mut self.partition, vec![item]);
            if let Some(ledger) = StoredLedger::read(&whole)? {
                return Ok(Some(ledger));
            }
        }
    }

    async fn next_item(&mut self) -> Result<Option<Item>, StoreError> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some(item));
            }
            if self.ended {
                return Ok(None);
            }
            let page = self
                .table
                .client
                .scan()
                .table_name(&self.table.name)
                .consistent_read(true)
                .set_exclusive_start_key(self.next.take())
                .send()
                .await
                .map_err(|e| StoreError::request("Scan", &self.table.name, e))?;
            self.page = page.items.unwrap_or_default().into_iter();
            self.next = page.last_evaluated_key.filter(|key| !key.is_empty());
            self.ended = self.next.is_none();
        }
    }
}
