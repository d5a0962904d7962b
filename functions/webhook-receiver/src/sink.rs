//! Where deliveries go: the port between HTTP and the store.

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Utc};

/// An authentic webhook, of which nothing is read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The source's name.
    pub source: String,
    /// By lower-case name. Values of a repeated header are joined with commas.
    pub headers: BTreeMap<String, String>,
    pub query: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub received_at: DateTime<Utc>,
}

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
    fn store(&self, webhook: Webhook) -> impl Future<Output = Result<(), NotStored>> + Send;
}
