//! Builds facts in few words. Times are seconds after [`START`].

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{
    CodeAct, CodeUse, EndReason, Fact, Gathered, Handoff, HandoffAct, Id, Link, Medium, Mention, Namespace,
    Observation, Outcome, Party, PointEvent, Policy, Role, Source, SpanEvent, SpanKey, SpanType, Start, TransferTarget,
};
use cxtrace_privacy::{NoNumber, Pseudonyms, Telephone};

/// The start of every scenario.
pub(crate) const START: &str = "2026-03-02T10:00:00Z";

/// The time this many seconds after the start.
pub(crate) fn at(seconds: f64) -> DateTime<Utc> {
    START.parse::<DateTime<Utc>>().unwrap() + TimeDelta::milliseconds((seconds * 1_000.0).round() as i64)
}

pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap()
}

pub(crate) fn source(name: &str) -> Source {
    Source::read(name).unwrap()
}

pub(crate) fn phone(number: &str) -> Telephone {
    Telephone::read(number, &Pseudonyms::try_new(&[7; 32]).unwrap()).unwrap()
}

/// A Genesys conversation with a number as its name.
pub(crate) fn conversation(n: u32) -> Id {
    id(&format!("genesys.conversation:6efd5506-3fd6-49a1-8a51-{n:012}"))
}

/// A fact under construction.
#[derive(Debug, Clone)]
pub(crate) struct FactBuilder(Fact);

impl FactBuilder {
    /// A fact of `by` about `anchor`, observed at a time.
    pub(crate) fn of(by: &str, anchor: &Id, seconds: f64) -> Self {
        Self(Fact::of(source(by), anchor.clone(), at(seconds), "test"))
    }

    /// A span from one time to another. The fact is observed at its end.
    pub(crate) fn span(by: &str, anchor: &Id, span_type: SpanType, session: &str, from: f64, to: f64) -> Self {
        Self::of(by, anchor, to + 0.3).observing(span_type, session, Some(from), Some(to))
    }

    /// A span without an end.
    pub(crate) fn start(by: &str, anchor: &Id, span_type: SpanType, session: &str, from: f64) -> Self {
        Self::of(by, anchor, from + 0.3).observing(span_type, session, Some(from), None)
    }

    pub(crate) fn observing(mut self, span_type: SpanType, session: &str, from: Option<f64>, to: Option<f64>) -> Self {
        let key = key(self.0.source.as_str(), &self.0.anchor, session);
        self.0.spans.push(Observation {
            span_type: Some(span_type),
            start: from.map(|from| Start { derived: false, at: at(from) }),
            end: to.map(at),
            outcome: to.map(|_| Outcome::Ok),
            ..Observation::of(key)
        });
        self
    }

    fn observation(mut self, change: impl FnOnce(&mut Observation)) -> Self {
        change(self.0.spans.last_mut().unwrap());
        self
    }

    pub(crate) fn ended(self, outcome: Outcome, word: &str) -> Self {
        self.observation(|span| {
            span.outcome = Some(outcome);
            span.traits.end_reason = end_reason(word);
            span.reason = Some(word.to_owned());
        })
    }

    pub(crate) fn named(self, name: &str) -> Self {
        self.observation(|span| span.name = Some(name.to_owned()))
    }

    /// An attribute, with the source's traits for it.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.observation(|span| {
            span.attributes.insert(name.to_owned(), value.to_owned());
            let traits = &mut span.traits;
            match (name, value) {
                ("genesys.exit_reason" | "genesys.acd_outcome", word) => {
                    traits.end_reason = end_reason(word).or(traits.end_reason);
                }
                ("genesys.flow_type", flow) => traits.in_queue = Some(flow.to_ascii_lowercase().starts_with("inqueue")),
                ("genesys.transfer_type", "ACD") => traits.transfer_target = Some(TransferTarget::Queue),
                ("genesys.transfer_type", "NUMBER") => traits.transfer_target = Some(TransferTarget::Number),
                ("genesys.user_id", agent) => traits.agent = Some(agent.to_owned()),
                ("genesys.media_type", "CHAT") => traits.medium = Some(Medium::Chat),
                ("genesys.media_type", "MESSAGE") => traits.medium = Some(Medium::Message),
                ("genesys.media_type", "EMAIL") => traits.medium = Some(Medium::Email),
                ("genesys.media_type", "CALLBACK") => traits.medium = Some(Medium::Callback),
                ("genesys.media_type", "VOICE") => traits.medium = Some(Medium::Voice),
                _ => {}
            }
        })
    }

    /// The span's parent waits for it.
    pub(crate) fn synchronous(self) -> Self {
        self.observation(|span| span.traits.synchronous = Some(true))
    }

    /// A call-back was agreed for this time.
    pub(crate) fn scheduled_for(self, seconds: f64) -> Self {
        self.observation(|span| span.traits.scheduled_for = Some(at(seconds)))
    }

    pub(crate) fn under(self, parent: SpanKey) -> Self {
        self.observation(|span| span.parent = Some(parent))
    }

    pub(crate) fn weighing(self, authority: u8, version: u64) -> Self {
        self.observation(|span| (span.authority, span.version) = (authority, version))
    }

    pub(crate) fn derived(self) -> Self {
        self.observation(|span| span.start = span.start.map(|start| Start { derived: true, ..start }))
    }

    pub(crate) fn event(self, name: &str, seconds: f64) -> Self {
        let event = SpanEvent { at: at(seconds), name: name.to_owned(), attributes: Default::default() };
        self.observation(|span| span.events.push(event))
    }

    /// A metric that a flow set.
    pub(crate) fn metric(mut self, flow: &str, metric: &str, seconds: f64) -> Self {
        let attributes = [("flow", flow), ("metric", metric)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let name = format!("{flow} {metric}");
        let point = PointEvent { at: at(seconds), name, on: SpanType::Ivr, attributes: attributes.into() };
        self.0.point_events.push(point);
        self
    }

    pub(crate) fn linking(mut self, id: &Id, role: Role) -> Self {
        self.0.links.push(Link { id: id.clone(), role });
        self
    }

    pub(crate) fn code(mut self, code: &str, act: CodeAct, seconds: f64) -> Self {
        self.0.codes.push(CodeUse { code: id(&format!("web.code:{code}")), at: at(seconds), act });
        self
    }

    /// A hand-off. The customer's number may be withheld, as `anonymous` is.
    pub(crate) fn handoff(mut self, number: &str, act: HandoffAct, seconds: f64, customer: Option<&str>) -> Self {
        let span = self.0.spans.last().map(|span| span.key.clone());
        let customer = customer.map(|number| Telephone::read(number, &Pseudonyms::try_new(&[7; 32]).unwrap()));
        let is_withheld = customer == Some(Err(NoNumber::Meaningless));
        let customer = customer.and_then(Result::ok);
        let handoff = Handoff { number: phone(number), at: at(seconds), act, customer, is_withheld, span };
        self.0.handoffs.push(handoff);
        self
    }

    pub(crate) fn moment(mut self, name: &str, on: SpanType, seconds: f64) -> Self {
        let attributes = [("genesys.attribute_at".to_owned(), format!("{seconds}"))].into();
        self.0.point_events.push(PointEvent { at: at(seconds), name: name.to_owned(), on, attributes });
        self
    }

    pub(crate) fn mention(mut self, party: Party, number: &str) -> Self {
        self.0.mentions.push(Mention { party, phone: phone(number) });
        self
    }

    pub(crate) fn fact(self) -> Fact {
        self.0
    }
}

/// The sources' traits for these words.
fn end_reason(word: &str) -> Option<EndReason> {
    match word {
        "TRANSFER" => Some(EndReason::Transfer),
        "CONSULT_TRANSFER" => Some(EndReason::ConsultTransfer),
        "NO_ANSWER_TRANSFER" => Some(EndReason::UnansweredTransfer),
        "ERROR" | "TRANSPORT_FAILURE" => Some(EndReason::Fault),
        "ABANDON" => Some(EndReason::Abandoned),
        _ => None,
    }
}

/// The policy of a contact centre on Genesys Cloud.
pub(crate) fn policy() -> Policy {
    let reporters = [(Namespace::known("genesys.conversation"), source("genesys"))].into();
    Policy { reference: Some(source("genesys")), reporters, ..Policy::default() }
}

/// The key of a span of an anchor.
pub(crate) fn key(by: &str, anchor: &Id, session: &str) -> SpanKey {
    SpanKey::of(&[by, anchor.value(), session])
}

/// All facts, folded without looking for joins.
pub(crate) fn gathered(facts: impl IntoIterator<Item = FactBuilder>) -> Gathered {
    let mut gathered = Gathered::default();
    for builder in facts {
        gathered.take(&builder.fact());
    }
    gathered
}
