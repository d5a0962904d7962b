//! A bucket's ledger: everything that the table stores about one series in one bucket, and the next step that follows
//! from it.
//!
//! The ledger is read with strong consistency and gives a *plan* as a pure function. Carrying a plan out twice
//! changes nothing: totals are absolute, and a carry is decided once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::bucket::{Bucket, BucketWidth};
use super::carry::{Carried, Carry};
use super::occurrence::OccurrenceId;

/// Everything known of one series in one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub occurrences: BTreeSet<OccurrenceId>,
    /// The occurrences that another bucket counts, each with that bucket. A redirect can exist before its occurrence is
    /// stored. If the occurrence is stored later, it does not count here.
    pub redirects: BTreeMap<OccurrenceId, Bucket>,
    /// How many occurrences were carried here from closed buckets.
    pub received: u64,
    /// How many occurrences were carried away from here.
    pub carried: Carried,
    /// The greatest total that Datadog has accepted.
    pub accepted: u64,
    /// The greatest total that was sent and that Datadog may hold, because there is no response, or not yet.
    pub attempted: u64,
}

/// The next step for a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Datadog holds the total. Nothing is left to do.
    Settled,
    /// The bucket is open: send this total.
    Publish {
        /// How many occurrences count here.
        total: u64,
    },
    /// The bucket has closed with occurrences that Datadog has not accepted. These must be carried.
    Late {
        /// How many occurrences there are.
        count: u64,
        /// How many of them Datadog may hold already.
        uncertain: u64,
    },
}

impl Ledger {
    /// How many occurrences count in this bucket.
    #[must_use]
    pub fn total(&self) -> u64 {
        let stored = self.occurrences.iter().filter(|id| !self.redirects.contains_key(id)).count() as u64;
        (stored + self.received).saturating_sub(self.carried.count)
    }

    /// The redirects whose occurrence is stored here: each must have its copy in the bucket that counts it.
    pub fn redirected(&self) -> impl Iterator<Item = (OccurrenceId, Bucket)> {
        self.redirects.iter().filter(|(id, _)| self.occurrences.contains(id)).map(|(id, to)| (*id, *to))
    }

    /// What to do at `now`. With `historical`, Datadog takes points of any age and no bucket closes.
    ///
    /// Exactly the occurrences beyond the accepted total are late. The stream records of the batch do not matter,
    /// because an earlier total may contain them. Datadog may hold those that were sent without a response. Uncertain
    /// occurrences that earlier carries reported are not reported again.
    #[must_use]
    pub fn plan(&self, bucket: Bucket, now: DateTime<Utc>, historical: bool) -> Plan {
        let total = self.total();
        if total <= self.accepted {
            return Plan::Settled;
        }
        if historical || bucket.is_open(now) {
            return Plan::Publish { total };
        }
        let count = total - self.accepted;
        let unanswered = self.attempted.saturating_sub(self.accepted);
        let uncertain = unanswered.saturating_sub(self.carried.uncertain).min(count);
        Plan::Late { count, uncertain }
    }

    /// The carry that a plan requires at `now`, into the current bucket. `None` unless something is late.
    #[must_use]
    pub fn carry(&self, bucket: Bucket, now: DateTime<Utc>, width: BucketWidth, historical: bool) -> Option<Carry> {
        let Plan::Late { count, uncertain } = self.plan(bucket, now, historical) else { return None };
        Some(Carry { number: self.carried.number() + 1, to: width.bucket(now), count, uncertain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> OccurrenceId {
        OccurrenceId::from_bytes([n; 16])
    }

    fn ledger(occurrences: u8, accepted: u64, attempted: u64) -> Ledger {
        Ledger { occurrences: (0..occurrences).map(id).collect(), accepted, attempted, ..Ledger::default() }
    }

    fn now(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    const BUCKET: Bucket = Bucket::starting_at(0);

    #[test]
    fn an_open_bucket_publishes_its_total_unless_datadog_holds_it() {
        assert_eq!(ledger(3, 0, 0).plan(BUCKET, now(54), false), Plan::Publish { total: 3 });
        assert_eq!(ledger(3, 2, 2).plan(BUCKET, now(54), false), Plan::Publish { total: 3 });
        assert_eq!(ledger(3, 3, 3).plan(BUCKET, now(54), false), Plan::Settled);
        assert_eq!(ledger(0, 0, 0).plan(BUCKET, now(54), false), Plan::Settled);
    }

    #[test]
    fn a_closed_bucket_carries_what_was_never_accepted_to_the_current_bucket() {
        let ledger = ledger(5, 3, 3);
        assert_eq!(ledger.plan(BUCKET, now(55), false), Plan::Late { count: 2, uncertain: 0 });
        let carry = Carry { number: 1, to: Bucket::starting_at(3_300), count: 2, uncertain: 0 };
        assert_eq!(ledger.carry(BUCKET, now(55), BucketWidth::default(), false), Some(carry));
    }

    #[test]
    fn what_was_sent_without_a_response_is_uncertain_and_the_rest_is_not() {
        assert_eq!(ledger(5, 1, 3).plan(BUCKET, now(55), false), Plan::Late { count: 4, uncertain: 2 });
    }

    #[test]
    fn what_was_carried_does_not_count_here_and_what_was_received_does() {
        let carry = Carry { number: 1, to: Bucket::starting_at(9_990), count: 4, uncertain: 2 };
        let mut ledger = Ledger { received: 2, ..ledger(3, 1, 3) };
        ledger.carried = ledger.carried.with(carry);
        assert_eq!((ledger.total(), ledger.plan(BUCKET, now(55), false)), (1, Plan::Settled));
        ledger.received = 5;
        assert_eq!(ledger.plan(BUCKET, now(55), false), Plan::Late { count: 3, uncertain: 0 });
    }

    #[test]
    fn a_bucket_of_any_age_is_published_when_history_is_taken() {
        assert_eq!(ledger(5, 3, 3).plan(BUCKET, now(100_000), true), Plan::Publish { total: 5 });
    }

    #[test]
    fn an_occurrence_redirected_before_it_was_stored_does_not_count_here() {
        let mut ledger = ledger(2, 0, 0);
        ledger.redirects.insert(id(1), BUCKET);
        ledger.redirects.insert(id(9), BUCKET);
        assert_eq!(ledger.total(), 1);
        assert_eq!(ledger.redirected().map(|(id, _)| id).collect::<Vec<_>>(), vec![id(1)]);
    }
}
