//! Everything that insight rules and the summary look at.

use chrono::{DateTime, TimeDelta, Utc};

use super::call_lines::CallLines;
use super::gaps::GapCandidate;
use super::placed::{PlacedSpan, SpanEnd};
use super::wording::{duration, nth_agent, whereabouts};
use crate::journeys::clocks::plus;
use crate::journeys::document::{TimeAccount, TimeKind};
use crate::journeys::gathered::Gathered;
use crate::journeys::handoff;
use crate::journeys::policy::Policy;
use crate::journeys::skew::Estimate;
use crate::journeys::span::SpanType;
use crate::journeys::traits::Medium;

/// When the customer came and left. The end is `None` while the customer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) start: DateTime<Utc>,
    pub(super) end: Option<DateTime<Utc>>,
}

/// A journey, seen at `now`. For a settled journey `now` is the end of time, so that nothing is pending.
pub(super) struct View<'a> {
    pub(super) gathered: &'a Gathered,
    pub(super) spans: &'a [PlacedSpan],
    pub(super) lines: &'a CallLines<'a>,
    pub(super) gaps: &'a [GapCandidate],
    pub(super) clocks: &'a Estimate,
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
    /// When the customer came and left, and how the time between was spent.
    pub(super) stay: Option<Stay>,
    pub(super) time: TimeAccount,
}

impl View<'_> {
    /// Whether the customer is still there.
    pub(super) fn is_live(&self) -> bool {
        self.spans.iter().any(|placed| placed.keeps_live(self.now))
    }

    /// The time from the start of the journey to `at`, as text.
    pub(super) fn since_start(&self, at: DateTime<Utc>) -> String {
        duration(at - self.stay.map_or(at, |stay| stay.start))
    }

    /// The time until which everything about an open span must have been reported.
    pub(super) fn certain_until(&self, placed: &PlacedSpan) -> DateTime<Utc> {
        let delay = placed.clock.as_ref().map_or(self.policy.delay, |source| self.policy.delay_of(source));
        plus(self.now, -delay)
    }

    /// How long the customer waited in this queue until `end`. The time with an agent who has answered does not count.
    pub(super) fn waited_in_queue(&self, queue: &PlacedSpan, end: DateTime<Utc>) -> TimeDelta {
        TimeDelta::milliseconds(self.time.within(TimeKind::Queue, queue.start(), end))
    }

    /// Where the customer is in `placed`: `with the second agent` if there was more than one agent.
    pub(super) fn place(&self, placed: &PlacedSpan) -> String {
        if placed.is_unanswered_agent() {
            return "while an agent's phone rang".to_owned();
        }
        let agents = self.agents();
        let number = placed.agent().and_then(|agent| agents.iter().position(|other| *other == agent));
        match number {
            Some(number) if agents.len() > 1 => format!("with {}", nth_agent(number + 1)),
            _ if placed.is_in_queue() => whereabouts(SpanType::Queue).to_owned(),
            _ => whereabouts(placed.span.span_type).to_owned(),
        }
    }

    /// Whether it is certain that nothing was reported after `at`. While a journey goes on, sources may still be late.
    /// Otherwise, unreported events are considered absent.
    pub(super) fn absence_is_known(&self, at: DateTime<Utc>) -> bool {
        let delays = self.gathered.sources.keys().map(|source| self.policy.delay_of(source));
        let delay = delays.max().unwrap_or(self.policy.delay);
        !self.is_live() || plus(at, delay) <= self.now
    }

    /// Until then somebody can take over a customer who was released at `at`: a little after the end of the lines that
    /// were up, or after a fixed time if no line was up.
    pub(super) fn last_chance(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let lines = self.lines.all().filter(|line| line.is_line());
        let up = lines.filter(|line| line.start() <= at && plus(line.until(self.now), handoff::TOLERANCE) >= at);
        let end = up.map(|line| line.until(self.now)).max();
        end.map_or_else(|| plus(at, self.policy.long_gap), |end| plus(end.max(at), handoff::TOLERANCE))
    }

    /// The medium of a span: its own, or that of a line of its platform at that time, or voice if there was any call.
    pub(super) fn medium_of(&self, placed: &PlacedSpan) -> Option<Medium> {
        let (from, until) = (placed.start(), placed.until(self.now));
        let meanwhile = self.lines.all().filter(|line| line.is_line());
        let meanwhile: Vec<_> =
            meanwhile.filter(|line| line.start() <= until && from <= line.until(self.now)).collect();
        let own = || meanwhile.iter().find(|line| line.span.platform == placed.span.platform);
        let call = || meanwhile.iter().find(|line| line.is(&[SpanType::Telephony]));
        placed.medium().or_else(|| own().or_else(call).and_then(|line| line.medium()))
    }

    /// Whether people spoke in it.
    pub(super) fn is_voice(&self, placed: &PlacedSpan) -> bool {
        placed.is(&[SpanType::Telephony]) || self.medium_of(placed).is_some_and(Medium::is_voice)
    }

    /// The agents who took the call, in order, each once.
    pub(super) fn agents(&self) -> Vec<&str> {
        self.agents_before(DateTime::<Utc>::MAX_UTC)
    }

    /// The agents who had taken the call before `at`, in order, each once.
    pub(super) fn agents_before(&self, at: DateTime<Utc>) -> Vec<&str> {
        let mut agents = Vec::new();
        // A span for which nobody waits does not say that an agent of others was the second.
        let counts = |agent: &PlacedSpan| !agent.is_unanswered_agent() && !matches!(agent.end, SpanEnd::Unattended(_));
        for agent in self.lines.activities.iter().filter(|agent| agent.start() < at && counts(agent)) {
            agents.extend(agent.agent().filter(|name| !agents.contains(name)));
        }
        agents
    }
}
