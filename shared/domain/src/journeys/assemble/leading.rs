//! Whose reports decide when a journey ends and settles: those of the sources with the greatest authority, and of the sources
//! whose ids these name. Other sources add to a journey, and cannot keep it open. It must not know how spans are drawn.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::placed::{PlacedSpan, SpanEnd};
use crate::digest::Digest128;
use crate::journeys::clocks::{Clocks, plus};
use crate::journeys::gathered::{Gathered, Rule};
use crate::journeys::id::Id;
use crate::journeys::origin::Source;
use crate::journeys::policy::Policy;
use crate::journeys::span::SpanType;

/// The sources that lead a journey.
pub(super) struct Leading<'a> {
    sources: BTreeSet<&'a Source>,
    gathered: &'a Gathered,
    policy: &'a Policy,
}

impl<'a> Leading<'a> {
    /// The sources of the greatest authority that report a span, and all that they name: by a link to an id of theirs, or
    /// by a code or a transfer that both report.
    pub(super) fn of(gathered: &'a Gathered, policy: &'a Policy) -> Self {
        let with_spans: BTreeSet<_> = gathered.spans.values().flat_map(|span| &span.sources).collect();
        let known = if with_spans.is_empty() { gathered.sources.keys().collect() } else { with_spans };
        let greatest = known.iter().map(|source| policy.authority_of(source)).max();
        let sources = gathered.sources.keys().filter(|source| Some(policy.authority_of(source)) >= greatest).collect();
        let mut leading = Self { sources, gathered, policy };
        loop {
            let named = leading.named();
            let is_named = |source: &Source| {
                gathered.anchors_of.get(source).is_some_and(|anchors| anchors.iter().any(|id| named.contains(id)))
            };
            let more = gathered.sources.keys().filter(|source| !leading.has(source) && is_named(source));
            let more: Vec<_> = more.collect();
            if more.is_empty() {
                return leading;
            }
            leading.sources.extend(more);
        }
    }

    /// A hash of what they reported, and of the retracted edges.
    pub(super) fn content(&self) -> Digest128 {
        let said = self.sources.iter().filter_map(|source| Some((source, self.gathered.said.get(*source)?)));
        let said: Vec<_> = said.map(|(source, said)| format!("{source} {said:032x}")).collect();
        let retracted = self.gathered.retracted();
        Digest128::of(said.iter().map(String::as_bytes).chain(retracted.map(<[u8; 16]>::as_slice)))
    }

    /// The ids that the leading sources name.
    fn named(&self) -> BTreeSet<&'a Id> {
        let own = |id: &Id| {
            let mut anchors = self.sources.iter().filter_map(|source| self.gathered.anchors_of.get(*source));
            anchors.any(|anchors| anchors.contains(id))
        };
        let edges = self.gathered.edges.values().filter(|edge| !edge.retracted);
        let named = edges.filter(|edge| {
            edge.evidence.keys().any(|(rule, source)| match rule {
                Rule::VerificationCode | Rule::NumberHandoff => own(&edge.a) || own(&edge.b),
                _ => self.has(source),
            })
        });
        named.flat_map(|edge| [&edge.a, &edge.b]).collect()
    }

    /// Whether `source` leads.
    pub(super) fn has(&self, source: &Source) -> bool {
        self.sources.contains(source)
    }

    /// Whether a leading source reports the span.
    pub(super) fn reports(&self, placed: &PlacedSpan) -> bool {
        placed.span.sources.is_empty() || placed.span.sources.iter().any(|source| self.has(source))
    }

    /// The latest time that `source` reports or reports from.
    pub(super) fn last_of(&self, source: &Source, spans: &[PlacedSpan]) -> Option<DateTime<Utc>> {
        let reported = self.gathered.sources.get(source)?;
        let observed = spans.iter().filter(|placed| placed.span.sources.contains(source));
        let happened = observed.flat_map(|placed| {
            let ends = [Some(placed.span.started_at), placed.span.ended_at].into_iter().flatten();
            ends.chain(placed.span.events.iter().map(|event| event.at))
        });
        // A source that reports times in the future has a wrong clock. It must not postpone settling for ever.
        let latest = plus(reported.last, Clocks::MAX_OFFSET);
        Some(happened.map(|at| at.0.min(latest)).fold(reported.last, DateTime::max))
    }

    /// Until then the reports of the other sources count as if a leading source had made them. That is the last report of a
    /// leading source; later, if its span is open or if it says that the customer went on to somebody else.
    pub(super) fn until(&self, spans: &[PlacedSpan]) -> Option<DateTime<Utc>> {
        let last = self.sources.iter().filter_map(|source| self.last_of(source, spans)).max()?;
        Some(self.open_until(spans, last).map_or(last, |open| open.max(last)))
    }

    /// Until when the leading sources leave open what became of the customer. `None` if they say how it ended.
    fn open_until(&self, spans: &[PlacedSpan], last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let own =
            || spans.iter().filter(|placed| self.reports(placed) && placed.faces_customer() && placed.is_observed());
        let lost_from = |placed: &PlacedSpan| match placed.end {
            SpanEnd::LostFrom(from) => Some(from),
            SpanEnd::Reported(_) | SpanEnd::WithLine(_) | SpanEnd::Unattended(_) => None,
        };
        let open = own().filter_map(lost_from).max();
        let end = |placed: &PlacedSpan| placed.until(DateTime::<Utc>::MIN_UTC);
        let ended = own().map(end).max();
        let at_the_end = own().filter(|placed| ended.is_some_and(|at| plus(end(placed), self.policy.transition) >= at));
        let goes_on = |placed: &PlacedSpan| placed.is_transfer() || placed.is(&[SpanType::PlatformHandoff]);
        let went_on = at_the_end.clone().any(goes_on).then(|| plus(last, self.policy.stale));
        open.max(went_on)
    }

    /// Ends the wait for spans of the other sources whose end nobody has reported.
    pub(super) fn bound(&self, spans: &mut [PlacedSpan]) {
        if self.sources.len() == self.gathered.sources.len() {
            return;
        }
        let Some(last) = self.sources.iter().filter_map(|source| self.last_of(source, spans)).max() else { return };
        let open = self.open_until(spans, last);
        for placed in spans.iter_mut() {
            let SpanEnd::LostFrom(from) = placed.end else { continue };
            if self.reports(placed) {
                continue;
            }
            let delay = placed.clock.as_ref().map_or(self.policy.delay, |source| self.policy.delay_of(source));
            placed.end = match open {
                Some(open) => SpanEnd::LostFrom(from.min(open)),
                None => SpanEnd::Unattended(plus(last, delay)),
            };
        }
    }
}
