//! Only deciding fields can refuse an event, whatever the other fields contain. Also generates `docs/fields.md`.

use cxtrace_domain::journeys::Fact;
use cxtrace_sources::shape::Field;
use cxtrace_sources::{cxtrace_span, genesys};
use serde_json::{Map, Value, json};

use crate::support::{AT, CONVERSATION, SESSION, envelope, genesys as genesys_event, try_facts};

/// One value of each JSON type, and numbers that are difficult for readers.
fn every_type() -> Vec<Value> {
    let texts = ["", " ", "soon", "NaN", "1678004800000", "1.6780048e12", "-1", "Ada Lovelace"];
    let numbers = ["0", "-12", "1.5", "1e999", "-1e999", "1678004800000.0", "1.6780048e12", "18446744073709551616"];
    let parse = |json: &str| serde_json::from_str::<Value>(json).ok();
    let mut all: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    all.extend(numbers.iter().filter_map(|number| parse(number)));
    all.extend([json!(null), json!(true), json!([]), json!([null]), json!([[7]]), json!({}), json!({"x": {"y": [1]}})]);
    all.push(json!([{"id": null}, null, 7]));
    all
}

/// `event` with `place` set to the JSON text `value`, which may be a number that [`Value`] cannot hold.
fn with(event: &Value, place: &str, value: &str) -> String {
    const MARK: &str = "the value goes here";
    let mut event = event.clone();
    let (parent, member) = place.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[member] = json!(MARK);
    event.to_string().replace(&format!("{MARK:?}"), value)
}

/// The content of an event, without its unreadable fields.
fn said(json: &str) -> Result<Vec<Fact>, String> {
    let mut facts = try_facts(json).map_err(|error| format!("{} {}", error.field(), error.problem()))?;
    facts.iter_mut().for_each(|fact| fact.unreadable.clear());
    Ok(facts)
}

/// The parts that a lenient field must not change: the ids, and the event's span with its end.
fn outline(facts: &[Fact]) -> Vec<String> {
    let spans = |fact: &Fact| {
        let spans =
            fact.spans.first().into_iter().map(|span| format!("{} {:?} {:?}", span.key, span.span_type, span.end));
        spans.collect::<Vec<_>>().join(", ")
    };
    facts.iter().map(|fact| format!("{} {} {}", fact.source, fact.anchor, spans(fact))).collect()
}

/// Puts every type of JSON into `place`. The event must read the same as without that field, or keep its ids and span
/// if the value is readable.
fn assert_lenient(event: &Value, place: &str) {
    let without = said(&with(event, place, "null")).unwrap();
    let huge = ["1e999", "-1e999", r#""\ud800""#].map(str::to_owned);
    for value in every_type().iter().map(Value::to_string).chain(huge) {
        let json = with(event, place, &value);
        let facts = said(&json).unwrap_or_else(|problem| panic!("{place} = {value}: {problem}"));
        assert_eq!(outline(&facts), outline(&without), "{place} = {value}");
        let was_noted = try_facts(&json).unwrap().iter().any(|fact| !fact.unreadable.is_empty());
        // A reference to a parent is left out completely.
        if was_noted && !value.starts_with(['[', '{']) && !place.contains("/parent/") {
            assert_eq!(facts, without, "{place} = {value} is left out");
        }
    }
}

fn assert_decides(event: &Value, place: &str) {
    for value in ["true", "[null]", r#"{"x":1}"#, "1e999"] {
        assert!(said(&with(event, place, value)).is_err(), "{place} = {value} decides");
    }
}

fn whole_body() -> Map<String, Value> {
    let body = json!({
        "eventTime": AT, "conversationId": CONVERSATION, "sessionId": SESSION, "participantId": CONVERSATION,
        "mediaType": "VOICE", "direction": "INBOUND", "ani": "+12025550143", "dnis": "+12025550100",
        "flowOutcomeStartTime": AT, "flowOutcomeEndTime": AT, "heldDurationMs": 1000, "interactingDurationMs": 1000,
        "connectedDurationMs": 1000, "journeyContext": {"sessionId": "s-1"},
        "flowMilestones": [{"milestoneId": CONVERSATION, "milestoneTime": AT}],
    });
    body.as_object().unwrap().clone()
}

fn place_in_body(field: &Field) -> String {
    match field.name {
        "timestamp" | "eventBody" => format!("/detail/{}", field.name),
        name => format!("/detail/eventBody/{}", name.replace("flowMilestones.", "flowMilestones/0/").replace('.', "/")),
    }
}

#[test]
fn no_lenient_field_of_genesys_refuses_an_event() {
    for topic in genesys::TOPICS {
        let topic = topic.strip_prefix("v2.detail.events.conversation.{id}.").unwrap();
        if topic == "attributes" {
            continue;
        }
        let event: Value = serde_json::from_str(&genesys_event(topic, &Value::Object(whole_body()))).unwrap();
        for field in genesys::fields() {
            // The place of a list's item. An index cannot be set on an object.
            let (place, is_item) = (place_in_body(&field), field.name.starts_with("flowMilestones."));
            match field.decides_in.contains(&topic) {
                true => assert_decides(&event, &place),
                false if is_item => assert_lenient_item(&event, &place),
                false => assert_lenient(&event, &place),
            }
        }
    }
}

/// As [`assert_lenient`], for a member of a list's first item.
fn assert_lenient_item(event: &Value, place: &str) {
    for value in every_type() {
        let mut event = event.clone();
        *event.pointer_mut(place).unwrap() = value.clone();
        assert!(said(&event.to_string()).is_ok(), "{place} = {value}");
    }
}

fn whole_span() -> Value {
    json!({
        "source": "sbc", "id": "pbx.call:c-1", "observed_at": AT, "time": AT,
        "links": [{"id": "crm.case:c-1", "role": "parent"}],
        "span": {"key": "a", "type": "backend", "name": "SIP INVITE", "platform": "sbc", "started_at": AT,
            "ended_at": AT, "status": "ok", "reason": "BUSY", "parent": {"source": "web", "id": "web.session:s-1",
            "key": "page"}, "version": 3, "attributes": {"http.status_code": 200}, "events": []},
        "phones": [{"party": "customer", "number": "+12025550143"}],
        "code": {"value": "4711", "act": "used", "at": AT},
        "handoff": {"number": "+12025550122", "act": "left", "at": AT, "customer": "+12025550143", "span": "a"},
        "attributes": {"http.status_code": 200},
        "events": [{"name": "retry", "at": AT, "attributes": {"error.type": "timeout"}}],
    })
}

#[test]
fn no_lenient_field_of_a_span_refuses_an_event() {
    let detail = whole_span();
    let event: Value = serde_json::from_str(&envelope(cxtrace_span::DETAIL_TYPE, &detail)).unwrap();
    for field in cxtrace_span::fields() {
        let place = format!("/detail/{}", field.name.replace('.', "/"));
        let in_a_list = ["links.", "phones.", "events."].iter().find(|list| field.name.starts_with(**list));
        let decides = !field.decides_in.is_empty();
        match in_a_list {
            // `spans` and `span` exclude each other.
            None if field.name == "spans" => {}
            // It replaces `observed_at`.
            None if field.name == "time" => {
                let mut event = event.clone();
                event["detail"]["observed_at"] = Value::Null;
                assert_decides(&event, &place);
            }
            None if decides => assert_decides(&event, &place),
            None => assert_lenient(&event, &place),
            Some(list) => {
                let place = place.replacen(list.trim_end_matches('.'), &format!("{}/0", list.trim_end_matches('.')), 1);
                if decides {
                    let mut event = event.clone();
                    *event.pointer_mut(&place).unwrap() = json!({"x": 1});
                    assert!(said(&event.to_string()).is_err(), "{place}");
                } else {
                    assert_lenient_item(&event, &place);
                }
            }
        }
    }
}

/// Events that relays and scripts have produced.
#[test]
fn events_changed_by_relays_are_read() {
    let noted = |topic: &str, fields: Value| {
        let facts = try_facts(&genesys_event(topic, &fields)).unwrap();
        facts[0].unreadable.iter().cloned().collect::<Vec<_>>().join(" ")
    };
    for (topic, fields, expected) in [
        (
            "user.end",
            json!({"callbackNumbers": [null, "+12025550143"], "requestedRoutings": [null]}),
            "callbackNumbers requestedRoutings",
        ),
        ("user.end", json!({"heldDurationMs": -12}), "heldDurationMs"),
        (
            "user.end",
            json!({"heldDurationMs": 1e15, "alertingDurationMs": "a while"}),
            "alertingDurationMs heldDurationMs",
        ),
        ("user.end", json!({"mediaType": ["VOICE"], "disconnectType": {"name": "PEER"}}), "disconnectType mediaType"),
        ("user.end", json!({"callbackNumbers": "+12025550143", "routingPriority": 0.0, "userId": ""}), ""),
        ("customer.start", json!({"journeyContext": [], "ani": 12_025_550_143_u64, "dnis": true}), "dnis"),
        ("customer.start", json!({"journeyContext": {"sessionId": {"a": 1}}}), "journeyContext.sessionId"),
        (
            "flow.outcome",
            json!({"flowOutcomeEndTime": AT, "flowMilestones": [{"milestoneTime": null}, null, {"milestoneTime": "x"}]}),
            "flowMilestones flowMilestones.milestoneTime",
        ),
    ] {
        assert_eq!(noted(topic, fields.clone()), expected, "{topic} {fields}");
    }
    let times =
        [json!(AT), json!(AT as f64), json!(AT.to_string()), json!("2023-03-05T08:26:40.000Z"), json!("1.6780048e12")];
    let facts = times.map(|time| said(&genesys_event("acd.start", &json!({"eventTime": time}))).unwrap());
    assert!(facts.iter().all(|fact| *fact == facts[0]), "{facts:?}");
}

#[test]
fn an_empty_end_is_an_open_span() {
    let under_way = |ended_at: &str| {
        let mut detail = whole_span();
        detail["span"]["ended_at"] = json!("END");
        let json = envelope(cxtrace_span::DETAIL_TYPE, &detail).replace("\"END\"", ended_at);
        (try_facts(&json).unwrap()[0].spans[0].end, try_facts(&json).unwrap()[0].unreadable.len())
    };
    for nothing in ["null", r#""""#, r#"" ""#] {
        assert_eq!(under_way(nothing), (None, 0), "{nothing}");
    }
}

/// The table of one shape.
fn table(title: &str, about: &str, fields: impl Iterator<Item = Field>, all: usize) -> String {
    let about = about.lines().map(wrap).collect::<Vec<_>>().join("\n\n");
    let mut page = format!("## {title}\n\n{about}\n\n| field | read as | decides |\n|---|---|---|\n");
    for Field { name, kind, decides_in } in fields {
        let decides = match decides_in.len() {
            0 => "lenient".to_owned(),
            n if n == all => "**strict**".to_owned(),
            n if n > all / 2 => {
                let others = genesys::Topic::ALL.iter().filter(|topic| **topic != genesys::Topic::Attributes);
                let others = others.map(|topic| topic.name()).filter(|topic| !decides_in.contains(topic));
                format!(
                    "**strict**, lenient in {}",
                    others.map(|topic| format!("`{topic}`")).collect::<Vec<_>>().join(", ")
                )
            }
            _ => {
                let topics = decides_in.iter().map(|topic| format!("`{topic}`")).collect::<Vec<_>>().join(", ");
                format!("**strict** in {topics}, otherwise lenient")
            }
        };
        page += &format!("| `{name}` | {kind} | {decides} |\n");
    }
    page
}

fn page() -> String {
    let about = "The fields that Cxtrace reads of each event. A test writes this page from the tables in the code.\n\nA **strict** \
                 field decides: if it is missing or cannot be read, the event is refused and goes to the dead-letter queue \
                 unchanged. Every other field is **lenient**: an unreadable value is left out, the rest of the event is \
                 kept, and `cxtrace.fields.unreadable` counts the value by `source` and `field`. `cxtrace explain` shows it. \
                 Fields that are not listed are never read.\n\nSome values have several notations. Whole numbers may be \
                 floats (`1678096800000.0`, `1.6e12`) or texts. `null` and empty texts mean that there is no value. A single \
                 value may replace a list. A `null` inside a list is left out, and so is a duration that is negative or has \
                 11 days or more.";
    let wrapped = about.split("\n\n").map(wrap).collect::<Vec<_>>().join("\n\n");
    let attributes = table(
        "Attribute events of Genesys Cloud",
        "The topic `v2.detail.events.conversation.{id}.attributes`. The time of publication is `detail.timestamp`, or \
         otherwise `time`. One of the two must be readable.\nThe names of `attributes` decide. Their values are not read, \
         except those of the attributes in `CORRELATION_ATTRIBUTES`.",
        genesys::attributes::fields(),
        1,
    );
    let others = table(
        "All other topics of Genesys Cloud",
        "These are fields of `detail.eventBody`, except `timestamp` and `eventBody`, which are fields of `detail`. If \
         `timestamp` cannot be read, the envelope's `time` replaces it.\nIf `sessionId` is missing, `participantId` replaces \
         it and decides. If `flowOutcomeEndTime` is missing, `flowOutcomeStartTime` replaces it and decides.",
        genesys::fields(),
        genesys::TOPICS.len() - 1,
    );
    let becomes = genesys::Topic::ALL.iter().map(|topic| format!("| `{}` | {} |\n", topic.name(), topic.becomes()));
    let topics = format!("| topic | what its events become |\n|---|---|\n{}", becomes.collect::<String>());
    let span = table(
        "Cxtrace Span",
        "These are fields of `detail`, and [span.md](span.md) describes them. A deciding field may be missing if span.md does \
         not require it.\nEach item of `spans` has the same fields as `span`.",
        cxtrace_span::fields(),
        1,
    );
    format!(
        "# Fields\n\n{wrapped}\n\n{attributes}\n## Topics of Genesys Cloud\n\nAll begin with `v2.detail.events.conversation.{{id}}.`.\n\n{topics}\n{others}\n{span}"
    )
}

/// Lines of at most 120 characters.
fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().unwrap();
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 120 {
            lines.push(word.to_owned());
        } else {
            *line = format!("{line} {word}").trim_start().to_owned();
        }
    }
    lines.join("\n")
}

#[test]
fn the_page_of_fields_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fields.md");
    if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page(), "docs/fields.md is out of date. Run CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-sources");
}
