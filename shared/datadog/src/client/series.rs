//! Submits totals as series. A total can be sent any number of times: Datadog keeps the last value.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use reqwest::Url;

use super::delivery::{Delivery, Payload, Request, Session};
use super::submitter::Submitter;
use crate::payload::{Body, Entry, MAX_BYTES, Split};
use crate::point::Point;

/// The outcome of a point. Reasons are short, in one line, and do not hold the API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// Datadog has accepted it.
    Accepted,
    /// Datadog does not have it from this call: every attempt was refused, or none was made. The caller may try again.
    Refused(String),
    /// At least one attempt had an unknown outcome, and none was accepted. Datadog may or may not have it. A later
    /// refusal in the same call does not change that, because it concerns the later attempt.
    Unanswered(String),
    /// Datadog refused it when it was sent alone. Another attempt will not help.
    Rejected(String),
    /// Its bucket closed before it was sent, and no earlier attempt has an unknown outcome.
    Closed,
}

/// Whether a point may still be sent at a time.
pub type StillOpen<'a> = &'a (dyn Fn(&Point, DateTime<Utc>) -> bool + Sync);

impl Submitter {
    /// Submits `points` of distinct series or buckets, and returns their outcomes in the same order. Every attempt ends
    /// before `deadline`. `still_open` decides before each attempt which points are sent.
    pub async fn submit(
        &self,
        points: Vec<Point>,
        deadline: DateTime<Utc>,
        still_open: StillOpen<'_>,
    ) -> Vec<(Point, SubmitOutcome)> {
        if points.is_empty() {
            return Vec::new();
        }
        let mut call = Call::new(points, self.endpoint.series(), still_open);
        match Session::open(self, deadline).await {
            Ok(session) => call.run(session).await,
            Err(reason) => call.stop(&reason),
        }
        call.tracked.into_iter().map(|Tracked { point, outcome, .. }| (point, outcome)).collect()
    }
}

/// A point and its outcome so far.
struct Tracked {
    point: Point,
    entry: Entry,
    /// Why the outcome of an attempt is unknown.
    unanswered: Option<String>,
    outcome: SubmitOutcome,
}

/// One call of [`Submitter::submit`].
struct Call<'a> {
    url: Url,
    still_open: StillOpen<'a>,
    tracked: Vec<Tracked>,
    /// The payloads to send, as indexes into `tracked`.
    queue: VecDeque<Vec<usize>>,
}

/// One payload of a call.
struct Batch<'c, 'a> {
    call: &'c mut Call<'a>,
    places: Vec<usize>,
}

impl Payload for Batch<'_, '_> {
    const IDEMPOTENT: bool = true;

    fn request(&mut self, now: DateTime<Utc>) -> Option<Request> {
        let Call { still_open, tracked, .. } = &*self.call;
        let (open, closed): (Vec<_>, Vec<_>) = self.places.iter().partition(|n| still_open(&tracked[**n].point, now));
        self.call.settle(&closed, &SubmitOutcome::Closed);
        self.places = open;
        if self.places.is_empty() {
            return None;
        }
        let body = Body::of(self.places.iter().map(|n| &self.call.tracked[*n].entry));
        Some(Request { url: self.call.url.clone(), content_type: "application/json", body })
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn note_unknown_outcome(&mut self, reason: &str) {
        for n in &self.places {
            self.call.tracked[*n].unanswered = Some(reason.to_owned());
        }
    }
}

impl<'a> Call<'a> {
    fn new(points: Vec<Point>, url: Url, still_open: StillOpen<'a>) -> Self {
        let entries: Vec<_> = points.iter().map(Entry::of).collect();
        let split = Split::of(&entries, MAX_BYTES);
        let track = |(point, entry)| {
            let outcome = SubmitOutcome::Refused("not sent".to_owned());
            Tracked { point, entry, unanswered: None, outcome }
        };
        let tracked = points.into_iter().zip(entries).map(track).collect();
        let mut call = Self { url, still_open, tracked, queue: split.payloads.into() };
        let reason = format!("not sent: it alone is longer than the {MAX_BYTES} bytes that Datadog accepts");
        call.settle(&split.oversized, &SubmitOutcome::Rejected(reason));
        call
    }

    async fn run(&mut self, mut session: Session<'_>) {
        while let Some(places) = self.queue.pop_front() {
            let mut batch = Batch { call: self, places };
            let delivery = session.deliver(&mut batch).await;
            let places = batch.places;
            match delivery {
                Delivery::Accepted => self.settle(&places, &SubmitOutcome::Accepted),
                Delivery::Empty => {}
                Delivery::Refused(reason) => self.settle(&places, &SubmitOutcome::Refused(reason)),
                Delivery::Unknown(reason) => self.settle(&places, &SubmitOutcome::Unanswered(reason)),
                Delivery::InvalidPayload(reason) => self.split(reason, &places),
                Delivery::KeyRefused(reason) => {
                    self.stop(&reason);
                    self.settle(&places, &SubmitOutcome::Refused(reason));
                }
            }
        }
    }

    /// Queues both halves of a payload, or rejects its only point.
    fn split(&mut self, reason: String, places: &[usize]) {
        if places.len() == 1 {
            return self.settle(places, &SubmitOutcome::Rejected(reason));
        }
        let (left, right) = places.split_at(places.len() / 2);
        self.queue.push_front(right.to_vec());
        self.queue.push_front(left.to_vec());
    }

    /// Refuses every payload in the queue.
    fn stop(&mut self, reason: &str) {
        for places in std::mem::take(&mut self.queue) {
            self.settle(&places, &SubmitOutcome::Refused(reason.to_owned()));
        }
    }

    /// Decides the outcome of points. Only an acceptance outweighs an attempt with an unknown outcome.
    fn settle(&mut self, places: &[usize], outcome: &SubmitOutcome) {
        for n in places {
            let tracked = &mut self.tracked[*n];
            tracked.outcome = match (outcome, tracked.unanswered.take()) {
                (SubmitOutcome::Accepted, _) | (_, None) => outcome.clone(),
                (_, Some(reason)) => SubmitOutcome::Unanswered(reason),
            };
        }
    }
}
