//! A journey as traces: a settled one, and the parts of one that goes on.
//!
//! | step | module |
//! |---|---|
//! | which journeys are exported | [`sampling`] |
//! | which spans belong to one trace: one part for each day | `parts` |
//! | ids that follow from the journey, and are the same in every export | [`identity`] |
//! | the spans of a part: a root, legs, spans, links, events | `trace`, `legs` |
//! | attributes | [`conventions`], `attributes` |
//! | requests within the receivers' limits | [`requests`] |
//!
//! All of it is a function of the journey, the options and `now`, which decides only what is too old for the receiver.

mod attributes;
pub mod conventions;
pub mod identity;
mod legs;
mod parts;
pub mod requests;
pub mod sampling;
mod trace;
mod window;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::Span;

pub use requests::LaneSpan;
pub use window::Window;

/// A journey as traces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exported {
    /// The spans, part by part, each with its lane.
    pub spans: Vec<LaneSpan>,
    /// The number of the journey's spans that lie outside the receiver's window. They are not among `spans`.
    pub outside: usize,
}

/// What was exported of a journey before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The time of the last export.
    pub until: DateTime<Utc>,
    /// The number of the journey's spans that were exported, or counted as too old, by then.
    pub spans: usize,
}

/// The traces of `journey` for a receiver that takes spans within `window` of `now`.
#[must_use]
pub fn export(journey: &Journey, window: Window, now: DateTime<Utc>) -> Exported {
    export_since(journey, window, now, None)
}

/// As [`export`], without the parts in which nothing began or ended after `since`.
#[must_use]
pub fn export_since(journey: &Journey, window: Window, now: DateTime<Utc>, since: Option<DateTime<Utc>>) -> Exported {
    let parts = parts::parts(journey);
    let mut exported = Exported::default();
    let is_new = |span: &Span| since.is_none_or(|since| parts::end(span) > since);
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.spans.iter().any(|node| is_new(node.span))) {
        let around = trace::Neighbours {
            previous: at.checked_sub(1).and_then(|at| parts.get(at)).map(|part| part.day),
            next: parts.get(at + 1).map(|part| part.day),
            count: parts.len(),
        };
        let taken: Vec<_> = part.spans.iter().copied().filter(|node| window.takes(node.span, now)).collect();
        exported.outside += part.spans.len() - taken.len();
        exported.spans.extend(trace::spans(journey, part, &taken, &around));
    }
    exported
}

/// The number of the journey's spans that no export has carried or will carry, because they are outside `window`. Spans that an
/// export has counted `before` are not counted again.
#[must_use]
pub fn lost(journey: &Journey, window: Window, now: DateTime<Utc>, before: Option<Before>) -> usize {
    let outside = |span: &&Span| !window.takes(span, now);
    let Some(Before { until, spans }) = before else { return journey.spans.iter().filter(outside).count() };
    let (earlier, later): (Vec<_>, Vec<_>) = journey.spans.iter().partition(|span| span.started_at.0 <= until);
    // A span that was reported late is among the earlier ones, but was in no export.
    let reported_late = earlier.len().saturating_sub(spans);
    let late = earlier.into_iter().filter(outside).count().min(reported_late);
    later.into_iter().filter(outside).count() + late
}
