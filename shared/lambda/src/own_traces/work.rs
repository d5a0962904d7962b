//! What an invocation does: its requests, and the journeys that it works on. Cxtrace's own traces are made of it.
//!
//! Nothing is recorded outside of [`Work::during`], so this costs nothing where own traces are off.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, SystemClock};

/// The number of requests that are recorded. The others are counted.
const MAX_CALLS: usize = 100;

/// The number of journeys that are recorded.
const MAX_JOURNEYS: usize = 32;

tokio::task_local! {
    static WORK: Work;
}

/// The record of one invocation.
#[derive(Debug, Clone, Default)]
pub struct Work(Arc<Mutex<Recorded>>);

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded {
    pub(super) calls: Vec<Call>,
    /// The number of requests that are not among `calls`.
    pub(super) left_out: usize,
    /// Ids in 32 hexadecimal digits.
    pub(super) journeys: BTreeSet<String>,
}

/// A request to another system.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The service and the operation, such as `DynamoDB.Query`.
    pub(super) name: String,
    pub(super) began: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
    /// The HTTP status; `None` if there was no response.
    pub(super) status: Option<u16>,
}

impl Work {
    /// Records what `invocation` does.
    pub async fn during<F: Future>(&self, invocation: F) -> F::Output {
        WORK.scope(self.clone(), invocation).await
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn taken(&self) -> Recorded {
        std::mem::take(&mut self.recorded())
    }
}

/// Notes that the invocation works on the journey with this id, in 32 hexadecimal digits.
pub fn journey(id: impl ToString) {
    let _ = WORK.try_with(|work| {
        let mut recorded = work.recorded();
        if recorded.journeys.len() < MAX_JOURNEYS {
            recorded.journeys.insert(id.to_string());
        }
    });
}

/// A request that has begun.
#[derive(Debug)]
pub struct Begun {
    work: Work,
    name: String,
    at: DateTime<Utc>,
}

/// Notes that a request begins. `name` is called only if it is recorded; it must hold no value of the request.
pub fn begin(name: impl FnOnce() -> String) -> Option<Begun> {
    WORK.try_with(|work| Begun { work: work.clone(), name: name(), at: SystemClock.now() }).ok()
}

impl Begun {
    /// Notes that it has ended with this HTTP status, or without a response.
    pub fn end(self, status: Option<u16>) {
        let mut recorded = self.work.recorded();
        if recorded.calls.len() < MAX_CALLS {
            recorded.calls.push(Call { name: self.name, began: self.at, ended: SystemClock.now(), status });
        } else {
            recorded.left_out += 1;
        }
    }
}
