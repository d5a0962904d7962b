//! Reads ledgers with their series: one ledger, or all of them by a scan of the table.
//!
//! The twin uses this when it restarts, and the commands `explain` and `verify`. No function reads a
//! whole table like this: see [`StateTable::sweep`].

use cxtrace_domain::metrics::Series;

use crate::error::StoreError;
use crate::item::{Item, Reader};
use crate::key::{BucketKey, PK};
use crate::ledger::BucketContents;
use crate::table::StateTable;

/// A ledger that counts something, with its series.
#[derive(Debug)]
pub struct StoredLedger {
    pub key: BucketKey,
    pub series: Series,
    /// The bucket's width, in seconds.
    pub interval: u32,
    pub contents: BucketContents,
}

impl StoredLedger {
    /// Reads the items of one partition. `None` if it is not a ledger, or if it contains nothing that counts.
    fn read(items: &[Item]) -> Option<Self> {
        let mut contents = BucketContents::default();
        let mut found = None;
        for item in items {
            let key = BucketKey::read(Reader(item).text(PK).ok()?)?;
            contents.take(item);
            if found.is_none() {
                found = series(item).ok().map(|(series, interval)| (key, series, interval));
            }
        }
        let (key, series, interval) = found?;
        Some(Self { key, series, interval, contents })
    }
}

/// The series and the bucket width in an occurrence or a carried count.
pub(crate) fn series(item: &Item) -> Result<(Series, u32), StoreError> {
    let reader = Reader(item);
    let series = Series::stored(reader.text("name")?.to_owned(), reader.texts("tags")?);
    Ok((series, reader.required_number("interval")?))
}

/// The ledgers of a table, read page by page.
#[derive(Debug)]
pub struct Ledgers<'a> {
    table: &'a StateTable,
    /// The items of the current partition.
    partition: Vec<Item>,
    page: std::vec::IntoIter<Item>,
    next: Option<Item>,
    ended: bool,
}

impl StateTable {
    /// The ledger of `key` with its series, strongly consistent. `None` if it contains nothing that counts.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ledger(&self, key: BucketKey) -> Result<Option<StoredLedger>, StoreError> {
        Ok(StoredLedger::read(&self.query("Query of a ledger", key.pk(), "", true).await?))
    }

    /// Every ledger that counts something, in any order.
    #[must_use]
    pub fn ledgers(&self) -> Ledgers<'_> {
        Ledgers { table: self, partition: Vec::new(), page: Vec::new().into_iter(), next: None, ended: false }
    }
}

impl Ledgers<'_> {
    /// The next ledger; `None` at the end.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn next(&mut self) -> Result<Option<StoredLedger>, StoreError> {
        loop {
            let Some(item) = self.next_item().await? else {
                return Ok(StoredLedger::read(&std::mem::take(&mut self.partition)));
            };
            // A scan returns the items of one partition together, even across pages.
            let continues = self.partition.first().is_none_or(|first| first.get(PK) == item.get(PK));
            if continues {
                self.partition.push(item);
                continue;
            }
            let whole = std::mem::replace(&mut self.partition, vec![item]);
            if let Some(ledger) = StoredLedger::read(&whole) {
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
