//! The cardinality budget of the measures whose tags senders choose: hand-offs and queues.

use cxtrace_datadog::Measure;
use cxtrace_domain::journeys::Journey;
use cxtrace_store::{Admissions, StateTable, StoreError};

use crate::measures;

/// The cardinality budget, as this instance knows it.
#[derive(Debug, Default)]
pub struct SeriesBudget {
    admissions: Admissions,
    max_series: u32,
}

impl SeriesBudget {
    /// The budget of `MAX_SERIES`.
    #[must_use]
    pub fn of(max_series: u32) -> Self {
        Self { max_series, ..Self::default() }
    }

    /// The measures of `journey`. Those beyond the budget count under `__other__`.
    pub(crate) async fn measures(&self, state: &StateTable, journey: &Journey) -> Result<Vec<Measure>, StoreError> {
        let mut measures = measures::of(journey);
        for budgeted in measures::budgeted(journey) {
            let is_admitted = self.admissions.ask(state, budgeted.admission, self.max_series).await?;
            measures.push(if is_admitted { budgeted.measure } else { budgeted.overflow });
        }
        Ok(measures)
    }
}
