//! Reads a delivery: chooses the input, decodes, splits, maps, and reads each document.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use cxtrace_domain::journeys::Source;
use serde_json::{Map, Value, json};

use super::decode::{self, Decoded};
use super::delivered::{Delivery, DeliveryRead, Dropped};
use super::dropped;
use super::limits::{MAX_BODY, MAX_DOCUMENTS, MAX_ITEMS};
use crate::context::Context;
use crate::cxtrace_span;
use crate::error::SourceError;
use crate::mapping::{Item, Program, RunError, trace};
use crate::registry::{Decoder, Definition, Input, Transport};

/// Reads a delivery. A list that no input takes as a whole, such as a relay's batch, is read entry by entry.
///
/// # Errors
/// When its source has no definition, or no input of the source can decode it. What a mapping or the reader of its documents
/// refuses is not an error: it is left out and listed.
pub fn read_delivery(delivery: &Delivery, context: &Context) -> Result<DeliveryRead, SourceError> {
    let definition = definition(delivery, context)?;
    let mut result = DeliveryRead { source: definition.source.clone(), ..DeliveryRead::default() };
    if delivery.body.len() > MAX_BODY {
        return Err(at("body", "is longer than 1 MB"));
    }
    if let Some((input, body)) = select(delivery, definition)? {
        read_taken(input, body, delivery, definition, context, &mut result)?;
        return Ok(result);
    }
    let entries = entries(delivery);
    // An empty list, such as a relay's batch of nothing, is of no kind, and so as good as any.
    if entries.as_ref().is_some_and(Vec::is_empty) {
        result.input = definition.inputs.iter().find(|input| takes(input, delivery)).map(|input| input.name.clone());
    }
    for (number, entry) in entries.into_iter().flatten().enumerate() {
        let entry = Delivery { body: entry.to_string().into_bytes(), ..delivery.clone() };
        match select(&entry, definition) {
            Ok(Some((input, body))) => {
                let mut read = DeliveryRead::default();
                read_taken(input, body, &entry, definition, context, &mut read)?;
                result.add(read, number);
            }
            Ok(None) | Err(_) => result.not_taken(&format!("body[{number}]")),
        }
    }
    if result.input.is_none() {
        result.dropped.clear();
        result.not_taken("body");
    }
    Ok(result)
}

/// The entries of a body that is a list, unless none of them is an object.
fn entries(delivery: &Delivery) -> Option<Vec<Value>> {
    let Ok(Decoded(Value::Array(entries))) = decode::body(&content(delivery), &[Decoder::Json]) else { return None };
    let is_list = entries.is_empty() || entries.iter().any(Value::is_object);
    (entries.len() <= MAX_ITEMS && is_list).then_some(entries)
}

/// Reads a delivery with the input that takes it.
fn read_taken(
    input: &Input,
    body: Body,
    delivery: &Delivery,
    definition: &Definition,
    context: &Context,
    result: &mut DeliveryRead,
) -> Result<(), SourceError> {
    result.input = Some(input.name.clone());
    let Some(code) = definition.programs.get(input.map_file()) else {
        return Err(at("map", "of the input is missing in the definition"));
    };
    let map = program(code, "map")?;
    let split = input.split.as_ref().map(|split| program(split, "split")).transpose()?;
    let prepared = || -> Result<_, RunError> {
        let (env, body) = (env(delivery, definition, input)?, body.item()?);
        let env = if code.contains("body") { env.with("body", &body)? } else { env };
        Ok((env, body))
    };
    let refused = |path: &str, why: String| Dropped { path: path.to_owned(), why };
    let (env, body) = match prepared() {
        Ok(prepared) => prepared,
        Err(error) => {
            result.refuse(refused("body", error.to_string()));
            return Ok(());
        }
    };
    let items = match split.map(|split| split.run_on(&body, &env, MAX_ITEMS)) {
        None => vec![body],
        Some(Ok(items)) => items,
        Some(Err(error)) => {
            result.refuse(refused("body", format!("the program `split`: {error}")));
            return Ok(());
        }
    };
    let mut number = 0;
    for (at, item) in items.iter().enumerate() {
        match map.run_on(item, &env, MAX_DOCUMENTS) {
            Ok(documents) => {
                if trace::is_on() {
                    note_unread(&item.to_value(), documents.is_empty(), result);
                }
                for document in documents {
                    read_document(document.to_value(), number, delivery, definition, context, result);
                    number += 1;
                }
            }
            Err(error) => result.refuse(refused(&format!("items[{at}]"), error.to_string())),
        }
    }
    Ok(())
}

/// Lists what the mapping made nothing of.
fn note_unread(item: &Value, is_all: bool, result: &mut DeliveryRead) {
    let unread = trace::unread(item, "body");
    let left_out = |path, why: &str| Dropped { path, why: why.to_owned() };
    if is_all {
        result.dropped.push(left_out("body".to_owned(), "the mapping makes no document of it"));
    } else {
        result.dropped.extend(unread.into_iter().map(|path| left_out(path, "the mapping does not read it")));
    }
}

fn at(field: &str, problem: &str) -> SourceError {
    SourceError::at(field, problem).of_delivery()
}

fn definition<'a>(delivery: &Delivery, context: &'a Context) -> Result<&'a Definition, SourceError> {
    let registry = context.registry;
    let found = match &delivery.envelope {
        Some(envelope) if delivery.source.is_empty() => registry.event_source(&envelope.source, &envelope.detail_type),
        _ => registry.source(&delivery.source),
    };
    found.or_else(|| of_stream(delivery, context)).ok_or_else(|| at("source", "has no definition"))
}

/// The only source that takes a record of a stream whose name says nothing.
fn of_stream<'a>(delivery: &Delivery, context: &'a Context) -> Option<&'a Definition> {
    if delivery.transport != Transport::Kinesis {
        return None;
    }
    let takes = |definition: &&Definition| {
        let is_own = context.registry.source(&definition.source).is_some_and(|own| own.source == definition.source);
        is_own && matches!(select(delivery, definition), Ok(Some(_)))
    };
    let mut all = context.registry.definitions().filter(takes);
    all.next().filter(|_| all.next().is_none())
}

fn program(code: &str, what: &str) -> Result<Rc<Program>, SourceError> {
    Program::of(code).map_err(|problem| {
        at(what, &format!("cannot be used: line {}, column {}: {}", problem.line, problem.column, problem.text))
    })
}

/// A decoded body, which programs see once they are run.
struct Body {
    value: Value,
    seen: OnceCell<Result<Item, RunError>>,
}

impl Body {
    fn item(&self) -> Result<Item, RunError> {
        self.seen.get_or_init(|| Item::of(&self.value)).clone()
    }
}

/// The first input that takes the delivery, with the decoded body.
fn select<'d>(delivery: &Delivery, definition: &'d Definition) -> Result<Option<(&'d Input, Body)>, SourceError> {
    let mut failed = None;
    let mut is_decoded = false;
    let mut known: Vec<(&[_], &[_], Body)> = Vec::new();
    for input in definition.inputs.iter().filter(|input| takes(input, delivery)) {
        let same = |(decode, fields, _): &(&[_], &[_], _)| *decode == input.decode && *fields == input.json_fields;
        let place = match known.iter().position(same) {
            Some(place) => place,
            None => match decode::body(&content(delivery), &input.decode) {
                Ok(Decoded(mut value)) => {
                    input.json_fields.iter().for_each(|path| decode::json_field(&mut value, path));
                    known.push((&input.decode, &input.json_fields, Body { value, seen: OnceCell::new() }));
                    known.len() - 1
                }
                Err(error) => {
                    failed = failed.or(Some(error));
                    continue;
                }
            },
        };
        is_decoded = true;
        let selects = match (&input.when, known.get(place)) {
            (Some(code), Some((_, _, body))) => {
                // A predicate that fails on a body does not select it.
                let when = program(code, "when")?;
                let env = || match code.contains("env") {
                    true => env(delivery, definition, input),
                    false => Ok(Item::default()),
                };
                let run = || when.run_on(&body.item()?, &env()?, 10);
                run().unwrap_or_default().iter().any(Item::counts)
            }
            _ => true,
        };
        if selects {
            let (_, _, body) = known.swap_remove(place);
            return Ok(Some((input, body)));
        }
    }
    match failed {
        Some(error) if !is_decoded => Err(error),
        _ => Ok(None),
    }
}

/// The body. A request without one, such as a callback by GET, says the same in its address.
fn content(delivery: &Delivery) -> Cow<'_, [u8]> {
    if !delivery.body.is_empty() || delivery.query.is_empty() {
        return Cow::Borrowed(&delivery.body);
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    Cow::Owned(form.extend_pairs(&delivery.query).finish().into_bytes())
}

fn takes(input: &Input, delivery: &Delivery) -> bool {
    let takes_envelope = || match (&input.eventbridge, &delivery.envelope) {
        (Some(pattern), Some(envelope)) => pattern.matches(&envelope.source, &envelope.detail_type),
        _ => false,
    };
    input.transport == Some(delivery.transport) && (delivery.transport != Transport::EventBridge || takes_envelope())
}

/// What a mapping sees beside its item.
fn env(delivery: &Delivery, definition: &Definition, input: &Input) -> Result<Item, RunError> {
    let envelope = delivery.envelope.as_ref();
    let text = |text: &String| Value::String(text.clone());
    Item::of(&json!({
        "transport": delivery.transport.to_string(),
        "source": definition.source,
        "input": input.name,
        "received_at": delivery.received_at.map(|at| at.timestamp_millis()),
        "time": envelope.and_then(|envelope| envelope.time).map(|at| at.timestamp_millis()),
        "detail_type": envelope.map(|envelope| &envelope.detail_type),
        "envelope_source": envelope.map(|envelope| &envelope.source),
        "account": envelope.and_then(|envelope| envelope.account.as_ref()),
        "headers": delivery.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect::<Map<_, _>>(),
        "query": delivery.query.iter().map(|(name, value)| (name.clone(), text(value))).collect::<Map<_, _>>(),
    }))
}

fn read_document(
    document: Value,
    number: usize,
    delivery: &Delivery,
    definition: &Definition,
    context: &Context,
    result: &mut DeliveryRead,
) {
    let path = format!("documents[{number}]");
    let left_out = |why: String| Dropped { path: path.clone(), why };
    let document = match cleaned(document, delivery) {
        Ok(document) => document,
        Err(why) => return result.dropped.push(left_out(why.to_owned())),
    };
    let published = delivery.received_at.or_else(|| delivery.envelope.as_ref()?.time);
    let Some(source) = Source::read(&definition.source) else { return };
    match cxtrace_span::read_mapped(&document.to_string(), published, source, definition, context) {
        Ok(fact) => {
            result.dropped.extend(dropped::of(&path, &document, &fact, definition));
            if !result.facts.contains(&fact) {
                result.facts.push(fact);
            }
        }
        Err(error) => {
            let field = error.field().strip_prefix("detail.").unwrap_or(error.field());
            result.refuse(Dropped { path: format!("{path}.{field}"), why: error.problem().to_owned() });
        }
    }
}

/// A document as the reader expects it. Mappings write null for what they do not know.
fn cleaned(document: Value, delivery: &Delivery) -> Result<Value, &'static str> {
    let Value::Object(mut members) = document else { return Err("it is not an object") };
    members.retain(|_, value| !value.is_null());
    if !members.contains_key("id") {
        return Err("it has no id");
    }
    for (list, required) in [("links", "id"), ("phones", "number"), ("spans", "key")] {
        if let Some(Value::Array(entries)) = members.get_mut(list) {
            entries.retain(|entry| entry.get(required).is_some_and(|value| !value.is_null()));
        }
    }
    if members.get("spans").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        members.remove("spans");
    }
    if members.get("handoff").is_some_and(|handoff| handoff.get("number").is_none_or(Value::is_null)) {
        members.remove("handoff");
    }
    if !members.contains_key("observed_at") {
        let at = delivery.envelope.as_ref().and_then(|envelope| envelope.time).or(delivery.received_at);
        let at = at.ok_or("it has no observed_at")?;
        members.insert("observed_at".to_owned(), json!(at.timestamp_millis()));
    }
    members.remove("source");
    Ok(Value::Object(members))
}
