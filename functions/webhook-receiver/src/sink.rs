//! Where deliveries go: the port between HTTP and the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cxtrace_otlp::receive::Refusal;
use cxtrace_sources::delivery::Delivery;

/// Why nothing is stored. No message holds a value of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStored {
    /// The webhook cannot be read. Sending it again does not help.
    #[error("{0}")]
    Unreadable(String),
    /// The store or a key is not available.
    #[error("{0}")]
    Unavailable(String),
}

/// The future of a delivery that is being stored. Boxed: the SDK's futures are nested too deep for the compiler.
pub type Storing<'a> = Pin<Box<dyn Future<Output = Result<(), NotStored>> + Send + 'a>>;

/// Why a request with spans is not stored. No message holds a value of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TracesNotStored {
    /// The request cannot be read. Sending it again does not help.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store or a key is not available.
    #[error("{0}")]
    Unavailable(String),
}

/// The future of a request with spans that is being stored. It gives the number of spans that cannot be read.
pub type StoringTraces<'a> = Pin<Box<dyn Future<Output = Result<usize, TracesNotStored>> + Send + 'a>>;

/// Stores what requests say. Storing it again changes nothing.
pub trait Sink: Send + Sync {
    fn store(&self, delivery: Delivery) -> Storing<'_>;

    /// Stores the spans of an OTLP request that belong to a journey.
    fn store_traces(&self, delivery: Delivery) -> StoringTraces<'_>;
}

impl<S: Sink> Sink for Arc<S> {
    fn store(&self, delivery: Delivery) -> Storing<'_> {
        (**self).store(delivery)
    }

    fn store_traces(&self, delivery: Delivery) -> StoringTraces<'_> {
        (**self).store_traces(delivery)
    }
}
