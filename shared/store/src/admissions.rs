//! Asks the cardinality budget and caches its answers, which are final.

use std::sync::Mutex;

use crate::budget::{Admission, Admitted};
use crate::error::StoreError;
use crate::table::StateTable;
use cxtrace_domain::metrics::AdmissionId;

/// This instance's copy of the cardinality budget.
#[derive(Debug, Default)]
pub struct Admissions(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    admitted: Option<Admitted>,
    spent: bool,
}

impl Admissions {
    /// Whether `series` is admitted. Asks the table only if the series is not in the cache.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ask(&self, table: &StateTable, series: AdmissionId, most: u32) -> Result<bool, StoreError> {
        if let Some(known) = self.known(series) {
            return Ok(known);
        }
        if self.with(|known| known.admitted.is_none()) {
            let admitted = table.admitted().await?;
            self.with(|known| known.learn(admitted));
            if let Some(known) = self.known(series) {
                return Ok(known);
            }
        }
        match table.admit(series, most).await? {
            Admission::Admitted(admitted) => {
                self.with(|known| known.learn(admitted));
                Ok(true)
            }
            Admission::Refused(admitted) => {
                self.with(|known| {
                    known.learn(admitted);
                    known.spent = true;
                });
                Ok(false)
            }
        }
    }

    fn known(&self, series: AdmissionId) -> Option<bool> {
        self.with(|known| match &known.admitted {
            Some(admitted) if admitted.contains(&series) => Some(true),
            _ if known.spent => Some(false),
            _ => None,
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Known) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Known {
    /// No series is ever removed from the budget, so the cached answers stay true.
    fn learn(&mut self, admitted: Admitted) {
        self.admitted.get_or_insert_default().extend(admitted);
    }
}
