//! Events that other software has changed: whole numbers as floats or texts, nulls, empty texts, absurd durations,
//! invisible characters, and placeholder ids and numbers.
//!
//! The changes affect only lenient fields. So a world of odd events must have the same result as the plain events.

use cxtrace_fixtures::SeededRng;
use cxtrace_sources::cxtrace_span;
use cxtrace_sources::genesys::attributes;
use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use crate::sim::counters::Counters;

/// Placeholder values.
pub const NOTHINGS: [&str; 10] = [
    "null",
    "0",
    "Undefined",
    "N/A",
    "-",
    "[object Object]",
    "unknown",
    "{{case_id}}",
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
];

/// Withheld numbers.
const WITHHELD: [&str; 4] = ["anonymous", "+266696687", "sip:anonymous@anonymous.invalid", "0000000000"];

/// Fields with durations in a Genesys event.
const LENGTHS: [&str; 8] = [
    "alertingDurationMs",
    "callbackDurationMs",
    "connectedDurationMs",
    "contactingDurationMs",
    "dialingDurationMs",
    "heldDurationMs",
    "interactingDurationMs",
    "wrapupDurationMs",
];

/// The event `json` in an odd shape.
pub fn odd(rng: &mut SeededRng, json: &str, counters: &mut Counters) -> String {
    let mut event: Value = serde_json::from_str(json).unwrap_or_default();
    counters.hit("event in an odd shape");
    let topic = event["detail-type"].as_str().unwrap_or_default().to_owned();
    let detail = &mut event["detail"];
    if topic == cxtrace_span::DETAIL_TYPE {
        span(rng, detail, counters);
    } else if topic == attributes::TOPIC {
        number_of_time(rng, &mut detail["timestamp"]);
        conversation(rng, &mut detail["eventBody"], counters);
    } else {
        number_of_time(rng, &mut detail["timestamp"]);
        body(rng, &mut detail["eventBody"], counters);
    }
    event.to_string()
}

fn nothing(rng: &mut SeededRng, counters: &mut Counters) -> &'static str {
    counters.hit("placeholder id in an attribute");
    NOTHINGS.choose(rng).copied().unwrap_or_default()
}

/// A time as milliseconds, which are a number, a float or a text.
fn number_of_time(rng: &mut SeededRng, time: &mut Value) {
    let at = time.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok());
    if let (Some(at), true) = (at, rng.random_bool(0.5)) {
        *time = number(rng, at.timestamp_millis());
    }
}

fn number(rng: &mut SeededRng, whole: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds have fewer than 53 bits")]
    match rng.random_range(0..3) {
        0 => json!(whole),
        1 => json!(whole as f64),
        _ => json!(format!(" {whole}.0")),
    }
}

fn span(rng: &mut SeededRng, detail: &mut Value, counters: &mut Counters) {
    for part in ["code", "handoff"] {
        if let Some(at) = detail[part].get_mut("at") {
            number_of_time(rng, at);
        }
    }
    if let Some(span) = detail["span"].as_object_mut() {
        span.get_mut("started_at").into_iter().for_each(|at| number_of_time(rng, at));
        match span.get_mut("ended_at") {
            Some(at) => number_of_time(rng, at),
            None => drop(span.insert("ended_at".to_owned(), [json!(""), Value::Null][rng.random_range(0..2)].clone())),
        }
        span.entry("version").or_insert(json!({}));
    }
    for link in detail["links"].as_array_mut().into_iter().flatten() {
        let id = link["id"].as_str().unwrap_or_default().replacen(':', ":\u{200b}", 1);
        link["id"] = json!(format!("{id}\u{feff} "));
    }
    let namespace = ["crm.case", "web.session", "sip.session_id", "trace"][rng.random_range(0..4)];
    let role = ["same", "root", "parent", "reference"][rng.random_range(0..4)];
    let link = json!({"id": format!("{namespace}:{}", nothing(rng, counters)), "role": role});
    let phone = json!({"party": "customer", "number": WITHHELD.choose(rng)});
    for (list, item) in [("links", link), ("phones", phone), ("phones", Value::Null)] {
        match detail[list].as_array_mut() {
            Some(items) => items.push(item),
            None => detail[list] = json!([item]),
        }
    }
}

fn body(rng: &mut SeededRng, body: &mut Value, counters: &mut Counters) {
    if let Some(whole) = body["eventTime"].as_i64() {
        body["eventTime"] = number(rng, whole);
    }
    for name in LENGTHS {
        body[name] = match body[name].as_i64() {
            Some(whole) => number(rng, whole),
            None => [json!(-12), json!(""), json!({}), json!(1e12), Value::Null][rng.random_range(0..5)].clone(),
        };
    }
    for list in ["callbackNumbers", "requestedRoutings"] {
        match body[list].as_array_mut() {
            Some(items) => items.push(Value::Null),
            None => body[list] = json!([null]),
        }
    }
    if body["journeyContext"].is_null() {
        body["journeyContext"] = json!({"sessionId": nothing(rng, counters)});
    }
}

/// The attributes of a conversation, with invisible characters in names and values, and one placeholder id.
fn conversation(rng: &mut SeededRng, body: &mut Value, counters: &mut Counters) {
    let written = |text: &str| format!("\u{feff}{text}\u{a0}");
    let seen = body["attributes"].as_object().cloned().unwrap_or_default();
    let is_metric = |name: &str| name.contains("Metric_");
    let mut attributes: serde_json::Map<String, Value> = seen
        .into_iter()
        .map(|(name, value)| match value.as_str() {
            _ if is_metric(&name) => (written(&name), [Value::Null, json!({}), json!(1.5)][name.len() % 3].clone()),
            Some(text) => (name, json!(written(text))),
            None => (name, value),
        })
        .collect();
    attributes.entry("traceparent").or_insert(json!(nothing(rng, counters)));
    body["attributes"] = Value::Object(attributes);
    body["communications"] = [json!([null]), json!({}), json!(""), json!(7)][rng.random_range(0..4)].clone();
}
