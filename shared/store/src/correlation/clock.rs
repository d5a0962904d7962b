//! The known offsets of sources' clocks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::learn::Reading;
use cxtrace_domain::journeys::{Clocks, JourneyId, Source};

use super::key::{self, CLOCKS};
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{PK, SK};
use crate::table::{CorrelationTable, item};

const LEAST: &str = "least_ms";
const MOST: &str = "most_ms";

impl CorrelationTable {
    /// The known offsets of sources' clocks. Unreadable items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn clocks(&self) -> Result<Clocks, StoreError> {
        let mut clocks = Clocks::default();
        let items = self.query("Query of clocks", CLOCKS.to_owned(), "", true).await?;
        for (source, from, ahead) in items.iter().filter_map(|item| self.set_aside.unless_readable(clock(item))) {
            clocks.note(source, from, ahead);
        }
        Ok(clocks)
    }

    /// Stores that the clock of `source` is `ahead` from `from` on. Storing it again changes nothing.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn store_clock(&self, source: &Source, from: DateTime<Utc>, ahead: TimeDelta) -> Result<(), StoreError> {
        let mut clock = item(CLOCKS.to_owned(), format!("{source}#{}", key::time(from)));
        clock.insert("ahead_ms".to_owned(), number(ahead.num_milliseconds()));
        self.put_all(vec![clock]).await
    }

    /// Stores the clock readings of `journey`, which settled `at`. Storing them again changes nothing.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
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

    /// The readings of the clock of `source` from the last `limit` journeys, each from its last settlement. Unreadable
    /// items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
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
        let newest = response.items().iter().filter(|item| is_newest(item)).take(limit);
        Ok(newest.filter_map(|item| self.set_aside.unless_readable(read(item))).collect())
    }
}

/// The source of a clock, the time from which the offset applies, and the offset.
fn clock(item: &Item) -> Result<(Source, DateTime<Utc>, TimeDelta), StoreError> {
    let reader = Reader(item);
    let read = || {
        let (source, from) = reader.text(SK).ok()?.split_once('#')?;
        Some((Source::read(source)?, from.parse().ok()?))
    };
    let (source, from) = read().ok_or_else(|| reader.unreadable("its sort key must hold a source and a time"))?;
    let ahead = reader.number("ahead_ms")?.and_then(TimeDelta::try_milliseconds);
    Ok((source, from, ahead.ok_or_else(|| reader.unreadable("`ahead_ms` is missing or too large"))?))
}
