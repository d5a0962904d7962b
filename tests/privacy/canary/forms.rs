//! Events with personal data in every possible place: in every field of every topic, in names and in values, nested,
//! and in unknown fields.

use std::collections::BTreeMap;

use cxtrace_sources::cxtrace_span;
use cxtrace_sources::cxtrace_span::Allowlist;
use serde_json::{Map, Value, json};

use super::people::{Aviary, Kind};
use crate::pipeline::support::noon;

/// The fields of every topic, as Genesys' notification schemas list them.
const FIELDS: &str = include_str!("../../../shared/sources/tests/all/fields.json");

/// Attributes that name ids of other systems, one of each kind.
pub(crate) const CORRELATIONS: &str = "case=crm.case, visit=web.session, code=web.code, trace=trace, call=sip.call_id, uui=uui, root=genesys.conversation";

/// Attributes that a sender may keep in addition to OpenTelemetry's. A public attribute may contain a name: the
/// operator who lists it promises that it never does.
pub(crate) const SPAN_ATTRIBUTES: &str = "app.customer:pseudonym";

const ATTRIBUTES: &str = "attributes";

/// Fields that decide. Without them the whole event is refused.
const NEEDED: [&str; 4] = ["conversationId", "eventTime", "participantId", "sessionId"];

/// Words that lead to the code that reads numbers, such as transfers.
const WORDS: &[(&str, &str)] = &[
    ("acdOutcome", "ANSWERED"),
    ("direction", "INBOUND"),
    ("disconnectType", "CONSULT_TRANSFER"),
    ("flowOutcomeValue", "SUCCESS"),
    ("flowType", "INBOUNDCALL"),
    ("mediaType", "VOICE"),
    ("transferType", "NUMBER"),
];

/// The topics, with their fields.
pub(crate) fn topics() -> BTreeMap<String, Map<String, Value>> {
    serde_json::from_str(FIELDS).unwrap()
}

/// All events about one conversation: from Genesys, from its flows, and from other systems.
pub(crate) fn conversation(aviary: &mut Aviary) -> Vec<String> {
    let id = aviary.uuid();
    let mut events = Vec::new();
    // A start and its end belong to one session.
    let mut sessions = BTreeMap::new();
    for (topic, fields) in topics() {
        if topic == ATTRIBUTES {
            continue;
        }
        let part = topic.split('.').next().unwrap_or_default().to_owned();
        let session = sessions.entry(part).or_insert_with(|| aviary.uuid()).clone();
        let filled = fields.iter().filter(|(name, _)| !NEEDED.contains(&name.as_str()));
        let filled: Map<_, _> = filled.map(|(name, kind)| (name.clone(), fill(aviary, name, kind))).collect();
        let mut body = body(aviary, &id, filled);
        body["sessionId"] = json!(session);
        events.push(genesys(aviary, &topic, body));
    }
    for _ in 0..5 {
        events.push(attributes(aviary, &id));
        events.push(spans(aviary, &id));
    }
    events
}

/// Events about one number, in every accepted place.
pub(crate) fn mentioning(number: &str) -> Vec<String> {
    let at = noon().timestamp_millis() - 60_000;
    let id = "279c39cf-15fa-48e9-b435-f9667f4f96ba";
    let body = |more: Value| {
        let mut body = json!({"conversationId": id, "eventTime": at, "participantId": id, "sessionId": id});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    let genesys = |topic: &str, more: Value| {
        event_of(&detail_type(topic), json!({"eventBody": body(more), "timestamp": published()}))
    };
    let handoff = json!({"number": number, "act": "left", "customer": number, "span": "a"});
    let span = json!({"key": "a", "attributes": {"app.customer": number}, "started_at": at, "ended_at": at});
    let own = json!({"source": "sbc", "id": format!("sbc.call:{number}"), "observed_at": at, "span": span,
        "links": [{"id": format!("genesys.conversation:{id}")}, {"id": format!("crm.case:{number}")}],
        "phones": [{"party": "customer", "number": number}], "handoff": handoff});
    vec![
        genesys("customer.start", json!({"ani": number, "dnis": number, "mediaType": "VOICE", "direction": "INBOUND"})),
        genesys(
            "flow.end",
            json!({"ani": number, "addressTo": number, "transferType": "NUMBER", "connectedDurationMs": 1}),
        ),
        genesys("wrapup", json!({"callbackNumbers": [number]})),
        genesys(ATTRIBUTES, json!({"attributes": {"case": number, "call": number, "uui": number, "visit": number}})),
        event_of(cxtrace_span::DETAIL_TYPE, own),
    ]
}

/// Each field of each topic, with a value that does not belong there.
pub(crate) fn fields_one_by_one(aviary: &mut Aviary) -> Vec<String> {
    let mut events = Vec::new();
    for (topic, fields) in topics() {
        let id = aviary.uuid();
        for name in fields.keys() {
            let [phone, person, email, card, address] =
                [Kind::Phone, Kind::Name, Kind::Email, Kind::Card, Kind::Address].map(|kind| aviary.of(kind));
            let values = [
                json!(phone),
                json!(person),
                json!([email]),
                json!({person.as_str(): card}),
                json!(address),
                json!(aviary.number()),
                json!(card),
            ];
            for value in values {
                let mut body = needed(aviary, &id);
                body[name] = value;
                events.push(event_of(&detail_type(&topic), json!({"eventBody": body, "timestamp": published()})));
            }
        }
    }
    events
}

/// Invalid envelopes and documents.
pub(crate) fn envelopes(aviary: &mut Aviary) -> Vec<String> {
    let mut events = Vec::new();
    for topic in ["user.end", ATTRIBUTES] {
        let id = aviary.uuid();
        let body = body(aviary, &id, Map::new());
        let event: Value = serde_json::from_str(&genesys(aviary, topic, body)).unwrap();
        for field in ["version", "id", "source", "account", "time", "region", "resources", "detail"] {
            let mut event = event.clone();
            event[field] = json!(aviary.text());
            events.push(event.to_string());
        }
        for field in ["topicName", "version", "metadata", "timestamp", "eventBody"] {
            let mut event = event.clone();
            event["detail"][field] = json!(aviary.text());
            events.push(event.to_string());
        }
        // A topic's name is shown to its subscriber. A person's name in it would be the topic's name.
        let mut foreign = event.clone();
        foreign["detail-type"] = json!(aviary.marked());
        events.push(foreign.to_string());
        // Invalid JSON after a name that must not be shown.
        let text = event.to_string();
        for place in ["{", "\"eventBody\":{", "\"metadata\":{", "\"attributes\":{"] {
            let name = json!(aviary.text());
            let inner = json!(aviary.text());
            events.push(text.replacen(place, &format!("{place}{name}:{{{inner}:nope}},"), 1));
        }
        events.push(format!("{text}{}", json!(aviary.text())));
        events.push(json!(aviary.text()).to_string());
        events.push(json!([aviary.text()]).to_string());
    }
    events
}

/// Each place of a span's form, with a value that does not belong there.
pub(crate) fn span_one_by_one(aviary: &mut Aviary) -> Vec<String> {
    let id = aviary.uuid();
    let whole: Value = serde_json::from_str(&spans(&mut Aviary::of_seed(0), &id)).unwrap();
    let whole = plain(&whole["detail"]);
    let mut every = Vec::new();
    places(&whole, "", &mut every);
    let mut events = Vec::new();
    for place in &every {
        // Names of systems and of kinds of ids are visible, because an engineer chose them.
        let is_name = ["/source", "/platform"].iter().any(|end| place.ends_with(end));
        let text = if is_name { aviary.marked() } else { aviary.text() };
        let id = aviary.text();
        for value in [
            json!(text),
            json!([aviary.text()]),
            json!({aviary.text(): aviary.text()}),
            json!(format!("crm.case:{id}")),
            json!(aviary.number()),
        ] {
            let mut event = whole.clone();
            *event.pointer_mut(place).unwrap() = value;
            events.push(event_of(cxtrace_span::DETAIL_TYPE, event));
        }
        let mut event = whole.clone();
        if let Some(fields) = event.pointer_mut(place).unwrap().as_object_mut() {
            fields.insert(aviary.text(), strange(aviary));
            events.push(event_of(cxtrace_span::DETAIL_TYPE, event));
        }
    }
    events
}

/// An event of a participant's attributes.
fn attributes(aviary: &mut Aviary, conversation: &str) -> String {
    let mut attributes: Map<_, _> = (0..40).map(|_| (aviary.text(), json!(aviary.text()))).collect();
    for entry in CORRELATIONS.split(',') {
        let name = entry.split('=').next().unwrap().trim();
        attributes.insert(name.to_owned(), json!(aviary.text()));
        attributes.insert(aviary.text(), json!({aviary.text(): aviary.text()}));
    }
    // A metric's flow and name are counted. The flow is also counted if the time is malformed. The author of a flow
    // chose these names. Their values are not read.
    let at = (noon() - chrono::TimeDelta::seconds(30)).to_rfc3339();
    attributes.insert(format!("CanaryMetric_Seen({at})"), json!(aviary.text()));
    attributes.insert("CanaryMetric_Broken(soon)".to_owned(), json!(aviary.text()));
    let fields = json!({
        "attributes": attributes,
        "communications": [{"id": aviary.text(), "mediaType": aviary.text(), aviary.text(): aviary.text()}],
        "conversationExternalContactIds": [aviary.text()],
        "organizationId": aviary.text(),
    });
    let Value::Object(fields) = fields else { unreachable!() };
    let body = body(aviary, conversation, fields);
    genesys(aviary, ATTRIBUTES, body)
}

/// A Cxtrace Span event that uses every field, with personal data in as many as possible.
fn spans(aviary: &mut Aviary, conversation: &str) -> String {
    let at = noon().timestamp_millis() - 60_000;
    let kept = |aviary: &mut Aviary| {
        let names = Allowlist::built_in().chain(["app.customer"]).map(str::to_owned).collect::<Vec<_>>();
        let known = names.into_iter().map(|name| (name, json!(aviary.text()))).collect::<Vec<_>>();
        let strange = (0..10).map(|_| (aviary.text(), json!(aviary.text()))).collect::<Vec<_>>();
        known.into_iter().chain(strange).collect::<Map<_, _>>()
    };
    let key = aviary.text();
    let detail = json!({
        "source": "sbc",
        "id": format!("crm.case:{}", aviary.text()),
        "observed_at": at,
        "time": at,
        "links": [
            {"id": format!("genesys.conversation:{conversation}"), "role": "related"},
            {"id": format!("sip.call_id:{}", aviary.text()), "role": "same"},
        ],
        "span": {
            "key": key, "type": "backend", "name": aviary.text(), "platform": "sbc-eu", "started_at": at - 5_000, "ended_at": at,
            "status": "ok", "reason": aviary.text(), "version": 1,
            "parent": {"source": "web", "id": format!("web.session:{}", aviary.text()), "key": aviary.text()},
            "attributes": kept(aviary),
            "events": [{"name": aviary.text(), "at": at, "attributes": kept(aviary)}],
        },
        "phones": [
            {"party": "customer", "number": aviary.of(Kind::Phone)},
            {"party": "centre", "number": aviary.text()},
        ],
        "code": {"value": aviary.uuid()[..8], "act": "used", "at": at},
        "handoff": {"number": "+12025550122", "act": "left", "at": at, "customer": aviary.of(Kind::Phone), "span": key},
        "attributes": kept(aviary),
        "events": [{"name": aviary.text(), "at": at}],
        "more": strange(aviary),
        aviary.text(): strange(aviary),
    });
    envelope(aviary, cxtrace_span::DETAIL_TYPE, detail)
}

/// The same form without personal data, so that one place can be changed and the event is still accepted.
fn plain(detail: &Value) -> Value {
    let mut plain = detail.clone();
    plain["id"] = json!("crm.case:c-1");
    plain["links"][1]["id"] = json!("sip.call_id:a84b4c76e66710");
    plain["phones"] = json!([{"party": "customer", "number": "+12025550143"}]);
    plain["events"] = json!([{"name": "retry", "at": detail["time"]}]);
    plain["attributes"] = json!({"http.status_code": 200, "app.customer": "c-1"});
    plain["handoff"]["customer"] = json!("+12025550143");
    plain["handoff"]["span"] = json!("a");
    let span = &mut plain["span"];
    span["key"] = json!("a");
    span["name"] = json!("Account lookup");
    span["reason"] = json!("BUSY");
    span["parent"] = json!({"source": "web", "id": "web.session:s-1", "key": "page"});
    span["attributes"] = json!({"http.route": "/accounts/{id}"});
    span["events"] = json!([{"name": "retry", "at": detail["time"], "attributes": {"error.type": "timeout"}}]);
    let known: Vec<_> =
        ["source", "id", "observed_at", "time", "links", "span", "phones", "code", "handoff", "attributes", "events"]
            .into_iter()
            .collect();
    plain.as_object_mut().unwrap().retain(|name, _| known.contains(&name.as_str()));
    plain
}

/// The body of a Genesys event with `fields` in addition to the required ones.
fn body(aviary: &mut Aviary, conversation: &str, fields: Map<String, Value>) -> Value {
    let mut body = needed(aviary, conversation);
    fields.into_iter().for_each(|(name, value)| body[name] = value);
    body[aviary.text()] = strange(aviary);
    body
}

/// A body with only the required fields.
fn needed(aviary: &mut Aviary, conversation: &str) -> Value {
    json!({
        "conversationId": conversation,
        "eventTime": noon().timestamp_millis() - 60_000,
        "participantId": aviary.uuid(),
        "sessionId": aviary.uuid(),
    })
}

/// An event with a minimal envelope.
fn event_of(detail_type: &str, detail: Value) -> String {
    json!({"detail-type": detail_type, "source": "example.telemetry", "time": noon().to_rfc3339(), "detail": detail})
        .to_string()
}

fn detail_type(topic: &str) -> String {
    format!("v2.detail.events.conversation.{{id}}.{topic}")
}

fn published() -> String {
    (noon() - chrono::TimeDelta::seconds(20)).to_rfc3339()
}

fn genesys(aviary: &mut Aviary, topic: &str, body: Value) -> String {
    let detail = json!({
        "topicName": aviary.text(),
        "version": aviary.text(),
        "eventBody": body,
        "metadata": {"CorrelationId": aviary.text(), aviary.text(): aviary.text()},
        "timestamp": published(),
        aviary.text(): strange(aviary),
    });
    envelope(aviary, &detail_type(topic), detail)
}

fn envelope(aviary: &mut Aviary, detail_type: &str, detail: Value) -> String {
    json!({
        "version": "0",
        "id": aviary.text(),
        "detail-type": detail_type,
        "source": "example.telemetry",
        "account": aviary.text(),
        "time": noon().to_rfc3339(),
        "region": aviary.text(),
        "resources": [aviary.text()],
        "detail": detail,
        aviary.text(): strange(aviary),
    })
    .to_string()
}

/// Possible values of a field of a type.
fn fill(aviary: &mut Aviary, name: &str, kind: &Value) -> Value {
    match kind {
        Value::Object(fields) => {
            fields.iter().map(|(name, kind)| (name.clone(), fill(aviary, name, kind))).collect::<Map<_, _>>().into()
        }
        Value::Array(kinds) => kinds.iter().map(|kind| fill(aviary, name, kind)).collect::<Vec<_>>().into(),
        Value::String(kind) => match kind.as_str() {
            "int" if name.ends_with("Ms") => json!(1_500),
            "int" if name.ends_with("Time") => json!(noon().timestamp_millis() - 90_000),
            "int" => json!(1),
            "bool" => json!(true),
            "list[str]" => json!([aviary.text(), aviary.text(), aviary.of(Kind::Phone)]),
            _ => {
                let word = WORDS.iter().find(|(field, _)| *field == name).map(|(_, word)| *word);
                let is_number = ["ani", "dnis", "addressTo", "addressFrom"].contains(&name);
                match word {
                    Some(word) if aviary.coin() => json!(word),
                    None if is_number && aviary.coin() => json!(aviary.of(Kind::Phone)),
                    _ => json!(aviary.text()),
                }
            }
        },
        _ => json!(aviary.text()),
    }
}

/// A field that no schema contains.
fn strange(aviary: &mut Aviary) -> Value {
    json!({
        aviary.text(): {aviary.text(): [aviary.text(), aviary.number(), {aviary.text(): aviary.text()}]},
        "notes": (0..4).map(|_| aviary.text()).collect::<Vec<_>>(),
    })
}

/// Every place in a document, as JSON pointers.
fn places(value: &Value, at: &str, to: &mut Vec<String>) {
    to.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{}", pointed(name)), to))
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), to));
        }
        _ => {}
    }
}

fn pointed(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
