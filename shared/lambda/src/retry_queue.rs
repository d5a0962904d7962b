//! Events that EventBridge delivers directly, and events that the retry queue delivers again. This module decides how
//! often and when an event is retried, and when to give up. It does not know the content of events.
//!
//! EventBridge invokes the function directly. Failed events go to the retry queue, which feeds the same function. An
//! event that fails again stays in the queue for a growing delay, without the others of its batch. An event that can
//! never succeed, or that has failed for 13 days, goes to the dead-letter queue with the reason.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use aws_sdk_sqs::types::MessageAttributeValue;
use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_settings::{Environment, InvalidSetting, registry};
use futures::future;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The delay after the first failure. It doubles with each further failure.
const FIRST_DELAY_SECONDS: u32 = 30;

/// The longest delay. This long after the cause is removed, every event has been retried. Shorter delays would use up the
/// queue's `maxReceiveCount` before [`MAX_AGE`]: SQS would then move the event without a reason, and delete it soon after,
/// because a moved message keeps its age.
const MAX_DELAY_SECONDS: u32 = 1_800;

/// How long an event is tried. SQS keeps a message for 14 days and deletes it then.
const MAX_AGE: TimeDelta = TimeDelta::days(13);

/// SQS takes attributes of messages within its limit for the message. Reasons are longer only by mistake.
const MAX_REASON_CHARS: usize = 1_000;

/// A request to a queue failed.
#[derive(Debug, thiserror::Error)]
#[error("a message of the retry queue could not be {what}")]
pub struct QueueError {
    what: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The future of a request to a queue.
pub type Requested<'a> = Pin<Box<dyn Future<Output = Result<(), QueueError>> + Send + 'a>>;

/// The retry queue and the dead-letter queue of a function.
pub trait Queues: Send + Sync + fmt::Debug {
    /// Keeps a message in the retry queue for this many seconds.
    fn delay(&self, receipt: &str, seconds: u32) -> Requested<'_>;

    /// Sends a message's body to the dead-letter queue, with the reason.
    fn give_up(&self, body: &str, reason: &str) -> Requested<'_>;
}

/// The payload of an invocation by the retry queue.
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    receipt_handle: String,
    body: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    approximate_receive_count: String,
    sent_timestamp: String,
}

/// Lambda's record of a failed invocation in the queue.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureRecord<'a> {
    #[serde(borrow)]
    request_payload: &'a RawValue,
}

/// EventBridge's message in the queue if it cannot reach Lambda: the event itself.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type", borrow)]
    _topic: &'a RawValue,
    #[serde(rename = "detail", borrow)]
    _detail: &'a RawValue,
}

/// The response to an invocation: empty, or the messages of a batch that stay in the queue.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// The direct event was processed.
    Taken,
    /// The batch was processed, except for these messages.
    Batch {
        /// The messages that stay in the queue.
        #[serde(rename = "batchItemFailures")]
        failures: Vec<Failed>,
    },
}

/// A message that stays in the queue.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Its id.
    #[serde(rename = "itemIdentifier")]
    pub id: String,
}

/// Retries failed events by these queues.
#[derive(Debug)]
pub struct Retries {
    queues: Option<Box<dyn Queues>>,
    clock: SharedClock,
}

impl Retries {
    /// With these queues.
    #[must_use]
    pub fn new(queues: impl Queues + 'static, clock: SharedClock) -> Self {
        Self { queues: Some(Box::new(queues)), clock }
    }

    /// With the queues of the environment. Without them, SQS decides when a failed message returns.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub fn read(environment: &Environment, aws: &SdkConfig, clock: SharedClock) -> Result<Self, InvalidSetting> {
        let retries = registry::RETRY_QUEUE_URL.read_if_set(environment)?;
        let dead_letters = registry::DEAD_LETTER_QUEUE_URL.read_if_set(environment)?;
        let queues = retries.zip(dead_letters).map(|(retries, dead_letters)| {
            let client = OnceLock::new();
            Box::new(SqsQueues { config: aws.clone(), client, retries, dead_letters }) as Box<dyn Queues>
        });
        Ok(Self { queues, clock })
    }

    /// Passes every event of `payload` to `handle`: the direct one, or those of a batch of the retry queue.
    /// `is_permanent` decides which errors a retry cannot fix.
    ///
    /// # Errors
    /// When the direct event fails. Lambda retries it, and then puts it into the retry queue.
    pub async fn handle<E: std::error::Error + 'static>(
        &self,
        payload: &str,
        handle: impl AsyncFn(&str) -> Result<(), E>,
        is_permanent: fn(&E) -> bool,
    ) -> Result<Response, E> {
        let Some(batch) = batch(payload) else {
            return handle(payload).await.map(|()| Response::Taken);
        };
        let messages = batch.records.iter().map(|message| self.message(message, &handle, is_permanent));
        let failures = future::join_all(messages).await.into_iter().flatten().collect();
        Ok(Response::Batch { failures })
    }

    /// Processes one message. Returns it if it stays in the queue.
    async fn message<E: std::error::Error + 'static>(
        &self,
        message: &Message,
        handle: &impl AsyncFn(&str) -> Result<(), E>,
        is_permanent: fn(&E) -> bool,
    ) -> Option<Failed> {
        let (reason, is_over) = match event(&message.body) {
            None => ("it holds no event".to_owned(), true),
            Some(event) => match Box::pin(handle(event)).await {
                Ok(()) => return None,
                Err(error) => (error_chain(&error), is_permanent(&error) || message.is_too_old(self.clock.now())),
            },
        };
        let id = &message.message_id;
        let stays = Some(Failed { id: id.clone() });
        let Some(queues) = &self.queues else {
            tracing::warn!(message_id = id, reason, "an event failed again and stays in the retry queue");
            return stays;
        };
        if is_over {
            tracing::error!(
                message_id = id,
                reason,
                "an event is not retried any more and goes to the dead-letter queue"
            );
            let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
            return match queues.give_up(&message.body, &reason).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(message_id = id, error = error_chain(&error), "an event stays in the retry queue");
                    stays
                }
            };
        }
        let seconds = message.delay();
        tracing::warn!(message_id = id, reason, seconds, "an event failed again and waits in the retry queue");
        if let Err(error) = queues.delay(&message.receipt_handle, seconds).await {
            tracing::warn!(message_id = id, error = error_chain(&error), "SQS decides when the event is retried");
        }
        stays
    }
}

impl Message {
    /// The delay after this failure, in seconds.
    fn delay(&self) -> u32 {
        delay_after(self.attributes.approximate_receive_count.parse().unwrap_or(1))
    }

    fn is_too_old(&self, now: DateTime<Utc>) -> bool {
        let sent = self.attributes.sent_timestamp.parse().ok().and_then(DateTime::from_timestamp_millis);
        sent.is_some_and(|sent| now - sent > MAX_AGE)
    }
}

/// The delay after this many failures, in seconds.
fn delay_after(failures: u32) -> u32 {
    FIRST_DELAY_SECONDS.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(MAX_DELAY_SECONDS)
}

/// The messages of `payload`; `None` for a direct event.
fn batch(payload: &str) -> Option<Batch> {
    // Most events are direct and are not parsed for this.
    if !payload.contains("\"Records\"") {
        return None;
    }
    serde_json::from_str(payload).ok()
}

/// The event in a message: in Lambda's record of a failed invocation, or unchanged from EventBridge.
fn event(body: &str) -> Option<&str> {
    if let Ok(FailureRecord { request_payload }) = serde_json::from_str(body) {
        return Some(request_payload.get());
    }
    serde_json::from_str::<Envelope<'_>>(body).is_ok().then_some(body)
}

/// The queues in SQS.
#[derive(Debug)]
struct SqsQueues {
    config: SdkConfig,
    /// Created for the first failure, because most processes never have one.
    client: OnceLock<aws_sdk_sqs::Client>,
    retries: String,
    dead_letters: String,
}

impl SqsQueues {
    fn client(&self) -> &aws_sdk_sqs::Client {
        self.client.get_or_init(|| aws_sdk_sqs::Client::new(&self.config))
    }
}

impl Queues for SqsQueues {
    fn delay(&self, receipt: &str, seconds: u32) -> Requested<'_> {
        let request = self.client().change_message_visibility().queue_url(&self.retries).receipt_handle(receipt);
        let request = request.visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX));
        Box::pin(async move {
            let delayed = request.send().await;
            delayed.map_err(|error| QueueError { what: "delayed", source: error.into() })?;
            Ok(())
        })
    }

    fn give_up(&self, body: &str, reason: &str) -> Requested<'_> {
        let reason = MessageAttributeValue::builder().data_type("String").string_value(reason).build();
        let mut request = self.client().send_message().queue_url(&self.dead_letters).message_body(body);
        if let Ok(reason) = reason {
            request = request.message_attributes("reason", reason);
        }
        Box::pin(async move {
            let sent = request.send().await;
            sent.map_err(|error| QueueError { what: "sent to the dead-letter queue", source: error.into() })?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
