//! The retry queue of a simulated function, as AWS documents SQS: messages that are received become invisible for a while,
//! a batch response names those that stay, and the visibility of one message can be changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_fixtures::SeededRng;
use cxtrace_lambda::retry_queue::{Queues, Requested, Response};
use cxtrace_test_support::clock::SimClock;
use rand::Rng;
use serde_json::json;

/// How long a received message is invisible. A dead function's messages return after it.
const VISIBILITY: TimeDelta = TimeDelta::minutes(6);

/// The most messages of a batch.
const BATCH: usize = 10;

/// Lambda waits up to this many seconds for more messages, the longest batching window of a queue. So batches hold several.
const WINDOW_SECONDS: i64 = 300;

/// A message.
#[derive(Debug)]
struct Message {
    id: u64,
    body: String,
    conversation: usize,
    sent: DateTime<Utc>,
    visible: DateTime<Utc>,
    receives: u32,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Message>,
    sent: u64,
    given_up: Vec<String>,
}

/// The queue, and the dead-letter queue behind it.
#[derive(Debug, Clone)]
pub struct RetryQueue {
    state: Arc<Mutex<State>>,
    clock: SimClock,
}

/// Received messages, as Lambda hands them to the function.
#[derive(Debug, Clone)]
pub struct Received {
    /// The payload of the invocation.
    pub payload: String,
    /// The ids of the messages.
    pub ids: Vec<u64>,
    /// The conversations of their events.
    pub conversations: Vec<usize>,
}

impl RetryQueue {
    /// An empty queue.
    #[must_use]
    pub fn new(clock: SimClock) -> Self {
        Self { state: Arc::default(), clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event that Lambda gave up, with Lambda's record of it, or one that EventBridge could not deliver.
    pub fn push(&self, event: &str, conversation: usize) {
        let now = self.clock.time();
        let mut state = self.state();
        state.sent += 1;
        let id = state.sent;
        let by_lambda = || {
            format!(
                r#"{{"version":"1.0","requestContext":{{"condition":"RetriesExhausted"}},"requestPayload":{event}}}"#
            )
        };
        let body = if id.is_multiple_of(2) { event.to_owned() } else { by_lambda() };
        state.messages.push(Message { id, body, conversation, sent: now, visible: now, receives: 0 });
    }

    /// When Lambda next receives messages: at the end of the window in which one becomes visible.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let visible = self.state().messages.iter().map(|message| message.visible).min()?;
        let seconds = visible.timestamp() + 1;
        DateTime::from_timestamp(seconds + (-seconds).rem_euclid(WINDOW_SECONDS), 0)
    }

    /// Receives up to ten visible messages, in any order.
    pub fn receive(&self, rng: &mut SeededRng) -> Received {
        let now = self.clock.time();
        let mut state = self.state();
        let mut visible: Vec<_> = state.messages.iter_mut().filter(|message| message.visible <= now).collect();
        let most = rng.random_range(1..=BATCH);
        while visible.len() > most {
            visible.swap_remove(rng.random_range(0..visible.len()));
        }
        let (mut records, mut ids, mut conversations) = (Vec::new(), Vec::new(), Vec::new());
        for message in visible {
            message.visible = now + VISIBILITY;
            message.receives += 1;
            ids.push(message.id);
            conversations.push(message.conversation);
            records.push(json!({
                "messageId": message.id.to_string(),
                "receiptHandle": message.id.to_string(),
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": message.receives.to_string(),
                    "SentTimestamp": message.sent.timestamp_millis().to_string(),
                },
                "eventSource": "aws:sqs",
            }));
        }
        Received { payload: json!({"Records": records}).to_string(), ids, conversations }
    }

    /// Deletes the messages that the response does not name. Returns how many stay.
    pub fn answered(&self, ids: &[u64], response: &Response) -> usize {
        let Response::Batch { failures } = response else { return 0 };
        let stays = |message: &Message| failures.iter().any(|failed| failed.id == message.id.to_string());
        self.state().messages.retain(|message| !ids.contains(&message.id) || stays(message));
        failures.len()
    }

    /// The events that went to the dead-letter queue, each with the reason.
    #[must_use]
    pub fn given_up(&self) -> Vec<String> {
        self.state().given_up.clone()
    }
}

impl Queues for RetryQueue {
    fn delay(&self, receipt: &str, seconds: u32) -> Requested<'_> {
        let visible = self.clock.time() + TimeDelta::seconds(i64::from(seconds));
        for message in self.state().messages.iter_mut().filter(|message| message.id.to_string() == receipt) {
            message.visible = visible;
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn give_up(&self, body: &str, reason: &str) -> Requested<'_> {
        self.state().given_up.push(format!("{reason}: {body}"));
        Box::pin(std::future::ready(Ok(())))
    }
}
