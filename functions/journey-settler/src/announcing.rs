//! The first pass: gives due journeys their revision, many concurrently, and notifies the bus of each.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Progress, Source};
use cxtrace_error_chain::error_chain;
use cxtrace_journeys::{Assembled, Claimed, Due, note_interrupted};
use cxtrace_lambda::own_traces::work;
use cxtrace_store::correlation::JourneyRow;
use futures::channel::mpsc::UnboundedSender;
use futures::stream::{self, StreamExt};

use crate::bus::{self, Bus};
use crate::error::SettleError;
use crate::insights;
use crate::settler::{Announced, CONCURRENCY, Exportable, JourneySettler, Run};

/// The number of due journeys that one request reads.
const MAX_DUE: usize = 200;

/// No journey is started within this time before the deadline.
const MARGIN: TimeDelta = TimeDelta::seconds(20);

/// The queues of the second and the third pass.
type Waiting<'a> = (&'a UnboundedSender<Announced>, &'a UnboundedSender<Exportable>);

/// The result of a due journey in the first pass.
enum Outcome {
    /// Everyone was notified, or only its durations are pending, which the second pass sends.
    Notified {
        is_finished: bool,
        observed: BTreeSet<Source>,
    },
    Deferred,
    Failed,
    NoTime,
}

impl<B: Bus> JourneySettler<B> {
    /// Notifies the bus of due journeys, and passes on those with pending durations or traces.
    pub(crate) async fn announce_due(
        &self,
        deadline: DateTime<Utc>,
        announced: UnboundedSender<Announced>,
        exportable: UnboundedSender<Exportable>,
        observed: &mut BTreeSet<Source>,
    ) -> Result<Run, SettleError> {
        let mut run = Run::default();
        let mut seen = BTreeSet::new();
        loop {
            let due = self.assembly.due(MAX_DUE).await?;
            if seen.is_empty() {
                let oldest = due.first().and_then(|row| row.listing()?.due_at);
                run.overdue = oldest.map_or(TimeDelta::zero(), |oldest| self.assembly.now() - oldest);
            }
            // A journey that is still due unchanged cannot be settled now.
            let due: Vec<_> = due.into_iter().filter(|row| seen.insert((row.journey, row.version))).collect();
            if due.is_empty() {
                return Ok(run);
            }
            let settling: Vec<_> =
                due.iter().map(|row| Box::pin(self.attempt(row, deadline, (&announced, &exportable)))).collect();
            let mut outcomes = stream::iter(settling).buffer_unordered(CONCURRENCY);
            let mut is_over = false;
            while let Some(outcome) = outcomes.next().await {
                match outcome {
                    Outcome::Notified { is_finished, observed: sources } => {
                        run.settled += usize::from(is_finished);
                        observed.extend(sources);
                    }
                    Outcome::Deferred => run.deferred += 1,
                    Outcome::Failed => run.failed += 1,
                    Outcome::NoTime => is_over = true,
                }
            }
            if is_over {
                return Ok(run);
            }
        }
    }

    async fn attempt(&self, row: &JourneyRow, deadline: DateTime<Utc>, waiting: Waiting<'_>) -> Outcome {
        if self.assembly.now() + MARGIN > deadline {
            return Outcome::NoTime;
        }
        work::journey(row.journey);
        match self.announce(row, waiting).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(journey = %row.journey, error = error_chain(&error), "a journey could not be settled");
                if let Err(error) = self.assembly.defer_failed(row).await {
                    tracing::warn!(journey = %row.journey, error = error_chain(&error), "a journey could neither be settled nor deferred; it will be retried at once");
                }
                Outcome::Failed
            }
        }
    }

    async fn announce(&self, due: &JourneyRow, (waiting, exportable): Waiting<'_>) -> Result<Outcome, SettleError> {
        let claimed = match self.assembly.claim(due).await? {
            Due::Settled(claimed) => *claimed,
            Due::GoesOn { assembled, row } => return self.announce_part(&assembled, *row, exportable).await,
            Due::Nothing => return Ok(Outcome::Deferred),
        };
        let Claimed { assembled, settlement, row, counted } = claimed;
        let journey = &assembled.journey;
        if settlement.progress == Progress::Measured {
            note_interrupted(journey.id, journey.revision);
        }
        let mut observed = BTreeSet::new();
        if settlement.needs_announcement() {
            self.state.put_occurrences(&insights::occurrences(&counted, journey, self.width)).await?;
            observed = self.assembly.observe_clocks(&assembled).await?;
            self.bus.put(bus::events(journey)).await?;
        }
        // Traces of a revision whose export has ended are not sent again.
        let needs_export = settlement.is_pending() || row.export_attempts.is_some();
        let export = self.export.as_ref().filter(|_| needs_export);
        let traces = export.and_then(|export| export.traces(journey, row.exported, self.assembly.now()));
        if settlement.needs_measurement() {
            let measures = self.budget.measures(&self.state, journey).await?;
            // The second pass receives until this pass has ended.
            let _ = waiting.unbounded_send(Announced { row, measures, traces });
            return Ok(Outcome::Notified { is_finished: false, observed });
        }
        if let Some(traces) = traces {
            return Ok(match self.assembly.finish_except_export(row).await? {
                Some(row) => {
                    // The third pass receives until this pass has ended.
                    let _ = exportable.unbounded_send(Exportable { row, traces });
                    Outcome::Notified { is_finished: true, observed }
                }
                None => Outcome::Deferred,
            });
        }
        Ok(match self.assembly.finish(row).await? {
            Some(_) => Outcome::Notified { is_finished: true, observed },
            None => Outcome::Deferred,
        })
    }

    /// Passes on the traces of a part of a journey that goes on, before the receiver finds it too old. Nobody else is notified.
    async fn announce_part(
        &self,
        assembled: &Assembled,
        row: JourneyRow,
        exportable: &UnboundedSender<Exportable>,
    ) -> Result<Outcome, SettleError> {
        let journey = &assembled.journey;
        let part = self.export.as_ref().and_then(|export| export.part(journey, row.exported, self.assembly.now()));
        match part {
            Some(traces) => {
                // The third pass receives until this pass has ended.
                let _ = exportable.unbounded_send(Exportable { row, traces });
            }
            None => {
                // What was not exported may be wanted later, if something goes wrong. So it does not count as exported.
                let spans = row.exported.map_or(0, |exported| exported.spans);
                self.assembly.part_exported(row, spans, journey.settles_at.0).await?;
            }
        }
        Ok(Outcome::Deferred)
    }
}
