//! Personal data is put into every field, and must not appear in a fact or an error.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Namespace;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::{cxtrace_span, genesys, read};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{AT, CONVERSATION, SESSION, context_with, envelope, genesys as genesys_event, sample};

/// The fields of every topic, as Genesys' notification schemas list them.
const FIELDS: &str = include_str!("fields.json");

/// Personal data, and the parts of it that would reveal it.
#[derive(Debug, Clone)]
struct Canary {
    text: String,
    parts: Vec<String>,
}

impl Canary {
    fn of(text: impl Into<String>, parts: &[&str]) -> Self {
        Self { text: text.into(), parts: parts.iter().map(|part| part.to_lowercase()).collect() }
    }

    /// A number in one notation, which would be recognised in another.
    fn number(text: String) -> Self {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let tail = digits.get(digits.len().saturating_sub(7)..).unwrap_or_default().to_owned();
        Self { parts: vec![text.clone(), tail], text }
    }
}

fn person() -> impl Strategy<Value = Canary> {
    let given = prop::sample::select(vec!["Zephyrine", "Thaddeus", "Wilhelmina", "Bartholomew", "Siobhan"]);
    let family = prop::sample::select(vec!["Quillfeather", "McDonagh", "O'Shaughnessy", "Vandersteen", "Oyelaran"]);
    (given, family, 0..7_u8).prop_map(|(given, family, form)| {
        let text = match form {
            0 => format!("{given} {family}"),
            1 => format!("{family}, {given}"),
            2 => format!("{given} {family}").to_uppercase(),
            3 => format!("{given}.{family}").to_lowercase(),
            4 => format!("{given}{family}"),
            5 => family.to_owned(),
            _ => format!("call for {given}"),
        };
        Canary::of(text, &[given, family])
    })
}

fn email() -> impl Strategy<Value = Canary> {
    ("[a-z]{6,10}[0-9]{0,3}", "[a-z]{6,10}")
        .prop_map(|(name, domain)| Canary { text: format!("{name}@{domain}.example"), parts: vec![name, domain] })
}

fn phone() -> impl Strategy<Value = Canary> {
    ("[1-9][0-9]{2}", "[0-9]{3}", "[0-9]{4}", 0..6_u8).prop_map(|(area, exchange, line, form)| {
        Canary::number(match form {
            0 => format!("+1{area}{exchange}{line}"),
            1 => format!("tel:+1{area}{exchange}{line}"),
            2 => format!("({area}) {exchange}-{line}"),
            3 => format!("{area}{exchange}{line}"),
            4 => format!("sip:+1{area}{exchange}{line}@example.com"),
            _ => format!("44{area}.{exchange}.{line}"),
        })
    })
}

fn card() -> impl Strategy<Value = Canary> {
    ("[3-6][0-9]{3}", "[0-9]{4}", "[0-9]{4}", "[0-9]{4}", prop::sample::select(vec!["", " ", "-"]))
        .prop_map(|(a, b, c, d, gap)| Canary::number([a, b, c, d].join(gap)))
}

fn address() -> impl Strategy<Value = Canary> {
    let street = prop::sample::select(vec!["Downing Street", "Acacia Avenue", "Rue de Rivoli", "Unter den Linden"]);
    (1..200_u16, street).prop_map(|(number, street)| Canary::of(format!("{number} {street}"), &[street]))
}

fn canary() -> impl Strategy<Value = Canary> {
    prop_oneof![person(), email(), phone(), card(), address()]
}

fn assert_silent(json: &str, canary: &Canary) -> Result<(), TestCaseError> {
    let told = match read(json, &context_with("app.customer:pseudonym")) {
        Ok(read) => format!("{read:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    let facts = match read(json, &context_with("app.customer:pseudonym")) {
        Ok(cxtrace_sources::Read::Facts(facts)) => serde_json::to_string(&facts).unwrap(),
        _ => String::new(),
    };
    for part in &canary.parts {
        let said = told.to_lowercase().contains(part) || facts.to_lowercase().contains(part);
        prop_assert!(!said, "{part:?} of {:?} in {json} came out: {told}", canary.text);
    }
    Ok(())
}

/// The forms of a text in a field of a type: unchanged, in a list, and as a number.
fn forms(kind: &Value, text: &str) -> Vec<Value> {
    let number = text.parse::<u64>().ok().map(Value::from);
    match kind {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, kind)| forms(kind, text).into_iter().map(|value| json!({name.as_str(): value})))
            .collect(),
        Value::Array(kinds) => kinds.iter().flat_map(|kind| forms(kind, text)).map(|value| json!([value])).collect(),
        Value::String(kind) if kind == "list[str]" => vec![json!([text]), json!(text)],
        Value::String(kind) if kind.starts_with("dict") => vec![json!({text: text}), json!(text)],
        _ => [Some(json!(text)), number].into_iter().flatten().collect(),
    }
}

fn topics() -> BTreeMap<String, Map<String, Value>> {
    serde_json::from_str(FIELDS).unwrap()
}

#[test]
fn the_fields_are_those_of_every_topic() {
    let names = topics().into_keys().map(|topic| format!("v2.detail.events.conversation.{{id}}.{topic}"));
    assert_eq!(names.collect::<Vec<_>>(), genesys::TOPICS);
}

#[test]
fn personal_data_in_any_field_of_genesys_goes_no_further() {
    proptest!(ProptestConfig::with_cases(64), |(canary in canary())| {
        for (topic, fields) in topics() {
            for (name, kind) in &fields {
                for value in forms(kind, &canary.text) {
                    assert_silent(&genesys_event(&topic, &json!({name.as_str(): value, "flowOutcomeEndTime": AT})), &canary)?;
                }
            }
            // All fields at once, and fields that Genesys does not have.
            let all: Map<_, _> = fields
                .iter()
                .filter(|(name, _)| !["eventTime", "conversationId", "sessionId"].contains(&name.as_str()))
                .filter_map(|(name, kind)| Some((name.clone(), forms(kind, &canary.text).into_iter().next()?)))
                .filter(|(_, value)| !value.is_number())
                .collect();
            assert_silent(&genesys_event(&topic, &Value::Object(all)), &canary)?;
            assert_silent(&genesys_event(&topic, &json!({canary.text.as_str(): canary.text})), &canary)?;
        }
    });
}

#[test]
fn personal_data_in_the_envelope_goes_no_further() {
    proptest!(ProptestConfig::with_cases(128), |(canary in canary())| {
        let event: Value = serde_json::from_str(&sample("genesys/conversation/user-end.json")).unwrap();
        for field in ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", canary.text.as_str()] {
            let mut event = event.clone();
            event[field] = json!(canary.text);
            // A topic's name is visible to its subscriber, so it may contain the characters of a label: see below.
            if field != "detail-type" || canary.text.contains(['@', '+']) {
                assert_silent(&event.to_string(), &canary)?;
            }
        }
        for field in ["topicName", "version", "metadata", "timestamp", "eventBody", canary.text.as_str()] {
            let mut event = event.clone();
            event["detail"][field] = json!(canary.text);
            assert_silent(&event.to_string(), &canary)?;
        }
        let text = event.to_string();
        assert_silent(&text.replacen('{', &format!("{{\"{}\":{{\"{}\":nope}},", canary.text, canary.text), 1), &canary)?;
        assert_silent(&text.replace("\"eventBody\":{", &format!("\"eventBody\":{{\"{}\":nope,", canary.text)), &canary)?;
        assert_silent(&format!("{text}{:?}", canary.text), &canary)?;
    });
}

/// A Cxtrace Span event that uses every field.
fn span() -> Value {
    let span = |key: &str| {
        json!({"key": key, "type": "backend", "name": "GET /accounts/{id}", "platform": "sbc", "started_at": AT, "ended_at": AT,
            "status": "ok", "reason": "BUSY", "parent": {"source": "web", "id": "web.session:s-1", "key": "page"}, "version": 1,
            "attributes": {"http.route": "/a", "app.customer": "c"}, "events": [{"name": "retry", "at": AT, "attributes": {"error.type": "timeout"}}]})
    };
    json!({"source": "sbc", "id": format!("genesys.conversation:{CONVERSATION}"), "observed_at": AT, "time": AT,
        "links": [{"id": "crm.case:c-1", "role": "parent"}], "span": span("a"),
        "phones": [{"party": "customer", "number": "+12025550143"}],
        "code": {"value": "4711", "act": "used", "at": AT},
        "handoff": {"number": "+12025550122", "act": "left", "at": AT, "customer": "+12025550143", "span": "a"},
        "attributes": {"http.status_code": 200}, "events": [{"name": "retry", "at": AT}]})
}

/// Every place in a document, as a JSON pointer.
fn places(value: &Value, at: &str, to: &mut Vec<String>) {
    to.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), to)),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), to));
        }
        _ => {}
    }
}

#[test]
fn personal_data_in_any_field_of_a_span_goes_no_further() {
    let whole = span();
    read(&envelope(cxtrace_span::DETAIL_TYPE, &whole), &context_with("")).unwrap();
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    assert!(all.len() > 50, "{all:?}");
    proptest!(ProptestConfig::with_cases(128), |(canary in canary())| {
        for place in &all {
            for value in forms(&json!("str"), &canary.text) {
                // A version is the sender's own number, and is never shown.
                if value.is_number() && place.ends_with("/version") {
                    continue;
                }
                let mut event = whole.clone();
                let Some(field) = event.pointer_mut(place) else { panic!("{place}") };
                let was = field.clone();
                *field = value.clone();
                assert_silent(&envelope(cxtrace_span::DETAIL_TYPE, &event), &canary)?;
                // After a namespace, as the name of a field, and next to the original value.
                let text = &canary.text;
                let mut forms = vec![json!(format!("crm.case:{text}")), json!({text.as_str(): value})];
                // A namespace is the name that an engineer gave to a system, and is visible.
                if Namespace::read(text).is_none() {
                    forms.push(json!(format!("{text}:a")));
                }
                if let (Value::Object(mut fields), false) = (was, place.ends_with(text.as_str())) {
                    fields.insert(text.clone(), value);
                    forms.push(Value::Object(fields));
                }
                for form in forms {
                    if let Some(field) = event.pointer_mut(place) {
                        *field = form;
                    }
                    assert_silent(&envelope(cxtrace_span::DETAIL_TYPE, &event), &canary)?;
                }
            }
        }
    });
}

#[test]
fn personal_data_in_any_attribute_that_is_kept_goes_no_further() {
    proptest!(ProptestConfig::with_cases(128), |(canary in canary())| {
        let names = cxtrace_span::Allowlist::built_in().chain(["app.customer"]);
        let attributes: Map<_, _> = names.map(|name| (name.to_owned(), json!(canary.text))).collect();
        let event = json!({"source": "sbc", "id": format!("genesys.conversation:{SESSION}"),
            "span": {"key": "a", "events": [{"name": canary.text, "at": AT, "attributes": attributes}]}, "attributes": attributes});
        assert_silent(&envelope(cxtrace_span::DETAIL_TYPE, &event), &canary)?;
    });
}

#[test]
fn personal_data_in_a_participant_attribute_goes_no_further() {
    let setting = "a=crm.case, b=web.session, c=web.code, d=trace, e=sip.call_id, f=uui";
    let correlations = Correlations::read(setting).unwrap();
    let pseudonyms = context_with("").pseudonyms;
    proptest!(ProptestConfig::with_cases(128), |(canary in canary())| {
        for name in ["a", "b", "c", "d", "e", "f", canary.text.as_str()] {
            let at = "2023-03-05T08:26:40Z".parse().unwrap();
            for conversation in [CONVERSATION, canary.text.as_str()] {
                let fact = correlations.fact(conversation, at, name, &canary.text, &pseudonyms);
                let told = format!("{fact:?}").to_lowercase();
                prop_assert!(canary.parts.iter().all(|part| !told.contains(part)), "{name} {told}");
            }
        }
    });
}
