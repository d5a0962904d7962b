//! Sends dead letters: messages about items that a function could not process.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};

use aws_types::SdkConfig;

#[derive(Debug, thiserror::Error)]
#[error("a dead letter could not be sent to {queue}")]
pub struct DeadLetterError {
    queue: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The future of a dead letter that is being sent.
pub type Sent<'a> = Pin<Box<dyn Future<Output = Result<(), DeadLetterError>> + Send + 'a>>;

/// A queue for dead letters.
pub trait DeadLetters: Send + Sync + fmt::Debug {
    /// Sends `dead_letter`, a JSON document that names the item and the reason.
    fn send(&self, dead_letter: String) -> Sent<'_>;
}

pub type SharedDeadLetters = Arc<dyn DeadLetters>;

/// An SQS queue.
#[derive(Debug)]
pub struct SqsDeadLetters {
    config: SdkConfig,
    /// Created for the first dead letter, because most processes never send one.
    client: OnceLock<aws_sdk_sqs::Client>,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The queue at `queue_url`.
    #[must_use]
    pub fn new(config: SdkConfig, queue_url: String) -> Self {
        Self { config, client: OnceLock::new(), queue_url }
    }
}

impl DeadLetters for SqsDeadLetters {
    fn send(&self, dead_letter: String) -> Sent<'_> {
        Box::pin(async move {
            let client = self.client.get_or_init(|| aws_sdk_sqs::Client::new(&self.config));
            let request = client.send_message().queue_url(&self.queue_url).message_body(dead_letter);
            match request.send().await {
                Ok(_) => Ok(()),
                Err(error) => Err(DeadLetterError { queue: self.queue_url.clone(), source: error.into() }),
            }
        })
    }
}

/// Dead letters in memory, for the local twin and for tests.
#[derive(Debug, Clone, Default)]
pub struct MemoryDeadLetters(Arc<Mutex<Vec<String>>>);

impl MemoryDeadLetters {
    /// The dead letters so far.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl DeadLetters for MemoryDeadLetters {
    fn send(&self, dead_letter: String) -> Sent<'_> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(dead_letter);
        Box::pin(std::future::ready(Ok(())))
    }
}
