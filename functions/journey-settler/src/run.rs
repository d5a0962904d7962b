//! One run of the schedule, with both passes running concurrently.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::{DistributionOutcome, Measure};
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_error_chain::error_chain;
use futures::channel::mpsc;
use futures::future;

use crate::bus::Bus;
use crate::error::SettleError;
use crate::settler::{JourneySettler, Run};

impl<B: Bus> JourneySettler<B> {
    /// Settles due journeys until none is left or `deadline` is near.
    ///
    /// # Errors
    /// When due journeys cannot be read. Failures of single journeys are logged and counted.
    pub async fn run(&self, deadline: DateTime<Utc>) -> Result<Run, SettleError> {
        let (sender, receiver) = mpsc::unbounded();
        let mut observed = BTreeSet::new();
        let announcing = Box::pin(self.announce_due(deadline, sender, &mut observed));
        let (announced, measured) = future::join(announcing, Box::pin(self.measure(receiver, deadline))).await;
        // A crash before this loses nothing: the next journeys give the same readings.
        if let Err(error) = self.assembly.learn_clocks(&observed).await {
            tracing::warn!(error = error_chain(&error), "the offsets of sources' clocks could not be learned");
        }
        let announced = announced?;
        self.report_overdue(announced.overdue, deadline).await;
        Ok(Run {
            settled: announced.settled + measured.settled,
            deferred: announced.deferred + measured.deferred,
            failed: announced.failed + measured.failed,
            overdue: announced.overdue,
        })
    }

    /// Sends how long the longest overdue journey had been due. Nothing depends on it, so a refusal is only logged.
    async fn report_overdue(&self, overdue: TimeDelta, deadline: DateTime<Utc>) {
        let now = self.assembly.now();
        if self.breaker.is_open(now) {
            return;
        }
        let name = SelfMetric::JourneyOverdue.name().to_owned();
        let measure = Measure { name, tags: Vec::new(), value: overdue.as_seconds_f64().max(0.0) };
        match self.datadog.distribute(&[measure], now, deadline).await {
            DistributionOutcome::Accepted => {}
            DistributionOutcome::Unanswered(reason)
            | DistributionOutcome::Rejected(reason)
            | DistributionOutcome::Refused(reason) => {
                tracing::warn!(reason, "Datadog has not accepted how long journeys are overdue");
            }
        }
    }
}
