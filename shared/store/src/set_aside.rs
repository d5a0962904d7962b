//! Unreadable items: each is logged with its place and the reason, and counted. The others are processed. A newer
//! version, or something other than Cxtrace, may have written an unreadable item.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::StoreError;

/// The number of items that were set aside. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct SetAside(Arc<AtomicUsize>);

impl SetAside {
    /// Logs and counts `error`.
    pub fn note(&self, error: &StoreError) {
        self.0.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "an item cannot be read and is set aside");
    }

    /// The value of `result`. An error is logged and counted, and gives `None`.
    pub(crate) fn unless_readable<T>(&self, read: Result<T, StoreError>) -> Option<T> {
        read.inspect_err(|error| self.note(error)).ok()
    }

    /// The number of items that were set aside since the last call.
    #[must_use]
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}
