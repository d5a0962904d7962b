//! The arithmetic of late counts. Whatever is lost, refused or interrupted, Datadog holds every occurrence, and holds
//! at most as many twice as are reported as uncertain. Two wrong rules show that the law can fail.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{Bucket, BucketWidth, Carry, Ledger, OccurrenceId, Plan};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How the publisher works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// As designed.
    Designed,
    /// A started carry counts as finished.
    NeverFinishes,
    /// The stream records of the batch are carried, and not the part of the total that was not accepted.
    CarriesRecordsInHand,
}

/// The result of one attempt to update a ledger.
#[derive(Debug, Clone, Copy)]
enum Attempt {
    Accepted,
    /// Datadog accepted the total, and the response was lost.
    Unanswered,
    /// The request was lost.
    Lost,
    Refused,
    /// The process dies after the first write.
    Crashed,
    /// The process dies before it acknowledges finished work.
    Redelivered,
}

#[derive(Debug, Clone)]
enum Step {
    Arrive { bucket: i64, occurrences: u64 },
    Wait { minutes: i64 },
    Work { ledger: usize, attempt: Attempt },
}

fn attempt() -> impl Strategy<Value = Attempt> {
    use Attempt::{Accepted, Crashed, Lost, Redelivered, Refused, Unanswered};
    prop::sample::select(vec![Accepted, Unanswered, Lost, Refused, Crashed, Redelivered])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_i64..6, 1_u64..4).prop_map(|(bucket, occurrences)| Step::Arrive { bucket, occurrences }),
        (0_i64..90).prop_map(|minutes| Step::Wait { minutes }),
        (0_usize..8, attempt()).prop_map(|(ledger, attempt)| Step::Work { ledger, attempt }),
        (0_usize..8, attempt()).prop_map(|(ledger, attempt)| Step::Work { ledger, attempt }),
    ];
    prop::collection::vec(step, 1..60)
}

/// One series: its ledgers, and the content of each bucket in Datadog.
struct Model {
    rule: Rule,
    now: DateTime<Utc>,
    ledgers: BTreeMap<Bucket, Ledger>,
    held: BTreeMap<Bucket, u64>,
    /// Stream records that have not been acknowledged, by ledger.
    in_hand: BTreeMap<Bucket, u64>,
    arrived: u64,
    /// Numbers of carries with stored counts.
    stored: BTreeMap<(Bucket, u64), Carry>,
}

impl Model {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            now: DateTime::from_timestamp(600, 0).unwrap(),
            ledgers: BTreeMap::new(),
            held: BTreeMap::new(),
            in_hand: BTreeMap::new(),
            arrived: 0,
            stored: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Arrive { bucket, occurrences } => self.arrive(Bucket::starting_at(bucket * 60), *occurrences),
            Step::Wait { minutes } => self.now += chrono::TimeDelta::minutes(*minutes),
            Step::Work { ledger, attempt } => {
                let bucket = self.in_hand.keys().nth(ledger % self.in_hand.len().max(1)).copied();
                if let Some(bucket) = bucket {
                    self.work(bucket, *attempt);
                }
            }
        }
    }

    fn arrive(&mut self, bucket: Bucket, occurrences: u64) {
        let ledger = self.ledgers.entry(bucket).or_default();
        for _ in 0..occurrences {
            self.arrived += 1;
            let mut id = [0; 16];
            id[..8].copy_from_slice(&self.arrived.to_be_bytes());
            ledger.occurrences.insert(OccurrenceId::from_bytes(id));
        }
        *self.in_hand.entry(bucket).or_default() += occurrences;
    }

    /// Updates a ledger, as far as `attempt` allows.
    fn work(&mut self, bucket: Bucket, attempt: Attempt) {
        let in_hand = self.in_hand.get(&bucket).copied().unwrap_or(0);
        if let Some(begun) = self.ledgers[&bucket].carried.unfinished()
            && self.rule != Rule::NeverFinishes
        {
            self.finish(bucket, begun);
        }
        let ledger = self.ledgers.get_mut(&bucket).unwrap();
        let done = match ledger.plan(bucket, self.now, false) {
            Plan::Settled => true,
            Plan::Publish { total } => self.publish(bucket, total, attempt),
            Plan::Late { .. } => {
                let mut carry = ledger.carry(bucket, self.now, BucketWidth::default(), false).unwrap();
                if self.rule == Rule::CarriesRecordsInHand {
                    carry.count = in_hand.min(ledger.total());
                }
                ledger.carried = ledger.carried.with(carry);
                let is_interrupted = matches!(attempt, Attempt::Crashed | Attempt::Lost);
                if !is_interrupted {
                    self.finish(bucket, carry);
                }
                !is_interrupted
            }
        };
        if done && !matches!(attempt, Attempt::Redelivered) {
            self.in_hand.remove(&bucket);
        }
    }

    /// Notes, sends and notes. Returns whether Datadog certainly holds the total.
    fn publish(&mut self, bucket: Bucket, total: u64, attempt: Attempt) -> bool {
        let ledger = self.ledgers.get_mut(&bucket).unwrap();
        let before = ledger.attempted;
        ledger.attempted = before.max(total);
        match attempt {
            Attempt::Accepted | Attempt::Redelivered => {
                self.held.insert(bucket, total);
                ledger.accepted = total;
                true
            }
            Attempt::Unanswered | Attempt::Crashed => {
                self.held.insert(bucket, total);
                false
            }
            Attempt::Lost => false,
            Attempt::Refused => {
                ledger.attempted = before;
                false
            }
        }
    }

    /// Stores the counts of a carry, which insert only once, and notes it.
    fn finish(&mut self, from: Bucket, carry: Carry) {
        if self.stored.insert((from, carry.number), carry).is_none() {
            self.ledgers.entry(carry.to).or_default().received += carry.count;
            *self.in_hand.entry(carry.to).or_default() += carry.count;
        }
        self.ledgers.get_mut(&from).unwrap().carried.finished = carry.number;
    }

    /// Everything works again, until no work is left.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let Some(bucket) = self.in_hand.keys().next().copied() else { return };
            self.work(bucket, Attempt::Accepted);
        }
    }
}

fn law(rule: Rule, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::new(rule);
    steps.iter().for_each(|step| model.take(step));
    model.settle();
    prop_assert!(model.in_hand.is_empty(), "it does not settle");
    let held: u64 = model.held.values().sum();
    let uncertain: u64 = model.ledgers.values().map(|ledger| ledger.carried.uncertain).sum();
    prop_assert!(held >= model.arrived, "{} arrived, {held} held", model.arrived);
    prop_assert!(held <= model.arrived + uncertain, "{} arrived, {held} held, {uncertain} uncertain", model.arrived);
    let (left, received): (u64, u64) =
        model.ledgers.values().fold((0, 0), |(left, got), l| (left + l.carried.count, got + l.received));
    prop_assert_eq!(left, received);
    for ledger in model.ledgers.values() {
        prop_assert_eq!(ledger.total(), ledger.accepted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config::with_cases(2_000))]

    #[test]
    fn every_occurrence_is_held_and_no_more_twice_than_is_reported(steps in steps()) {
        law(Rule::Designed, &steps)?;
    }
}

fn breaks_the_law(rule: Rule) -> bool {
    let config = Config { cases: 500, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&steps(), |steps| law(rule, &steps))
        .is_err()
}

#[test]
fn a_carry_that_is_not_finished_loses_counts() {
    assert!(breaks_the_law(Rule::NeverFinishes));
}

#[test]
fn carrying_the_records_in_hand_counts_wrong() {
    assert!(breaks_the_law(Rule::CarriesRecordsInHand));
}
