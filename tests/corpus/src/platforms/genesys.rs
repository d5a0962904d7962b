//! One conversation in Genesys Cloud, and its detail events on the bus.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::envelope::{Event, add};
use super::places::{CAMPAIGN, Flow, Organization};
use cxtrace_fixtures::SeededRng;
use cxtrace_fixtures::genesys::{self, Detail};

/// What `detail-type` begins with.
const TOPIC: &str = "v2.detail.events.conversation.{id}";

/// Attributes that are set at a time: names and values.
type Change = (DateTime<Utc>, Vec<(String, String)>);

/// A conversation. Genesys' clock is right; the other systems' clocks may differ from it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its id, a UUID.
    pub id: String,
    organization: Organization,
    /// The numbers of the customer's leg.
    ani: String,
    dnis: String,
    direction: &'static str,
    /// The changes of the customer's participant attributes.
    attributes: Vec<Change>,
    participant: String,
    rng: SeededRng,
    events: Vec<Event>,
}

/// A participant's session: a leg of a customer, a flow, a queue or an agent.
#[derive(Debug, Clone)]
pub struct Session {
    participant: String,
    id: String,
    began: DateTime<Utc>,
    media: &'static str,
    direction: &'static str,
    ani: String,
    dnis: String,
}

impl Session {
    /// When it began.
    #[must_use]
    pub fn began(&self) -> DateTime<Utc> {
        self.began
    }
}

/// The phases of an agent's session.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    /// How long the agent's phone rings.
    pub alerting: TimeDelta,
    /// How long agent and customer talk.
    pub talking: TimeDelta,
    /// How long the customer is on hold.
    pub held: TimeDelta,
    /// The disconnect type: `CLIENT`, `PEER`, `TRANSFER`, ...
    pub disconnect: &'static str,
}

impl Talk {
    /// From the first ring to the end.
    #[must_use]
    pub fn lasting(&self) -> TimeDelta {
        self.alerting + self.talking + self.held
    }
}

impl Conversation {
    /// A conversation of `ani` with `dnis`, without events.
    #[must_use]
    pub fn new(organization: Organization, ani: &str, dnis: &str, mut rng: SeededRng) -> Self {
        Self {
            id: rng.uuid(),
            organization,
            ani: ani.to_owned(),
            dnis: dnis.to_owned(),
            direction: "INBOUND",
            attributes: Vec::new(),
            participant: rng.uuid(),
            rng,
            events: Vec::new(),
        }
    }

    /// A conversation in which `organization` calls `customer`.
    #[must_use]
    pub fn outbound(organization: Organization, customer: &str, rng: SeededRng) -> Self {
        Self { direction: "OUTBOUND", ..Self::new(organization, organization.shown, customer, rng) }
    }

    fn session(&mut self, at: DateTime<Utc>, media: &'static str) -> Session {
        Session {
            participant: self.rng.uuid(),
            id: self.rng.uuid(),
            began: at,
            media,
            direction: self.direction,
            ani: address(&self.ani),
            dnis: address(&self.dnis),
        }
    }

    /// The customer's call comes in.
    pub fn arrive(&mut self, at: DateTime<Utc>) -> Session {
        let session = Session { participant: self.participant.clone(), ..self.session(at, "VOICE") };
        self.send("customer.start", &session, at, json!({"divisionId": self.organization.division}));
        session
    }

    /// The customer writes, from a session on the web site.
    pub fn write(&mut self, at: DateTime<Utc>, web_session: &str) -> Session {
        let session = Session { participant: self.participant.clone(), ..self.session(at, "MESSAGE") };
        let context = json!({"sessionId": web_session, "sessionIdType": "web"});
        let more = json!({"messageType": "WEBMESSAGING", "journeyContext": context});
        self.send("customer.start", &session, at, more);
        session
    }

    /// The contact centre calls `number` and shows the number `shown`.
    pub fn dial(&mut self, at: DateTime<Utc>, shown: &str, number: &str) -> Session {
        let session =
            Session { direction: "OUTBOUND", ani: address(shown), dnis: address(number), ..self.session(at, "VOICE") };
        self.send("customer.start", &session, at, json!({"divisionId": self.organization.division}));
        session
    }

    /// The leg of a customer or of an external party ends.
    pub fn leave(&mut self, session: &Session, at: DateTime<Utc>, disconnect: &str) {
        let lasting = millis(at - session.began);
        let more = json!({"disconnectType": disconnect, "interactingDurationMs": lasting});
        self.send("customer.end", session, at, more);
    }

    /// A flow runs and exits with `exit`. `transfer` is the type of transfer, if there is one. Returns the key of the
    /// flow's span.
    pub fn flow(
        &mut self,
        flow: &Flow,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        exit: &str,
        transfer: Option<&str>,
    ) -> String {
        let session = self.session(from, "VOICE");
        let mut about = json!({"flowType": flow.kind, "flowId": flow.id, "flowVersion": flow.version,
            "divisionId": self.organization.division});
        self.send("flow.start", &session, from, about.clone());
        let disconnect = match exit {
            "TRANSFER" => "TRANSFER",
            "FLOW_ERROR_DISCONNECT" => "ERROR",
            "FLOW_DISCONNECT" => "CLIENT",
            _ => "PEER",
        };
        let lasting = millis(to - from);
        add(&mut about, json!({"disconnectType": disconnect, "connectedDurationMs": lasting, "exitReason": exit}));
        if let Some(transfer) = transfer {
            add(&mut about, json!({"transferType": transfer}));
        }
        self.send("flow.end", &session, to, about);
        self.outcome(flow, &session, from, to, exit != "FLOW_ERROR_DISCONNECT");
        format!("genesys:{}:flow:{}", self.id, session.id)
    }

    /// Genesys reports a flow's outcome some time after its end.
    fn outcome(&mut self, flow: &Flow, session: &Session, from: DateTime<Utc>, to: DateTime<Utc>, reached: bool) {
        let reported = to + self.rng.seconds(5, 90);
        let milestone =
            json!({"milestoneId": flow.milestone, "milestoneTime": (from + (to - from) / 2).timestamp_millis()});
        let more = json!({
            "flowType": flow.kind, "flowId": flow.id, "flowVersion": flow.version,
            "flowOutcomeId": flow.outcome,
            "flowOutcomeStartTime": from.timestamp_millis(),
            "flowOutcomeEndTime": to.timestamp_millis(),
            "flowOutcomeValue": if reached { "SUCCESS" } else { "FAILURE" },
            "flowMilestones": [milestone],
        });
        self.send("flow.outcome", session, reported, more);
    }

    /// The customer waits in a queue, with this outcome: `ANSWERED` (by `agent`), `ABANDON` or `FLOW_OUT`.
    pub fn wait(&mut self, queue: &str, from: DateTime<Utc>, to: DateTime<Utc>, outcome: &str, agent: Option<&str>) {
        let session = self.session(from, "VOICE");
        self.wait_as(&session, queue, to, outcome, agent);
    }

    fn wait_as(&mut self, session: &Session, queue: &str, to: DateTime<Utc>, outcome: &str, agent: Option<&str>) {
        let mut about = json!({"queueId": queue, "divisionId": self.organization.division, "routingPriority": 0});
        self.send("acd.start", session, session.began, about.clone());
        let disconnect = match outcome {
            "ANSWERED" => "TRANSFER",
            "ABANDON" => "PEER",
            _ => "CLIENT",
        };
        add(
            &mut about,
            json!({"disconnectType": disconnect, "acdOutcome": outcome, "usedRouting": "STANDARD",
                "connectedDurationMs": millis(to - session.began), "flowType": "inqueuecall"}),
        );
        if let Some(agent) = agent {
            add(&mut about, json!({"answeredUserId": agent}));
        }
        self.send("acd.end", session, to, about);
    }

    /// The customer waits in a queue for a call back by `agent`.
    pub fn wait_for_call_back(&mut self, queue: &str, from: DateTime<Utc>, to: DateTime<Utc>, agent: &str) {
        let session = self.session(from, "CALLBACK");
        self.wait_as(&session, queue, to, "ANSWERED", Some(agent));
    }

    /// An agent is alerted at `at`. The session then has the phases of `talk`.
    pub fn talk(&mut self, agent: &str, queue: &str, at: DateTime<Utc>, talk: Talk) -> Session {
        let session = self.session(at, "VOICE");
        self.talk_as(&session, agent, queue, talk);
        session
    }

    /// As [`Self::talk`], for messages.
    pub fn chat(&mut self, agent: &str, queue: &str, at: DateTime<Utc>, talk: Talk) -> Session {
        let session = self.session(at, "MESSAGE");
        self.talk_as(&session, agent, queue, talk);
        session
    }

    fn talk_as(&mut self, session: &Session, agent: &str, queue: &str, talk: Talk) {
        let mut about = json!({"userId": agent, "queueId": queue, "divisionId": self.organization.division});
        self.send("user.start", session, session.began, about.clone());
        add(
            &mut about,
            json!({"disconnectType": talk.disconnect, "alertingDurationMs": millis(talk.alerting),
                "interactingDurationMs": millis(talk.talking), "heldDurationMs": millis(talk.held)}),
        );
        self.send("user.end", session, session.began + talk.lasting(), about);
    }

    /// An agent's wrap-up after a session. It ends at `at`.
    pub fn wrap_up(&mut self, session: &Session, agent: &str, at: DateTime<Utc>, lasting: TimeDelta, code: &str) {
        let more = json!({"userId": agent, "wrapupCode": code, "wrapupDurationMs": millis(lasting)});
        self.send("acw", session, at, more);
    }

    /// A campaign's own wrap-up, without an agent.
    pub fn wrap_up_alone(&mut self, session: &Session, at: DateTime<Utc>, code: &str) {
        self.send("wrapup", session, at, json!({"wrapupCode": code, "wrapupDurationMs": 0}));
    }

    /// Genesys matches the customer with an external contact.
    pub fn recognise(&mut self, session: &Session, at: DateTime<Utc>) {
        let contact = self.rng.uuid();
        let more = json!({"externalContactId": contact, "divisionId": self.organization.division});
        self.send("contact", session, at, more);
    }

    /// A campaign has placed the call.
    pub fn campaign(&mut self, session: &Session, at: DateTime<Utc>) {
        let [contact, list] = [self.rng.uuid(), self.rng.uuid()];
        let more = json!({"outboundCampaignId": CAMPAIGN, "divisionId": self.organization.division,
            "outboundContactListId": list, "outboundContactId": contact});
        self.send("outbound", session, at, more);
    }

    /// The customer leaves a message.
    pub fn voicemail(&mut self, queue: &str, from: DateTime<Utc>, to: DateTime<Utc>) {
        let session = self.session(from, "VOICE");
        self.send("voicemail.start", &session, from, json!({"queueId": queue}));
        let lasting = millis(to - from);
        let more = json!({"queueId": queue, "disconnectType": "CLIENT", "voicemailDurationMs": lasting});
        self.send("voicemail.end", &session, to, more);
    }

    /// Attributes of the customer's participant are set.
    pub fn set<'a>(&mut self, at: DateTime<Utc>, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.attributes.push((at, attributes.collect()));
    }

    /// All events. Genesys repeats all attributes of a participant with every change.
    #[must_use]
    pub fn into_events(mut self) -> Vec<Event> {
        let mut changes = std::mem::take(&mut self.attributes);
        changes.sort_by_key(|(at, _)| *at);
        let mut all = BTreeMap::new();
        for (at, attributes) in changes {
            all.extend(attributes);
            let body = json!({
                "eventTime": at.timestamp_millis(),
                "conversationId": self.id,
                "participantId": self.participant,
                "attributes": all,
            });
            let published = at + self.rng.millis(1, 40);
            self.publish("attributes", published, body);
        }
        self.events
    }

    /// A flow counts a metric.
    pub fn count(&mut self, at: DateTime<Utc>, flow: &Flow, metric: &str) {
        let name = genesys::metric_attribute(flow.name, metric, at);
        self.set(at, [(name.as_str(), "1")]);
    }

    fn send(&mut self, topic: &str, session: &Session, at: DateTime<Utc>, more: Value) {
        let mut body = json!({
            "eventTime": at.timestamp_millis(),
            "conversationId": self.id,
            "participantId": session.participant,
            "sessionId": session.id,
            "mediaType": session.media,
            "provider": if session.media == "MESSAGE" { "PureCloud Messaging" } else { "Edge" },
            "direction": session.direction,
            "conversationExternalContactIds": [],
        });
        if session.media != "MESSAGE" {
            add(&mut body, json!({"ani": session.ani, "dnis": session.dnis}));
        }
        add(&mut body, more);
        let published = at + self.rng.millis(180, 420);
        self.publish(topic, published, body);
    }

    fn publish(&mut self, topic: &str, published: DateTime<Utc>, body: Value) {
        let correlation = self.rng.uuid();
        let detail_type = format!("{TOPIC}.{topic}");
        let detail = Detail::new(&detail_type, &self.id, &correlation, published, body);
        self.events.push(Event {
            by: "genesys",
            published,
            source: genesys::source(genesys::SOURCE_PREFIX, self.organization.id),
            region: self.organization.region,
            detail: serde_json::to_value(detail).unwrap_or_default(),
            detail_type,
        });
    }
}

/// A number as Genesys writes it; an anonymous caller's is a SIP address.
fn address(number: &str) -> String {
    if number.starts_with('+') { format!("tel:{number}") } else { format!("sip:{number}@anonymous.invalid") }
}

fn millis(time: TimeDelta) -> i64 {
    time.num_milliseconds()
}
