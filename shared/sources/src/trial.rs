//! What recorded deliveries become: their facts, ids and merged spans, and what was left out. `cxtrace source try` prints it, and the
//! samples of definitions are compared with it. It does not depend on the order of the deliveries or on duplicates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::document::{Event, NativeId, Time};
use cxtrace_domain::journeys::gathered::Gathered;
use cxtrace_domain::journeys::span::{Merged, Outcome, SpanKey, SpanType};
use cxtrace_domain::journeys::{Fact, FactId, Role};
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::delivery::{Delivery, DeliveryRead, Dropped, EventEnvelope, Transport, read_delivery, unwrapped};
use crate::error::SourceError;
use crate::mapping::trace;
use crate::registry::{Definition, Input};
use crate::{Read, cxtrace_span, genesys};

/// The most orders in which a case is tried.
const MAX_ORDERS: usize = 120;

/// What recorded deliveries become.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trial {
    /// The facts.
    pub facts: Vec<Fact>,
    /// The spans, merged from all facts.
    pub spans: Vec<TrialSpan>,
    /// The ids.
    pub ids: Vec<TrialId>,
    /// What was left out, and why.
    pub dropped: Vec<Dropped>,
}

/// A span, as in the document of a journey, but with the times of its source.
#[derive(Debug, Clone, Serialize)]
pub struct TrialSpan {
    /// Its key.
    pub key: SpanKey,
    /// The span that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanKey>,
    /// Its type.
    #[serde(rename = "type")]
    pub span_type: SpanType,
    /// The lane in which it is drawn.
    pub platform: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its start. Absent if only an end or points of it are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// Its end. Absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Outcome>,
    /// The reason, in the vendor's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Points on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// An id, with its relation to the source's own id.
#[derive(Debug, Clone, Serialize)]
pub struct TrialId {
    /// The id.
    #[serde(flatten)]
    pub id: NativeId,
    /// Whether it joins only after another source has reported it, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

/// Deliveries that are being tried.
#[derive(Debug, Clone, Default)]
pub struct Trying {
    facts: BTreeMap<FactId, Fact>,
    dropped: BTreeSet<Dropped>,
    /// The inputs that have read something, by source.
    pub inputs: BTreeSet<(String, String)>,
    /// The number of deliveries that no input took.
    pub not_taken: usize,
}

impl Trying {
    /// Reads one text: a recorded delivery, an EventBridge event, or a bare body of `source`. A bare body arrives at `now` if it
    /// does not say when it was observed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take(
        &mut self,
        text: &[u8],
        source: &str,
        now: DateTime<Utc>,
        context: &Context,
    ) -> Result<(), SourceError> {
        if let Some(entries) = std::str::from_utf8(text).ok().and_then(unwrapped) {
            return entries.iter().try_for_each(|entry| self.take(entry.as_bytes(), source, now, context));
        }
        let recorded = match std::str::from_utf8(text) {
            Ok(json) => Delivery::from_recording(json)?,
            Err(_) => None,
        };
        match recorded {
            Some(delivery) if is_read_by_code(&delivery) => {
                let json = std::str::from_utf8(text).unwrap_or_default();
                if let Read::Facts(facts) = crate::read(json, context)? {
                    self.facts(facts);
                }
                Ok(())
            }
            Some(mut delivery) => {
                // A stream or a route need not be called as its source is.
                if delivery.envelope.is_none() && context.registry.source(&delivery.source).is_none() {
                    source.clone_into(&mut delivery.source);
                }
                let read = trace::traced(|| read_delivery(&delivery, context))?;
                self.read(read);
                Ok(())
            }
            None => self.bare(text, source, now, context),
        }
    }

    fn bare(&mut self, body: &[u8], source: &str, now: DateTime<Utc>, context: &Context) -> Result<(), SourceError> {
        let definition = context.registry.source(source);
        let definition = definition.ok_or_else(|| SourceError::at("source", "has no definition").of_delivery())?;
        let mut failed = None;
        for delivery in bare_deliveries(definition, body) {
            let read = match trace::traced(|| read_delivery(&delivery, context)) {
                Ok(read) if read.input.is_some() => read,
                Ok(_) => continue,
                Err(error) => {
                    failed = failed.or(Some(error));
                    continue;
                }
            };
            let has_no_time = read.dropped.iter().any(|dropped| dropped.why == "it has no observed_at");
            let read = match has_no_time {
                true => trace::traced(|| read_delivery(&Delivery { received_at: Some(now), ..delivery }, context))?,
                false => read,
            };
            self.read(read);
            return Ok(());
        }
        match failed {
            Some(error) => Err(error),
            None => {
                self.not_taken += 1;
                self.dropped
                    .insert(Dropped { path: "body".to_owned(), why: "no input of the source takes it".to_owned() });
                Ok(())
            }
        }
    }

    fn read(&mut self, read: DeliveryRead) {
        match read.input {
            Some(input) => drop(self.inputs.insert((read.source, input))),
            None => self.not_taken += 1,
        }
        self.dropped.extend(read.dropped);
        self.facts(read.facts);
    }

    fn facts(&mut self, facts: Vec<Fact>) {
        self.facts.extend(facts.into_iter().map(|fact| (fact.id(), fact)));
    }

    /// The result.
    #[must_use]
    pub fn finish(self) -> Trial {
        let mut facts: Vec<_> = self.facts.into_iter().collect();
        facts.sort_by_key(|(id, fact)| (fact.observed_at, *id));
        let facts: Vec<_> = facts.into_iter().map(|(_, fact)| fact).collect();
        let mut gathered = Gathered::default();
        let mut ids = BTreeMap::new();
        for fact in &facts {
            gathered.take(fact);
            ids.insert((fact.anchor.clone(), None), false);
            for link in &fact.links {
                let unconfirmed = fact.unconfirmed.contains(&link.id);
                ids.entry((link.id.clone(), Some(link.role)))
                    .and_modify(|known| *known &= unconfirmed)
                    .or_insert(unconfirmed);
            }
        }
        let mut spans: Vec<_> = gathered.spans.iter().map(|(key, merged)| span(key, merged)).collect();
        spans.sort_by(|one, two| (one.started_at, &one.key).cmp(&(two.started_at, &two.key)));
        let id = |((id, role), unconfirmed): (&(_, Option<Role>), &bool)| TrialId {
            id: NativeId::of(id, *role),
            unconfirmed: *unconfirmed,
        };
        Trial { facts, spans, ids: ids.iter().map(id).collect(), dropped: self.dropped.into_iter().collect() }
    }
}

fn is_read_by_code(delivery: &Delivery) -> bool {
    let topic = delivery.envelope.as_ref().map(|envelope| envelope.detail_type.as_str());
    topic.is_some_and(|topic| topic == cxtrace_span::DETAIL_TYPE || genesys::Topic::read(topic).is_some())
}

/// The ways in which a body of a source may have arrived.
fn bare_deliveries(definition: &Definition, body: &[u8]) -> Vec<Delivery> {
    let delivery = |transport, envelope| Delivery {
        transport,
        source: definition.source.clone(),
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: body.to_vec(),
        received_at: None,
        envelope,
    };
    let mut all: Vec<Delivery> = Vec::new();
    let of = |input: &Input| -> Vec<Delivery> {
        let Some(transport) = input.transport else { return Vec::new() };
        let Some(pattern) = &input.eventbridge else { return vec![delivery(transport, None)] };
        let text = |pattern: &str| pattern.trim_end_matches('*').to_owned();
        let types: Vec<_> = pattern.detail_types.iter().map(|pattern| text(pattern)).collect();
        let types = if types.is_empty() { vec![String::new()] } else { types };
        let envelope =
            |detail_type| EventEnvelope { source: text(&pattern.source), detail_type, ..EventEnvelope::default() };
        types.into_iter().map(|detail_type| delivery(Transport::EventBridge, Some(envelope(detail_type)))).collect()
    };
    for input in &definition.inputs {
        all.extend(of(input).into_iter().filter(|delivery| !all.contains(delivery)).collect::<Vec<_>>());
    }
    all
}

fn span(key: &SpanKey, merged: &Merged) -> TrialSpan {
    TrialSpan {
        key: key.clone(),
        parent: merged.parent().cloned(),
        span_type: merged.span_type(),
        platform: merged.platform().to_owned(),
        name: merged.name().map(str::to_owned),
        started_at: merged.start().map(Time),
        ended_at: merged.end().map(Time),
        status: merged.outcome(),
        reason: merged.reason().map(str::to_owned),
        attributes: merged.attributes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        events: merged
            .events
            .iter()
            .map(|event| Event { name: event.name.clone(), at: Time(event.at), attributes: event.attributes.clone() })
            .collect(),
    }
}

/// Reads the lines of a sample of `source` in several orders and with duplicates.
///
/// # Errors
/// When a line cannot be read, or an order or duplicates change the result. The message says which.
pub fn case(
    lines: &[&str],
    source: &str,
    now: DateTime<Utc>,
    context: &Context,
) -> Result<(Value, BTreeSet<(String, String)>), String> {
    let run = |order: &[usize]| -> Result<Trying, String> {
        let mut trying = Trying::default();
        for at in order {
            let Some(line) = lines.get(*at) else { continue };
            let taken = trying.take(line.as_bytes(), source, now, context);
            taken.map_err(|error| format!("line {}: {error}", at + 1))?;
        }
        Ok(trying)
    };
    let result = |trying: Trying| serde_json::to_value(trying.finish()).unwrap_or_default();
    let straight: Vec<_> = (0..lines.len()).collect();
    let first = run(&straight)?;
    let inputs = first.inputs.clone();
    let expected = result(first);
    for order in orders(lines.len()) {
        let twice: Vec<_> = order.iter().chain(&order).copied().collect();
        if result(run(&order)?) != expected {
            return Err(format!("the order of the lines changes the result: {order:?} instead of {straight:?}"));
        }
        if result(run(&twice)?) != expected {
            return Err(format!("duplicates change the result: {twice:?} instead of {straight:?}"));
        }
    }
    Ok((expected, inputs))
}

/// All orders of at most five lines, and a fixed choice of orders of more.
fn orders(lines: usize) -> Vec<Vec<usize>> {
    let straight: Vec<_> = (0..lines).collect();
    if lines > 5 {
        // A linear congruential generator: the same orders each time.
        let mut state = 0x2545_f491_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or_default() % below
        };
        let shuffled = |next: &mut dyn FnMut(usize) -> usize| {
            let mut order = straight.clone();
            (1..lines).rev().for_each(|at| order.swap(at, next(at + 1)));
            order
        };
        return (0..20).map(|_| shuffled(&mut next)).collect();
    }
    let mut all = vec![Vec::new()];
    for line in straight {
        let with_line = |order: &Vec<usize>| {
            (0..=order.len()).map(|at| [&order[..at], &[line], &order[at..]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with_line).take(MAX_ORDERS).collect();
    }
    all
}
