//! Which traces belong to a journey: one request for all traces of a payload.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use cxtrace_clock::back_off;
use cxtrace_domain::journeys::Id;

use super::key::{self, KNOWN};
use crate::error::StoreError;
use crate::item::Reader;
use crate::key::{PK, key as primary};
use crate::table::{BACK_OFF, CorrelationTable, MAX_ATTEMPTS};

/// How many items one `BatchGetItem` takes.
const BATCH: usize = 100;

impl CorrelationTable {
    /// Those of `traces` that a fact names. The read is eventually consistent: a trace whose first fact is a second old may
    /// be missing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn known_traces(&self, traces: &BTreeSet<Id>) -> Result<BTreeSet<Id>, StoreError> {
        let operation = "BatchGetItem of traces";
        let by_key: BTreeMap<String, &Id> = traces.iter().map(|trace| (key::id(trace), trace)).collect();
        let mut known = BTreeSet::new();
        for batch in by_key.keys().collect::<Vec<_>>().chunks(BATCH) {
            let mut keys: Vec<_> = batch.iter().map(|pk| primary((*pk).clone(), KNOWN)).collect();
            for attempt in 0..MAX_ATTEMPTS {
                back_off(&self.clock, BACK_OFF, attempt).await;
                let request = KeysAndAttributes::builder().projection_expression(PK).set_keys(Some(keys)).build();
                let request = request.map_err(|error| {
                    StoreError::request::<aws_sdk_dynamodb::Error>(
                        operation,
                        &self.name,
                        SdkError::construction_failure(error),
                    )
                })?;
                let response = self.client.batch_get_item().request_items(&self.name, request).send().await;
                let response = response.map_err(|error| StoreError::request(operation, &self.name, error))?;
                for item in response.responses.unwrap_or_default().into_values().flatten() {
                    known.extend(by_key.get(Reader(&item).text(PK)?).map(|id| (*id).clone()));
                }
                keys = response.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
                if keys.is_empty() {
                    break;
                }
            }
            if !keys.is_empty() {
                return Err(StoreError::Unprocessed {
                    table: self.name.clone(),
                    left: keys.len(),
                    attempts: MAX_ATTEMPTS,
                });
            }
        }
        Ok(known)
    }
}
