//! How final a journey is, and when it will be.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Settled;
use super::spans::{Over, Part};
use crate::journeys::document::Status;
use crate::journeys::fact::Source;
use crate::journeys::gathered::Gathered;
use crate::journeys::id::Id;
use crate::journeys::policy::Policy;
use crate::journeys::skew::{Clocks, plus};

/// How final it is at `now`.
pub(super) fn status(gathered: &Gathered, parts: &[Part], settled: Option<Settled>, now: DateTime<Utc>) -> Status {
    match settled {
        Some(settled) if settled.content == gathered.content() => Status::Settled,
        Some(_) => Status::Revised,
        None if parts.iter().any(|part| part.is_live(now)) => Status::Live,
        None => Status::Provisional,
    }
}

/// An id that was named, and of which the source that should tell of it has told nothing.
pub(super) struct Silence<'a> {
    pub(super) id: &'a Id,
    pub(super) teller: &'a Source,
    /// Who named it.
    pub(super) by: BTreeSet<&'a Source>,
    /// When the teller will have had its time.
    pub(super) until: DateTime<Utc>,
}

/// Every id that its own source is silent of.
pub(super) fn silences<'a>(gathered: &'a Gathered, policy: &'a Policy) -> impl Iterator<Item = Silence<'a>> {
    let ends =
        gathered.edges.values().filter(|edge| !edge.retracted).flat_map(|edge| [(&edge.a, edge), (&edge.b, edge)]);
    ends.filter(|(id, _)| !gathered.anchors.contains_key(id) && !gathered.quarantined.contains(id)).filter_map(
        |(id, edge)| {
            let teller = policy.tellers.get(id.namespace())?;
            let first = edge.evidence.values().map(|evidence| evidence.at).min()?;
            let by = edge.evidence.keys().map(|(_, source)| source).collect();
            Some(Silence { id, teller, by, until: plus(first, policy.delay_of(teller)) })
        },
    )
}

/// When every source will have told what it has: for each, its delay after the last thing that happened or was
/// told, or after it was named; and when a span that goes on would be stale. It follows from the facts alone.
pub(super) fn settles_at(gathered: &Gathered, parts: &[Part], policy: &Policy) -> Option<DateTime<Utc>> {
    let told = gathered.sources.iter().map(|(source, told)| {
        let observed = parts.iter().filter(|part| part.span.sources.contains(source));
        let happened = observed.flat_map(|part| {
            let ends = [Some(part.span.started_at), part.span.ended_at].into_iter().flatten();
            ends.chain(part.span.events.iter().map(|event| event.at))
        });
        // A source that tells of the future has a wrong clock, and must not put this off for ever.
        let latest = plus(told.last, Clocks::MOST);
        let last = happened.map(|at| at.0.min(latest)).fold(told.last, DateTime::max);
        plus(last, policy.delay_of(source))
    });
    let open = parts.iter().filter_map(|part| {
        let Over::Stale(from) = part.over else { return None };
        let told = part.clock.as_ref().and_then(|source| gathered.sources.get(source));
        let latest = told.map(|told| plus(plus(told.last, Clocks::MOST), policy.stale));
        Some(latest.map_or(from, |latest| from.min(latest)))
    });
    let silent = silences(gathered, policy).map(|silence| silence.until);
    told.chain(open).chain(silent).max()
}
