//! Where deliveries go: the port between HTTP and the store.

use std::future::Future;
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

/// Stores what webhooks say. Storing it again changes nothing.
pub trait Sink: Send + Sync {
    fn store(&self, delivery: Delivery) -> impl Future<Output = Result<(), NotStored>> + Send;
}

impl<S: Sink> Sink for Arc<S> {
    fn store(&self, delivery: Delivery) -> impl Future<Output = Result<(), NotStored>> + Send {
        (**self).store(delivery)
    }
}
