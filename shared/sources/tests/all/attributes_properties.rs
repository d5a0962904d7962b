//! Properties of any attributes event: it is read, or refused with an error that names one of our fields and the
//! problem, and repeats no value.

use cxtrace_sources::genesys::attributes::{Incoming, TOPIC};
use cxtrace_sources::{SourceError, genesys};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use serde_json::value::RawValue;

fn read(json: &str) -> Result<Incoming<'_>, SourceError> {
    genesys::attributes::read(json, &|_| false)
}

const SAMPLES: &[&str] = &[
    include_str!("../../../../events/genesys/attributes/batched.json"),
    include_str!("../../../../events/genesys/attributes/envelope-time-seconds.json"),
    include_str!("../../../../events/genesys/attributes/event-time-iso.json"),
    include_str!("../../../../events/genesys/attributes/malformed-names.json"),
    include_str!("../../../../events/genesys/attributes/minimal.json"),
    include_str!("../../../../events/genesys/attributes/names.json"),
    include_str!("../../../../events/genesys/attributes/regular.json"),
];

/// The names that an error may contain: the event itself, and the fields that are read.
const FIELDS: &[&str] = &[
    "it",
    "detail-type",
    "time",
    "detail",
    "timestamp",
    "eventBody",
    "conversationId",
    "attributes",
    "communications",
    "mediaType",
];

/// The required fields.
const NEEDED: &[&str] = &["detail-type", "detail", "detail.eventBody", "detail.eventBody.conversationId"];

/// Objects that may contain unknown fields.
const OBJECTS: &[&str] = &["", "/detail", "/detail/eventBody", "/detail/eventBody/communications/0"];

/// Texts of a customer.
const SECRET: &str = "Ada Lovelace";

/// Texts with a meaning for the parser, or that look like its messages.
const WORDS: &[&str] = &[
    TOPIC,
    "2023-03-05T08:18:05Z",
    "AMetric_B(2023-03-05T08:18:04Z)",
    SECRET,
    "missing field `Ada Lovelace`",
    "duplicate field `Ada Lovelace`",
    ", expected Ada Lovelace",
    " at line 1",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), select(WORDS).prop_map(str::to_owned)]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![text(), select(FIELDS).prop_map(str::to_owned)]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((name(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A sample, and a place in it as a JSON pointer.
fn sample_and_place() -> impl Strategy<Value = (Value, String)> {
    let mut all = Vec::new();
    for sample in SAMPLES {
        let sample: Value = serde_json::from_str(sample).unwrap();
        let mut places = Vec::new();
        find_places(&sample, String::new(), &mut places);
        all.extend(places.into_iter().map(|place| (sample.clone(), place)));
    }
    select(all)
}

fn find_places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            fields.iter().for_each(|(name, value)| find_places(value, format!("{at}/{}", escaped(name)), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| find_places(value, format!("{at}/{n}"), found));
        }
        _ => {}
    }
    found.push(at);
}

fn remove(event: &mut Value, place: &str) {
    let Some((parent, last)) = place.rsplit_once('/') else { return };
    match event.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(&last.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => drop(items.remove(last.parse().unwrap())),
        _ => unreachable!("{place} does not exist"),
    }
}

/// The event that the runtime passes to the function for these bytes. `None` if they are not JSON in UTF-8.
fn arrived(bytes: &[u8]) -> Option<&str> {
    serde_json::from_slice::<&RawValue>(bytes).ok().map(RawValue::get)
}

/// An error must be useful and harmless.
fn check(json: &str) -> Result<(), TestCaseError> {
    let Err(error) = read(json) else { return Ok(()) };
    // An item of a list is named by its number.
    let is_ours = |part: &str| part.starts_with('[') || FIELDS.contains(&part.split('[').next().unwrap_or(part));
    prop_assert!(error.field().split('.').all(is_ours), "{:?}", error);
    prop_assert!(error.problem().starts_with("is "), "{:?}", error);
    let message = error.to_string();
    prop_assert!(!message.contains(SECRET) && message.len() < 400, "{}", message);
    Ok(())
}

/// Everything that is read of an event, in any order of its attributes.
fn result_of(json: &str) -> Option<String> {
    let Ok(Incoming::Attributes(mut event)) = read(json) else { return None };
    event.names.sort();
    Some(format!("{event:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_value_may_stand_in_the_place_of_any_other(sample in sample_and_place(), value in json()) {
        let (mut event, place) = sample;
        *event.pointer_mut(&place).unwrap() = value;
        check(&event.to_string())?;
    }

    #[test]
    fn any_value_may_stand_where_a_field_is_read(place in select(OBJECTS), field in select(FIELDS), value in json()) {
        let mut event: Value = serde_json::from_str(SAMPLES[0]).unwrap();
        event.pointer_mut(place).unwrap()[field] = value;
        check(&event.to_string())?;
    }

    #[test]
    fn any_field_may_be_missing(sample in sample_and_place()) {
        let (mut event, place) = sample;
        remove(&mut event, &place);
        let json = event.to_string();
        check(&json)?;
        let field = place.trim_start_matches('/').replace('/', ".");
        if NEEDED.contains(&field.as_str()) {
            let error = read(&json).unwrap_err();
            prop_assert_eq!((error.field(), error.problem()), (field.as_str(), "is missing"));
        }
    }

    #[test]
    fn an_event_that_ends_too_early_is_no_json(sample in select(SAMPLES), end in any::<Index>()) {
        let whole = sample.trim_end().as_bytes();
        let cut = &whole[..end.index(whole.len())];
        prop_assert!(arrived(cut).is_none());
        let error = read(&String::from_utf8_lossy(cut)).unwrap_err();
        prop_assert_eq!(error.field(), "it");
        prop_assert!(error.problem().starts_with("is not valid JSON at line "), "{:?}", error);
    }

    #[test]
    fn damaged_bytes_do_no_harm(sample in select(SAMPLES), damage in vec((any::<Index>(), any::<u8>()), 1..8)) {
        let mut bytes = sample.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(event) = arrived(&bytes) {
            check(event)?;
        }
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_text_is_read_or_refused(json in text()) {
        check(&json)?;
    }

    #[test]
    fn unknown_fields_and_the_values_of_attributes_change_nothing(
        sample in select(SAMPLES),
        unknown in vec((select(OBJECTS), text(), json()), 0..6),
        value in json(),
    ) {
        let mut event: Value = serde_json::from_str(sample).unwrap();
        for (place, name, value) in unknown {
            if let Some(Value::Object(fields)) = event.pointer_mut(place) && !FIELDS.contains(&name.as_str()) {
                fields.entry(name).or_insert(value);
            }
        }
        if let Some(Value::Object(attributes)) = event.pointer_mut("/detail/eventBody/attributes") {
            attributes.values_mut().for_each(|old| *old = value.clone());
        }
        let read = result_of(&event.to_string());
        prop_assert!(read.is_some());
        prop_assert_eq!(read, result_of(sample));
    }
}
