//! What a document says and its fact does not: names, reasons, attributes and ids that no definition declares, and values that
//! cannot be read. It compares the two, so the reader has no second list to keep.

use cxtrace_domain::journeys::{Fact, Observation};
use serde_json::Value;

use super::delivered::Dropped;
use crate::registry::{Class, Definition};

/// The parts of `document` that are not in `fact`.
pub(super) fn of(path: &str, document: &Value, fact: &Fact, definition: &Definition) -> Vec<Dropped> {
    let mut all = Vec::new();
    let mut note =
        |place: String, why: &str| all.push(Dropped { path: format!("{path}.{place}"), why: why.to_owned() });
    for (namespace, count) in &fact.meaningless {
        note(format!("ids.{namespace}"), if *count == 1 { "a placeholder" } else { "placeholders" });
    }
    for field in &fact.unreadable {
        note(field.clone(), "it cannot be read");
    }
    for (what, subject) in [("phones", "phones"), ("code", "codes"), ("handoff", "handoffs")] {
        if fact.undeclared.contains(subject) {
            note(what.to_owned(), &format!("the definition's `speaks_of` does not list {subject}"));
        }
    }
    for link in &fact.unconfirmed {
        let namespace = link.namespace().to_string();
        note(
            format!("links.{namespace}"),
            "it joins nothing until another source reports it: see `links` of the definition",
        );
    }
    let one = document.get("span").into_iter();
    let spans = document.get("spans").and_then(Value::as_array).into_iter().flatten();
    for (at, (span, observation)) in one.chain(spans).zip(&fact.spans).enumerate() {
        of_span(&format!("spans[{at}]"), span, observation, definition, &mut note);
    }
    all
}

fn of_span(
    path: &str,
    span: &Value,
    observation: &Observation,
    definition: &Definition,
    note: &mut impl FnMut(String, &str),
) {
    let said = |name: &str| span.get(name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    for (field, is_kept, list) in [
        ("name", observation.name.is_some(), "names"),
        ("reason", observation.reason.is_some(), "reasons"),
        ("type", observation.span_type.is_some(), "span_types"),
    ] {
        if said(field) && !is_kept {
            note(format!("{path}.{field}"), &format!("the definition's `{list}` does not list it"));
        }
    }
    if said("platform") && span["platform"].as_str() != observation.platform.as_deref() {
        note(format!("{path}.platform"), "the definition's `platforms` does not list it");
    }
    if said("key") && observation.key.as_str().rsplit(':').next().is_some_and(|key| key.starts_with('~')) {
        note(format!("{path}.key"), "it is kept as a keyed hash: the definition's `keys` does not list it");
    }
    for (name, value) in span.get("attributes").and_then(Value::as_object).into_iter().flatten() {
        if value.is_null() || observation.attributes.contains_key(name) {
            continue;
        }
        let group = definition.attributes.iter().rev().find(|group| group.names.iter().any(|listed| listed == name));
        let why = match group.map(|group| group.class.unwrap_or(Class::Public)) {
            None => "the definition's `attributes` does not list it",
            Some(Class::Secret) => "it is secret",
            Some(_) => "its value has none of the declared shapes, or may be personal",
        };
        note(format!("{path}.attributes.{name}"), why);
    }
    let points = span.get("events").and_then(Value::as_array).into_iter().flatten();
    for (at, point) in points.enumerate() {
        let name = point.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        let is_kept = observation.events.iter().any(|event| event.name == name);
        if !name.is_empty() && !is_kept {
            note(format!("{path}.events[{at}].name"), "the definition's `names` does not list it");
        }
    }
}
