//! Why a journey could not be settled.

use cxtrace_journeys::AssemblyError;
use cxtrace_store::StoreError;

use crate::bus::BusError;

/// A journey could not be settled. It remains due and is retried.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error("a table could not be read or written")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Some journeys could not be settled. Each was logged.
    #[error("{0} journeys could not be settled. The next run of the schedule retries them.")]
    Some(usize),
}
