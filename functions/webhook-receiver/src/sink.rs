//! Where deliveries go: the port between HTTP and the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

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

/// Stores what webhooks say. Storing it again changes nothing.
pub trait Sink: Send + Sync {
    fn store(&self, delivery: Delivery) -> Storing<'_>;
}

impl<S: Sink> Sink for Arc<S> {
    fn store(&self, delivery: Delivery) -> Storing<'_> {
        (**self).store(delivery)
    }
}
