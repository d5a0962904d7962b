//! A clock that was corrected by a large offset.

use chrono::TimeDelta;

use super::definition::{Definition, Finding};
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::document::Severity;

pub(super) const DEFINITION: Definition = Definition {
    title: "Clock skew",
    severity: Severity::Info,
    finds: "A source's clock differs from another's by half a second or more. Its times are corrected.",
    media: "All.",
    evidence: "A span begins before its parent, a request ends after the span that waits for it, or a customer arrives \
               by a hand-off before having left.",
    defeated_by: "A span that nobody waits for may begin and end after its parent: it shows nothing.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let much = view.clocks.shifts().filter(|(_, shift)| shift.by.abs() >= view.policy.skew);
    much.map(|(source, shift)| {
        let by = duration(shift.by.abs());
        let text = match shift.by < TimeDelta::zero() {
            true => sentences::clock_ahead(source, by, &shift.reference),
            false => sentences::clock_behind(source, by, &shift.reference),
        };
        Finding::new(text, view.spans.iter().filter(|placed| shift.shown_by.contains(&placed.span.key)))
    })
    .collect()
}
