//! The settings behind gaps, insights and status: what counts as long, how late a source may be, who reports what.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::id::Namespace;
use super::origin::Source;
use super::traits::Medium;

/// The settings. [`Policy::default`] knows no platform: the crate `sources` adds its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The source with the correct clock, in which a customer's call arrives. Without one, clocks are compared with the
    /// source with the most spans.
    pub reference: Option<Source>,
    /// The source that reports the ids of a namespace. It is missing when others name such an id and it reports nothing.
    pub reporters: BTreeMap<Namespace, Source>,
    /// How much a source counts beside others, from 1 to 100. A source that is not listed counts least.
    pub authorities: BTreeMap<Source, u8>,
    /// A source of less authority than others cannot move a journey's start further back than this before theirs.
    pub before: TimeDelta,
    /// How long after the last event each source may still report something.
    pub delays: BTreeMap<Source, TimeDelta>,
    /// The delay of a source that is not listed.
    pub delay: TimeDelta,
    /// After this time the end of an open span is considered lost.
    pub stale: TimeDelta,
    /// How long a source may be silent about an open span of a medium that waits by design. Other media: [`Self::stale`].
    pub idle: BTreeMap<Medium, TimeDelta>,
    /// A gap up to this length is a normal step from one span to the next.
    pub transition: TimeDelta,
    /// A phone rings no longer than this. If the customer's line stays up for longer, somebody answered.
    pub ringing: TimeDelta,
    /// A wait in a queue of this length is long.
    pub long_queue: TimeDelta,
    /// A gap of this length is long.
    pub long_gap: TimeDelta,
    /// If nothing is known of a customer for this long, and the line is down, the customer has left.
    pub away: TimeDelta,
    /// A backend request of this length is slow.
    pub slow_backend: TimeDelta,
    /// A clock offset of this size is an insight.
    pub skew: TimeDelta,
    /// This number of hand-offs between people or platforms is an insight.
    pub many_handoffs: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            reference: None,
            reporters: BTreeMap::new(),
            authorities: BTreeMap::new(),
            before: TimeDelta::hours(24),
            delays: BTreeMap::new(),
            delay: TimeDelta::minutes(15),
            stale: TimeDelta::hours(24),
            idle: BTreeMap::from([
                (Medium::Callback, TimeDelta::days(3)),
                (Medium::Email, TimeDelta::days(14)),
                (Medium::Message, TimeDelta::days(7)),
            ]),
            transition: TimeDelta::seconds(3),
            ringing: TimeDelta::seconds(45),
            long_queue: TimeDelta::minutes(2),
            long_gap: TimeDelta::seconds(30),
            away: TimeDelta::hours(1),
            slow_backend: TimeDelta::seconds(3),
            skew: TimeDelta::milliseconds(500),
            many_handoffs: 3,
        }
    }
}

impl Policy {
    /// How long after the last report an open span of `medium` is still open.
    #[must_use]
    pub fn idle_of(&self, medium: Option<Medium>) -> TimeDelta {
        medium.and_then(|medium| self.idle.get(&medium)).copied().unwrap_or(self.stale)
    }

    /// How much `source` counts beside others; 0 if nothing says so.
    #[must_use]
    pub fn authority_of(&self, source: &Source) -> u8 {
        self.authorities.get(source).copied().unwrap_or(0)
    }

    /// How late `source` may report.
    #[must_use]
    pub fn delay_of(&self, source: &Source) -> TimeDelta {
        self.delays.get(source).copied().unwrap_or(self.delay)
    }
}
