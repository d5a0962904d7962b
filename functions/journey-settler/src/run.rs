//! One run of the schedule, with its three passes running concurrently.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::{DistributionOutcome, Measure};
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_error_chain::error_chain;
use futures::channel::mpsc;
use futures::future;

use crate::bus::Bus;
use crate::error::SettleError;
use crate::exporting::ExportRun;
use crate::settler::{JourneySettler, Run};

impl<B: Bus> JourneySettler<B> {
    /// Settles due journeys until none is left or `deadline` is near.
    ///
    /// # Errors
    /// When due journeys cannot be read. Failures of single journeys are logged and counted.
    pub async fn run(&self, deadline: DateTime<Utc>) -> Result<Run, SettleError> {
        let (sender, receiver) = mpsc::unbounded();
        let mut observed = BTreeSet::new();
        let (traces, exportable) = mpsc::unbounded();
        let announcing = Box::pin(self.announce_due(deadline, sender, traces.clone(), &mut observed));
        let measuring = Box::pin(self.measure(receiver, traces, deadline));
        let exporting = Box::pin(self.export(exportable, deadline));
        let (announced, measured, exported) = future::join3(announcing, measuring, exporting).await;
        // A crash before this loses nothing: the next journeys give the same readings.
        if let Err(error) = self.assembly.learn_clocks(&observed).await {
            tracing::warn!(error = error_chain(&error), "the offsets of sources' clocks could not be learned");
        }
        let announced = announced?;
        self.report(announced.overdue, &exported, deadline).await;
        Ok(Run {
            settled: announced.settled + measured.settled,
            deferred: announced.deferred + measured.deferred,
            failed: announced.failed + measured.failed,
            unexported: usize::try_from(exported.postponed.journeys).unwrap_or(usize::MAX),
            overdue: announced.overdue,
        })
    }

    /// Sends how long the longest overdue journey had been due, and what was exported. Nothing depends on it, so a refusal
    /// is only logged.
    async fn report(&self, overdue: TimeDelta, exported: &ExportRun, deadline: DateTime<Utc>) {
        let now = self.assembly.now();
        if self.breaker.is_open(now) {
            return;
        }
        let name = SelfMetric::JourneyOverdue.name().to_owned();
        let measure = Measure { name, tags: Vec::new(), value: overdue.as_seconds_f64().max(0.0) };
        let measures: Vec<_> = std::iter::once(measure).chain(exported.measures()).collect();
        match self.datadog.distribute(&measures, now, deadline).await {
            DistributionOutcome::Accepted => {}
            DistributionOutcome::Unanswered(reason)
            | DistributionOutcome::Rejected(reason)
            | DistributionOutcome::Refused(reason) => {
                tracing::warn!(reason, "Datadog has not accepted the measures about this run");
            }
        }
    }
}
