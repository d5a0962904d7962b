//! The steps of a contact centre on Genesys Cloud, for recordings.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::InsightRule;
use serde_json::{Value, json};

use super::recording::{Recording, Session};
use crate::platforms::places::{AGENTS, OUTSOURCER, QUEUES};

/// Waits of this length are long.
const LONG_WAIT: TimeDelta = TimeDelta::minutes(2);

impl Recording {
    /// The customer's session begins.
    pub(super) fn customer(&mut self, media: &'static str) -> Session {
        let session = self.session(media);
        self.genesys("customer.start", &session, session.began, json!({}));
        session
    }

    /// The customer's session ends now.
    pub(super) fn leaves(&mut self, customer: &Session, disconnect: &str) {
        let lasted = (self.clock - customer.began).num_milliseconds();
        let more = json!({"disconnectType": disconnect, "interactingDurationMs": lasted});
        self.genesys("customer.end", customer, self.clock, more);
    }

    /// A flow runs for this many seconds and ends with this exit. Returns its session.
    pub(super) fn flow(&mut self, media: &'static str, seconds: (u32, u32), exit: &str, more: Value) -> Session {
        self.clock += self.rng.millis(100, 600);
        let flow = self.session(media);
        let kind = if media == "VOICE" { "INBOUNDCALL" } else { "INBOUNDSHORTMESSAGE" };
        self.genesys("flow.start", &flow, flow.began, json!({"flowType": kind}));
        let lasted = self.pass(seconds.0, seconds.1).num_milliseconds();
        let disconnect = if exit == "TRANSFER" { "TRANSFER" } else { "PEER" };
        let mut body = json!({
            "flowType": kind, "exitReason": exit, "disconnectType": disconnect, "connectedDurationMs": lasted
        });
        crate::platforms::envelope::add(&mut body, more);
        self.genesys("flow.end", &flow, self.clock, body);
        flow
    }

    /// An IVR answers and sends the customer to a queue.
    pub(super) fn ivr(&mut self, media: &'static str) -> Session {
        self.flow(media, (12, 60), "TRANSFER", json!({"transferType": "ACD"}))
    }

    /// The customer waits for this many seconds, and the wait has this outcome. If the customer waits at the other end,
    /// a long wait is an insight.
    pub(super) fn waits(&mut self, media: &'static str, seconds: (u32, u32), outcome: &str) {
        let queue = self.session(media);
        self.genesys("acd.start", &queue, queue.began, json!({"queueId": QUEUES[0]}));
        let waited = self.pass(seconds.0, seconds.1);
        if waited >= LONG_WAIT && matches!(media, "VOICE" | "CHAT") {
            self.is(InsightRule::LongQueue);
        }
        if outcome == "ABANDON" {
            self.is(InsightRule::AbandonedInQueue);
        }
        let disconnect = if outcome == "ANSWERED" { "TRANSFER" } else { "PEER" };
        let more = json!({
            "queueId": QUEUES[0], "acdOutcome": outcome, "disconnectType": disconnect,
            "connectedDurationMs": waited.num_milliseconds(),
        });
        self.genesys("acd.end", &queue, self.clock, more);
    }

    /// An agent, by number, talks for this many seconds. The phone rang before the wait in the queue ended.
    pub(super) fn talks(&mut self, media: &'static str, agent: usize, seconds: (u32, u32), end: Value) -> Session {
        let rang = self.rng.seconds(1, 4);
        let mut session = self.session(media);
        session.began = self.clock - rang;
        let agent = json!({"userId": AGENTS[agent], "queueId": QUEUES[0]});
        self.genesys("user.start", &session, session.began, agent.clone());
        let talked = self.pass(seconds.0, seconds.1);
        let held = if self.rng.chance(250) { talked / 4 } else { TimeDelta::zero() };
        let mut more = json!({
            "alertingDurationMs": rang.num_milliseconds(), "heldDurationMs": held.num_milliseconds(),
            "interactingDurationMs": (talked - held).num_milliseconds(),
        });
        crate::platforms::envelope::add(&mut more, agent);
        crate::platforms::envelope::add(&mut more, end);
        self.genesys("user.end", &session, self.clock, more);
        session
    }

    /// An agent wraps up, after the customer has left.
    pub(super) fn wraps_up(&mut self, agent: &Session) {
        let after = self.rng.seconds(5, 60);
        let at = self.clock + after;
        self.genesys("acw", agent, at, json!({"wrapupDurationMs": after.num_milliseconds()}));
    }

    /// A call is answered by an agent: IVR, queue, agent.
    pub(super) fn answered(&mut self, disconnect: &str) -> Session {
        self.ivr("VOICE");
        self.waits("VOICE", (4, 110), "ANSWERED");
        self.talks("VOICE", 0, (40, 420), json!({"disconnectType": disconnect}))
    }

    /// The number of an outside party, as in a transfer.
    pub(super) fn outside(&mut self) -> Value {
        json!(format!("tel:{}", self.rng.pick(&OUTSOURCER)))
    }

    /// The SBC reports the whole call, with times of its own clock.
    pub(super) fn sbc(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, status: &str, reason: Option<&str>) {
        let id = format!("sip.call_id:{}@10.20.1.7", self.rng.hex(24));
        let ahead = self.rng.millis(0, 250);
        let mut span = json!({"key": "call", "type": "telephony", "name": "inbound call", "status": status});
        if let Some(reason) = reason {
            crate::platforms::envelope::add(&mut span, json!({"reason": reason}));
        }
        self.span("sbc", &id, span, from - TimeDelta::milliseconds(400) + ahead, to + ahead);
    }
}
