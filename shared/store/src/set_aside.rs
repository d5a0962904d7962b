//! Items that cannot be read: each is logged with its place and the reason, and counted, and everything else goes on. A newer
//! version may have written them, or something other than Cxtrace.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::StoreError;

/// How many items were set aside. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct SetAside(Arc<AtomicUsize>);

impl SetAside {
    /// Logs and counts what `error` says.
    pub fn note(&self, error: &StoreError) {
        self.0.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "an item cannot be read and is set aside");
    }

    /// What was read; `None`, and noted, when it cannot be read.
    pub(crate) fn unless_readable<T>(&self, read: Result<T, StoreError>) -> Option<T> {
        read.inspect_err(|error| self.note(error)).ok()
    }

    /// How many items were set aside since this was asked last.
    #[must_use]
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}
