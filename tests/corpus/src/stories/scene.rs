//! Where a story is told: the systems with their clocks, and a call on its way through them.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Clocks, Source};

use crate::dice::Dice;
use crate::platforms::places::{self, Flow, HOME};
use crate::platforms::{Conversation, Event, Session, System, Talk, Told};

/// The systems around Genesys.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// The session border controller.
    pub sbc: System,
    /// The web site.
    pub web: System,
    /// The backend that flows ask.
    pub backend: System,
    /// The customer relations system.
    pub crm: System,
    /// The AI voice platform.
    pub ai: System,
    /// The outsourcer's contact centre.
    pub outsourcer: System,
}

impl World {
    /// The systems, whose clocks are ahead by these milliseconds.
    #[must_use]
    pub fn with_clocks(sbc: i64, web: i64, backend: i64, crm: i64, ai: i64, outsourcer: i64) -> Self {
        let system = |name, ahead, lag| System { name, ahead: TimeDelta::milliseconds(ahead), lag };
        Self {
            sbc: system("sbc", sbc, (200, 2_000)),
            web: system("web", web, (100, 1_500)),
            backend: system("backend", backend, (500, 5_000)),
            crm: system("crm", crm, (1_000, 60_000)),
            ai: system("voiceai", ai, (300, 4_000)),
            outsourcer: system("outsourcer", outsourcer, (2_000, 240_000)),
        }
    }

    /// The systems, with clocks that are some seconds off.
    #[must_use]
    pub fn of(dice: &mut Dice) -> Self {
        let mut off = |least: u64, most: u64| {
            let by = dice.between(least, most).cast_signed();
            if dice.chance(500) { by } else { -by }
        };
        Self::with_clocks(
            off(0, 800),
            off(500, 4_000),
            off(0, 1_500),
            off(0, 3_000),
            off(1_000, 4_000),
            off(3_000, 9_000),
        )
    }

    /// All of them.
    #[must_use]
    pub fn systems(&self) -> [System; 6] {
        [self.sbc, self.web, self.backend, self.crm, self.ai, self.outsourcer]
    }

    /// How far the clocks are off from `from` on, to within 200 ms.
    #[must_use]
    pub fn clocks(&self, from: DateTime<Utc>, dice: &mut Dice) -> Clocks {
        let mut clocks = Clocks::default();
        for system in self.systems() {
            let error = dice.millis(0, 400) - TimeDelta::milliseconds(200);
            if let Some(source) = Source::read(system.name) {
                clocks.note(source, from, system.ahead + error);
            }
        }
        clocks
    }
}

/// One story as it is told.
#[derive(Debug)]
pub struct Scene {
    /// Its chance.
    pub dice: Dice,
    /// Its systems.
    pub world: World,
    /// What has been told.
    pub events: Vec<Event>,
    /// Every anchor, as `namespace:value`, and the part of the journey that it belongs to.
    pub anchors: Vec<(String, u16)>,
}

/// A call of a customer that has reached Genesys through the SBC.
#[derive(Debug)]
pub struct Call {
    /// The conversation.
    pub genesys: Conversation,
    /// The customer's leg in it.
    pub leg: Session,
    /// The customer's number.
    pub caller: String,
    /// The number that was called.
    pub line: String,
    /// What the SBC puts into the call's headers.
    pub uui: String,
    /// When the SBC saw it.
    pub began: DateTime<Utc>,
    /// The part of the journey that it is.
    pub part: u16,
    /// Whether the SBC's mark has reached Genesys.
    marked: bool,
}

impl Scene {
    /// A scene on which nothing has happened yet.
    #[must_use]
    pub fn new(world: World, dice: Dice) -> Self {
        Self { dice, world, events: Vec::new(), anchors: Vec::new() }
    }

    /// A caller's number: mostly one's own, now and then a company's or none.
    pub fn caller(&mut self) -> String {
        match self.dice.below(100) {
            0..8 => "anonymous".to_owned(),
            8..20 => self.dice.pick(&places::SWITCHBOARDS).to_owned(),
            _ => places::customer(&mut self.dice),
        }
    }

    /// `system` tells this of part `part` of the journey.
    pub fn tell(&mut self, system: System, told: &Told, part: u16) {
        self.anchors.push((told.id.clone(), part));
        self.events.extend(system.tell(told, &mut self.dice));
    }

    /// A call comes in.
    pub fn call(&mut self, at: DateTime<Utc>, caller: &str, line: &str) -> Call {
        let reached = at + self.dice.millis(180, 900);
        let mut genesys = Conversation::new(HOME, caller, line, self.dice.fork());
        let leg = genesys.arrive(reached);
        Call {
            genesys,
            leg,
            caller: caller.to_owned(),
            line: line.to_owned(),
            uui: format!("uui:{}", self.dice.hex(32)),
            began: at,
            part: 0,
            marked: false,
        }
    }

    /// The call ends, and everything about it has been said.
    pub fn hang_up(&mut self, mut call: Call, at: DateTime<Utc>, disconnect: &'static str) {
        call.genesys.leave(&call.leg, at, disconnect);
        let sip =
            format!("sip.call_id:{}@10.20.{}.{}", self.dice.hex(24), self.dice.below(4), self.dice.between(2, 250));
        let failed = matches!(disconnect, "ERROR" | "TRANSPORT_FAILURE");
        let told = Told::of(sip, "telephony", "inbound call", call.began, at + self.dice.millis(20, 200))
            .linked(call.uui.clone())
            .call(&call.caller, &call.line)
            .with("sip.response.status_code", if failed { "503" } else { "200" })
            .ended(if failed { "error" } else { "ok" }, failed.then_some("503"));
        let part = if call.marked { call.part } else { self.part_of_its_own() };
        self.tell(self.world.sbc, &told, part);
        self.conclude(call.genesys, call.part);
    }

    /// A conversation is over.
    pub fn conclude(&mut self, conversation: Conversation, part: u16) {
        self.anchors.push((format!("genesys.conversation:{}", conversation.id), part));
        self.events.extend(conversation.into_events());
    }

    /// A part that nothing else belongs to.
    pub fn part_of_its_own(&self) -> u16 {
        let parts = self.anchors.iter().map(|(_, part)| *part);
        parts.max().map_or(1, |part| part.saturating_add(1)).max(100)
    }

    /// A flow answers and runs until the time that is given back. It writes down what came with the call, counts, and
    /// asks a backend now and then.
    pub fn ivr(&mut self, call: &mut Call, flow: &Flow, exit: &str, transfer: Option<&str>) -> DateTime<Utc> {
        let from = call.leg.began() + self.dice.millis(200, 600);
        let to = from + self.dice.seconds(12, 75);
        // In 4 of 1,000 calls, the header is lost between the SBC and Genesys.
        if self.dice.chance(996) {
            call.genesys.set(from + self.dice.millis(300, 900), [("uui", value_of(&call.uui))]);
            call.marked = true;
        }
        let metric = self.dice.pick(&flow.metrics);
        call.genesys.count(from + self.dice.seconds(2, 9), flow, metric);
        if self.dice.chance(450) {
            let asked = from + self.dice.seconds(4, 10);
            self.ask_backend(call, asked);
        }
        call.genesys.flow(flow, from, to, exit, transfer);
        to
    }

    /// The flow asks the backend, in a trace that both know.
    pub fn ask_backend(&mut self, call: &mut Call, at: DateTime<Utc>) {
        let trace = self.dice.hex(32);
        let parent = format!("00-{trace}-{}-01", self.dice.hex(16));
        call.genesys.set(at, [("traceparent", parent.as_str())]);
        let slow = self.dice.chance(60);
        let until = at + if slow { self.dice.seconds(3, 12) } else { self.dice.millis(40, 900) };
        let told = Told::of(format!("trace:{trace}"), "backend", "GET /orders/{id}", at, until)
            .with("http.request.method", "GET")
            .with("http.response.status_code", if slow { "504" } else { "200" })
            .ended(if slow { "error" } else { "ok" }, None);
        self.tell(self.world.backend, &told, call.part);
    }

    /// The customer waits until the time that is given back, and `agent` answers.
    pub fn queue(&mut self, call: &mut Call, queue: &str, from: DateTime<Utc>, agent: &str) -> DateTime<Utc> {
        let to = from + self.dice.seconds(4, 150);
        call.genesys.wait(queue, from, to, "ANSWERED", Some(agent));
        to
    }

    /// An agent takes the call that was answered at `answered`, until the time that is given back, and wraps up.
    pub fn agent(
        &mut self,
        call: &mut Call,
        agent: &str,
        queue: &str,
        answered: DateTime<Utc>,
        disconnect: &'static str,
    ) -> DateTime<Utc> {
        let alerting = self.dice.seconds(1, 6);
        let held = if self.dice.chance(250) { self.dice.seconds(10, 90) } else { TimeDelta::zero() };
        let talk = Talk { alerting, talking: self.dice.seconds(40, 420), held, disconnect };
        let session = call.genesys.talk(agent, queue, answered - alerting, talk);
        let over = answered - alerting + talk.lasting();
        let after = self.dice.seconds(5, 60);
        let code = self.dice.pick(&places::WRAPUPS);
        call.genesys.wrap_up(&session, agent, over + after, after, code);
        over
    }
}

/// The value of `namespace:value`.
pub(super) fn value_of(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, value)| value)
}
