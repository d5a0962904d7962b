//! A bucket's ledger: what the table knows of one series in one bucket, and what must follow from it.
//!
//! The ledger is read with strong consistency and gives a *plan* as a pure function. Doing a plan twice
//! changes nothing: totals are absolute, and what has been moved is marked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::bucket::Bucket;
use super::occurrence::OccurrenceId;

/// Where an occurrence was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The bucket that counts it now.
    pub to: Bucket,
    /// Whether Datadog may hold it in this bucket as well.
    pub uncertain: bool,
}

/// Everything known of one series in one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The occurrences stored here.
    pub occurrences: BTreeSet<OccurrenceId>,
    /// Those which another bucket counts. A move may stand here without its occurrence: then it was
    /// redirected before it was stored, and if it is stored later it does not count here.
    pub moves: BTreeMap<OccurrenceId, Move>,
    /// The greatest total that Datadog has answered for with "accepted".
    pub accepted: u64,
    /// The greatest total sent whose fate is unknown: no answer came, or not yet.
    pub attempted: u64,
}

/// What must be done for a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Datadog holds the total: nothing.
    Settled,
    /// The bucket is open: send this total.
    Publish {
        /// How many occurrences count here.
        total: u64,
    },
    /// The bucket has closed with occurrences that Datadog has not accepted: move these.
    Late {
        /// Each occurrence to move, and whether Datadog may hold it already.
        moves: Vec<(OccurrenceId, bool)>,
    },
}

impl Ledger {
    /// How many occurrences count in this bucket.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.remaining().count() as u64
    }

    fn remaining(&self) -> impl Iterator<Item = &OccurrenceId> {
        self.occurrences.iter().filter(|id| !self.moves.contains_key(id))
    }

    /// The moves whose occurrence is stored here: each must have its copy in the bucket it went to.
    pub fn moved(&self) -> impl Iterator<Item = (OccurrenceId, Move)> {
        self.moves.iter().filter(|(id, _)| self.occurrences.contains(id)).map(|(id, to)| (*id, *to))
    }

    /// What to do at `now`. With `historical`, Datadog takes points of any age and no bucket closes.
    ///
    /// Late are exactly as many occurrences as the bucket holds beyond the accepted total; which ones
    /// does not matter, for within a series they are alike. Of these, as many are uncertain as were sent
    /// without an answer: Datadog may hold them or not, and nobody can know.
    #[must_use]
    pub fn plan(&self, bucket: Bucket, now: DateTime<Utc>, historical: bool) -> Plan {
        let total = self.total();
        if total <= self.accepted {
            return Plan::Settled;
        }
        if historical || bucket.is_open(now) {
            return Plan::Publish { total };
        }
        let late = usize::try_from(total - self.accepted).unwrap_or(usize::MAX);
        let flagged = self.moved().filter(|(_, to)| to.uncertain).count() as u64;
        let uncertain = self.attempted.saturating_sub(self.accepted).saturating_sub(flagged);
        let uncertain = usize::try_from(uncertain).unwrap_or(usize::MAX);
        let moves = self.remaining().take(late).enumerate().map(|(n, id)| (*id, n < uncertain)).collect();
        Plan::Late { moves }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u8) -> OccurrenceId {
        OccurrenceId::from_bytes([n; 16])
    }

    fn ledger(occurrences: u8, accepted: u64, attempted: u64) -> Ledger {
        Ledger { occurrences: (0..occurrences).map(id).collect(), moves: BTreeMap::new(), accepted, attempted }
    }

    fn now(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    const BUCKET: Bucket = Bucket::TIMELESS;

    #[test]
    fn an_open_bucket_publishes_its_total_unless_datadog_holds_it() {
        assert_eq!(ledger(3, 0, 0).plan(BUCKET, now(54), false), Plan::Publish { total: 3 });
        assert_eq!(ledger(3, 2, 2).plan(BUCKET, now(54), false), Plan::Publish { total: 3 });
        assert_eq!(ledger(3, 3, 3).plan(BUCKET, now(54), false), Plan::Settled);
        assert_eq!(ledger(0, 0, 0).plan(BUCKET, now(54), false), Plan::Settled);
    }

    #[test]
    fn a_closed_bucket_moves_what_was_never_accepted() {
        let Plan::Late { moves } = ledger(5, 3, 3).plan(BUCKET, now(55), false) else { panic!("not late") };
        assert_eq!(moves, vec![(id(0), false), (id(1), false)]);
    }

    #[test]
    fn what_was_sent_without_an_answer_is_uncertain_and_the_rest_is_not() {
        let Plan::Late { moves } = ledger(5, 1, 3).plan(BUCKET, now(55), false) else { panic!("not late") };
        assert_eq!(moves.iter().map(|(_, uncertain)| *uncertain).collect::<Vec<_>>(), vec![true, true, false, false]);
    }

    #[test]
    fn a_bucket_of_any_age_is_published_when_history_is_taken() {
        assert_eq!(ledger(5, 3, 3).plan(BUCKET, now(100_000), true), Plan::Publish { total: 5 });
    }

    #[test]
    fn an_occurrence_redirected_before_it_was_stored_does_not_count_here() {
        let mut ledger = ledger(2, 0, 0);
        ledger.moves.insert(id(1), Move { to: BUCKET, uncertain: false });
        ledger.moves.insert(id(9), Move { to: BUCKET, uncertain: false });
        assert_eq!(ledger.total(), 1);
        assert_eq!(ledger.moved().map(|(id, _)| id).collect::<Vec<_>>(), vec![id(1)]);
    }

    proptest! {
        /// However often a late plan is interrupted, as many are moved in all as were late at first, and
        /// as many of them are flagged as were uncertain.
        #[test]
        fn an_interrupted_move_is_finished_and_moves_no_more(stored in 0_u8..30, accepted in 0_u64..30, attempted in 0_u64..30, steps in proptest::collection::vec(0_usize..6, 40)) {
            let accepted = accepted.min(u64::from(stored));
            let attempted = attempted.min(u64::from(stored));
            let mut ledger = ledger(stored, accepted, attempted);
            for step in steps {
                let Plan::Late { moves } = ledger.plan(BUCKET, now(56), false) else { break };
                for (id, uncertain) in moves.into_iter().take(step) {
                    ledger.moves.insert(id, Move { to: Bucket::starting_at(9_999), uncertain });
                }
            }
            if let Plan::Late { moves } = ledger.plan(BUCKET, now(56), false) {
                for (id, uncertain) in moves {
                    ledger.moves.insert(id, Move { to: Bucket::starting_at(9_999), uncertain });
                }
            }
            prop_assert_eq!(ledger.total(), accepted);
            prop_assert_eq!(ledger.plan(BUCKET, now(56), false), Plan::Settled);
            let flagged = ledger.moved().filter(|(_, to)| to.uncertain).count() as u64;
            prop_assert_eq!(flagged, attempted.saturating_sub(accepted));
        }
    }
}
