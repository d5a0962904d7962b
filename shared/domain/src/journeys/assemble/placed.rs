//! A span in its place on the journey's time line, with the properties that rules use.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use crate::journeys::document::Span;
use crate::journeys::origin::Source;
use crate::journeys::span::{SpanKey, SpanType};
use crate::journeys::traits::{EndReason, Medium, Traits};

/// The flag of a span whose end was dropped because it was before the start.
pub const ENDS_BEFORE_IT_STARTS: &str = "ends_before_it_starts";
/// The flag of a span whose end will not be reported any more.
pub const END_LOST: &str = "end_lost";
/// The flag of a span whose length is known and whose position is estimated. Its source sets the attribute
/// `position` to `estimated`.
pub const ESTIMATED_POSITION: &str = "estimated_position";
/// The flag of a span that nobody observed. It holds a point event that belongs to no other span.
pub const POINT_EVENT_ONLY: &str = "only_a_moment";

/// A span in its place.
#[derive(Debug, Clone)]
pub(super) struct PlacedSpan {
    /// As the document shows it.
    pub(super) span: Span,
    pub(super) traits: Traits,
    /// The source of the clock on which its times are.
    pub(super) clock: Option<Source>,
    pub(super) end: SpanEnd,
}

/// When a span is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpanEnd {
    /// A source reported the end.
    Reported(DateTime<Utc>),
    /// No source reported the end, but the line of the span ended then.
    WithLine(DateTime<Utc>),
    /// No source reported the end. From this time on, it is considered lost.
    LostFrom(DateTime<Utc>),
    /// No source reported the end, and the journey does not wait for it: the sources that lead the journey have said how it
    /// ended. From this time on, the end is considered lost.
    Unattended(DateTime<Utc>),
}

impl PlacedSpan {
    pub(super) fn start(&self) -> DateTime<Utc> {
        self.span.started_at.0
    }

    /// The latest time at which the customer can have been in it, as far as is known at `now`.
    pub(super) fn until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.end {
            SpanEnd::Reported(end) | SpanEnd::WithLine(end) => end.max(self.start()),
            SpanEnd::LostFrom(from) if from <= now => self.start(),
            SpanEnd::Unattended(_) => self.start(),
            SpanEnd::LostFrom(_) => DateTime::<Utc>::MAX_UTC,
        }
    }

    /// Its duration, if its end is known.
    pub(super) fn duration(&self) -> Option<TimeDelta> {
        self.span.ended_at.map(|end| end.0 - self.start())
    }

    /// Whether it is open at `now`: no source has reported its end, and one still may.
    pub(super) fn is_live(&self, now: DateTime<Utc>) -> bool {
        matches!(self.end, SpanEnd::LostFrom(from) if now < from)
    }

    /// Whether the customer is in it at `now`. Work on a case, a job of a backend, wrap-up and the way to another
    /// platform may stay open for long after the customer has left.
    pub(super) fn keeps_live(&self, now: DateTime<Utc>) -> bool {
        self.is_live(now) && self.faces_customer() && !self.is(&[SpanType::PlatformHandoff])
    }

    pub(super) fn is(&self, types: &[SpanType]) -> bool {
        types.contains(&self.span.span_type)
    }

    /// Whether the customer takes part in it.
    pub(super) fn faces_customer(&self) -> bool {
        !self.is(&[SpanType::Backend, SpanType::Crm, SpanType::WrapUp])
    }

    /// Whether it is a customer's whole leg on a platform, and not one activity in that leg.
    pub(super) fn is_line(&self) -> bool {
        self.is(&[SpanType::Telephony, SpanType::Message])
    }

    /// How customer and contact centre talk in it, if that is known.
    pub(super) fn medium(&self) -> Option<Medium> {
        let of_type = match self.span.span_type {
            SpanType::Message => Some(Medium::Message),
            SpanType::Telephony => Some(Medium::Voice),
            _ => None,
        };
        self.traits.medium.or(of_type)
    }

    /// Whether people write in it.
    pub(super) fn is_written(&self) -> bool {
        self.medium().is_some_and(Medium::is_written)
    }

    /// Whether it is an agent whose phone rang and who did not answer.
    pub(super) fn is_unanswered_agent(&self) -> bool {
        let shows = |name: &str| self.span.events.iter().any(|event| event.name == name);
        let tried = ["alert", "contact", "dial"].into_iter().any(shows);
        self.is(&[SpanType::AgentInteraction]) && self.span.ended_at.is_some() && tried && !shows("answer")
    }

    /// Whether it is what a customer hears while waiting in a queue.
    pub(super) fn is_in_queue(&self) -> bool {
        self.traits.in_queue.unwrap_or(false)
    }

    /// Whether a source observed it.
    pub(super) fn is_observed(&self) -> bool {
        !self.span.flags.contains(&POINT_EVENT_ONLY)
    }

    /// Whether its length is known and its position is estimated.
    pub(super) fn is_estimated(&self) -> bool {
        self.span.flags.contains(&ESTIMATED_POSITION)
    }

    /// Whether the customer was transferred at its end.
    pub(super) fn is_transfer(&self) -> bool {
        self.traits.end_reason.is_some_and(EndReason::is_transfer)
    }

    /// The agent's id, which all sessions of one agent share. A session without an agent's id has its own.
    pub(super) fn agent(&self) -> Option<&str> {
        let known = self.traits.agent.as_deref().unwrap_or(self.span.key.as_str());
        self.is(&[SpanType::AgentInteraction]).then_some(known)
    }

    /// The order of spans: by start, the longest first.
    pub(super) fn order(&self) -> (DateTime<Utc>, Reverse<DateTime<Utc>>, &SpanKey) {
        let end = self.span.ended_at.map_or(DateTime::<Utc>::MAX_UTC, |end| end.0);
        (self.start(), Reverse(end), &self.span.key)
    }
}
