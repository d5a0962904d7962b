//! Why a journey could not be settled.

use cxtrace_journeys::AssemblyError;
use cxtrace_store::StoreError;

use crate::bus::BusError;

/// A journey could not be settled. It stays due and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// A journey could not be read or written.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// A table did not answer.
    #[error("a table could not be read or written")]
    Store(#[from] StoreError),
    /// The bus did not take an event.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Some journeys could not be settled. Each was logged.
    #[error("{0} journeys could not be settled. The next run of the schedule tries them again.")]
    Some(usize),
}
