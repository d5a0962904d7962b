//! A table: its name, the lifetime of its items, and the requests that several kinds of items share.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, SharedClock, back_off};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::time::Duration;

use crate::error::StoreError;
use crate::item::{Item, number, text};
use crate::key::{PK, SK, key};
use crate::set_aside::SetAside;

/// How many items one `BatchWriteItem` takes.
const MAX_BATCH_ITEMS: usize = 25;

/// How many items one `BatchGetItem` takes.
const MAX_BATCH_KEYS: usize = 100;

/// How many requests one call makes concurrently.
pub(crate) const CONCURRENCY: usize = 16;

/// How often a part of a batch that DynamoDB returns unprocessed, or a contended decision, is attempted.
pub(crate) const MAX_ATTEMPTS: u32 = 8;

/// The back-off between these attempts.
pub(crate) const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(50), max: Duration::from_secs(5) };

/// A projection expression, and the attributes that its names stand for.
pub(crate) type Projection = (String, HashMap<String, String>);

/// The state table, for flow metrics.
#[derive(Debug, Clone)]
pub struct StateTable(Table);

impl StateTable {
    /// The table `name`, whose items live for `retention` after they were last written.
    ///
    /// `clock` gives the time and waits between attempts.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>, retention: TimeDelta, clock: SharedClock) -> Self {
        Self(Table { client, name: name.into(), clock, retention, set_aside: SetAside::default(), writer: writer() })
    }
}

impl Deref for StateTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0
    }
}

/// The correlation table, for journeys.
#[derive(Debug, Clone)]
pub struct CorrelationTable(Table);

impl CorrelationTable {
    /// The table `name`, whose items live for `retention` after they were last written.
    ///
    /// `clock` gives the time and waits between attempts.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>, retention: TimeDelta, clock: SharedClock) -> Self {
        Self(Table { client, name: name.into(), clock, retention, set_aside: SetAside::default(), writer: writer() })
    }
}

impl Deref for CorrelationTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0
    }
}

/// The common part of both tables.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) clock: SharedClock,
    pub(crate) set_aside: SetAside,
    /// Distinguishes the writes of this process from those of others.
    pub(crate) writer: u64,
    retention: TimeDelta,
}

impl Table {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The counter of unreadable items.
    #[must_use]
    pub fn set_aside(&self) -> &SetAside {
        &self.set_aside
    }

    /// Removes the table.
    ///
    /// # Errors
    /// When DynamoDB refuses.
    pub async fn remove(&self) -> Result<(), StoreError> {
        match self.client.delete_table().table_name(&self.name).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::request("DeleteTable", &self.name, error)),
        }
    }

    /// When an item that is written now expires.
    pub(crate) fn expires_at(&self) -> DateTime<Utc> {
        self.clock.now() + self.retention
    }

    /// The expiry of an item that is written now.
    pub(crate) fn expiry(&self) -> AttributeValue {
        number(self.expires_at().timestamp())
    }

    /// The expiry of an item that is written now and must live for `time` at least.
    pub(crate) fn expiry_of_at_least(&self, time: TimeDelta) -> AttributeValue {
        number((self.clock.now() + self.retention.max(time)).timestamp())
    }

    /// When an item with this expiry was written.
    pub(crate) fn written_at(&self, expiry: DateTime<Utc>) -> Option<DateTime<Utc>> {
        expiry.checked_sub_signed(self.retention)
    }

    /// Whether an item with this expiry is past half of its life.
    pub(crate) fn is_past_half_life(&self, expiry: DateTime<Utc>) -> bool {
        expiry - self.clock.now() < self.retention / 2
    }

    /// Every item of a partition whose sort key starts with `prefix`; every item if `prefix` is empty.
    pub(crate) async fn query(
        &self,
        operation: &'static str,
        pk: String,
        prefix: &str,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        self.query_each(operation, pk, prefix, consistent, None, |item| items.push(item)).await?;
        Ok(items)
    }

    /// Calls `take` with each of these items, page by page. With a `projection` they have no other attributes.
    pub(crate) async fn query_each(
        &self,
        operation: &'static str,
        pk: String,
        prefix: &str,
        consistent: bool,
        projection: Option<Projection>,
        mut take: impl FnMut(Item),
    ) -> Result<(), StoreError> {
        let mut start = None;
        let (expression, names) = projection.unzip();
        loop {
            let mut request = self
                .client
                .query()
                .table_name(&self.name)
                .consistent_read(consistent)
                .set_projection_expression(expression.clone())
                .set_expression_attribute_names(names.clone())
                .expression_attribute_values(":pk", text(&pk))
                .set_exclusive_start_key(start);
            request = if prefix.is_empty() {
                request.key_condition_expression("pk = :pk")
            } else {
                request
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", text(prefix))
            };
            let page = request.send().await.map_err(|e| StoreError::request(operation, &self.name, e))?;
            page.items.unwrap_or_default().into_iter().for_each(&mut take);
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// Whether an update was written: `false` if its condition does not hold.
    pub(crate) fn is_written(
        &self,
        operation: &'static str,
        outcome: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
    ) -> Result<bool, StoreError> {
        match outcome {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(StoreError::request(operation, &self.name, error)),
        }
    }

    /// The existing items with these keys, in no order, each with the attributes of `projection`, or with all of them if it is
    /// `None`.
    pub(crate) async fn get_all(
        &self,
        operation: &'static str,
        keys: BTreeSet<(String, String)>,
        consistent: bool,
        projection: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut batches = Vec::new();
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            let batch: Vec<_> = keys.by_ref().take(MAX_BATCH_KEYS).map(|(pk, sk)| key(pk, sk)).collect();
            let request = KeysAndAttributes::builder().consistent_read(consistent);
            batches.push((batch, request.set_projection_expression(projection.map(str::to_owned))));
        }
        let reads = batches.into_iter().map(async |(mut keys, request)| {
            let mut items = Vec::new();
            for attempt in 0..MAX_ATTEMPTS {
                back_off(&self.clock, BACK_OFF, attempt).await;
                let request = request.clone().set_keys(Some(keys)).build();
                let request = request.map_err(|error| {
                    let error = SdkError::construction_failure(error);
                    StoreError::request::<aws_sdk_dynamodb::Error>(operation, &self.name, error)
                })?;
                let response = self.client.batch_get_item().request_items(&self.name, request).send().await;
                let response = response.map_err(|e| StoreError::request(operation, &self.name, e))?;
                items.extend(response.responses.unwrap_or_default().into_values().flatten());
                keys = response.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
                if keys.is_empty() {
                    return Ok(items);
                }
            }
            Err(StoreError::Unprocessed { table: self.name.clone(), left: keys.len(), attempts: MAX_ATTEMPTS })
        });
        let items: Vec<_> = stream::iter(reads.collect::<Vec<_>>()).buffered(CONCURRENCY).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }

    /// Puts `items`, and replaces existing ones. They must have distinct keys.
    pub(crate) async fn put_all(&self, items: Vec<Item>) -> Result<(), StoreError> {
        self.write_all(items.into_iter().map(write_request)).await
    }

    /// Deletes the items with these keys, if they exist.
    pub(crate) async fn delete_all(&self, keys: BTreeSet<(String, String)>) -> Result<(), StoreError> {
        self.write_all(keys.into_iter().map(delete_request)).await
    }

    async fn write_all(&self, requests: impl Iterator<Item = WriteRequest>) -> Result<(), StoreError> {
        let mut batches = Vec::new();
        let mut requests = requests.peekable();
        while requests.peek().is_some() {
            let batch: Vec<_> = requests.by_ref().take(MAX_BATCH_ITEMS).collect();
            batches.push(batch);
        }
        stream::iter(batches).map(|batch| self.write_batch(batch)).buffer_unordered(CONCURRENCY).try_collect().await
    }

    async fn write_batch(&self, mut batch: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 0..MAX_ATTEMPTS {
            back_off(&self.clock, BACK_OFF, attempt).await;
            let response = self
                .client
                .batch_write_item()
                .request_items(&self.name, batch)
                .send()
                .await
                .map_err(|e| StoreError::request("BatchWriteItem", &self.name, e))?;
            batch = response.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if batch.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Unprocessed { table: self.name.clone(), left: batch.len(), attempts: MAX_ATTEMPTS })
    }
}

fn write_request(item: Item) -> WriteRequest {
    // `item` is the only required field of the builder.
    let put = PutRequest::builder().set_item(Some(item)).build();
    WriteRequest::builder().set_put_request(put.ok()).build()
}

fn delete_request((pk, sk): (String, String)) -> WriteRequest {
    // `key` is the only required field of the builder.
    let delete = DeleteRequest::builder().set_key(Some(key(pk, sk))).build();
    WriteRequest::builder().set_delete_request(delete.ok()).build()
}

/// A random number: the standard library's hasher has random keys.
fn writer() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// An item's first attributes: its key.
pub(crate) fn item(pk: String, sk: String) -> Item {
    HashMap::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}
