//! Journeys that no situation has, so that every sentence is said once.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::source_limits::Kind;
use cxtrace_domain::journeys::{
    EndReason, Fact, Gathered, Id, Journey, Link, Medium, Observation, Outcome, PointEvent, Role, Source, SpanEvent,
    SpanKey, SpanType, Start, TransferTarget, assemble,
};

use crate::quality::start;
use crate::sentences::every;

every!(TYPES = SpanType: Telephony, Ivr, AiConversation, Queue, AgentInteraction, Hold, WrapUp, PlatformHandoff, Voicemail,
    Backend, Crm, Web, Message);

/// Long after everything.
const LATER: f64 = 10_000_000.0;

fn at(seconds: f64) -> DateTime<Utc> {
    start() + TimeDelta::milliseconds((seconds * 1_000.0).round() as i64)
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn source(name: &str) -> Source {
    Source::read(name).unwrap()
}

fn key(by: &str, session: &str) -> SpanKey {
    SpanKey::of(&[by, "conversation", session])
}

/// A report of one span.
#[derive(Clone)]
struct Report(Fact);

/// A span from one time to another, or without an end.
fn span(by: &str, span_type: SpanType, session: &str, from: f64, to: impl Into<Option<f64>>) -> Report {
    let to = to.into();
    let anchor = id("genesys.conversation:6efd5506-3fd6-49a1-8a51-000000000001");
    let mut fact = Fact::of(source(by), anchor, at(to.unwrap_or(from)), "test");
    fact.spans.push(Observation {
        span_type: Some(span_type),
        start: Some(Start { derived: false, at: at(from) }),
        end: to.map(at),
        outcome: to.map(|_| Outcome::Ok),
        ..Observation::of(key(by, session))
    });
    Report(fact)
}

impl Report {
    fn but(mut self, change: impl FnOnce(&mut Observation)) -> Self {
        change(self.0.spans.last_mut().unwrap());
        self
    }

    fn ended(self, outcome: Outcome, reason: Option<EndReason>) -> Self {
        self.but(|span| (span.outcome, span.traits.end_reason) = (Some(outcome), reason))
    }

    fn event(self, name: &str, seconds: f64) -> Self {
        let event = SpanEvent { at: at(seconds), name: name.to_owned(), attributes: Default::default() };
        self.but(|span| span.events.push(event))
    }
}

fn gathered(reports: &[Report]) -> Gathered {
    let mut gathered = Gathered::default();
    reports.iter().for_each(|Report(fact)| gathered.take(fact));
    gathered
}

fn journey(gathered: &Gathered, seconds: f64) -> Journey {
    assemble(gathered, &cxtrace_sources::policy(), None, at(seconds)).unwrap()
}

/// The rare journeys.
pub(crate) fn journeys() -> Vec<Journey> {
    let mut all = Vec::new();
    for span_type in TYPES {
        all.extend(each_end(*span_type));
    }
    for (reports, seconds) in [reports_of_calls(), reports_of_waits_and_transfers(), reports_of_requests()].concat() {
        all.push(journey(&gathered(&reports), seconds));
    }
    all.push(left_out());
    all
}

/// A customer in a span of the type: it ends, fails, is left, goes on, and is lost; and it is beside a gap.
fn each_end(span_type: SpanType) -> Vec<Journey> {
    let ended = span("genesys", span_type, "one", 0.0, 100.0);
    let flow = span("genesys", SpanType::Ivr, "flow", 200.0, 230.0);
    let open = span("genesys", span_type, "one", 0.0, None);
    [
        (vec![ended.clone()], LATER),
        (vec![ended.clone().ended(Outcome::Error, None)], LATER),
        (vec![ended.clone().ended(Outcome::Abandoned, None)], LATER),
        (vec![open.clone()], 60.0),
        (vec![open.clone()], LATER),
        (vec![ended, flow.clone()], LATER),
        (vec![open, flow], LATER),
    ]
    .map(|(reports, seconds)| journey(&gathered(&reports), seconds))
    .to_vec()
}

type Seen = (Vec<Report>, f64);

fn reports_of_calls() -> Vec<Seen> {
    let line = |by: &str, to: f64| span(by, SpanType::Telephony, "line", 0.0, to);
    let fault = |by: &str, to: f64| line(by, to).ended(Outcome::Error, Some(EndReason::Fault));
    let agent = |session: &str, from: f64, to: f64| span("genesys", SpanType::AgentInteraction, session, from, to);
    let call = |n: f64| {
        let (from, to) = (n * 7_200.0, n * 7_200.0 + 100.0);
        let session = format!("call {n}");
        [span("genesys", SpanType::Telephony, &session, from, to), agent(&format!("agent {n}"), from, to)]
    };
    let step =
        |(n, platform): (usize, &str)| span(platform, SpanType::Ivr, "flow", n as f64 * 30.0, n as f64 * 30.0 + 30.0);
    let metric = |name: &str| {
        let Report(mut fact) = span("genesys", SpanType::Ivr, "flow", 0.0, None);
        fact.spans.clear();
        let attributes = [("flow", "CustomerRouting"), ("metric", name)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        fact.point_events.push(PointEvent { at: at(0.0), name: name.to_owned(), on: SpanType::Ivr, attributes });
        Report(fact)
    };
    vec![
        // Platforms that saw a call end at about the same time.
        (vec![fault("genesys", 70.0), fault("sbc", 70.06), agent("agent", 10.0, 70.0)], LATER),
        (vec![fault("genesys", 70.0), fault("sbc", 70.06), fault("web", 77.6), agent("agent", 10.0, 70.0)], LATER),
        // Three contacts.
        ((0..3).flat_map(|n| call(f64::from(n))).collect(), LATER),
        // More platforms than a sentence names.
        (["web", "ai", "genesys", "crm", "outsourcer", "sbc"].into_iter().enumerate().map(step).collect(), LATER),
        // A line that is up while nobody says where the customer is.
        (
            vec![
                span("genesys", SpanType::Telephony, "line", 0.0, None),
                span("genesys", SpanType::Ivr, "flow", 0.0, 30.0),
            ],
            60.0,
        ),
        (vec![metric("Entered"), metric("Identified")], LATER),
        // From one platform to another, in writing and by phone.
        (
            vec![span("web", SpanType::Web, "visit", 0.0, 100.0), span("genesys", SpanType::Ivr, "flow", 400.0, 500.0)],
            LATER,
        ),
        (
            vec![
                span("genesys", SpanType::Web, "visit", 0.0, 90.0),
                span("genesys", SpanType::Ivr, "flow", 95.0, 99.0),
            ],
            LATER,
        ),
    ]
}

fn reports_of_waits_and_transfers() -> Vec<Seen> {
    let line = |to: Option<f64>| span("genesys", SpanType::Telephony, "line", 0.0, to);
    let agent = |session: &str, from: f64, to: Option<f64>| {
        span("genesys", SpanType::AgentInteraction, session, from, to).but(|span| {
            span.traits.agent = Some(session.to_owned());
        })
    };
    let hold = |session: &str, from: f64, to: Option<f64>| span("genesys", SpanType::Hold, session, from, to);
    let queue = |session: &str, from: f64, to: Option<f64>| span("genesys", SpanType::Queue, session, from, to);
    let sent_on = |report: Report, target: TransferTarget| {
        report.ended(Outcome::Ok, Some(EndReason::Transfer)).but(|span| span.traits.transfer_target = Some(target))
    };
    let away = |session: &str, from: f64, to: f64| sent_on(agent(session, from, Some(to)), TransferTarget::Number);
    vec![
        // Waits while another wait goes on.
        (vec![agent("one", 0.0, None), hold("a", 10.0, Some(25.0)), hold("b", 40.0, None)], 60.0),
        (
            vec![
                queue("a", 0.0, Some(20.0)),
                agent("one", 20.0, None),
                hold("a", 30.0, Some(45.0)),
                hold("b", 50.0, None),
            ],
            60.0,
        ),
        (vec![queue("a", 0.0, Some(20.0)), agent("one", 20.0, Some(50.0)), queue("b", 50.0, None)], 60.0),
        // A queue that says that it was left, and not when.
        (
            vec![
                line(Some(60.0)),
                queue("a", 10.0, None).but(|span| span.traits.end_reason = Some(EndReason::Abandoned)),
            ],
            LATER,
        ),
        // A customer who waits between two spans, and one of whom a source may still report.
        (vec![queue("a", 0.0, Some(10.0)), span("genesys", SpanType::Ivr, "flow", 30.0, 60.0)], LATER),
        (vec![span("genesys", SpanType::Ivr, "flow", 0.0, 10.0), agent("one", 20.0, Some(60.0))], 100.0),
        // Transfers whose lines stayed up, once and twice, and a phone that rang.
        (vec![line(Some(620.0)), away("one", 0.0, 180.0)], LATER),
        (
            vec![
                line(Some(900.0)),
                away("one", 0.0, 100.0),
                away("two", 200.0, 300.0),
                agent("three", 400.0, Some(900.0)),
            ],
            LATER,
        ),
        (
            vec![
                line(Some(200.0)),
                agent("one", 0.0, Some(30.0)),
                agent("two", 30.0, Some(200.0)).event("alert", 30.0).event("answer", 100.0),
            ],
            LATER,
        ),
        // An agent who answers when the queue ends, and of whom nothing is reported after that.
        (vec![queue("a", 1.0, Some(44.0)), agent("one", 40.0, None)], LATER),
        // Transfers without an answer.
        (
            vec![line(Some(60.0)), sent_on(span("genesys", SpanType::Ivr, "flow", 0.0, 30.0), TransferTarget::Queue)],
            LATER,
        ),
        (vec![span("ai", SpanType::PlatformHandoff, "handoff", 0.0, 5.0)], LATER),
        (vec![span("ai", SpanType::PlatformHandoff, "handoff", 0.0, 5.0).ended(Outcome::Error, None)], LATER),
        // A chat, in which a pause is no answer that is awaited, and messages, in which it is.
        (in_writing(Medium::Chat), LATER),
        (in_writing(Medium::Message), LATER),
    ]
}

fn in_writing(medium: Medium) -> Vec<Report> {
    let report = |span_type, session, from, to| {
        span("genesys", span_type, session, from, to).but(|span| span.traits.medium = Some(medium))
    };
    vec![
        report(SpanType::Message, "line", 0.0, 9_000.0),
        report(SpanType::AgentInteraction, "one", 0.0, 100.0),
        report(SpanType::AgentInteraction, "two", 8_000.0, 9_000.0),
    ]
}

fn reports_of_requests() -> Vec<Seen> {
    let line = || span("genesys", SpanType::Ivr, "flow", 0.0, 90.0);
    let request = |session: &str, from: f64, to: f64| {
        span("backend", SpanType::Backend, session, from, to)
            .but(|span| span.name = Some("GET /orders/{id}".to_owned()))
    };
    let failed = |session: &str, from: f64, to: f64| request(session, from, to).ended(Outcome::Error, None);
    let named = |ids: &[&str]| {
        let Report(mut fact) = line();
        let conversation = |n: &&str| id(&format!("genesys.conversation:6efd5506-3fd6-49a1-8a51-00000000000{n}"));
        fact.source = source("sbc");
        fact.anchor = id("sip.call_id:a1@sbc");
        fact.spans[0].key = key("sbc", "line");
        fact.links = ids.iter().map(|n| Link { id: conversation(n), role: Role::Reference }).collect();
        Report(fact)
    };
    let skewed = |from: f64| {
        let talk = span("ai", SpanType::AiConversation, "talk", 18.0, 60.0);
        let request = span("genesys", SpanType::Backend, "request", 8.0, 45.0).but(|span| {
            span.parent = Some(key("ai", "talk"));
            span.traits.synchronous = Some(true);
        });
        vec![span("genesys", SpanType::Ivr, "flow", 0.0, from), talk, request]
    };
    vec![
        (vec![line(), failed("a", 0.0, 4.1)], LATER),
        (vec![line(), request("a", 0.0, 4.1), request("b", 5.0, 9.0)], LATER),
        (vec![line(), request("a", 0.0, 4.1), failed("b", 5.0, 9.0), request("c", 10.0, 20.0)], LATER),
        (vec![line(), failed("a", 0.0, 4.1), failed("b", 5.0, 9.0), failed("c", 10.0, 20.0)], LATER),
        (vec![named(&["1"])], LATER),
        (vec![named(&["1", "2"])], LATER),
        (skewed(4.0), LATER),
        // Several warnings.
        (vec![line(), request("a", 0.0, 4.1), span("crm", SpanType::Backend, "b", 5.0, 9.0)], LATER),
        (
            vec![
                line(),
                request("a", 0.0, 4.1),
                span("crm", SpanType::Backend, "b", 5.0, 9.0),
                span("web", SpanType::Backend, "c", 5.0, 9.0),
            ],
            LATER,
        ),
    ]
}

/// A journey of which every kind of thing was left out, and ids that too many share.
fn left_out() -> Journey {
    let mut gathered = gathered(&[span("genesys", SpanType::Ivr, "flow", 0.0, 90.0)]);
    let senders = [("crm", Kind::Links, 3), ("crm", Kind::LinksOfId, 1), ("web", Kind::LinksOfId, 2)];
    for (by, kind, count) in senders.into_iter().chain([("crm", Kind::Spans, 1_200), ("crm", Kind::Facts, 7)]) {
        gathered.kept_out.note(&source(by), kind, count);
    }
    gathered.quarantined = ["crm.account:a", "crm.account:b", "web.code:4711"].map(id).into();
    journey(&gathered, LATER)
}
