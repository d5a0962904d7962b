//! An hour of a contact centre. The seed decides everything in it.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Clocks;

use super::delivery::{Outage, deliver};
use super::scenario::Scenario;
use super::systems::Systems;
use super::truth::{Kind, Label, Truth};
use super::{distractors, handoffs, voice, web};
use crate::platforms::places::SWITCHBOARDS;
use crate::reading;
use cxtrace_fixtures::SeededRng;

/// An hour to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// Each seed gives another hour.
    pub seed: u64,
    /// How many journeys begin in it, without distractors and test calls.
    pub journeys: u32,
    /// How many events happen in it that belong to no journey.
    pub distractors: u32,
    /// How many test calls a monitor makes. Above 200, their shared account is a super-connector and joins nothing.
    pub test_calls: u32,
    /// The beginning of the hour.
    pub start: DateTime<Utc>,
}

/// Generated traffic.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// EventBridge events as JSON, in the order of arrival.
    pub events: Vec<String>,
    /// The truth about them.
    pub truth: Truth,
    /// How far the systems' clocks are ahead, with a small error.
    pub clocks: Clocks,
}

/// How often each kind of scenario happens, in 1,000.
const SHARES: [(Kind, u32); 17] = [
    (Kind::Plain, 250),
    (Kind::Contained, 150),
    (Kind::Abandoned, 80),
    (Kind::BlindTransfer, 45),
    (Kind::ConsultTransfer, 30),
    (Kind::NoAnswerTransfer, 20),
    (Kind::Voicemail, 15),
    (Kind::CallBack, 30),
    (Kind::CaseCallBack, 25),
    (Kind::Switchboard, 65),
    (Kind::Anonymous, 30),
    (Kind::OutsourcerHandoff, 45),
    (Kind::AiHandoff, 60),
    (Kind::OrganizationHandoff, 20),
    (Kind::WebCode, 80),
    (Kind::WebChat, 40),
    (Kind::Long, 15),
];

impl Hour {
    /// A busy hour of a contact centre with about a hundred agents.
    #[must_use]
    pub fn busy(seed: u64, start: DateTime<Utc>) -> Self {
        Self { seed, journeys: 1_000, distractors: 700, test_calls: 240, start }
    }

    /// Generates the traffic.
    #[must_use]
    pub fn corpus(&self) -> Corpus {
        let mut rng = SeededRng::new(self.seed, u64::MAX);
        let systems = Systems::of(&mut rng);
        let clocks = systems.clocks(self.start - TimeDelta::days(1), &mut rng);
        let mut truth = Truth::new();
        let mut events = Vec::new();
        let (distractors, test_calls) =
            (self.journeys + self.distractors, self.journeys + self.distractors + self.test_calls);
        for journey in 0..test_calls {
            let mut scenario = Scenario::new(systems, SeededRng::new(self.seed, journey.into()));
            let at = self.start + scenario.rng.millis(0, 3_600_000);
            let kind = match journey {
                _ if journey < self.journeys => pick(&mut scenario.rng),
                _ if journey < distractors => Kind::Distractor,
                _ => Kind::TestCall,
            };
            play(kind, &mut scenario, at);
            for (anchor, part) in scenario.anchors {
                if let Some(id) = reading::id(&anchor) {
                    truth.insert(id, Label { journey, part, kind });
                }
            }
            events.extend(scenario.events);
        }
        let from = self.start + rng.seconds(600, 2_400);
        let by = rng.pick(&["sbc", "backend", "crm"]);
        let outage = Outage { by, from, to: from + TimeDelta::minutes(8) };
        Corpus { events: deliver(events, &outage, &mut rng), truth, clocks }
    }
}

fn pick(rng: &mut SeededRng) -> Kind {
    let index = rng.weighted(SHARES.iter().map(|(_, share)| *share));
    SHARES.get(index).map_or(Kind::Plain, |(kind, _)| *kind)
}

fn play(kind: Kind, scenario: &mut Scenario, at: DateTime<Utc>) {
    match kind {
        Kind::Plain => voice::plain(scenario, at),
        Kind::Contained => voice::contained(scenario, at),
        Kind::Abandoned => voice::abandoned(scenario, at),
        Kind::BlindTransfer => voice::blind_transfer(scenario, at),
        Kind::ConsultTransfer => voice::consult_transfer(scenario, at),
        Kind::NoAnswerTransfer => voice::no_answer_transfer(scenario, at),
        Kind::Voicemail => voice::voicemail(scenario, at),
        Kind::CallBack => voice::call_back(scenario, at),
        Kind::CaseCallBack => voice::case_call_back(scenario, at),
        Kind::Switchboard => {
            let caller = scenario.rng.pick(&SWITCHBOARDS);
            voice::plain_from(scenario, at, caller);
        }
        Kind::Anonymous => voice::plain_from(scenario, at, "anonymous"),
        Kind::OutsourcerHandoff => handoffs::to_outsourcer(scenario, at),
        Kind::AiHandoff => handoffs::from_ai(scenario, at),
        Kind::OrganizationHandoff => handoffs::to_sister(scenario, at),
        Kind::WebCode => web::to_voice(scenario, at),
        Kind::WebChat => web::to_chat(scenario, at),
        Kind::Long => web::long(scenario, at),
        Kind::TestCall => distractors::test_call(scenario, at),
        Kind::Distractor => distractors::alone(scenario, at),
    }
}
