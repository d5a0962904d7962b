//! Publishes totals: notes the attempt, sends, and notes the accepted totals.

use chrono::{DateTime, Utc};
use cxtrace_datadog::{Increment, Point, SubmitOutcome};
use cxtrace_store::{BucketKey, StoreError};
use futures::stream::{StreamExt, TryStreamExt, iter};
use serde_json::json;
use std::collections::HashMap;

use crate::handler::{CONCURRENCY, Grown, MetricsPublisher, PublishError, Published, keep_first};
use crate::transport::Transport;

impl MetricsPublisher {
    pub(crate) async fn publish(
        &self,
        totals: Vec<(Grown, u64)>,
        deadline: DateTime<Utc>,
        done: &mut Published,
    ) -> Result<(), PublishError> {
        if totals.is_empty() {
            return Ok(());
        }
        match &self.transport {
            Transport::Api(submitter) => {
                // The attempt is noted before it is sent, so that a crash cannot hide it.
                let notes: Vec<_> = totals.iter().map(|(grown, total)| self.note_attempt(grown, *total)).collect();
                iter(notes).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
                let before: HashMap<_, _> =
                    totals.iter().map(|(grown, _)| (grown.key, grown.contents.ledger.attempted)).collect();
                let points = totals.iter().map(|(grown, total)| point(grown, *total)).collect();
                let historical = self.settings.historical;
                let open = |point: &Point, now| historical || point.bucket.is_open(now);
                let outcomes = submitter.submit(points, deadline, &open).await;
                self.note_outcomes(outcomes, &before, done).await
            }
            Transport::Extension(extension) => {
                let increments: Vec<_> = totals.iter().map(|(grown, total)| increment(grown, *total)).collect();
                let all = increments.len();
                extension.send(&increments).await.map_err(|error| PublishError::NotAccepted {
                    left: all,
                    all,
                    reason: cxtrace_error_chain::error_chain(&error),
                })?;
                done.accepted += all;
                self.note_sent(&totals).await
            }
        }
    }

    /// Notes that each of `totals` was sent, even if some notes fail: a total without a note is sent again and counts
    /// twice.
    async fn note_sent(&self, totals: &[(Grown, u64)]) -> Result<(), PublishError> {
        let notes: Vec<_> = totals.iter().map(|(grown, total)| self.table.note_accepted(grown.key, *total)).collect();
        let mut first_error = None;
        let mut noting = iter(notes).buffer_unordered(CONCURRENCY);
        while let Some(noted) = noting.next().await {
            if let Err(error) = noted {
                keep_first(&mut first_error, error.into());
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    async fn note_attempt(&self, grown: &Grown, total: u64) -> Result<(), StoreError> {
        if grown.contents.ledger.attempted < total {
            self.table.note_attempted(grown.key, total).await?;
        }
        Ok(())
    }

    /// Notes the outcome of each total. The batch has failed unless every total is accepted or set aside.
    async fn note_outcomes(
        &self,
        outcomes: Vec<(Point, SubmitOutcome)>,
        before: &HashMap<BucketKey, u64>,
        done: &mut Published,
    ) -> Result<(), PublishError> {
        let all = outcomes.len();
        let mut left = Vec::new();
        let mut first_error = None;
        let notes: Vec<_> =
            outcomes.into_iter().map(|(point, outcome)| self.note_outcome(point, outcome, before)).collect();
        let mut noting = iter(notes).buffer_unordered(CONCURRENCY);
        while let Some(noted) = noting.next().await {
            match noted {
                Ok(Noted::Accepted) => done.accepted += 1,
                Ok(Noted::Rejected) => done.rejected += 1,
                Ok(Noted::NotAccepted(reason)) => left.push(reason),
                Err(error) => keep_first(&mut first_error, error),
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        left.sort();
        match left.first() {
            None => Ok(()),
            Some(reason) => Err(PublishError::NotAccepted { left: left.len(), all, reason: reason.clone() }),
        }
    }

    async fn note_outcome(
        &self,
        point: Point,
        outcome: SubmitOutcome,
        before: &HashMap<BucketKey, u64>,
    ) -> Result<Noted, PublishError> {
        let key = BucketKey { series: point.series.id(), bucket: point.bucket };
        let attempted_before = before.get(&key).copied().unwrap_or(0);
        match outcome {
            SubmitOutcome::Accepted => {
                self.table.note_accepted(key, point.total).await?;
                Ok(Noted::Accepted)
            }
            SubmitOutcome::Unanswered(reason) => Ok(Noted::NotAccepted(reason)),
            SubmitOutcome::Refused(reason) => {
                self.take_back(key, point.total, attempted_before).await?;
                Ok(Noted::NotAccepted(reason))
            }
            SubmitOutcome::Closed => {
                self.take_back(key, point.total, attempted_before).await?;
                Ok(Noted::NotAccepted("the bucket closed while it was being sent".to_owned()))
            }
            SubmitOutcome::Rejected(reason) => {
                tracing::error!(series = point.series.name(), reason, "a total that Datadog refuses is set aside");
                let dead_letter = json!({
                    "what": "total",
                    "reason": reason,
                    "metric": point.series.name(),
                    "tags": point.series.tags().collect::<Vec<_>>(),
                    "timestamp": point.bucket.start(),
                    "interval": point.interval,
                    "value": point.total,
                });
                self.dead_letters.send(dead_letter.to_string()).await?;
                // The note keeps sweeps from finding this total again. Of a total that is certainly not held, an earlier
                // attempt may be.
                self.table.note_rejected(key, point.total, attempted_before).await?;
                Ok(Noted::Rejected)
            }
        }
    }

    /// After a definite refusal, Datadog certainly does not hold this attempt.
    async fn take_back(&self, key: BucketKey, total: u64, attempted_before: u64) -> Result<(), StoreError> {
        if attempted_before < total {
            self.table.note_attempted(key, attempted_before).await?;
        }
        Ok(())
    }
}

/// What was noted of one total.
enum Noted {
    Accepted,
    Rejected,
    /// With the reason.
    NotAccepted(String),
}

/// The part of `total` that was not sent before.
fn increment(grown: &Grown, total: u64) -> Increment {
    let count = total - grown.contents.ledger.accepted;
    Increment { series: grown.series.clone(), bucket: grown.key.bucket, count }
}

fn point(grown: &Grown, total: u64) -> Point {
    Point { series: grown.series.clone(), bucket: grown.key.bucket, interval: grown.interval, total }
}
