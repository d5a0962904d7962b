//! What counts as long, and how late a source may be: the numbers behind gaps, insights and status.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::fact::Source;
use super::id::Namespace;

/// The numbers. [`Policy::default`] suits voice and messaging with Genesys Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long after the last thing that happened each source may still tell of it.
    pub delays: BTreeMap<Source, TimeDelta>,
    /// The same for a source that is not listed.
    pub delay: TimeDelta,
    /// Who tells of the ids of a namespace, so that it is missed when others name such an id and it tells nothing.
    pub tellers: BTreeMap<Namespace, Source>,
    /// A span that has been open for this long is taken as one whose end was lost.
    pub stale: TimeDelta,
    /// An uncovered time up to this is how long a transition takes.
    pub transition: TimeDelta,
    /// Waiting in a queue for this long is long.
    pub long_queue: TimeDelta,
    /// An uncovered time of this length is long.
    pub long_gap: TimeDelta,
    /// A backend that takes this long is slow.
    pub slow_backend: TimeDelta,
    /// A correction of this much between two sources is worth telling.
    pub skew: TimeDelta,
    /// This many hand-offs between people or platforms are many.
    pub many_handoffs: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            delays: BTreeMap::new(),
            delay: TimeDelta::minutes(15),
            tellers: BTreeMap::from([(Namespace::GENESYS_CONVERSATION, Source::genesys())]),
            stale: TimeDelta::hours(24),
            transition: TimeDelta::seconds(3),
            long_queue: TimeDelta::minutes(2),
            long_gap: TimeDelta::seconds(30),
            slow_backend: TimeDelta::seconds(3),
            skew: TimeDelta::milliseconds(500),
            many_handoffs: 3,
        }
    }
}

impl Policy {
    /// How long `source` may be late.
    #[must_use]
    pub fn delay_of(&self, source: &Source) -> TimeDelta {
        self.delays.get(source).copied().unwrap_or(self.delay)
    }
}
