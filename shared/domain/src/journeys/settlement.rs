//! Settling as a state machine: how far everyone has been notified of a journey's latest revision.
//!
//! ```text
//!              claim                 begin_measuring             finish
//! (unsettled) ───────► Settled ─────────────────────► Measured ─────────► Notified
//!                                                        │                  ▲
//!                                     durations_refused  ▼  begin_measuring │
//!                                                     Announced ────────────┘
//! ```
//!
//! A claim of new content begins a new revision at `Settled`, from every state. A journey that takes the revision of a part over is
//! `Inherited` until then: it owes nobody anything. Each transition takes effect when it is stored, under the condition that nobody has stored another since. A crash therefore leaves the journey in the
//! state that was stored last, and the next run goes on from there.
//!
//! | who | how often for each revision | because |
//! |---|---|---|
//! | journey bus, insight counts | at least once; more than once only after a crash or a partial failure | they are done before `begin_measuring` is stored, and again in `Settled` and `Measured` |
//! | durations in Datadog | at most once, unless Datadog has refused them | `begin_measuring` is stored before they are sent |

use chrono::{DateTime, TimeDelta, Utc};

use super::assemble::Settled;
use super::clocks::plus;
use crate::digest::Digest128;

/// The latest revision of a journey, and who has been notified of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// The revision and its content.
    pub settled: Settled,
    /// Who has been notified.
    pub progress: Progress,
}

/// How the latest revision came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// When it was claimed.
    pub at: DateTime<Utc>,
    /// What the leading sources had reported by then: see [`super::assemble::led`].
    pub led: Digest128,
}

/// How many revisions of a journey have no pause before the next one, and how long such a pause is at most. A source that reports
/// without end makes no revisions without end.
const LED: (u32, TimeDelta) = (20, TimeDelta::hours(1));

/// The same, while only sources that do not lead the journey have added something.
const NOT_LED: (u32, TimeDelta) = (3, TimeDelta::hours(24));

/// The first pause. Each further one is twice as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// The part of a pause that is kept while somebody is still to be notified of the revision.
const WHILE_PENDING: i32 = 16;

impl Claim {
    /// When content that differs from this revision's may become the next revision. `led` is what the leading sources have reported
    /// by now.
    #[must_use]
    pub fn next_from(self, settlement: Settlement, led: Digest128) -> DateTime<Utc> {
        let (free, longest) = if self.led == led { NOT_LED } else { LED };
        let Some(doubled) = settlement.settled.revision.checked_sub(free) else { return self.at };
        let pause = (FIRST_PAUSE * (1 << doubled.min(8))).min(longest);
        plus(self.at, if settlement.is_pending() { pause / WHILE_PENDING } else { pause })
    }
}

/// Who has been notified of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// A part of the journey had this revision. Nobody is to be notified of it under this journey's id, unless its content
    /// settles again.
    Inherited,
    /// Nobody is known to have been notified.
    Settled,
    /// Datadog may hold the durations, so they are not sent again. The bus may or may not have been notified.
    Measured,
    /// The bus has been notified. Datadog has refused the durations, and they are still to be sent.
    Announced,
    /// Everyone has been notified.
    Notified,
}

/// The durations of a revision that nobody sends any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Datadog does not have them.
    NotSent,
    /// Datadog has them, unless the settler that was sending them has ended.
    PerhapsNotSent,
}

impl Settlement {
    /// Claims `content`: a new revision, unless this content was settled last.
    #[must_use]
    pub fn claim(previous: Option<Self>, content: Digest128) -> Self {
        match previous {
            Some(Self { settled, progress: Progress::Inherited }) if settled.content == content => {
                Self { settled, progress: Progress::Settled }
            }
            Some(previous) if previous.settled.content == content => previous,
            _ => {
                let revision = previous.map_or(0, |previous| previous.settled.revision) + 1;
                Self { settled: Settled { revision, content }, progress: Progress::Settled }
            }
        }
    }

    /// The settlement of a journey whose parts were settled separately. It has the highest revision of all, so that no
    /// revision is used twice. It has its `own` content if it was settled itself.
    #[must_use]
    pub fn merge(own: Option<Self>, parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let parts: Vec<_> = parts.into_iter().collect();
        let revision = own.iter().chain(&parts).map(|part| part.settled.revision).max()?;
        let any = own.or_else(|| parts.first().copied())?;
        let progress = match own {
            Some(own) if own.settled.revision == revision => own.progress,
            _ => Progress::Inherited,
        };
        Some(Self { settled: Settled { revision, ..any.settled }, progress })
    }

    /// Whether somebody is still to be notified.
    #[must_use]
    pub fn is_pending(self) -> bool {
        self.progress != Progress::Notified
    }

    /// Whether the bus and the insight counts may still be missing.
    #[must_use]
    pub fn needs_announcement(self) -> bool {
        matches!(self.progress, Progress::Inherited | Progress::Settled | Progress::Measured)
    }

    /// Whether the durations are still to be sent.
    #[must_use]
    pub fn needs_measurement(self) -> bool {
        matches!(self.progress, Progress::Inherited | Progress::Settled | Progress::Announced)
    }

    /// What is lost if the row of this revision is replaced now.
    #[must_use]
    pub fn lost_if_replaced(self) -> Option<Loss> {
        match self.progress {
            Progress::Settled | Progress::Announced => Some(Loss::NotSent),
            Progress::Measured => Some(Loss::PerhapsNotSent),
            Progress::Inherited | Progress::Notified => None,
        }
    }

    /// The durations are about to be sent.
    #[must_use]
    pub fn begin_measuring(self) -> Self {
        let progress = match self.progress {
            Progress::Inherited | Progress::Settled | Progress::Measured => Progress::Measured,
            Progress::Announced | Progress::Notified => Progress::Notified,
        };
        Self { progress, ..self }
    }

    /// The bus was notified, and Datadog has refused the durations.
    #[must_use]
    pub fn durations_refused(self) -> Self {
        Self { progress: Progress::Announced, ..self }
    }

    /// Everyone was notified, or there is nothing left to notify anyone of.
    #[must_use]
    pub fn finish(self) -> Self {
        Self { progress: Progress::Notified, ..self }
    }
}
