//! A backend that kept the customer waiting.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::{duration, times};
use crate::journeys::document::Severity;
use crate::journeys::span::{Outcome, SpanType};

pub(super) const DEFINITION: Definition = Definition {
    title: "Slow backend",
    severity: Severity::Warning,
    finds: "A request to a backend took `SLOW_BACKEND_MS` or longer. Requests of one name are one insight.",
    media: "All.",
    evidence: "A span of type `backend` of that length, which began while the customer was there.",
    defeated_by: "Nobody waits for it: it is a message or a job (`span.kind` `producer` or `consumer`, `messaging.*`), \
                  it began after its parent had ended, or it began after the customer had left.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut slow: BTreeMap<(&str, &str), Vec<(&PlacedSpan, TimeDelta)>> = BTreeMap::new();
    for placed in view.spans.iter().filter(|placed| placed.is(&[SpanType::Backend]) && is_waited_for(placed, view)) {
        if let Some(took) = placed.duration().filter(|took| *took >= view.policy.slow_backend) {
            slow.entry((&placed.span.platform, &placed.span.name)).or_default().push((placed, took));
        }
    }
    slow.into_iter()
        .map(|((platform, name), requests)| {
            let longest = duration(requests.iter().map(|(_, took)| *took).max().unwrap_or_default());
            let failed = requests.iter().filter(|(placed, _)| placed.span.status == Some(Outcome::Error)).count();
            let text = match (requests.len(), failed) {
                (1, 0) => sentences::slow_request(name, platform, longest),
                (1, _) => sentences::slow_request_failed(name, platform, longest),
                (n, 0) => sentences::slow_requests(name, platform, times(n), longest),
                (n, m) => {
                    let failed = match (n, m) {
                        (2, 2) => "both times".to_owned(),
                        (n, m) if n == m => "each time".to_owned(),
                        (_, m) => times(m),
                    };
                    sentences::slow_requests_failed(name, platform, times(n), failed, longest)
                }
            };
            Finding::new(text, requests.iter().map(|(placed, _)| *placed))
        })
        .collect()
}

/// Whether the customer, or what the customer was in, waited for it.
fn is_waited_for(request: &PlacedSpan, view: &View<'_>) -> bool {
    let at = request.start();
    let parent = request.span.parent.as_ref();
    let parent = parent.and_then(|key| view.spans.iter().find(|placed| placed.span.key == *key));
    let later = parent.and_then(|parent| parent.span.ended_at).is_some_and(|end| end.0 < at);
    let there = view.lines.all().any(|placed| placed.start() <= at && at <= placed.until(view.now));
    request.traits.synchronous != Some(false) && !later && there
}
