//! The second pass: sends the durations of announced journeys, many in one request. After a refusal, Datadog gets no
//! request for a while, and the durations are stored as pending.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::DistributionOutcome;
use cxtrace_error_chain::error_chain;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::JourneyRow;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures::stream::{self, StreamExt};

use crate::bus::Bus;
use crate::settler::{Announced, CONCURRENCY, Exportable, JourneySettler, Run};

/// The number of journeys whose durations one request contains. This is far below Datadog's limits.
const BATCH: usize = 100;

/// No request is started within this time before the deadline, because its outcome must still be stored.
const MARGIN: TimeDelta = TimeDelta::seconds(10);

impl<B: Bus> JourneySettler<B> {
    /// Sends the durations of `announced` journeys as they arrive, and passes on those with traces.
    pub(crate) async fn measure(
        &self,
        announced: UnboundedReceiver<Announced>,
        exportable: UnboundedSender<Exportable>,
        deadline: DateTime<Utc>,
    ) -> Run {
        let mut run = Run::default();
        let mut batches = announced.ready_chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let now = self.assembly.now();
            if self.breaker.is_open(now) || now + MARGIN > deadline {
                self.postpone(batch, &mut run).await;
                continue;
            }
            // From here on they are not sent again, unless Datadog certainly does not have them.
            let begun = stream::iter(batch).map(async |Announced { row, measures, traces }| {
                let journey = row.journey;
                let begun = self.assembly.begin_measuring(row).await;
                (journey, begun.map(|row| row.map(|row| Announced { row, measures, traces })))
            });
            let mut ready = Vec::new();
            for (journey, begun) in begun.buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await {
                match begun {
                    Ok(Some(announced)) => ready.push(announced),
                    // Another settler or a new fact was first.
                    Ok(None) => run.deferred += 1,
                    Err(error) => {
                        tracing::warn!(%journey, error = error_chain(&error), "the durations of a journey could not be sent");
                        run.failed += 1;
                    }
                }
            }
            self.send(ready, &exportable, deadline, &mut run).await;
        }
        run
    }

    /// Sends the durations of `ready` in one request, or in halves if Datadog rejects their content.
    fn send<'a>(
        &'a self,
        mut ready: Vec<Announced>,
        exportable: &'a UnboundedSender<Exportable>,
        deadline: DateTime<Utc>,
        run: &'a mut Run,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let measures: Vec<_> = ready.iter().flat_map(|announced| announced.measures.clone()).collect();
            let journeys: Vec<_> = ready.iter().map(|announced| announced.row.journey.to_string()).collect();
            let now = self.assembly.now();
            match self.datadog.distribute(&measures, now, deadline - TimeDelta::seconds(5)).await {
                DistributionOutcome::Accepted => {}
                DistributionOutcome::Unanswered(reason) => {
                    tracing::error!(
                        ?journeys,
                        reason,
                        "Datadog did not answer when durations were sent; they may be missing and are not sent again"
                    );
                }
                DistributionOutcome::Rejected(_) if ready.len() > 1 => {
                    let other = ready.split_off(ready.len() / 2);
                    self.send(ready, exportable, deadline, run).await;
                    return self.send(other, exportable, deadline, run).await;
                }
                DistributionOutcome::Rejected(reason) => {
                    tracing::error!(
                        ?journeys,
                        reason,
                        "Datadog rejected the durations of a journey as invalid; they are not sent again"
                    );
                }
                DistributionOutcome::Refused(reason) => {
                    tracing::warn!(
                        journeys = ready.len(),
                        reason,
                        "Datadog refuses durations; they will be sent again"
                    );
                    self.breaker.open(self.assembly.now());
                    return self.postpone(ready, run).await;
                }
            }
            let finished = ready.into_iter().map(|announced| self.finish(announced, exportable));
            for finished in stream::iter(finished).buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await {
                count(finished, run, |run| run.settled += 1);
            }
        })
    }

    /// Stores that everyone was notified of a journey, and passes it on if it has traces.
    async fn finish(
        &self,
        announced: Announced,
        exportable: &UnboundedSender<Exportable>,
    ) -> Result<Option<JourneyRow>, StoreError> {
        let Some(traces) = announced.traces else { return self.assembly.finish(announced.row).await };
        let row = self.assembly.finish_except_export(announced.row).await?;
        if let Some(row) = row.clone() {
            let _ = exportable.unbounded_send(Exportable { row, traces });
        }
        Ok(row)
    }

    /// Stores that the durations of `announced` journeys are pending.
    async fn postpone(&self, announced: Vec<Announced>, run: &mut Run) {
        let postponed = announced.into_iter().map(|announced| self.assembly.durations_refused(announced.row));
        for postponed in stream::iter(postponed).buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await {
            count(postponed, run, |run| run.failed += 1);
        }
    }
}

fn count(stored: Result<Option<JourneyRow>, StoreError>, run: &mut Run, add: impl FnOnce(&mut Run)) {
    match stored {
        Ok(Some(_)) => add(run),
        Ok(None) => run.deferred += 1,
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "the settlement state of a journey could not be stored");
            run.failed += 1;
        }
    }
}
