//! The third pass: sends traces of journeys that everyone was notified of, and of parts of journeys that go on, many in one
//! request. After a refusal the receiver is not asked for a while, and the row says that the traces are pending. Nothing else waits
//! for it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::Measure;
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_error_chain::error_chain;
use cxtrace_otlp::export::requests::{MAX_BYTES, MAX_SPANS, size};
use cxtrace_store::StoreError;
use cxtrace_store::correlation::JourneyRow;
use cxtrace_trace_exporter::Delivery;
use futures::channel::mpsc::UnboundedReceiver;
use futures::stream::{self, StreamExt};

use crate::bus::Bus;
use crate::settler::{CONCURRENCY, Exportable, JourneySettler};
use crate::traces::Export;

/// The number of journeys that one request contains at most.
const BATCH: usize = 100;

/// No request is started within this time before the deadline, because its outcome must still be stored.
const MARGIN: TimeDelta = TimeDelta::seconds(10);

/// What one run has exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ExportRun {
    pub(crate) accepted: Count,
    pub(crate) postponed: Count,
    pub(crate) rejected: Count,
    /// Spans that the receiver refused, and took the rest.
    pub(crate) refused_spans: u64,
    /// Spans that were not sent because of their time.
    pub(crate) outside_spans: u64,
}

/// A number of journeys and their spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) journeys: u64,
    pub(crate) spans: u64,
}

impl Count {
    fn add(&mut self, journey: &Exportable) {
        // A journey counts when it settles. Its parts before that count their spans only.
        self.journeys += u64::from(journey.traces.settles_at.is_none());
        self.spans += journey.traces.spans.len() as u64;
    }
}

impl ExportRun {
    /// The measures about this run; none if nothing was exported.
    pub(crate) fn measures(&self) -> Vec<Measure> {
        let measure = |metric: SelfMetric, outcome: &str, value: u64| {
            let tags = vec![format!("outcome:{outcome}")];
            (value > 0).then(|| Measure { name: metric.name().to_owned(), tags, value: value as f64 })
        };
        let all = [
            measure(SelfMetric::ExportedJourneys, "accepted", self.accepted.journeys),
            measure(SelfMetric::ExportedJourneys, "postponed", self.postponed.journeys),
            measure(SelfMetric::ExportedJourneys, "rejected", self.rejected.journeys),
            measure(SelfMetric::ExportedSpans, "accepted", self.accepted.spans.saturating_sub(self.refused_spans)),
            measure(SelfMetric::ExportedSpans, "refused", self.refused_spans),
            measure(SelfMetric::ExportedSpans, "rejected", self.rejected.spans),
            measure(SelfMetric::ExportedSpans, "outside_window", self.outside_spans),
        ];
        all.into_iter().flatten().collect()
    }
}

impl<B: Bus> JourneySettler<B> {
    /// Sends the traces of journeys as they arrive.
    pub(crate) async fn export(&self, exportable: UnboundedReceiver<Exportable>, deadline: DateTime<Utc>) -> ExportRun {
        let mut run = ExportRun::default();
        // Without an export no journey arrives.
        let Some(export) = &self.export else { return run };
        let mut ready = exportable.ready_chunks(BATCH);
        while let Some(journeys) = ready.next().await {
            for batch in batches(journeys) {
                self.export_batch(export, batch, deadline, &mut run).await;
            }
        }
        run
    }

    /// Sends `batch` in one request, or in halves if the receiver rejects its content.
    fn export_batch<'a>(
        &'a self,
        export: &'a Export,
        mut batch: Vec<Exportable>,
        deadline: DateTime<Utc>,
        run: &'a mut ExportRun,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let now = self.assembly.now();
            if export.breaker.is_open(now) || now + MARGIN > deadline {
                return self.postpone_export(batch, None, run).await;
            }
            let spans = batch.iter().flat_map(|journey| journey.traces.spans.iter().cloned()).collect();
            let mut refused = 0;
            for request in export.requests(spans) {
                match export.exporter.send(&request, deadline - TimeDelta::seconds(5)).await {
                    Delivery::Accepted { refused_spans: 0, .. } => {}
                    Delivery::Accepted { refused_spans, reason } => {
                        tracing::error!(refused_spans, reason, "the receiver of traces refused some spans for good");
                        refused += refused_spans;
                    }
                    Delivery::Unavailable { reason, after } => {
                        tracing::warn!(
                            journeys = batch.len(),
                            reason,
                            "the receiver has not taken traces; they will be sent again"
                        );
                        export.breaker.open(self.assembly.now());
                        return self.postpone_export(batch, after, run).await;
                    }
                    Delivery::Forbidden { reason } => {
                        tracing::error!(
                            journeys = batch.len(),
                            reason,
                            "the receiver of traces refuses access; check OTLP_ENDPOINT and the secret with the headers"
                        );
                        export.breaker.open(self.assembly.now());
                        return self.postpone_export(batch, None, run).await;
                    }
                    Delivery::Rejected { .. } if batch.len() > 1 => {
                        let other = batch.split_off(batch.len() / 2);
                        self.export_batch(export, batch, deadline, run).await;
                        return self.export_batch(export, other, deadline, run).await;
                    }
                    Delivery::Rejected { reason } => {
                        for journey in &batch {
                            tracing::error!(
                                journey = %journey.row.journey,
                                spans = journey.traces.spans.len(),
                                reason,
                                "the receiver rejects the traces of a journey; they are not sent again"
                            );
                            run.rejected.add(journey);
                        }
                        return self.finish_export(batch, false, run).await;
                    }
                }
            }
            run.refused_spans += refused;
            self.finish_export(batch, true, run).await;
        })
    }

    /// Stores that the traces of `batch` need not be sent again. `is_accepted` says whether the receiver has taken them.
    async fn finish_export(&self, batch: Vec<Exportable>, is_accepted: bool, run: &mut ExportRun) {
        for journey in &batch {
            if is_accepted && !journey.traces.spans.is_empty() {
                run.accepted.add(journey);
            }
            if journey.traces.lost > 0 {
                tracing::warn!(
                    journey = %journey.row.journey,
                    spans = journey.traces.lost,
                    "spans of a journey lie outside the times that the receiver takes; they are not exported"
                );
                run.outside_spans += journey.traces.lost as u64;
            }
        }
        let finished = batch.into_iter().map(|Exportable { row, traces }| async move {
            match traces.settles_at {
                Some(settles_at) => self.assembly.part_exported(row, traces.whole, settles_at).await,
                None => self.assembly.finish_exported(row, traces.whole).await,
            }
        });
        stream::iter(finished).buffer_unordered(CONCURRENCY).for_each(note).await;
    }

    /// Stores that the traces of `batch` are pending.
    async fn postpone_export(&self, batch: Vec<Exportable>, requested: Option<Duration>, run: &mut ExportRun) {
        batch.iter().for_each(|journey| run.postponed.add(journey));
        let postponed = batch.into_iter().map(|Exportable { row, traces }| async move {
            match traces.settles_at {
                Some(_) => self.assembly.part_refused(row, requested).await,
                None => self.assembly.export_refused(row, requested).await,
            }
        });
        stream::iter(postponed).buffer_unordered(CONCURRENCY).for_each(note).await;
    }
}

/// A row that could not be written stays due, and its traces are sent again: their ids are the same.
async fn note(stored: Result<Option<JourneyRow>, StoreError>) {
    if let Err(error) = stored {
        tracing::warn!(error = error_chain(&error), "the state of a journey's export could not be stored");
    }
}

/// `journeys` in groups, each of which fits into one request. A larger journey is alone.
fn batches(journeys: Vec<Exportable>) -> Vec<Vec<Exportable>> {
    let mut batches: Vec<Vec<Exportable>> = Vec::new();
    let (mut spans, mut bytes) = (0, 0);
    for journey in journeys {
        let more: usize = journey.traces.spans.iter().map(size).sum();
        let count = journey.traces.spans.len();
        match batches.last_mut() {
            Some(batch) if spans + count <= MAX_SPANS && bytes + more <= MAX_BYTES / 2 => {
                (spans, bytes) = (spans + count, bytes + more);
                batch.push(journey);
            }
            _ => {
                (spans, bytes) = (count, more);
                batches.push(vec![journey]);
            }
        }
    }
    batches
}
