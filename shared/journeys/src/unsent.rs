//! Durations of a revision that nobody sends any more, because something else takes the place of its row. A line of the log says so.
//!
//! The line is written before the row is replaced: after it, a process that dies or loses the response could not know any more. So
//! a line can come twice, when the write is refused and tried again.

use cxtrace_domain::journeys::{JourneyId, Loss, Settlement};
use cxtrace_store::correlation::JourneyRow;

/// Why the durations are not sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// The journey became part of another one.
    Merged,
    /// The journey took over a higher revision of a part of it.
    Raised,
    /// The journey was erased.
    Erased,
    /// The journey has no facts any more.
    Expired,
    /// The journey is too large to be read.
    TooLarge,
}

impl Replaced {
    fn as_str(self) -> &'static str {
        match self {
            Self::Merged => "the journey became part of another one",
            Self::Raised => "a part of the journey had a higher revision",
            Self::Erased => "the journey was erased",
            Self::Expired => "its facts have expired",
            Self::TooLarge => "the journey is too large to be read",
        }
    }
}

/// Logs that the durations of `row` are not sent any more, if some are pending. A redirect has nothing pending: this was logged when
/// it took the place of its journey's row.
pub(crate) fn note_of_row(row: &JourneyRow, why: Replaced) {
    let Some(settlement) = row.settlement.filter(|_| row.listing().is_some()) else { return };
    let revision = settlement.settled.revision;
    match settlement.lost_if_replaced() {
        Some(Loss::NotSent) => tracing::warn!(
            journey = %row.journey,
            revision,
            reason = why.as_str(),
            "the durations of a revision are not sent any more"
        ),
        Some(Loss::PerhapsNotSent) => note_interrupted(row.journey, revision),
        None => {}
    }
}

/// Logs that the durations of a revision are not sent any more because `journey` gets the next one, if they are pending.
pub(crate) fn note_superseded(journey: JourneyId, earlier: Settlement) {
    let revision = earlier.settled.revision;
    match earlier.lost_if_replaced() {
        Some(Loss::NotSent) => tracing::warn!(
            %journey,
            revision,
            "the durations of a revision were not sent before the journey got another one"
        ),
        Some(Loss::PerhapsNotSent) => note_interrupted(journey, revision),
        None => {}
    }
}

/// Logs that the durations of a revision may be missing: whoever was sending them has not noted the end.
pub fn note_interrupted(journey: JourneyId, revision: u32) {
    tracing::error!(
        %journey,
        revision,
        "a settler ended between noting that it sends durations and noting that it has; they may be missing and are not sent again"
    );
}
