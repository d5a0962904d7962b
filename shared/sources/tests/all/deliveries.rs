//! Deliveries of every transport and notation, read by definitions made here.

use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cxtrace_sources::delivery::{Delivery, DeliveryRead, EventEnvelope, MAX_BODY, Transport, read_delivery};
use cxtrace_sources::registry::{Definition, Registry};
use cxtrace_sources::{Context, Read, SourceError};
use serde_json::{Value, json};

use crate::support::context;

const HEAD: &str = "
ids: {acme.call: {own: true, class: public, shapes: ['{digit:1-6}'], meaning: A call.}}
links: {'*': alone}
span_types: [telephony]
speaks_of: [phones]
keys: [{patterns: [call], meaning: a, purpose: b}]
";

const MAP: &str = r#"{
  id: (.call | id("acme.call")),
  observed_at: ((.at // $env.received_at) | time),
  links: [{id: (.case | id("crm.case"))}],
  spans: (if .call == null then [] else [{key: "call", type: "telephony", started_at: (.at | time), attributes: {"acme.x": .x}}] end)
}"#;

/// A context with one definition, whose one input has these lines.
fn with(input: &str, map: &str) -> Context {
    let lines: String = input.lines().map(|line| format!("    {line}\n")).collect();
    let yaml = format!("inputs:\n  - name: calls\n    status: verified\n    about: Calls.\n{lines}{HEAD}");
    let mut definition: Definition = serde_saphyr::from_str(&yaml).unwrap();
    definition.source = "acme".to_owned();
    definition.aliases.insert("acme-voice".to_owned());
    definition.programs.insert("map.jq".to_owned(), map.to_owned());
    // A context holds its registry for the life of the process.
    Context { registry: Box::leak(Box::new(Registry::of(vec![definition]))), ..context() }
}

fn delivery(transport: Transport, body: &[u8]) -> Delivery {
    Delivery {
        transport,
        source: "acme".to_owned(),
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: body.to_vec(),
        received_at: Some("2026-03-05T08:16:20.450Z".parse().unwrap()),
        envelope: None,
    }
}

fn read(input: &str, body: &[u8]) -> Result<DeliveryRead, SourceError> {
    read_delivery(&delivery(Transport::Webhook, body), &with(&format!("transport: webhook\n{input}"), MAP))
}

/// The id 4711 as it is kept. Its namespace is declared here and not in the program, so it becomes a keyed hash.
const HASHED: &str = "~8270604d4fd20f87de8a096862f20c07";

/// The own ids of the facts.
fn anchors(read: &DeliveryRead) -> Vec<&str> {
    let value = |value: &'static str, kept: &str| if kept == HASHED { value } else { "another" };
    read.facts.iter().map(|fact| value("4711", fact.anchor.value())).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

#[test]
fn every_notation_is_decoded() {
    let json = br#"{"call": 4711, "at": "2026-03-05T08:16:20Z"}"#;
    let jwt = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\"}"), URL_SAFE_NO_PAD.encode(json));
    let split = "split: '.[]'";
    for (input, body) in [
        ("", json.to_vec()),
        ("", [b"\xef\xbb\xbf".as_slice(), json].concat()),
        ("decode: [json]", br#"{"call": "4711", "note": "cut \ud83d"}"#.to_vec()),
        ("decode: [gzip, json]", gzip(json)),
        ("decode: [gzip]", json.to_vec()),
        ("decode: [json]", gzip(json)),
        ("decode: [form]", gzip(b"call=4711&at=2026-03-05T08%3A16%3A20Z")),
        ("decode: [base64, json]", STANDARD.encode(json).into_bytes()),
        ("decode: [base64, gzip]", STANDARD.encode(gzip(json)).into_bytes()),
        ("decode: [json, base64, json]", serde_json::to_vec(&STANDARD.encode(json)).unwrap()),
        ("decode: [form]", b"call=4711&at=2026-03-05T08%3A16%3A20Z&x=a+b".to_vec()),
        ("decode: [jwt]", jwt.into_bytes()),
        (&format!("decode: [csv]\n{split}"), b"call,at\n4711,2026-03-05T08:16:20Z\n".to_vec()),
        (&format!("decode: [csv]\n{split}"), b"at,call\r\n\"a, \"\"b\"\"\",\"4711\"\r\n".to_vec()),
        (&format!("decode: [pipe]\n{split}"), b"|call |at |\n|4711 |2026-03-05T08:16:20Z |\n|call |at |\n".to_vec()),
        (&format!("decode: [key_value]\n{split}"), b"at = \"2026-03-05T08:16:20Z\"\n\tcall = 4711\n\n".to_vec()),
        (&format!("decode: [key_value]\n{split}"), b"call=4711, at=\"x y\", z=a b c=d\n".to_vec()),
        ("decode: [text]\nsplit: '{call: (. | split(\" \") | last)}'", b"CALL 4711".to_vec()),
        ("json_fields: [data]\nsplit: '.[].data'", br#"[{"data": "{\"call\": 4711}"}]"#.to_vec()),
        ("json_fields: [a.b]\nsplit: '.a.b'", br#"{"a": {"b": "{\"call\": 4711}"}}"#.to_vec()),
        (split, b"{\"call\": 4711}\n{\"call\": 4711}\n".to_vec()),
        ("when: '.call != null and $env.transport == \"webhook\"'", json.to_vec()),
    ] {
        let found = read(input, &body).unwrap_or_else(|error| panic!("{input}: {error}"));
        assert_eq!(anchors(&found), ["4711"], "{input}: {found:?}");
        assert_eq!((found.source.as_str(), found.input.as_deref()), ("acme", Some("calls")));
    }
}

#[test]
fn a_body_that_cannot_be_decoded_is_an_error_that_repeats_nothing_of_it() {
    let deep = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    let long = vec![b' '; MAX_BODY + 1];
    let bomb = gzip(&vec![b' '; 2 * MAX_BODY]);
    for (input, body, problem) in [
        ("", b"Ada Lovelace".as_slice(), "body is not valid JSON at line 1 column 1"),
        ("", b"", "body is empty"),
        ("", deep.as_bytes(), "body is nested more than 64 levels deep"),
        ("", &long, "body is longer than 1 MB"),
        ("decode: [gzip]", &bomb, "body is longer than 1 MB when it is decompressed"),
        ("decode: [gzip]", b"\x1f\x8bAda", "body is not gzip"),
        ("decode: [base64]", b"Ada!", "body is not base64"),
        ("decode: [jwt]", b"Ada.Lovelace", "body is not a JSON Web Token"),
        ("decode: [csv]", b"call,at", "body has no lines of values"),
        ("decode: [key_value]", b"\xff", "body is not UTF-8"),
    ] {
        let error = read(input, body).unwrap_err();
        assert_eq!(format!("{} {}", error.field(), error.problem()), problem, "{input}");
    }
    let unknown = Delivery { source: "nobody".to_owned(), ..delivery(Transport::Webhook, b"{}") };
    assert_eq!(read_delivery(&unknown, &context()).unwrap_err().problem(), "has no definition");
}

#[test]
fn what_no_input_takes_is_no_error() {
    for (input, transport) in [
        ("transport: webhook\nwhen: .event", Transport::Webhook),
        ("transport: webhook\nwhen: .call.x", Transport::Webhook),
        ("transport: webhook", Transport::Kinesis),
    ] {
        let found = read_delivery(&delivery(transport, b"{\"call\": \"4711\"}"), &with(input, MAP)).unwrap();
        assert_eq!((found.input, found.facts.len()), (None, 0), "{input}");
    }
}

#[test]
fn a_list_that_no_input_takes_is_read_entry_by_entry() {
    let input = "when: .call != null";
    for body in [
        br#"[{"call": "4711"}, {"another": 1}, null, {"call": "4711"}]"#.to_vec(),
        b"{\"call\": \"4711\"}\n{\"another\": 1}\n".to_vec(),
        gzip(br#"[{"call": "4711"}]"#),
    ] {
        let found = read(input, &body).unwrap();
        assert_eq!((anchors(&found), found.input.as_deref()), (vec!["4711"], Some("calls")));
    }
    // A list that the input takes stays whole, and one without any such entry is taken by nobody.
    let whole =
        read("when: type == \"array\"\nsplit: '{call: (map(.call) | first)}'", br#"[{"call": 4711}, {"call": 1}]"#);
    assert_eq!(anchors(&whole.unwrap()), ["4711"]);
    let nobodys = read(input, br#"[{"another": 1}, 7]"#).unwrap();
    assert_eq!((nobodys.input, nobodys.facts.len()), (None, 0));
}

#[test]
fn an_empty_list_is_read_and_says_nothing() {
    for body in [b"[]".to_vec(), b" [ ]\n".to_vec(), gzip(b"[]")] {
        let found = read("when: .call != null", &body).unwrap();
        assert_eq!((found.facts.len(), found.dropped.len(), found.input.as_deref()), (0, 0, Some("calls")));
    }
    let nobodys = read_delivery(&delivery(Transport::Kinesis, b"[]"), &with("transport: webhook", MAP)).unwrap();
    assert_eq!(nobodys.input, None, "no input has this transport");
    let nested = read("when: .call != null", b"[[]]").unwrap();
    assert_eq!(nested.input, None);
}

#[test]
fn what_is_left_out_is_listed_with_its_reason() {
    let body = json!([
        {"call": "4711", "x": "Ada", "case": "null"},
        {"call": null},
        {"call": "4712", "at": "2029-03-05T08:16:20Z"},
        {"call": ["Ada"]},
    ]);
    let map = format!("{MAP} | if .id == null and $env.query.q == \"1\" then (\"Ada\" | .x) else . end");
    let context = with("transport: webhook\nsplit: '.[]'", &map);
    let found = read_delivery(&delivery(Transport::Webhook, body.to_string().as_bytes()), &context).unwrap();
    assert_eq!(anchors(&found), ["4711"]);
    let dropped: Vec<_> = found.dropped.iter().map(|dropped| format!("{}: {}", dropped.path, dropped.why)).collect();
    assert_eq!(
        dropped,
        [
            "documents[0].spans[0].attributes.acme.x: the definition's `attributes` does not list it",
            "documents[1]: it has no id",
            "documents[2].observed_at: is more than 24 hours after the event's own time",
            "documents[3]: it has no id",
        ]
    );
    assert!(!format!("{found:?}").contains("Ada"));
}

#[test]
fn one_item_that_a_mapping_fails_on_does_not_stop_the_others() {
    let context =
        with("transport: webhook\nsplit: '.[]'", &format!("(.call | ltrimstr(\"a\") | tonumber) as $n | {MAP}"));
    let found =
        read_delivery(&delivery(Transport::Webhook, br#"[{"call": "x"}, {"call": "4711"}]"#), &context).unwrap();
    assert_eq!(anchors(&found), ["4711"]);
    assert_eq!(found.dropped[0].path, "items[0]");
    assert_eq!(found.dropped[0].why, "the mapping fails on it: it is not a string of a number");
}

#[test]
fn an_eventbridge_event_goes_to_the_input_that_takes_it() {
    let context = with(
        "transport: eventbridge\neventbridge: {source: 'aws.partner/acme.com/*', detail_types: [Acme Call]}",
        &MAP.replace(".at // $env.received_at", "$env.time").replace("(.case |", "($env.account |"),
    );
    let event = |source: &str, detail_type: &str| {
        json!({"detail-type": detail_type, "source": source, "account": "500Hs00001abcde", "time": "2026-03-05T08:16:20Z",
            "detail": {"call": 4711}})
        .to_string()
    };
    let Read::Facts(facts) = cxtrace_sources::read(&event("aws.partner/acme.com/1", "Acme Call"), &context).unwrap()
    else {
        panic!("it is foreign")
    };
    assert_eq!(facts[0].anchor.to_string(), format!("acme.call:{HASHED}"));
    assert_eq!(facts[0].observed_at, "2026-03-05T08:16:20Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(facts[0].links[0].id.to_string(), "crm.case:500Hs00001abcde");
    for (source, detail_type) in [("aws.partner/acme.com/1", "Acme Chat"), ("com.acme", "Acme Call")] {
        let read = cxtrace_sources::read(&event(source, detail_type), &context).unwrap();
        assert_eq!(read, Read::Foreign { topic: detail_type.to_owned() });
    }
}

#[test]
fn a_recorded_delivery_is_read_as_it_arrived() {
    let recorded = |json: Value| Delivery::from_recording(&json.to_string());
    let read =
        recorded(json!({"transport": "webhook", "source": "acme", "headers": {"X-Time": 7}, "query": {"A": "b"},
        "body": "call=1", "received_at": "2026-03-05T08:16:20.450Z"}));
    let read = read.unwrap().unwrap();
    assert_eq!(read.headers["x-time"], "7");
    assert_eq!(read.query["A"], "b");
    assert_eq!(
        (read.body.as_slice(), read.received_at),
        (b"call=1".as_slice(), delivery(Transport::Webhook, b"").received_at)
    );
    for (name, content, body) in [
        ("body", json!("YQ=="), "YQ=="),
        ("body", json!({"a": 1}), "{\"a\":1}"),
        ("data", json!({"a": 1}), "{\"a\":1}"),
        ("data", json!("eyJhIjoxfQ=="), "{\"a\":1}"),
    ] {
        let read = recorded(json!({"transport": "kinesis", "source": "acme", name: content})).unwrap().unwrap();
        assert_eq!(String::from_utf8(read.body).unwrap(), body);
    }
    let read = recorded(json!({"transport": "webhook", "source": "a", "body": "YQ==", "body_base64": true}));
    assert_eq!(read.unwrap().unwrap().body, b"a");
    let event = recorded(
        json!({"detail-type": "T", "source": "s", "account": 123_456_789_012_u64, "time": "2026-03-05T08:16:20Z", "detail": {"a": 1}}),
    );
    let envelope = EventEnvelope {
        source: "s".to_owned(),
        detail_type: "T".to_owned(),
        time: Some("2026-03-05T08:16:20Z".parse().unwrap()),
        account: Some("123456789012".to_owned()),
    };
    assert_eq!(event.unwrap().unwrap().envelope, Some(envelope));
    let request = recorded(
        json!({"rawPath": "/prod/hooks/acme", "headers": {"X-Time": "7"}, "queryStringParameters": {"A": "b"},
        "requestContext": {"timeEpoch": 1_772_698_580_450_i64}, "body": "YQ==", "isBase64Encoded": true}),
    );
    let request = request.unwrap().unwrap();
    let expected = Delivery {
        headers: BTreeMap::from([("x-time".to_owned(), "7".to_owned())]),
        query: BTreeMap::from([("A".to_owned(), "b".to_owned())]),
        ..delivery(Transport::Webhook, b"a")
    };
    assert_eq!(request, expected);
    let request =
        recorded(json!({"path": "/x", "headers": null, "requestContext": {}, "body": null})).unwrap().unwrap();
    assert_eq!((request.source.as_str(), request.body.as_slice(), request.received_at), ("x", b"".as_slice(), None));
    for bare in [json!({"call": 1}), json!([1]), json!("a"), json!({"transport": "webhook"}), json!({"body": "a"})] {
        assert_eq!(recorded(bare.clone()), Ok(None), "{bare}");
    }
    let wrong = recorded(json!({"transport": "pigeon", "body": ""})).unwrap_err();
    let transports = "is not a transport: use one of `eventbridge`, `webhook`, `kinesis`, `otlp`, `poll`";
    assert_eq!(wrong.problem(), transports);
    let wrong = recorded(json!({"transport": "webhook", "body": "", "headers": "none"})).unwrap_err();
    assert!(wrong.problem().starts_with("is not a recorded delivery"), "{wrong}");
}

#[test]
fn a_recording_is_taken_in_many_wrappings() {
    let recorded = |json: Value| Delivery::from_recording(&json.to_string()).unwrap().unwrap();
    for name in ["Webhook", "WEBHOOK", "http"] {
        assert_eq!(recorded(json!({"transport": name, "source": "acme", "body": "{}"})).transport, Transport::Webhook);
    }
    let event = json!({"detail-type": "T", "source": "s", "time": "2026-03-05T08:16:20Z", "detail": {"a": 1}});
    let plain = recorded(event.clone());
    for (name, content) in [("event", event.clone()), ("body", event.clone()), ("data", json!(event.to_string()))] {
        assert_eq!(recorded(json!({"transport": "event-bridge", "source": "acme", name: content})), plain, "{name}");
    }
    // A vendor's own field of this name is not a transport.
    let bare = json!({"transport": {"provider": "twilio"}, "event": "call.started"});
    assert_eq!(Delivery::from_recording(&bare.to_string()), Ok(None));

    let request = recorded(json!({"rawPath": "/voice/acme/", "rawQueryString": "A=b%20c", "requestContext": {}}));
    assert_eq!((request.source.as_str(), request.query["A"].as_str(), request.body.len()), ("acme", "b c", 0));
    let balanced = recorded(json!({"httpMethod": "POST", "path": "/acme", "requestContext": {"elb": {}}, "body": "x",
        "multiValueHeaders": {"X-Time": ["7"]}, "multiValueQueryStringParameters": {"A": ["b"]}}));
    assert_eq!((balanced.headers["x-time"].as_str(), balanced.query["A"].as_str()), ("7", "b"));
}

#[test]
fn a_stream_whose_name_says_nothing_is_read_by_the_only_source_that_takes_it() {
    let record = Delivery { source: "our-stream".to_owned(), ..delivery(Transport::Kinesis, br#"{"call": 4711}"#) };
    let taken = read_delivery(&record, &with("transport: kinesis\nwhen: '.call != null'", MAP)).unwrap();
    assert_eq!((taken.source.as_str(), anchors(&taken)), ("acme", vec!["4711"]));
    let refused = read_delivery(&record, &with("transport: kinesis\nwhen: '.other != null'", MAP)).unwrap_err();
    assert_eq!((refused.field(), refused.problem()), ("source", "has no definition"));
}

#[test]
fn a_version_is_read_whatever_its_number_of_digits_and_no_number_is_readable_in_it() {
    let map = r#"{id: (.call | id("acme.call")), observed_at: (.at | time),
        spans: [{key: "call", type: "telephony", started_at: (.at | time), version: .version}]}"#;
    let context = with("transport: webhook", map);
    let version = |version: u64| {
        let body = json!({"call": 4711, "at": "2026-03-05T08:16:20Z", "version": version}).to_string();
        read_delivery(&delivery(Transport::Webhook, body.as_bytes()), &context).unwrap().facts[0].spans[0].version
    };
    let record = 1_000_000_000_000_000;
    let versions = [
        0,
        1,
        999_999,
        1_000_000,
        1_000_001,
        9_999_999,
        10_000_000,
        12_025_550_143,
        12_025_550_144,
        499_999_999_999,
        1_772_698_580_450,
        record + 5,
        record + 12_025_550_143,
        record + 1_772_698_580_450,
    ];
    let read: Vec<_> = versions.iter().map(|number| version(*number)).collect();
    assert!(read.is_sorted_by(|one, other| one < other), "{read:?}");
    assert!(read.iter().all(|version| !version.to_string().contains("12025550143")), "{read:?}");
    assert_eq!((read[2], read[10]), (999_999, 1_772_698_580_450), "others stay as they are");
}

#[test]
fn a_callback_by_get_says_in_its_address_what_others_say_in_the_body() {
    let query = BTreeMap::from([("call".to_owned(), "4711".to_owned()), ("x".to_owned(), "a b&c".to_owned())]);
    let delivery = Delivery { query, ..delivery(Transport::Webhook, b"") };
    let found = read_delivery(&delivery, &with("transport: webhook\ndecode: [form]", MAP)).unwrap();
    assert_eq!(anchors(&found), ["4711"]);
}

#[test]
fn a_source_is_found_by_its_aliases() {
    let body = br#"{"call": "4711"}"#;
    let delivery = Delivery { source: "acme-voice".to_owned(), ..delivery(Transport::Webhook, body) };
    let found = read_delivery(&delivery, &with("transport: webhook", MAP)).unwrap();
    assert_eq!((found.source.as_str(), found.facts[0].source.as_str()), ("acme", "acme"));
    for name in ["ACME", "Acme Voice", "acme_voice", " acme "] {
        let delivery = Delivery { source: name.to_owned(), ..delivery.clone() };
        assert_eq!(read_delivery(&delivery, &with("transport: webhook", MAP)).unwrap().source, "acme", "{name}");
    }
}
