//! How final a journey is, and when it will be.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::leading::Leading;
use super::placed::{PlacedSpan, SpanEnd};
use crate::digest::Digest128;
use crate::journeys::clocks::{Clocks, plus};
use crate::journeys::document::Status;
use crate::journeys::gathered::Gathered;
use crate::journeys::id::Id;
use crate::journeys::origin::Source;
use crate::journeys::policy::Policy;

/// The last settlement of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How often it has been settled.
    pub revision: u32,
    /// The content that was settled: see [`Gathered::content`].
    pub content: Digest128,
}

/// How final it is at `now`.
pub(super) fn status(
    gathered: &Gathered,
    spans: &[PlacedSpan],
    settled: Option<Settled>,
    now: DateTime<Utc>,
) -> Status {
    match settled {
        Some(settled) if settled.content == gathered.content() => Status::Settled,
        Some(_) => Status::Revised,
        None if spans.iter().any(|placed| placed.keeps_live(now)) => Status::Live,
        None => Status::Provisional,
    }
}

/// An id that other sources name, and about which its own source has reported nothing.
pub(super) struct SilentSource<'a> {
    pub(super) id: &'a Id,
    /// The source that should report it.
    pub(super) reporter: &'a Source,
    /// The sources that named it.
    pub(super) named_by: BTreeSet<&'a Source>,
    /// When it was named first.
    first: DateTime<Utc>,
    /// Until then its source may still report it.
    pub(super) until: DateTime<Utc>,
}

/// Every id about which its own source is silent.
pub(super) fn silent_sources<'a>(gathered: &'a Gathered, policy: &'a Policy) -> impl Iterator<Item = SilentSource<'a>> {
    let ends =
        gathered.edges.values().filter(|edge| !edge.retracted).flat_map(|edge| [(&edge.a, edge), (&edge.b, edge)]);
    ends.filter(|(id, _)| !gathered.anchors.contains_key(id) && !gathered.quarantined.contains(id)).filter_map(
        |(id, edge)| {
            let reporter = policy.reporters.get(id.namespace())?;
            let first = edge.evidence.values().map(|evidence| evidence.at).min()?;
            let named_by = edge.evidence.keys().map(|(_, source)| source).collect();
            Some(SilentSource { id, reporter, named_by, first, until: plus(first, policy.delay_of(reporter)) })
        },
    )
}

/// When every source has had the time to report. It depends on the facts alone.
///
/// It is the latest of these: for each source, its delay after the last event or report; for an open span, the time from
/// which its end is lost; for a silent source, its delay after it was named. Only the sources that lead the journey postpone
/// it: see [`Leading`].
pub(super) fn settles_at(gathered: &Gathered, spans: &[PlacedSpan], policy: &Policy) -> Option<DateTime<Utc>> {
    let leading = Leading::of(gathered, policy);
    let until = leading.until(spans);
    // Another source has its whole delay after the leading ones, and cannot prolong it by reporting again.
    let bound = |at: DateTime<Utc>| until.map_or(at, |until| at.min(until));
    let reported = gathered.sources.keys().filter_map(|source| {
        let last = leading.last_of(source, spans)?;
        let last = if leading.has(source) { last } else { bound(last) };
        Some(plus(last, policy.delay_of(source)))
    });
    let open = spans.iter().filter_map(|placed| {
        let SpanEnd::LostFrom(from) = placed.end else { return None };
        let reported = placed.clock.as_ref().and_then(|source| gathered.sources.get(source))?;
        let last = placed.traits.scheduled_for.map_or(reported.last, |agreed| agreed.max(reported.last));
        let latest = plus(plus(last, Clocks::MAX_OFFSET), policy.idle_of(placed.medium()));
        Some(from.min(latest))
    });
    let silent = silent_sources(gathered, policy).map(|silent| {
        let is_led = silent.named_by.iter().any(|source| leading.has(source));
        let first = if is_led { silent.first } else { bound(silent.first) };
        plus(first, policy.delay_of(silent.reporter))
    });
    reported.chain(open).chain(silent).max()
}
