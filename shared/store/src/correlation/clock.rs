//! The known offsets of sources' clocks, and the marks of quarantined ids.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::learn::Reading;
use cxtrace_domain::journeys::{Clocks, Id, JourneyId, Source};

use super::key::{self, CLOCKS, EDGE, QUARANTINE};
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{PK, SK, key as primary};
use crate::table::{CorrelationTable, item};

const LEAST: &str = "least_ms";
const MOST: &str = "most_ms";

impl CorrelationTable {
    /// The known offsets of sources' clocks.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn clocks(&self) -> Result<Clocks, StoreError> {
        let mut clocks = Clocks::default();
        for item in self.query("Query of clocks", CLOCKS.to_owned(), "", true).await? {
            let reader = Reader(&item);
            let read = || {
                let (source, from) = reader.text(SK).ok()?.split_once('#')?;
                Some((Source::read(source)?, from.parse().ok()?))
            };
            let (source, from) =
                read().ok_or_else(|| reader.unreadable("its sort key must hold a source and a time"))?;
            let ahead = reader.number("ahead_ms")?.ok_or_else(|| reader.unreadable("`ahead_ms` is missing"))?;
            clocks.note(source, from, TimeDelta::milliseconds(ahead));
        }
        Ok(clocks)
    }

    /// Stores that the clock of `source` is `ahead` from `from` on. Storing it again changes nothing.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn store_clock(&self, source: &Source, from: DateTime<Utc>, ahead: TimeDelta) -> Result<(), StoreError> {
        let mut clock = item(CLOCKS.to_owned(), format!("{source}#{}", key::time(from)));
        clock.insert("ahead_ms".to_owned(), number(ahead.num_milliseconds()));
        self.put_all(vec![clock]).await
    }

    /// Stores the clock readings of `journey`, which settled `at`. Storing them again changes nothing.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn store_readings(
        &self,
        journey: JourneyId,
        at: DateTime<Utc>,
        readings: &BTreeMap<Source, Reading>,
    ) -> Result<(), StoreError> {
        let items = readings.iter().map(|(source, reading)| {
            let mut stored = item(key::readings(source), format!("{}#{journey}", key::time(at)));
            stored.insert(LEAST.to_owned(), number(reading.least.num_milliseconds()));
            stored.insert(MOST.to_owned(), number(reading.most.num_milliseconds()));
            stored.insert("expires_at".to_owned(), self.expiry());
            stored
        });
        self.put_all(items.collect()).await
    }

    /// The readings of the clock of `source` from the last `limit` journeys, each from its last settlement.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn readings(&self, source: &Source, limit: usize) -> Result<Vec<Reading>, StoreError> {
        let request = self.client.query().table_name(&self.name).key_condition_expression("#pk = :pk");
        let request = request.expression_attribute_names("#pk", PK);
        let request = request.expression_attribute_values(":pk", text(key::readings(source)));
        // A journey that was revised has several readings.
        let request = request.scan_index_forward(false).limit(i32::try_from(2 * limit).unwrap_or(i32::MAX));
        let response = request.send().await;
        let response = response.map_err(|e| StoreError::request("Query of readings of a clock", &self.name, e))?;
        let read = |item: &Item| {
            let reader = Reader(item);
            let bound = |name: &str| {
                let milliseconds = reader.number(name)?;
                milliseconds
                    .and_then(TimeDelta::try_milliseconds)
                    .ok_or_else(|| reader.unreadable(format!("`{name}` is missing or too large")))
            };
            Ok(Reading { least: bound(LEAST)?, most: bound(MOST)? })
        };
        let mut journeys = BTreeSet::new();
        let mut is_newest = |item: &&Item| {
            let reader = Reader(item);
            let journey = reader.text(SK).ok().and_then(|sk| sk.rsplit('#').next());
            journeys.insert(journey.map(str::to_owned))
        };
        response.items().iter().filter(|item| is_newest(item)).take(limit).map(read).collect()
    }

    /// Whether `id` is marked as quarantined: every journey that it had joined was refreshed since.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn is_marked_quarantined(&self, id: &Id) -> Result<bool, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let response = request.set_key(Some(primary(key::id(id), QUARANTINE))).send().await;
        let response = response.map_err(|e| StoreError::request("GetItem of a quarantine", &self.name, e))?;
        Ok(response.item.is_some())
    }

    /// Marks `id` as quarantined.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn mark_quarantined(&self, id: &Id) -> Result<(), StoreError> {
        let mut mark = item(key::id(id), QUARANTINE.to_owned());
        mark.insert("expires_at".to_owned(), self.expiry());
        self.put_all(vec![mark]).await
    }

    /// Every neighbour of `id`.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn neighbours_of(&self, id: &Id) -> Result<Vec<Id>, StoreError> {
        let items = self.query("Query of neighbours", key::id(id), EDGE, true).await?;
        let other = |sk: &str| sk.strip_prefix(EDGE)?.parse().ok();
        items
            .iter()
            .map(|item| {
                other(Reader(item).text(SK)?).ok_or_else(|| Reader(item).unreadable("its sort key must hold an id"))
            })
            .collect()
    }
}
