//! Which traces belong to a journey: one request for all traces of a payload.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::Id;

use super::key::{self, KNOWN};
use crate::error::StoreError;
use crate::item::Reader;
use crate::key::PK;
use crate::table::CorrelationTable;

impl CorrelationTable {
    /// Those of `traces` that a fact names. The read is eventually consistent: a trace whose first fact is a second old may
    /// be missing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn known_traces(&self, traces: &BTreeSet<Id>) -> Result<BTreeSet<Id>, StoreError> {
        let by_key: BTreeMap<String, &Id> = traces.iter().map(|trace| (key::id(trace), trace)).collect();
        let keys = by_key.keys().map(|pk| (pk.clone(), KNOWN.to_owned())).collect();
        let mut known = BTreeSet::new();
        for item in self.get_all("BatchGetItem of traces", keys, false, Some(PK)).await? {
            known.extend(by_key.get(Reader(&item).text(PK)?).map(|id| (*id).clone()));
        }
        Ok(known)
    }
}
