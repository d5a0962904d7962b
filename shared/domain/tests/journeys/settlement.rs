//! The state machine of settling under every interleaving of two settlers, crashes, retries and refusals.

use std::collections::BTreeMap;

use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::{Claim, Progress, Settled, Settlement};
use proptest::prelude::*;

use crate::builder::at;

/// A journey's row, and everyone who is notified.
#[derive(Default)]
struct World {
    settlement: Option<Settlement>,
    version: u64,
    is_leased: bool,
    content: u8,
    /// How often the bus was notified, by revision.
    bus: BTreeMap<u32, u32>,
    /// How often Datadog took the durations, by revision.
    durations: BTreeMap<u32, u32>,
    /// Whether no settler has crashed, lost its lease or been overtaken.
    is_calm: bool,
}

/// Where a settler is in its work on a journey.
#[derive(Clone, Copy, Default)]
enum Step {
    #[default]
    Idle,
    Claimed,
    Announced,
    Measuring,
    Refused,
    Sent,
}

#[derive(Clone, Copy, Default)]
struct Settler {
    step: Step,
    version: u64,
    settlement: Option<Settlement>,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A settler makes its next request. `response` is Datadog's response to durations.
    Step(usize, Datadog),
    Crash(usize),
    LeaseExpires,
    NewFact,
}

#[derive(Debug, Clone, Copy)]
enum Datadog {
    Accepts,
    TakesWithoutAnswer,
    Refuses,
}

impl World {
    fn content(&self) -> Digest128 {
        Digest128::of([[self.content].as_slice()])
    }

    /// Stores a transition, unless the row was written since the settler read it.
    fn store(&mut self, settler: &mut Settler, next: Settlement, step: Step) {
        if settler.version == self.version {
            self.version += 1;
            self.settlement = Some(next);
            *settler = Settler { step, version: self.version, settlement: Some(next) };
        } else {
            self.is_calm = false;
            *settler = Settler::default();
        }
    }

    fn step(&mut self, settler: &mut Settler, datadog: Datadog) {
        let Some(settlement) = settler.settlement else {
            let claim = Settlement::claim(self.settlement, self.content());
            let is_settled = self.settlement.is_some_and(|stored| stored.settled.content == self.content());
            if is_settled && (self.is_leased || !claim.is_pending()) {
                return;
            }
            settler.version = self.version;
            self.is_leased = true;
            return self.store(settler, claim, Step::Claimed);
        };
        let revision = settlement.settled.revision;
        match settler.step {
            Step::Claimed if settlement.needs_announcement() => {
                *self.bus.entry(revision).or_default() += 1;
                settler.step = Step::Announced;
            }
            Step::Claimed | Step::Announced if settlement.needs_measurement() => {
                self.store(settler, settlement.begin_measuring(), Step::Measuring);
            }
            Step::Measuring => {
                *self.durations.entry(revision).or_default() += u32::from(!matches!(datadog, Datadog::Refuses));
                settler.step = if matches!(datadog, Datadog::Refuses) { Step::Refused } else { Step::Sent };
            }
            Step::Refused => self.store(settler, settlement.durations_refused(), Step::Idle),
            _ => self.store(settler, settlement.finish(), Step::Idle),
        }
        if matches!(settler.step, Step::Idle) {
            *settler = Settler::default();
            self.is_leased = false;
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let datadog = prop_oneof![Just(Datadog::Accepts), Just(Datadog::TakesWithoutAnswer), Just(Datadog::Refuses)];
    prop_oneof![
        12 => (0..2_usize, datadog).prop_map(|(settler, datadog)| Event::Step(settler, datadog)),
        2 => (0..2_usize).prop_map(Event::Crash),
        2 => Just(Event::LeaseExpires),
        1 => Just(Event::NewFact),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn everyone_is_notified_however_settlers_crash_and_interleave(events in prop::collection::vec(event(), 0..60)) {
        let mut world = World { is_calm: true, ..World::default() };
        let mut settlers = [Settler::default(); 2];
        for event in events {
            match event {
                Event::Step(n, datadog) => world.step(&mut settlers[n], datadog),
                Event::Crash(n) => {
                    world.is_calm &= settlers[n].settlement.is_none();
                    settlers[n] = Settler::default();
                }
                Event::LeaseExpires => {
                    world.is_calm &= settlers.iter().all(|settler| settler.settlement.is_none());
                    world.is_leased = false;
                }
                Event::NewFact => {
                    world.content = world.content.wrapping_add(1);
                }
            }
        }
        // A world without faults comes to rest.
        world.is_calm &= settlers.iter().all(|settler| settler.settlement.is_none());
        let mut last = Settler::default();
        for _ in 0..3 {
            world.is_leased = false;
            (0..10).for_each(|_| world.step(&mut last, Datadog::Accepts));
        }
        let settlement = world.settlement.unwrap();
        prop_assert_eq!(settlement.progress, Progress::Notified);
        prop_assert_eq!(settlement.settled.content, world.content());
        let revision = settlement.settled.revision;
        prop_assert!(world.bus[&revision] >= 1, "the bus is notified at least once");
        prop_assert!(world.durations.values().all(|times| *times <= 1), "durations are taken at most once");
        if world.is_calm {
            prop_assert!(world.bus.values().all(|times| *times == 1), "the bus is notified once without crashes");
            prop_assert_eq!(world.durations[&revision], 1, "no durations of the last revision are lost without crashes");
        }
    }

    #[test]
    fn a_merged_journey_has_a_revision_that_nobody_has_seen_under_its_id(
        own in proptest::option::of(1..9_u32), others in prop::collection::vec(1..9_u32, 0..4),
    ) {
        let settlement = |revision: u32| {
            let content = Digest128::of([revision.to_be_bytes().as_slice()]);
            let settled = cxtrace_domain::journeys::Settled { revision, content };
            Settlement { settled, progress: Progress::Notified }
        };
        let highest = own.iter().chain(&others).max().copied();
        let merged = Settlement::merge(own.map(settlement), others.into_iter().map(settlement));
        prop_assert_eq!(merged.map(|merged| merged.settled.revision), highest);
        if let Some(merged) = merged {
            prop_assert_eq!(merged.is_pending(), own != highest);
        }
    }
}

#[test]
fn pauses_between_revisions_grow_and_depend_on_who_reports() {
    let [led, other] = [b"a", b"b"].map(|text| Digest128::of([text.as_slice()]));
    let claim = Claim { at: at(0.0), led };
    let hours = |revision: u32, now: Digest128, progress: Progress| {
        let settled = Settled { revision, content: other };
        (claim.next_from(Settlement { settled, progress }, now) - at(0.0)).as_seconds_f64() / 3_600.0
    };
    let pauses = |now| (1..=30).map(|revision| hours(revision, now, Progress::Notified)).collect::<Vec<_>>();
    assert_eq!(pauses(led)[..9], [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0]);
    assert!(pauses(led)[9..].iter().all(|pause| *pause == 24.0));
    assert_eq!(pauses(other)[18..22], [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(hours(u32::MAX, led, Progress::Notified), 24.0);
    for progress in [Progress::Settled, Progress::Measured, Progress::Announced] {
        assert_eq!(hours(9, led, progress), 1.5, "others are not left without the news for a day");
    }
}
