//! Finds ledgers that nobody publishes any more, and wakes the publisher for them.
//!
//! A table's stream may lose records: a mapping is created again at the newest record, or is disabled for longer than the
//! stream keeps records. Then Datadog lacks counts that the table has. A sweep scans the table for such ledgers, page by
//! page, and stores an empty carried count in each. It does not change a total. Its INSERT passes through the stream, so
//! the one publisher of the shard sends the total.
//!
//! **Why a scan may read a ledger while it is being written.** A scan is no snapshot, and this one is eventually
//! consistent. But everything that was written ten minutes ago is in every read. A ledger with anything younger is left to
//! the next sweep: its newest record may still be on its way. So in a ledger that is judged, the note is no older than the
//! counts that it was written for, and an accepted total never covers an item that the read lacks. The judgement decides
//! nothing but whether the publisher is woken, and the publisher reads the ledger again.
//!
//! **Why old ledgers are left alone.** DynamoDB deletes expired items in any order. A ledger that lost its note looks as if
//! nothing of it had been published, and its counts would be carried a second time. A note is written after the start of
//! its bucket, so no note of a ledger younger than [`MAX_AGE`] has expired.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::metrics::{CarriedCount, CarryId, Plan, Series};

use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{self, BUCKET, BucketKey, PK, SK, SWEEP, SWEEP_CURSOR};
use crate::ledger::{BucketContents, projection};
use crate::scan::{StoredLedger, series};
use crate::table::{StateTable, item};

const EXPIRY: &str = "expires_at";
const BEGAN: &str = "began_ms";
const VERSION: &str = "version";
const NEXT_PK: &str = "next_pk";
const NEXT_SK: &str = "next_sk";
const ENDED: &str = "ended";

/// A ledger that is younger, or that was written to since, is probably being published.
pub const MIN_AGE: TimeDelta = TimeDelta::minutes(10);

/// Every item of a younger ledger is still there: `RETENTION_DAYS` is 26 at least.
pub const MAX_AGE: TimeDelta = TimeDelta::days(25);

/// How long an item can seem to be written in the future by another machine's clock.
const MAX_CLOCK_OFFSET: TimeDelta = TimeDelta::minutes(5);

/// What a sweep looks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The time of the judgement.
    pub now: DateTime<Utc>,
    /// Whether Datadog takes points of any age.
    pub historical: bool,
    /// Whether ledgers whose whole total Datadog has refused permanently are wanted, too.
    pub rejected: bool,
}

/// A place between two pages of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPosition {
    pk: String,
    sk: String,
}

/// Where a sweep goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SweepProgress {
    /// At the start of the table.
    Begun,
    /// After this position.
    Reached(SweepPosition),
    /// Nowhere: it has ended.
    Ended,
}

/// How far the sweeps of a table have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepCursor {
    /// When the latest sweep began.
    pub began: DateTime<Utc>,
    pub progress: SweepProgress,
    /// Changes with every write.
    version: u64,
}

/// One sweep, read page by page.
#[derive(Debug)]
pub struct Sweep<'a> {
    table: &'a StateTable,
    wanted: Wanted,
    /// The key after which the next page begins.
    next: Option<Item>,
    ended: bool,
    /// The partition in which this sweep goes on. The rest of it is not judged, because its start was read earlier.
    passing: Option<String>,
    /// The partition that the next page may continue.
    partition: Option<Partition>,
    /// The place before that partition; `None` if no partition has ended yet.
    before: Option<SweepPosition>,
}

/// What was read of one partition. Its items are not kept.
#[derive(Debug)]
struct Partition {
    /// The last item that was read.
    last: SweepPosition,
    /// The ledger, unless it is too old or too young to be judged.
    key: Option<BucketKey>,
    contents: BucketContents,
    /// The sort key of an item that names the series.
    sample: Option<String>,
    /// Whether anything was written to it in the last ten minutes.
    is_young: bool,
}

impl StoredLedger {
    /// Whether Datadog holds its total, every carry out of it is finished and no redirect leaves it. A ledger does not show
    /// whether a redirect's copy exists.
    #[must_use]
    pub fn is_settled(&self, now: DateTime<Utc>, historical: bool) -> bool {
        let has_redirect = self.contents.ledger.redirected().next().is_some();
        !has_redirect && self.contents.is_settled_here(self.key, now, historical)
    }
}

impl BucketContents {
    /// Whether it is settled apart from the copies of redirected occurrences.
    fn is_settled_here(&self, key: BucketKey, now: DateTime<Utc>, historical: bool) -> bool {
        self.ledger.carried.unfinished().is_none() && self.ledger.plan(key.bucket, now, historical) == Plan::Settled
    }

    /// Whether Datadog has refused the whole total permanently. A person was told by a dead letter.
    fn is_rejected(&self) -> bool {
        self.ledger.carried.unfinished().is_none() && self.ledger.total() <= self.rejected
    }
}

impl Wanted {
    /// Whether a ledger of this age is judged at all.
    fn is_of_age(self, key: BucketKey) -> bool {
        let age = TimeDelta::try_seconds(self.now.timestamp().saturating_sub(key.bucket.start()));
        age.is_some_and(|age| (MIN_AGE..MAX_AGE).contains(&age))
    }
}

impl Partition {
    fn new(first: SweepPosition, wanted: Wanted) -> Self {
        let key = BucketKey::read(&first.pk).filter(|key| wanted.is_of_age(*key));
        Self { last: first, key, contents: BucketContents::default(), sample: None, is_young: false }
    }
}

impl StateTable {
    /// A sweep that goes on at `progress`.
    #[must_use]
    pub fn sweep(&self, wanted: Wanted, progress: &SweepProgress) -> Sweep<'_> {
        let position = match progress {
            SweepProgress::Reached(position) => Some(position),
            SweepProgress::Begun | SweepProgress::Ended => None,
        };
        Sweep {
            table: self,
            wanted,
            next: position.map(|position| key::key(&position.pk, &position.sk)),
            ended: *progress == SweepProgress::Ended,
            passing: position.map(|position| position.pk.clone()),
            partition: None,
            before: None,
        }
    }

    /// Wakes the publisher for `ledgers`. Waking one again with the same `number` changes nothing. A ledger is never
    /// carried into itself, so no real carry has these keys.
    ///
    /// # Errors
    /// When DynamoDB does not accept all items.
    pub async fn wake_publisher(&self, ledgers: &[StoredLedger], number: u64) -> Result<(), StoreError> {
        let counts = ledgers.iter().map(|StoredLedger { key, series, interval, .. }| CarriedCount {
            id: CarryId { series: key.series, from: key.bucket, number },
            series: series.clone(),
            bucket: key.bucket,
            interval: *interval,
            count: 0,
        });
        self.put_carried_counts(&counts.collect::<Vec<_>>()).await
    }

    /// How far the sweeps have come; `None` before the first one. An item that cannot be read counts as none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sweep_cursor(&self) -> Result<Option<SweepCursor>, StoreError> {
        let items = self.query("Query of a sweep's cursor", SWEEP.to_owned(), SWEEP_CURSOR, true).await?;
        Ok(items.first().and_then(|item| self.set_aside.unless_readable(read_cursor(item))))
    }

    /// Stores how far the sweep that began at `began` has come. `None` if another sweeper has stored its own since `seen`
    /// was read.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn store_sweep_cursor(
        &self,
        seen: Option<&SweepCursor>,
        began: DateTime<Utc>,
        progress: SweepProgress,
    ) -> Result<Option<SweepCursor>, StoreError> {
        let version = seen.map_or(0, |seen| seen.version);
        let cursor = SweepCursor { began, progress, version: version.wrapping_add(1) };
        let mut cursor_item = item(SWEEP.to_owned(), SWEEP_CURSOR.to_owned());
        cursor_item.insert(BEGAN.to_owned(), number(began.timestamp_millis()));
        cursor_item.insert(VERSION.to_owned(), number(cursor.version));
        match &cursor.progress {
            SweepProgress::Begun => {}
            SweepProgress::Reached(position) => {
                cursor_item.insert(NEXT_PK.to_owned(), text(&position.pk));
                cursor_item.insert(NEXT_SK.to_owned(), text(&position.sk));
            }
            SweepProgress::Ended => {
                cursor_item.insert(ENDED.to_owned(), AttributeValue::Bool(true));
            }
        }
        let mut request = self.client.put_item().table_name(&self.name).set_item(Some(cursor_item));
        if seen.is_some() {
            request = request
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":version", number(version));
        }
        // Without one that was seen there is none, or one that cannot be read and is replaced.
        match request.send().await {
            Ok(_) => Ok(Some(cursor)),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(None),
            Err(error) => Err(StoreError::request("PutItem of a sweep's cursor", &self.name, error)),
        }
    }

    /// A page of the ledgers' items, eventually consistent: their keys and what their totals follow from.
    async fn scan_page(&self, start: Option<Item>) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let (projection, names) = projection(&[EXPIRY]);
        let page = self
            .client
            .scan()
            .table_name(&self.name)
            .filter_expression("begins_with(#pk, :bucket)")
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":bucket", text(BUCKET))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|e| StoreError::request("Scan", &self.name, e))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key.filter(|key| !key.is_empty())))
    }

    /// Whether an item was written in the last ten minutes. Its expiry tells when, as far as `RETENTION_DAYS` stayed the
    /// same: an item that seems to be written later than now is older.
    fn is_young(&self, item: &Item, now: DateTime<Utc>) -> bool {
        let expiry =
            Reader(item).number(EXPIRY).ok().flatten().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let written = expiry.and_then(|expiry| self.written_at(expiry));
        written.is_some_and(|at| at > now - MIN_AGE && at <= now + MAX_CLOCK_OFFSET)
    }

    /// The series and the bucket width of the ledger `key`, from its item `sk`; `None` if the item cannot be read.
    async fn series_of(&self, key: BucketKey, sk: &str) -> Result<Option<(Series, u32)>, StoreError> {
        let items = self.query("Query of a series", key.pk(), sk, true).await?;
        Ok(items.first().and_then(|item| self.set_aside.unless_readable(series(item))))
    }
}

fn read_cursor(item: &Item) -> Result<SweepCursor, StoreError> {
    let reader = Reader(item);
    let began = DateTime::from_timestamp_millis(reader.required_number(BEGAN)?);
    let progress = if item.contains_key(ENDED) {
        SweepProgress::Ended
    } else if item.contains_key(NEXT_PK) {
        let (pk, sk) = (reader.text(NEXT_PK)?.to_owned(), reader.text(NEXT_SK)?.to_owned());
        SweepProgress::Reached(SweepPosition { pk, sk })
    } else {
        SweepProgress::Begun
    };
    Ok(SweepCursor {
        began: began.ok_or_else(|| reader.unreadable(format!("`{BEGAN}` is out of range")))?,
        progress,
        version: reader.required_number(VERSION)?,
    })
}

fn position_of(item: &Item) -> Option<SweepPosition> {
    let reader = Reader(item);
    Some(SweepPosition { pk: reader.text(PK).ok()?.to_owned(), sk: reader.text(SK).ok()?.to_owned() })
}

impl Sweep<'_> {
    /// Reads one page, and returns the wanted ledgers that end in it; `None` after the last page.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn page(&mut self) -> Result<Option<Vec<StoredLedger>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let mut found = Vec::new();
        let (items, last) = self.table.scan_page(self.next.take()).await?;
        for item in &items {
            self.take(item, &mut found).await?;
        }
        let reached = last.as_ref().and_then(position_of);
        let continues = reached.as_ref().is_some_and(|reached| self.partition_pk() == Some(reached.pk.as_str()));
        if !continues {
            self.end_partition(&mut found).await?;
            self.before = reached;
        }
        self.ended = last.is_none();
        self.next = last;
        Ok(Some(found))
    }

    /// Where it goes on after a page. A partition that has not ended yet is read again from its start, unless this sweep has
    /// read nothing else: then the rest of it is left out, so that no sweep stays at one place.
    #[must_use]
    pub fn progress(&self) -> SweepProgress {
        let next = self.next.as_ref().and_then(position_of);
        let position = if self.partition.is_none() { next } else { self.before.clone().or(next) };
        position.map_or(SweepProgress::Ended, SweepProgress::Reached)
    }

    fn partition_pk(&self) -> Option<&str> {
        self.partition.as_ref().map(|partition| partition.last.pk.as_str())
    }

    async fn take(&mut self, item: &Item, found: &mut Vec<StoredLedger>) -> Result<(), StoreError> {
        let Some(at) = position_of(item) else { return Ok(()) };
        if self.passing.as_ref() == Some(&at.pk) {
            return Ok(());
        }
        self.passing = None;
        if self.partition_pk().is_some_and(|current| current != at.pk) {
            self.before = self.partition.as_ref().map(|ended| ended.last.clone());
            self.end_partition(found).await?;
        }
        let wanted = self.wanted;
        let partition = self.partition.get_or_insert_with(|| Partition::new(at.clone(), wanted));
        if partition.key.is_some() {
            partition.is_young |= self.table.is_young(item, wanted.now);
            partition.contents.count(item);
            if key::is_counted(&at.sk) {
                partition.sample = Some(at.sk.clone());
            }
        }
        partition.last = at;
        Ok(())
    }

    async fn end_partition(&mut self, found: &mut Vec<StoredLedger>) -> Result<(), StoreError> {
        let Some(Partition { key: Some(key), contents, sample: Some(sample), is_young: false, .. }) =
            self.partition.take()
        else {
            return Ok(());
        };
        if !self.is_wanted(key, &contents).await? {
            return Ok(());
        }
        // Few ledgers come this far, so the series is read from one item of each.
        if let Some((series, interval)) = self.table.series_of(key, &sample).await? {
            found.push(StoredLedger { key, series, interval, contents });
        }
        Ok(())
    }

    async fn is_wanted(&self, key: BucketKey, contents: &BucketContents) -> Result<bool, StoreError> {
        let Wanted { now, historical, rejected } = self.wanted;
        if contents.is_incomplete {
            // The publisher does not publish it, either.
            contents.unreadable.iter().for_each(|error| self.table.set_aside.note(error));
            return Ok(false);
        }
        if !contents.is_settled_here(key, now, historical) {
            return Ok(rejected || !contents.is_rejected());
        }
        for (id, bucket) in contents.ledger.redirected() {
            let copy = BucketKey { series: key.series, bucket };
            let sk = key::occurrence(id);
            if self.table.query("Query of a copy", copy.pk(), &sk, true).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
