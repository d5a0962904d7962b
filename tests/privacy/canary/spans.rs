//! Personal data in every field of OpenTelemetry's spans, through both encodings: none of it comes out, and no value becomes a tag.

use std::collections::BTreeSet;

use cxtrace_otlp::Encoding;
use cxtrace_otlp::messages::{
    AnyValue, ArrayValue, Event, ExportTraceServiceRequest, InstrumentationScope, KeyValue, KeyValueList, Link,
    Resource, ResourceSpans, ScopeSpans, Span, Status, Value,
};
use cxtrace_otlp::receive::{Interactions, Received};
use cxtrace_sources::delivery::{Delivery, Transport};
use serde_json::Value as Json;

use super::people::Aviary;
use super::search::Search;
use super::witness::Witness;
use super::world::World;
use super::{A_DAY, assert_silent, block_on, overhear_logs, read_everything};
use crate::pipeline::support::noon;

/// How many canaries the spans hold. A million take some minutes.
const CANARIES_VARIABLE: &str = "CXTRACE_SPAN_CANARIES";

/// How many values attributes have.
const VALUES_VARIABLE: &str = "CXTRACE_SPAN_VALUES";

/// Names of attributes that some definition reads or keeps, or that hold personal data by their convention.
const NAMES: [&str; 44] = [
    "service.name",
    "service.version",
    "deployment.environment.name",
    "host.name",
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "http.method",
    "url.scheme",
    "url.template",
    "url.full",
    "url.query",
    "server.address",
    "client.address",
    "db.system.name",
    "db.operation.name",
    "db.collection.name",
    "db.query.text",
    "messaging.system",
    "messaging.destination.name",
    "rpc.system.name",
    "rpc.method",
    "error.type",
    "faas.name",
    "code.function.name",
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.tool.name",
    "gen_ai.input.messages",
    "user_id",
    "user.email",
    "enduser.id",
    "session.id",
    "session_token",
    "exception.message",
    "exception.stacktrace",
    "conversation.type",
    "text",
    "transcript",
    "turn.number",
    "lk.interrupted",
    "tts.text.pii.raw",
    "tags",
    "previous_trace_id",
];

/// Names of attributes that hold an id of an interaction.
const IDS: [&str; 9] = [
    "interaction.id",
    "genesys.conversation.id",
    "conversation.id",
    "call.sid",
    "room_id",
    "job_id",
    "daily.session_id",
    "sip.call_id",
    "journey.ref",
];

const SCOPES: [&str; 4] = ["accounts.http", "pipecat", "pipecat.turn", "livekit-agents"];

fn count(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// A value of any type that holds a canary.
fn value(aviary: &mut Aviary) -> Value {
    match aviary.all.len() % 7 {
        0 => Value::Int(i64::try_from(aviary.number()).unwrap()),
        1 => Value::Array(ArrayValue {
            values: vec![any(Value::String(aviary.text())), any(Value::String(aviary.text()))],
        }),
        2 => {
            let pair = KeyValue::text(aviary.text(), aviary.text());
            Value::Object(KeyValueList { values: vec![pair] })
        }
        3 => Value::Bytes(aviary.text().into_bytes()),
        _ => Value::String(aviary.text()),
    }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// Attributes under known names and under names that are canaries themselves.
fn attributes(aviary: &mut Aviary, known: usize) -> Vec<KeyValue> {
    let mut attributes = Vec::new();
    for n in 0..known {
        let name = NAMES[(aviary.all.len() + n * 7) % NAMES.len()];
        attributes.push(KeyValue::of(name, value(aviary)));
    }
    attributes.push(KeyValue::of(aviary.text(), value(aviary)));
    attributes
}

fn nanos(seconds: i64) -> u64 {
    u64::try_from((noon().timestamp() + seconds) * 1_000_000_000).unwrap()
}

/// A request with two spans of one trace. Each has personal data in every field, and one names the conversation.
fn request(aviary: &mut Aviary, number: usize) -> ExportTraceServiceRequest {
    let trace_id = hex(&aviary.uuid());
    let conversation = aviary.uuid();
    let span = |aviary: &mut Aviary, place: u8| {
        let mut attributes = attributes(aviary, 12);
        attributes.push(KeyValue::text("interaction.id", conversation.clone()));
        // An id that is somebody's name, number or address.
        attributes.push(KeyValue::text(IDS[1 + number % (IDS.len() - 1)], aviary.text()));
        Span {
            trace_id: trace_id.clone(),
            span_id: vec![place + 1; 8],
            parent_span_id: if place == 0 { Vec::new() } else { vec![place; 8] },
            name: aviary.text(),
            kind: i32::from(place) + 2,
            start_time_unix_nano: nanos(-60),
            end_time_unix_nano: nanos(-50 + i64::from(place)),
            attributes,
            events: vec![
                Event { time_unix_nano: nanos(-55), name: aviary.text(), attributes: self::attributes(aviary, 3) },
                Event {
                    time_unix_nano: nanos(-54),
                    name: "exception".to_owned(),
                    attributes: self::attributes(aviary, 3),
                },
            ],
            links: vec![Link {
                trace_id: hex(&aviary.uuid()),
                span_id: vec![9; 8],
                attributes: self::attributes(aviary, 2),
            }],
            status: Some(Status { message: aviary.text(), code: 2 }),
        }
    };
    let spans = (0..2).map(|place| span(aviary, place)).collect();
    let known = SCOPES.get(number % (SCOPES.len() + 1));
    let scope = InstrumentationScope {
        name: known.map_or_else(|| aviary.text(), |name| (*name).to_owned()),
        version: aviary.text(),
        attributes: attributes(aviary, 2),
    };
    let resource = Resource { attributes: attributes(aviary, 4) };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans }] }
}

/// The sixteen bytes of a UUID.
fn hex(uuid: &str) -> Vec<u8> {
    let digits: Vec<_> = uuid.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn delivery(request: &ExportTraceServiceRequest, encoding: Encoding) -> Delivery {
    let headers = [("content-type", encoding.content_type()), ("content-encoding", "gzip")];
    Delivery {
        transport: Transport::Otlp,
        source: String::new(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: Default::default(),
        body: encoding.body(request).unwrap(),
        received_at: Some(noon()),
        envelope: None,
    }
}

#[test]
fn no_canary_in_any_field_of_a_span_comes_out() {
    let canaries = count(CANARIES_VARIABLE, 20_000);
    block_on(async {
        let witness = Witness::default();
        let _guard = overhear_logs(&witness, "info");
        let world = World::new(witness.clone()).await;
        let mut aviary = Aviary::of_seed(20_261_126);
        let (mut number, mut facts, mut searched) = (0, 0, 0);
        while searched < canaries {
            // What was recorded of a few hundred requests is searched at once, and forgotten.
            for _ in 0..200 {
                let request = request(&mut aviary, number);
                let encoding = if number % 2 == 0 { Encoding::Protobuf } else { Encoding::Json };
                facts += world.take_spans(&delivery(&request, encoding)).await.facts;
                number += 1;
            }
            world.follow().await;
            if searched == 0 {
                world.clock.advance(A_DAY);
                assert_eq!(world.settle().await.failed, 0);
                world.follow().await;
                assert!(read_everything(&world).await.len() > 100);
                let said = witness.said();
                for place in ["DynamoDB", "Datadog", "journey bus", "answers"] {
                    assert!(
                        said.get(place).is_some_and(|said| said.len() > 1_000),
                        "almost nothing was recorded of {place}"
                    );
                }
            }
            assert_silent(&aviary, &witness);
            searched += aviary.all.len();
            aviary.all.clear();
            witness.forget();
        }
        assert!(facts >= number, "{facts} facts of {number} requests: almost nothing was read");
        println!("{searched} canaries in {number} requests with spans, {facts} facts");
    });
}

/// The first test must be able to fail: what a mapping sees of the same request is full of canaries.
#[test]
fn a_span_that_is_stored_as_it_came_is_noticed() {
    let mut aviary = Aviary::of_seed(3);
    let request = request(&mut aviary, 0);
    let traces = Received::of(&request, &Interactions::default()).relevant(&BTreeSet::new());
    assert_eq!((traces.len(), traces[0].items.len()), (1, 2));
    let search = Search::of(&aviary.all);
    for part in ["resource", "scope", "span"] {
        let seen = search.look(traces[0].items[0][part].to_string().as_bytes());
        assert!(seen.is_some(), "{part} holds no canary");
    }
    for part in ["name", "status_message", "attributes", "events", "links"] {
        let seen = search.look(traces[0].items[0]["span"][part].to_string().as_bytes());
        assert!(seen.is_some(), "span.{part} holds no canary");
    }
}

/// The distinct names and sets of tags that Datadog got.
fn tag_sets(witness: &Witness) -> BTreeSet<String> {
    let said = witness.said();
    let mut found = BTreeSet::new();
    for line in said.get("Datadog").map_or(&[][..], Vec::as_slice).split(|byte| *byte == b'\n') {
        let Ok(body) = serde_json::from_slice::<Json>(line) else { continue };
        for series in body["series"].as_array().into_iter().flatten() {
            found.insert(format!("{} {}", series["metric"], series["tags"]));
        }
    }
    found
}

/// The tag sets after `values` distinct values in attributes of the spans of ten conversations.
async fn tags_of(values: usize) -> BTreeSet<String> {
    const NAMES: [&str; 6] = ["user_id", "session_token", "client.address", "enduser.id", "http.route", "error.type"];
    const EACH: usize = 20;
    let witness = Witness::default();
    let world = World::new(witness.clone()).await;
    let conversations: Vec<_> = (0..10).map(|n| format!("00000000-0000-4000-8000-{n:012}")).collect();
    let mut value = 0_usize;
    let mut number = 0_u64;
    while value < values.max(1) || number < 10 {
        let span = |place: u64, value: &mut usize| {
            let mut attributes =
                vec![KeyValue::text("interaction.id", conversations[usize::try_from(number % 10).unwrap()].clone())];
            for n in 0..EACH {
                // Every name has many values; the other names are values themselves.
                *value += usize::from(*value < values);
                let text = format!("v{value}");
                attributes.push(match NAMES.get(n) {
                    Some(name) => KeyValue::text(*name, text),
                    None => KeyValue::text(format!("x.{n}"), text),
                });
            }
            Span {
                trace_id: [(number + 1).to_be_bytes(), [7; 8]].concat(),
                span_id: (place + 1).to_be_bytes().to_vec(),
                name: format!("GET /{value}"),
                kind: 2,
                start_time_unix_nano: nanos(-60),
                end_time_unix_nano: nanos(-50),
                attributes,
                status: Some(Status { message: format!("m{value}"), code: 2 }),
                ..Span::default()
            }
        };
        let spans = (0..50).map(|place| span(place, &mut value)).collect();
        let resource = Resource {
            attributes: vec![KeyValue::text("service.name", "shop"), KeyValue::text("host.name", format!("h{value}"))],
        };
        let scope_spans = vec![ScopeSpans { scope: None, spans }];
        let request =
            ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans }] };
        assert_eq!(world.take_spans(&delivery(&request, Encoding::Protobuf)).await.invalid, 0);
        number += 1;
    }
    world.follow().await;
    world.clock.advance(A_DAY);
    let settled = world.settle().await;
    assert_eq!((settled.failed, settled.settled), (0, 10));
    world.follow().await;
    println!("{value} values in {number} requests");
    tag_sets(&witness)
}

#[test]
fn no_value_of_an_attribute_becomes_a_tag() {
    let values = count(VALUES_VARIABLE, 20_000);
    block_on(async {
        let (few, many) = (tags_of(1).await, tags_of(values).await);
        assert!(!few.is_empty(), "Datadog got nothing");
        assert_eq!(few, many);
        println!("{} names with tags, with 1 value and with {values}", many.len());
    });
}
