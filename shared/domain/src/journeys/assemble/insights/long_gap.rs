//! A long time in which no source reported anything.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::document::{GapClass, Severity};

pub(super) const DEFINITION: Definition = Definition {
    title: "Long gap",
    severity: Severity::Warning,
    finds: "No source reported what happened to the customer for `LONG_GAP_SECONDS` or more.",
    media: "Voice and chat. In messages and e-mails, time passes between answers.",
    evidence: "A gap of class `missing_data` of that length.",
    defeated_by: "A call-back was scheduled for a time in or after the gap; the customer waited, or the next contact \
                  began after it; the clocks differ by as much; a source may still be late.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let long = view.gaps.iter().filter_map(|candidate| {
        let length = candidate.gap.ended_at.0 - candidate.gap.started_at.0;
        if candidate.gap.class != GapClass::MissingData || length < view.policy.long_gap {
            return None;
        }
        let (first, rest) = candidate.gap.reason.split_at_checked(1).unwrap_or_default();
        let text = sentences::long_gap(duration(length), format_args!("{}{rest}", first.to_lowercase()));
        Some(Finding { text, spans: candidate.around.clone() })
    });
    long.collect()
}
