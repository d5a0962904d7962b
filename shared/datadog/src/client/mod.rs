//! Submitting totals to Datadog's API, and saying of each point what became of it.
//!
//! | Datadog says | then |
//! |---|---|
//! | 2xx | [`Fate::Accepted`] |
//! | 408, 429, 500, 503 and other 5xx | sent again after a pause; at last [`Fate::Refused`] |
//! | 502, 504, nothing at all | sent again after a pause; at last [`Fate::Unanswered`] |
//! | 413, 400 | the payload is halved; alone, a point is [`Fate::Rejected`] |
//! | 403 | sent again with the key fetched anew, once a call; then [`Fate::Refused`] |
//! | anything else | [`Fate::Refused`] |
//!
//! It keeps nothing between calls but the key.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::key::{ApiKey, SharedKeySource};
use crate::payload::{Body, Entry, MAX_BYTES, Split};
use crate::point::Point;
use crate::site::Endpoint;

mod answer;
mod distribution;
mod patience;
#[cfg(test)]
mod tests;

use answer::Answer;
pub use distribution::{Delivered, Measure};
pub use patience::Patience;

/// What became of a point. Reasons are short, in one line, and hold no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Datadog has taken it.
    Accepted,
    /// Datadog does not have it from this call: every attempt was refused, or none was made. Asking again
    /// may help.
    Refused(String),
    /// It was sent, and no answer came. Datadog may have it or not. No later refusal in the same call
    /// changes that: what was refused is the later attempt.
    Unanswered(String),
    /// Datadog refused it when it was sent alone: it is itself the reason. Asking again will not help.
    Rejected(String),
    /// It was no longer open when it would have been sent. It was not sent after that, and no earlier
    /// attempt of this call is in doubt.
    Closed,
}

/// Tells whether a point may still be sent at a time.
pub type StillOpen<'a> = &'a (dyn Fn(&Point, DateTime<Utc>) -> bool + Sync);

/// What submits points.
#[derive(Debug, Clone)]
pub struct Submitter {
    http: reqwest::Client,
    endpoint: Endpoint,
    keys: SharedKeySource,
    clock: SharedClock,
    patience: Patience,
}

impl Submitter {
    /// Submits to `endpoint` by `http`, with a key of `keys`.
    #[must_use]
    pub fn new(
        http: reqwest::Client,
        endpoint: Endpoint,
        keys: SharedKeySource,
        clock: SharedClock,
        patience: Patience,
    ) -> Self {
        Self { http, endpoint, keys, clock, patience }
    }

    /// Submits `points`, each of which must be of another series or bucket, and tells the fate of each, in
    /// the same order. It is back before `deadline`, and sends nothing of which an answer might not come
    /// before it. `still_open` is asked about each point before every attempt.
    pub async fn submit(
        &self,
        points: Vec<Point>,
        deadline: DateTime<Utc>,
        still_open: StillOpen<'_>,
    ) -> Vec<(Point, Fate)> {
        if points.is_empty() {
            return Vec::new();
        }
        let mut call = Call::new(self, points, deadline, still_open);
        match self.keys.key().await {
            Ok(key) => call.run(key).await,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "nothing can be sent to Datadog without an API key");
                call.stop(&format!("not sent: {}", error_chain(&error)));
            }
        }
        call.tracked.into_iter().map(|Tracked { point, fate, .. }| (point, fate)).collect()
    }

    /// One attempt.
    async fn send(&self, key: &ApiKey, body: Body) -> Answer {
        let mut request = self
            .http
            .post(self.endpoint.series())
            .timeout(self.patience.timeout)
            .header("DD-API-KEY", key.header())
            .header(CONTENT_TYPE, "application/json");
        if let Some(encoding) = body.encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        match request.body(body.bytes).send().await {
            Ok(response) => Answer::read(response, self.clock.now()).await,
            Err(error) => Answer::of_error(error),
        }
    }
}

/// A point on its way.
struct Tracked {
    point: Point,
    entry: Entry,
    /// Why an attempt of this call got no answer.
    unanswered: Option<String>,
    fate: Fate,
}

/// One call of [`Submitter::submit`].
struct Call<'a> {
    submitter: &'a Submitter,
    deadline: DateTime<Utc>,
    still_open: StillOpen<'a>,
    tracked: Vec<Tracked>,
    /// Payloads yet to be sent: places in `tracked`.
    queue: VecDeque<Vec<usize>>,
    /// Whether the key has been fetched anew.
    renewed: bool,
}

/// What follows from an answer.
enum Next {
    Done,
    Again { pause: Duration },
}

impl<'a> Call<'a> {
    fn new(submitter: &'a Submitter, points: Vec<Point>, deadline: DateTime<Utc>, still_open: StillOpen<'a>) -> Self {
        let entries: Vec<_> = points.iter().map(Entry::of).collect();
        let split = Split::of(&entries, MAX_BYTES);
        let track = |(point, entry)| {
            let fate = Fate::Refused("not sent".to_owned());
            Tracked { point, entry, unanswered: None, fate }
        };
        let tracked = points.into_iter().zip(entries).map(track).collect();
        let mut call = Self { submitter, deadline, still_open, tracked, queue: split.payloads.into(), renewed: false };
        let reason = format!("not sent: it alone is longer than the {MAX_BYTES} bytes that Datadog takes");
        call.settle(&split.oversized, &Fate::Rejected(reason));
        call
    }

    async fn run(&mut self, mut key: ApiKey) {
        while let Some(payload) = self.queue.pop_front() {
            self.publish(payload, &mut key).await;
        }
    }

    /// Sends one payload until there is nothing more to do about it.
    async fn publish(&mut self, mut payload: Vec<usize>, key: &mut ApiKey) {
        let patience = self.submitter.patience;
        let mut attempt = 0;
        loop {
            let now = self.submitter.clock.now();
            self.close(&mut payload, now);
            if payload.is_empty() {
                return;
            }
            if !patience.allows(now, Duration::ZERO, self.deadline) {
                return self.settle(&payload, &Fate::Refused("not sent: too little time was left".to_owned()));
            }
            attempt += 1;
            let body = Body::of(payload.iter().map(|n| &self.tracked[*n].entry));
            let answer = self.submitter.send(key, body).await;
            match self.judge(answer, &payload, attempt, key).await {
                Next::Done => return,
                Next::Again { pause } => self.submitter.clock.sleep(pause).await,
            }
        }
    }

    /// Takes the points out of `payload` that are no longer open.
    fn close(&mut self, payload: &mut Vec<usize>, now: DateTime<Utc>) {
        let (open, closed): (Vec<_>, Vec<_>) =
            payload.iter().partition(|n| (self.still_open)(&self.tracked[**n].point, now));
        self.settle(&closed, &Fate::Closed);
        *payload = open;
    }

    async fn judge(&mut self, answer: Answer, payload: &[usize], attempt: u32, key: &mut ApiKey) -> Next {
        match answer {
            Answer::Accepted => self.settle(payload, &Fate::Accepted),
            Answer::NotNow { reason, pause } => return self.insist(key.conceal(&reason), payload, attempt, pause),
            Answer::NotSent(reason) => {
                return self.insist(format!("not sent: {}", key.conceal(&reason)), payload, attempt, None);
            }
            Answer::Unknown(reason) => {
                let reason = key.conceal(&reason);
                for n in payload {
                    self.tracked[*n].unanswered = Some(reason.clone());
                }
                return self.insist(reason, payload, attempt, None);
            }
            Answer::Guilty(reason) => self.halve(key.conceal(&reason), payload),
            Answer::KeyRefused(reason) => return self.renew(key.conceal(&reason), payload, key).await,
            Answer::Refused(reason) => {
                let reason = key.conceal(&reason);
                tracing::error!(
                    reason,
                    points = payload.len(),
                    url = self.submitter.endpoint.series().as_str(),
                    "what is asked does not take series; check DD_SITE and DD_METRICS_URL"
                );
                self.settle(payload, &Fate::Refused(reason));
            }
        }
        Next::Done
    }

    /// Has `payload` sent again, if attempts and time are left for it.
    fn insist(&mut self, reason: String, payload: &[usize], attempt: u32, asked: Option<Duration>) -> Next {
        let Submitter { patience, clock, .. } = self.submitter;
        let pause = patience.pause(attempt, asked);
        let again = attempt < patience.attempts && patience.allows(clock.now(), pause, self.deadline);
        tracing::warn!(
            reason,
            points = payload.len(),
            attempt,
            pause_ms = again.then_some(pause.as_millis()),
            "points were not accepted"
        );
        if again {
            return Next::Again { pause };
        }
        self.settle(payload, &Fate::Refused(reason));
        Next::Done
    }

    /// Has both halves of `payload` sent, or rejects the point that stands alone in it.
    fn halve(&mut self, reason: String, payload: &[usize]) {
        tracing::warn!(reason, points = payload.len(), "a payload was refused for what is in it");
        if payload.len() == 1 {
            return self.settle(payload, &Fate::Rejected(reason));
        }
        let (left, right) = payload.split_at(payload.len() / 2);
        self.queue.push_front(right.to_vec());
        self.queue.push_front(left.to_vec());
    }

    /// Has `payload` sent again with the key fetched anew; the second time, stops the call.
    async fn renew(&mut self, reason: String, payload: &[usize], key: &mut ApiKey) -> Next {
        let mut reason = reason;
        if !self.renewed {
            self.renewed = true;
            match self.submitter.keys.refresh().await {
                Ok(renewed) => {
                    tracing::warn!(reason, "the API key was refused and is fetched anew");
                    *key = renewed;
                    return Next::Again { pause: Duration::ZERO };
                }
                Err(error) => {
                    reason = format!("{reason}, and the key could not be fetched anew: {}", error_chain(&error))
                }
            }
        }
        tracing::error!(
            reason,
            points = payload.len(),
            "the API key is refused; check that it is an API key of the organisation at DD_SITE, and not revoked"
        );
        self.stop(&reason);
        self.settle(payload, &Fate::Refused(reason));
        Next::Done
    }

    /// Gives up every payload that is yet to be sent.
    fn stop(&mut self, reason: &str) {
        for payload in std::mem::take(&mut self.queue) {
            self.settle(&payload, &Fate::Refused(reason.to_owned()));
        }
    }

    /// Decides the fate of points. An attempt without an answer outweighs every fate but acceptance.
    fn settle(&mut self, payload: &[usize], fate: &Fate) {
        for n in payload {
            let tracked = &mut self.tracked[*n];
            tracked.fate = match (fate, tracked.unanswered.take()) {
                (Fate::Accepted, _) | (_, None) => fate.clone(),
                (_, Some(reason)) => Fate::Unanswered(reason),
            };
        }
    }
}
