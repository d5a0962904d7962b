//! The possible facts of a world's events, and the facts in a table.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound, Utc};
use cxtrace::engine::Engine;
use cxtrace::wiring::Handler;
use cxtrace_corpus::reading::CORRELATIONS;
use cxtrace_domain::journeys::{Fact, FactId, Retraction};
use cxtrace_domain::metrics::diff;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::genesys::attributes::{self, Incoming};
use cxtrace_sources::{Context, Read};
use serde_json::{Value, json};

use super::odd::NOTHINGS;

/// The attributes that name ids of other systems.
#[must_use]
pub fn correlations() -> Correlations {
    Correlations::read(CORRELATIONS).unwrap_or_default()
}

/// The facts that must be stored.
///
/// The collector's facts are stored unchanged. Genesys repeats an attribute with each change of another one. Its fact
/// is made from the event that is processed first, so at least one of each attribute's facts is stored.
#[derive(Debug, Default)]
pub struct Facts {
    /// All of these.
    pub collected: BTreeSet<FactId>,
    /// At least one of each of these.
    pub attributes: BTreeMap<(String, String), BTreeSet<FactId>>,
    /// The attributes with a placeholder id: conversation, name and value.
    pub meaningless: BTreeSet<[String; 3]>,
}

impl Facts {
    pub fn of<'a>(events: impl Iterator<Item = (Handler, &'a str)>, context: &Context) -> Self {
        let mut facts = Self::default();
        for (handler, json) in events {
            if handler == Handler::FlowMetrics {
                facts.read_attributes(json, context);
            } else {
                facts.collected.extend(collected(json, context).iter().map(Fact::id));
            }
        }
        facts
    }

    fn read_attributes(&mut self, json: &str, context: &Context) {
        let Ok(Incoming::Attributes(event)) = attributes::read(json, &|_| false) else { return };
        for candidate in diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref)) {
            // Whether a time is possible depends on the time of processing.
            let points = [true, false].into_iter().filter_map(|is_skewed| {
                flow_metrics::journeys::point(&event.conversation, &candidate.finding, event.published, is_skewed)
            });
            let points: Vec<_> = points.map(|fact| fact.id()).collect();
            if !points.is_empty() {
                let name = candidate.id.to_string();
                self.attributes.entry((event.conversation.as_str().to_owned(), name)).or_default().extend(points);
            }
        }
        let document: Value = serde_json::from_str(json).unwrap_or_default();
        for (name, value) in document["detail"]["eventBody"]["attributes"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let conversation = event.conversation.as_str();
            if NOTHINGS.contains(&value) && correlations().namespace_of(name).is_some() {
                self.meaningless.insert([conversation, name, value].map(str::to_owned));
            }
            let published: DateTime<Utc> = event.published.trunc_subsecs(3);
            if let Some(fact) = correlations().fact(conversation, published, name, value, &context.pseudonyms) {
                let key = (conversation.to_owned(), format!("{name} {value}"));
                self.attributes.entry(key).or_default().insert(fact.id());
            }
        }
    }
}

/// The facts that the collector stores of an event.
#[must_use]
pub fn collected(json: &str, context: &Context) -> Vec<Fact> {
    match cxtrace_sources::read(json, context) {
        Ok(Read::Facts(facts)) => facts.into_iter().filter(|fact| !fact.is_void()).collect(),
        Ok(Read::Foreign { .. }) | Err(_) => Vec::new(),
    }
}

/// The content of the correlation table.
#[derive(Debug, Default)]
pub struct Stored {
    pub facts: BTreeMap<FactId, Fact>,
    /// Its retractions.
    pub cuts: BTreeSet<Retraction>,
    /// Its rows, by the hexadecimal digits of their journey.
    pub rows: BTreeMap<String, Value>,
    /// The size of its largest item, as JSON, in bytes.
    pub largest: usize,
}

impl Stored {
    /// The content of `table` in `engine`.
    #[must_use]
    pub fn of(engine: &Engine, table: &str) -> Self {
        let mut stored = Self::default();
        for item in scan(engine, table) {
            stored.largest = stored.largest.max(item.to_string().len());
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
            let (pk, sk) = (text("pk"), text("sk"));
            if sk.starts_with("fact#") {
                if let Ok(fact) = serde_json::from_str::<Fact>(text("body")) {
                    stored.facts.insert(fact.id(), fact);
                }
            } else if let (Some(one), Some((at, other))) = (pk.strip_prefix("id#"), retracted(sk)) {
                let ids = one.parse().ok().zip(other.parse().ok());
                stored.cuts.extend(ids.map(|(one, other)| Retraction::between(one, other, at)));
            } else if let Some(journey) = pk.strip_prefix("journey#") {
                stored.rows.insert(journey.to_owned(), item.clone());
            }
        }
        stored
    }
}

/// The time and the other id of a retraction.
fn retracted(sk: &str) -> Option<(DateTime<Utc>, &str)> {
    let mut parts = sk.strip_prefix("decision#")?.splitn(3, '#');
    let at = parts.next()?.parse().ok()?;
    Some((at, parts.nth(1)?))
}

/// Every item of a table. Its compressed attributes are texts.
///
/// # Panics
/// When an attribute cannot be decompressed.
#[must_use]
pub fn scan(engine: &Engine, table: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut request = json!({"TableName": table});
        if !start.is_null() {
            request["ExclusiveStartKey"] = start;
        }
        let (_, page) = engine.execute("Scan", request.to_string().as_bytes());
        let mut page: Value = serde_json::from_str(&page).unwrap_or_default();
        let mut read = page["Items"].as_array_mut().map(std::mem::take).unwrap_or_default();
        read.iter_mut().for_each(unpack);
        items.extend(read);
        start = page["LastEvaluatedKey"].take();
        if start.is_null() {
            return items;
        }
    }
}

/// The attributes that are compressed.
const PACKED: [&str; 2] = ["body", "line"];

/// Replaces every compressed attribute in `value`, which is an item, a record or a request, by its text.
///
/// # Panics
/// When an attribute cannot be decompressed.
pub fn unpack(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member["B"].as_str().filter(|_| PACKED.contains(&name.as_str())) {
                    Some(packed) => {
                        let packed = STANDARD.decode(packed).unwrap_or_default();
                        match cxtrace_store::unpack(&packed) {
                            Ok(text) => *member = json!({ "S": text }),
                            Err(error) => panic!("the attribute `{name}` cannot be decompressed: {error}"),
                        }
                    }
                    None => unpack(member),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(unpack),
        _ => {}
    }
}
