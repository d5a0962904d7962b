//! How far APIs are read: the port between a run and the table.

use std::future::Future;
use std::pin::Pin;

use cxtrace_store::correlation::PollCursor;
use cxtrace_store::{CorrelationTable, StoreError};

/// The future of a cursor that is read or written. Boxed: the SDK's futures are nested too deep for the compiler.
pub type Keeping<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps the cursors of targets.
pub trait Cursors: Send + Sync {
    fn load<'a>(&'a self, target: &'a str) -> Keeping<'a, Option<PollCursor>>;

    fn save<'a>(&'a self, target: &'a str, cursor: &'a PollCursor) -> Keeping<'a, ()>;
}

impl Cursors for CorrelationTable {
    fn load<'a>(&'a self, target: &'a str) -> Keeping<'a, Option<PollCursor>> {
        Box::pin(self.poll_cursor(target))
    }

    fn save<'a>(&'a self, target: &'a str, cursor: &'a PollCursor) -> Keeping<'a, ()> {
        Box::pin(self.store_poll_cursor(target, cursor))
    }
}
