//! An hour of a contact centre, decided by its seed.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Clocks;

use super::delivery::{Silence, deliver};
use super::scene::{Scene, World};
use super::truth::{Kind, Label, Truth};
use super::{handoffs, noise, voice, web};
use crate::dice::Dice;
use crate::platforms::places::SWITCHBOARDS;
use crate::reading;

/// An hour to be made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// Another seed gives another hour.
    pub seed: u64,
    /// How many journeys of more than one thing begin in it, test calls apart.
    pub journeys: u32,
    /// How many things happen in it that nothing else belongs to.
    pub noise: u32,
    /// How many test calls a monitor makes. More than 200 share their account with too many to be joined by it.
    pub test_calls: u32,
    /// When it begins.
    pub start: DateTime<Utc>,
}

/// What was made up.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// EventBridge events as JSON, in the order of arrival.
    pub events: Vec<String>,
    /// What is true of them.
    pub truth: Truth,
    /// How far the clocks are off, nearly.
    pub clocks: Clocks,
}

/// How often each kind of story happens in 1,000.
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
        Self { seed, journeys: 1_000, noise: 700, test_calls: 240, start }
    }

    /// Makes it up.
    #[must_use]
    pub fn corpus(&self) -> Corpus {
        let mut dice = Dice::new(self.seed, u64::MAX);
        let world = World::of(&mut dice);
        let clocks = world.clocks(self.start - TimeDelta::days(1), &mut dice);
        let mut truth = Truth::new();
        let mut events = Vec::new();
        let (noise, test_calls) = (self.journeys + self.noise, self.journeys + self.noise + self.test_calls);
        for journey in 0..test_calls {
            let mut scene = Scene::new(world, Dice::new(self.seed, journey.into()));
            let at = self.start + scene.dice.millis(0, 3_600_000);
            let kind = match journey {
                _ if journey < self.journeys => pick(&mut scene.dice),
                _ if journey < noise => Kind::Noise,
                _ => Kind::TestCall,
            };
            tell(kind, &mut scene, at);
            for (anchor, part) in scene.anchors {
                if let Some(id) = reading::id(&anchor) {
                    truth.insert(id, Label { journey, part, kind });
                }
            }
            events.extend(scene.events);
        }
        let from = self.start + dice.seconds(600, 2_400);
        let by = dice.pick(&["sbc", "backend", "crm"]);
        let silence = Silence { by, from, to: from + TimeDelta::minutes(8) };
        Corpus { events: deliver(events, &silence, &mut dice), truth, clocks }
    }
}

fn pick(dice: &mut Dice) -> Kind {
    let index = dice.weighted(SHARES.iter().map(|(_, share)| *share));
    SHARES.get(index).map_or(Kind::Plain, |(kind, _)| *kind)
}

fn tell(kind: Kind, scene: &mut Scene, at: DateTime<Utc>) {
    match kind {
        Kind::Plain => voice::plain(scene, at),
        Kind::Contained => voice::contained(scene, at),
        Kind::Abandoned => voice::abandoned(scene, at),
        Kind::BlindTransfer => voice::blind_transfer(scene, at),
        Kind::ConsultTransfer => voice::consult_transfer(scene, at),
        Kind::NoAnswerTransfer => voice::no_answer_transfer(scene, at),
        Kind::Voicemail => voice::voicemail(scene, at),
        Kind::CallBack => voice::call_back(scene, at),
        Kind::CaseCallBack => voice::case_call_back(scene, at),
        Kind::Switchboard => {
            let caller = scene.dice.pick(&SWITCHBOARDS);
            voice::plain_from(scene, at, caller);
        }
        Kind::Anonymous => voice::plain_from(scene, at, "anonymous"),
        Kind::OutsourcerHandoff => handoffs::to_outsourcer(scene, at),
        Kind::AiHandoff => handoffs::from_ai(scene, at),
        Kind::OrganizationHandoff => handoffs::to_sister(scene, at),
        Kind::WebCode => web::to_voice(scene, at),
        Kind::WebChat => web::to_chat(scene, at),
        Kind::Long => web::long(scene, at),
        Kind::TestCall => noise::test_call(scene, at),
        Kind::Noise => noise::alone(scene, at),
    }
}
