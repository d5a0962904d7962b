//! Journeys for lists and for reading: one with every field of a document, and short ones.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::document::{
    CallEnding, ClockLine, DecisionLine, EdgeLine, Ending, EndingKind, Event, EvidenceLine, Gap, GapClass, HandoffLine,
    Insight, InsightRule, Journey, KeptOutLine, Leg, NativeId, PhoneLine, RawTimes, Segment, Severity, Span, Status,
    Stretch, Time, TimeAccount, TimeKind, TimePart, UnconfirmedLine,
};
use cxtrace_domain::journeys::query::EvidenceReport;
use cxtrace_domain::journeys::source_limits::Kind;
use cxtrace_domain::journeys::{
    DecisionAct, EdgeId, Fact, Id, JourneyId, Outcome, Party, Reason, Role, Rule, Source, SpanKey, SpanType,
};

pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap()
}

pub(crate) fn conversation(n: u32) -> Id {
    id(&format!("genesys.conversation:6efd5506-3fd6-49a1-8a51-{n:012x}"))
}

/// The journey of the conversation `n`, which began at `started_at` and is still going on.
pub(crate) fn short(n: u32, started_at: DateTime<Utc>) -> Journey {
    let conversation = conversation(n);
    Journey {
        id: conversation.journey(),
        revision: 0,
        status: Status::Live,
        started_at: Time(started_at),
        ended_at: None,
        duration_ms: None,
        platforms: vec!["genesys".to_owned()],
        ids: vec![NativeId::of(&conversation, None)],
        phones: Vec::new(),
        legs: vec![Leg { number: 1, platform: "genesys".to_owned(), started_at: Time(started_at), ended_at: None }],
        spans: vec![span("genesys:1", SpanType::Telephony, "genesys", started_at, None)],
        handoffs: Vec::new(),
        endings: Vec::new(),
        gaps: Vec::new(),
        insights: Vec::new(),
        time: TimeAccount::default(),
        segments: Vec::new(),
        clocks: Vec::new(),
        quarantined: Vec::new(),
        unconfirmed: Vec::new(),
        kept_out: Vec::new(),
        settles_at: Time(started_at + TimeDelta::days(1)),
        facts: 1,
        outcome: Ending { kind: EndingKind::InProgress, text: "In progress.".to_owned() },
        summary: "A customer called.".to_owned(),
    }
}

fn span(
    key: &str,
    span_type: SpanType,
    platform: &str,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
) -> Span {
    Span {
        key: SpanKey::of(&[key]),
        parent: None,
        span_type,
        platform: platform.to_owned(),
        name: "Main menu".to_owned(),
        started_at: Time(started_at),
        ended_at: ended_at.map(Time),
        ended_by: None,
        raw: None,
        status: None,
        reason: None,
        flags: Vec::new(),
        sources: vec![Source::known("genesys")],
        attributes: BTreeMap::new(),
        events: Vec::new(),
    }
}

/// A journey with a value in every field.
pub(crate) fn full(n: u32, started_at: DateTime<Utc>) -> Journey {
    let after = |seconds| started_at + TimeDelta::seconds(seconds);
    let attributes = BTreeMap::from([("genesys.queue_id".to_owned(), "Q-1".to_owned())]);
    let web = Source::read("web").unwrap();
    let conversation = conversation(n);
    let session = id(&format!("web.session:s-{n:04x}"));
    let mut web_visit = span("web:1", SpanType::Web, "web", started_at, None);
    web_visit.ended_by = Some(Time(after(30)));
    let mut queue = span("genesys:2", SpanType::Queue, "genesys", after(60), Some(after(90)));
    queue.parent = Some(SpanKey::of(&["genesys:1"]));
    queue.raw = Some(RawTimes { started_at: Time(after(59)), ended_at: Some(Time(after(89))) });
    queue.status = Some(Outcome::Abandoned);
    queue.reason = Some("ABANDON".to_owned());
    queue.flags = vec!["ends_before_it_starts"];
    queue.attributes = attributes.clone();
    let metric = [("flow", "CustomerRouting"), ("metric", "Unknown")];
    let metric = metric.map(|(name, value)| (name.to_owned(), value.to_owned()));
    queue.events = vec![
        Event { name: "alert".to_owned(), at: Time(after(61)), attributes },
        Event { name: "CustomerRouting Unknown".to_owned(), at: Time(after(62)), attributes: BTreeMap::from(metric) },
    ];
    Journey {
        revision: 2,
        status: Status::Revised,
        ended_at: Some(Time(after(90))),
        duration_ms: Some(90_000),
        platforms: vec!["web".to_owned(), "genesys".to_owned()],
        ids: vec![
            NativeId::of(&conversation, None),
            NativeId::of(&session, None),
            NativeId::of(&id("trace:0af7651916cd43dd8448eb211c80319c"), Some(Role::Reference)),
        ],
        phones: vec![PhoneLine { party: Party::Customer, masked: "•••• 23".to_owned() }],
        legs: vec![
            Leg {
                number: 1,
                platform: "web".to_owned(),
                started_at: Time(started_at),
                ended_at: Some(Time(after(30))),
            },
            Leg {
                number: 2,
                platform: "genesys".to_owned(),
                started_at: Time(after(60)),
                ended_at: Some(Time(after(90))),
            },
        ],
        spans: vec![web_visit, queue],
        handoffs: vec![HandoffLine { from: SpanKey::of(&["web:1"]), to: SpanKey::of(&["genesys:2"]) }],
        endings: vec![CallEnding {
            platform: "genesys".to_owned(),
            span: SpanKey::of(&["genesys:2"]),
            ended_at: Time(after(90)),
            later_ms: Some(7_600),
            reason: Some("TRANSPORT_FAILURE".to_owned()),
        }],
        gaps: vec![Gap {
            started_at: Time(after(30)),
            ended_at: Time(after(60)),
            class: GapClass::MissingData,
            reason: "No source reported it.".to_owned(),
        }],
        insights: vec![Insight {
            rule: InsightRule::AbandonedInQueue,
            severity: Severity::Error,
            text: "The customer left the queue after a wait of 30 s.".to_owned(),
            spans: vec![SpanKey::of(&["genesys:2"])],
        }],
        time: TimeAccount {
            waited_ms: 30_000,
            parts: vec![
                TimePart { kind: TimeKind::Queue, duration_ms: 30_000 },
                TimePart { kind: TimeKind::SelfService, duration_ms: 60_000 },
            ],
            stretches: vec![
                Stretch { kind: TimeKind::SelfService, started_at: Time(started_at), ended_at: Some(Time(after(60))) },
                Stretch { kind: TimeKind::Queue, started_at: Time(after(60)), ended_at: Some(Time(after(90))) },
            ],
        },
        outcome: Ending {
            kind: EndingKind::Abandoned,
            text: "Abandoned in the queue, 1 min 30 s after the start.".to_owned(),
        },
        segments: vec![Segment { name: "queue", duration_ms: 30_000 }],
        clocks: vec![ClockLine { source: Source::known("genesys"), shift_ms: 1_000, reference: web }],
        quarantined: vec![id("crm.case:test-1")],
        unconfirmed: vec![UnconfirmedLine { id: id("crm.case:c-2"), sources: vec![Source::known("genesys")] }],
        kept_out: vec![KeptOutLine {
            source: Source::known("genesys"),
            what: Kind::Spans,
            count: 300,
            text: "genesys sent more than 20,000 spans of this journey. 300 further reports are left out.".to_owned(),
        }],
        facts: 4,
        ..short(n, started_at)
    }
}

/// A journey that exceeds every limit of a row, with texts that grow when they are written as JSON.
pub(crate) fn huge(n: u32, started_at: DateTime<Utc>, text: &str) -> Journey {
    let times = || (0..500).map(|seconds| Time(started_at + TimeDelta::seconds(seconds)));
    let insight = |rule| Insight { rule, severity: Severity::Info, text: text.repeat(300), spans: Vec::new() };
    let leg = |(before, at)| Leg { number: before + 1, platform: text.repeat(100), started_at: at, ended_at: Some(at) };
    let own_id = |n| NativeId::of(&id(&format!("a{n:039}:{}", "x1".repeat(128))), None);
    let mut spans = full(n, started_at).spans;
    let metric = |n: usize| Event {
        name: "metric".to_owned(),
        at: Time(started_at),
        attributes: [("flow", n.to_string()), ("metric", text.repeat(100))]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    };
    spans[1].events = (0..500).map(metric).collect();
    Journey {
        spans,
        platforms: (0..500).map(|n| format!("{n}{}", text.repeat(100))).collect(),
        ids: (0..500).map(own_id).collect(),
        phones: vec![PhoneLine { party: Party::Centre, masked: text.repeat(10) }; 500],
        legs: times().enumerate().map(leg).collect(),
        insights: [InsightRule::LongGap; 20].into_iter().chain(InsightRule::ALL).map(insight).collect(),
        outcome: Ending { kind: EndingKind::Unknown, text: text.repeat(500) },
        summary: text.repeat(2_000),
        ..full(n, started_at)
    }
}

/// The evidence of the full journey `n`.
pub(crate) fn evidence(n: u32, at: DateTime<Utc>) -> EvidenceReport {
    let (a, b) = (conversation(n), id(&format!("web.session:s-{n:04x}")));
    let fact = Fact::of(Source::known("genesys"), a.clone(), at, "customer.start").id();
    let line = |rule: Rule| EvidenceLine {
        rule,
        confidence: rule.confidence(),
        source: Source::known("genesys"),
        fact,
        at: Time(at),
    };
    let decision = DecisionLine {
        act: DecisionAct::Restore,
        at: Time(at),
        by: Some("6f9619ff-8b86-4d01-b42d-00cf4fc964ff".to_owned()),
        reason: Some(Reason::Mistake),
    };
    let edge = EdgeLine {
        id: EdgeId::between(&a, &b),
        retracted: false,
        decisions: vec![decision],
        evidence: vec![line(Rule::Reference), line(Rule::VerificationCode)],
        a,
        b,
    };
    EvidenceReport { id: journey_id(n), edges: vec![edge], quarantined: vec![id("crm.case:test-1")] }
}

pub(crate) fn journey_id(n: u32) -> JourneyId {
    conversation(n).journey()
}

pub(crate) fn edge_id(n: u32) -> EdgeId {
    EdgeId::between(&conversation(n), &id(&format!("web.session:s-{n:04x}")))
}
