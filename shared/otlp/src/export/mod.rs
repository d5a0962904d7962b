//! A settled journey as traces.
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

/// The traces of `journey` for a receiver that takes spans within `window` of `now`.
#[must_use]
pub fn export(journey: &Journey, window: Window, now: DateTime<Utc>) -> Exported {
    let parts = parts::parts(journey);
    let mut exported = Exported::default();
    for (at, part) in parts.iter().enumerate() {
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
