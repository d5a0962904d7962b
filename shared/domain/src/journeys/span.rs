//! Spans: activities with a duration on one platform, each merged from all its observations.
//!
//! The merge is a function of the set of observations. Each field has a winner: the greatest by authority of the source,
//! version, time of observation and fact. The start is the earliest of the best kind. The end is the *winner's*, because
//! a later record may shorten it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::origin::{FactId, Source};
use super::traits::{EndReason, Medium, Traits, TransferTarget};

/// The identity of a span, the same in every observation of it: `<source>:<anchor>:<session>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpanKey(String);

impl SpanKey {
    /// The key of `parts`, joined by colons.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(parts.join(":"))
    }

    /// The name of the source that the span belongs to.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// Whether the span is one of this source's own.
    #[must_use]
    pub fn is_of(&self, source: &Source) -> bool {
        self.0.contains(':') && self.source() == source.as_str()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The type of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanType {
    /// A customer's whole leg on a platform, or an SBC's call.
    Telephony,
    /// A flow that talks to the customer.
    Ivr,
    /// A conversation with an AI agent.
    AiConversation,
    /// Waiting for an agent.
    Queue,
    /// Talking to an agent, from when the agent is alerted.
    AgentInteraction,
    /// On hold.
    Hold,
    /// An agent's work after the contact.
    WrapUp,
    /// Moving from one platform to another.
    PlatformHandoff,
    /// Leaving a message.
    Voicemail,
    /// A request to a backend.
    Backend,
    /// Work on a case.
    Crm,
    /// A session on a web site.
    Web,
    /// An asynchronous message.
    Message,
}

/// How a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ended normally.
    Ok,
    /// It ended by a fault.
    Error,
    /// The customer left.
    Abandoned,
}

/// When a span began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Start {
    /// Whether it was computed from an end and a duration. An observed start wins over a computed one.
    pub derived: bool,
    pub at: DateTime<Utc>,
}

/// A point in time on a span.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpanEvent {
    pub at: DateTime<Utc>,
    pub name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// The observation of one span in one fact. `None` means that the fact does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    pub key: SpanKey,
    /// The source's authority for this observation; 0 is the least.
    #[serde(default)]
    pub authority: u8,
    /// The version of the record, if the source counts versions.
    #[serde(default)]
    pub version: u64,
    /// The span that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanKey>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub span_type: Option<SpanType>,
    /// The lane in which it is drawn, usually the source's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The name that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The reason, in the vendor's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Points in time on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<SpanEvent>,
    /// Its meaning, in the vocabulary of all platforms.
    #[serde(default, skip_serializing_if = "Traits::is_empty")]
    pub traits: Traits,
}

impl Observation {
    /// An observation of `key` without content.
    #[must_use]
    pub fn of(key: SpanKey) -> Self {
        Self {
            key,
            authority: 0,
            version: 0,
            parent: None,
            span_type: None,
            platform: None,
            name: None,
            start: None,
            end: None,
            outcome: None,
            reason: None,
            attributes: BTreeMap::new(),
            events: Vec::new(),
            traits: Traits::default(),
        }
    }
}

/// The weight of an observation against others of the same field. The fact's id, a hash of its content, breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    /// Whether the source reports a span of its own. Nobody changes what another source reported of its own spans.
    is_own: bool,
    authority: u8,
    version: u64,
    observed_at: DateTime<Utc>,
    fact: FactId,
}

/// A field with its winner.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field<T>(Option<(Weight, T)>);

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Ord> Field<T> {
    fn offer(&mut self, weight: Weight, value: Option<T>) {
        let Some(value) = value else { return };
        match &self.0 {
            // If one fact observes a span twice, the value itself decides.
            Some((best, held)) if (best, held) >= (&weight, &value) => {}
            _ => self.0 = Some((weight, value)),
        }
    }

    fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// All observations of one span, merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    parent: Field<SpanKey>,
    span_type: Field<SpanType>,
    platform: Field<String>,
    name: Field<String>,
    /// The earliest observed start, of the span's own source if it gave one, and whether another source gave it.
    start: Option<(bool, Start)>,
    end: Field<DateTime<Utc>>,
    outcome: Field<(Option<DateTime<Utc>>, Outcome)>,
    reason: Field<String>,
    attributes: BTreeMap<String, Field<String>>,
    end_reason: Field<EndReason>,
    transfer_target: Field<TransferTarget>,
    medium: Field<Medium>,
    agent: Field<String>,
    in_queue: Field<bool>,
    synchronous: Field<bool>,
    scheduled_for: Field<DateTime<Utc>>,
    /// Points in time, of any source.
    pub events: BTreeSet<SpanEvent>,
    /// The sources that observed it.
    pub sources: BTreeSet<Source>,
}

impl Merged {
    /// Adds one observation, which `fact` of `source` made at `observed_at`.
    pub fn observe(&mut self, observation: &Observation, source: &Source, observed_at: DateTime<Utc>, fact: FactId) {
        let Observation { authority, version, .. } = *observation;
        let is_own = observation.key.is_of(source);
        let weight = Weight { is_own, authority, version, observed_at, fact };
        self.parent.offer(weight, observation.parent.clone());
        self.span_type.offer(weight, observation.span_type);
        self.platform.offer(weight, observation.platform.clone());
        self.name.offer(weight, observation.name.clone());
        let start = observation.start.map(|start| (!is_own, start));
        self.start = [self.start, start].into_iter().flatten().min();
        self.end.offer(weight, observation.end);
        self.outcome.offer(weight, observation.outcome.map(|outcome| (observation.end, outcome)));
        self.reason.offer(weight, observation.reason.clone());
        for (name, value) in &observation.attributes {
            self.attributes.entry(name.clone()).or_default().offer(weight, Some(value.clone()));
        }
        let Traits { end_reason, transfer_target, medium, agent, in_queue, synchronous, scheduled_for } =
            &observation.traits;
        self.end_reason.offer(weight, *end_reason);
        self.transfer_target.offer(weight, *transfer_target);
        self.medium.offer(weight, *medium);
        self.agent.offer(weight, agent.clone());
        self.in_queue.offer(weight, *in_queue);
        self.synchronous.offer(weight, *synchronous);
        self.scheduled_for.offer(weight, *scheduled_for);
        self.events.extend(observation.events.iter().cloned());
        self.sources.insert(source.clone());
    }

    /// The span that it is part of.
    #[must_use]
    pub fn parent(&self) -> Option<&SpanKey> {
        self.parent.get()
    }

    /// The type. A span of unknown type counts as a platform's leg.
    #[must_use]
    pub fn span_type(&self) -> SpanType {
        self.span_type.get().copied().unwrap_or(SpanType::Telephony)
    }

    /// The lane that it is drawn in.
    #[must_use]
    pub fn platform(&self) -> &str {
        let source = self.sources.first().map_or("unknown", Source::as_str);
        self.platform.get().map_or(source, String::as_str)
    }

    /// The name, if a source gave one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.get().map(String::as_str)
    }

    /// The start. `None` if only points of it are known.
    #[must_use]
    pub fn start(&self) -> Option<DateTime<Utc>> {
        // A span with a known end and no known start is a point at its end.
        self.start.map(|(_, start)| start.at).or(self.end.get().copied())
    }

    /// The end. `None` if it is open, or if its end is before its start.
    #[must_use]
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.end.get().copied().filter(|end| self.start.is_none_or(|(_, start)| *end >= start.at))
    }

    /// Whether its end was dropped because it is before the start.
    #[must_use]
    pub fn ends_before_it_starts(&self) -> bool {
        self.end.get().is_some() && self.end().is_none()
    }

    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.get().map(|(_, outcome)| *outcome)
    }

    /// The reason, in the vendor's own word.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }

    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().filter_map(|(name, value)| Some((name.as_str(), value.get()?.as_str())))
    }

    /// Its meaning, in the vocabulary of all platforms.
    #[must_use]
    pub fn traits(&self) -> Traits {
        Traits {
            end_reason: self.end_reason.get().copied(),
            transfer_target: self.transfer_target.get().copied(),
            medium: self.medium.get().copied(),
            agent: self.agent.get().cloned(),
            in_queue: self.in_queue.get().copied(),
            synchronous: self.synchronous.get().copied(),
            scheduled_for: self.scheduled_for.get().copied(),
        }
    }

    /// Whether its parent waits for it.
    #[must_use]
    pub fn is_synchronous(&self) -> bool {
        self.synchronous.get().copied().unwrap_or(false)
    }

    /// The attribute `name`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Field::get).map(String::as_str)
    }
}
