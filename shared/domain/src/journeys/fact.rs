//! Facts: one statement of one source. Facts are only added, never changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{Id, Namespace};
use super::origin::{FactId, Source};
use super::span::{Observation, SpanKey, SpanType};
use super::traits::Traits;
use cxtrace_privacy::Telephone;

/// One statement of a source about one of its own ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub source: Source,
    /// The source's own id of the reported thing: the journey's anchor in that source.
    pub anchor: Id,
    /// When the source published it. Not the time of arrival: a fact is the same whenever it arrives.
    pub observed_at: DateTime<Utc>,
    /// The kind of the event, such as `flow.end`.
    pub event: String,
    /// Other ids that it proves to belong to the anchor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Phone numbers: for searching, never for joining.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Verification codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeUse>,
    /// Transfers to or from a phone number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handoffs: Vec<Handoff>,
    /// Observations of spans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Observation>,
    /// Point events that belong on a span which the source does not name.
    #[serde(rename = "moments", default, skip_serializing_if = "Vec::is_empty")]
    pub point_events: Vec<PointEvent>,
    /// Names of the event's fields with unreadable values, which were left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unreadable: BTreeSet<String>,
    /// How many placeholder ids and numbers were left out, by namespace. Phone numbers count as `phone`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub meaningless: BTreeMap<String, u32>,
    /// The linked ids that the source may not prove alone. Such a link joins nothing until another source reports it, too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unconfirmed: BTreeSet<Id>,
    /// What was left out because no definition declares it, such as `names`. It holds `source` if the sender itself is
    /// not declared.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub undeclared: BTreeSet<String>,
}

impl Fact {
    #[must_use]
    pub fn of(source: Source, anchor: Id, observed_at: DateTime<Utc>, event: impl Into<String>) -> Self {
        Self {
            source,
            anchor,
            observed_at,
            event: event.into(),
            links: Vec::new(),
            mentions: Vec::new(),
            codes: Vec::new(),
            handoffs: Vec::new(),
            spans: Vec::new(),
            point_events: Vec::new(),
            unreadable: BTreeSet::new(),
            meaningless: BTreeMap::new(),
            unconfirmed: BTreeSet::new(),
            undeclared: BTreeSet::new(),
        }
    }

    /// Notes that an id or a number was a placeholder.
    pub fn note_meaningless(&mut self, namespace: &str) {
        let count = self.meaningless.entry(namespace.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// The other ids that it proves to be of the same thing as its anchor.
    #[must_use]
    pub fn same_ids(&self) -> BTreeSet<Id> {
        let is_same =
            |link: &&Link| link.role == Role::Same && link.id != self.anchor && !self.unconfirmed.contains(&link.id);
        self.links.iter().filter(is_same).map(|link| link.id.clone()).collect()
    }

    /// Whether it says nothing of anybody: its source gave no id, and nothing else of the event remained. Such a fact is
    /// counted and not stored.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.anchor.namespace() == &Namespace::UNIDENTIFIED
            && self.links.is_empty()
            && self.mentions.is_empty()
            && self.codes.is_empty()
            && self.handoffs.is_empty()
            && self.spans.is_empty()
            && self.point_events.is_empty()
    }

    /// Its identity: a hash of its content.
    #[must_use]
    pub fn id(&self) -> FactId {
        // Traits are a translation of the source's words. A better translation does not make another fact.
        let mut fact = Cow::Borrowed(self);
        if self.spans.iter().any(|span| !span.traits.is_empty()) {
            fact.to_mut().spans.iter_mut().for_each(|span| span.traits = Traits::default());
        }
        // Unreadable fields are not part of the source's statement.
        if !self.unreadable.is_empty() {
            fact.to_mut().unreadable.clear();
        }
        // A better declaration does not make it another fact either.
        if !self.unconfirmed.is_empty() || !self.undeclared.is_empty() {
            let fact = fact.to_mut();
            fact.unconfirmed.clear();
            fact.undeclared.clear();
        }
        // A fact consists of texts, numbers, lists and maps with text keys, which can always be written as JSON.
        let content = serde_json::to_vec(&fact).unwrap_or_default();
        FactId::of(&content)
    }

    /// Whether a definition declares the sender.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        !self.undeclared.contains("source")
    }

    /// The earliest time in it.
    #[must_use]
    pub fn earliest(&self) -> DateTime<Utc> {
        let spans = self.spans.iter().flat_map(|span| span.start.map(|start| start.at).into_iter().chain(span.end));
        let points = self.point_events.iter().map(|point| point.at);
        spans.chain(points).min().map_or(self.observed_at, |at| at.min(self.observed_at))
    }
}

/// Another id that a fact proves for its anchor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    pub id: Id,
    /// The relation of the other id to the anchor.
    pub role: Role,
}

/// The relation of another id to a fact's anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The same thing, under another system's id.
    Same,
    /// The first of the chain to which the anchor belongs.
    Root,
    /// The anchor is part of it.
    Parent,
    /// The anchor followed it.
    Previous,
    /// It is related to the anchor.
    Related,
    /// An id of another system that both carry, such as a trace or a case.
    Reference,
}

/// A phone number in a fact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mention {
    pub party: Party,
    /// The number as a keyed hash, with its last digits.
    pub phone: Telephone,
}

/// The owner of a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The customer's.
    Customer,
    /// The contact centre's.
    Centre,
}

/// A verification code that a customer was shown, or entered. See [`super::code`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodeUse {
    /// The code, as an id of the namespace `web.code`.
    pub code: Id,
    pub at: DateTime<Utc>,
    /// Whether it was shown or entered.
    pub act: CodeAct,
}

/// What happened with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeAct {
    /// It was shown to the customer, by a web session.
    Issued,
    /// The customer entered it in the IVR.
    Used,
}

/// One end of a transfer to a phone number. See [`super::handoff`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Handoff {
    /// The number that was transferred to.
    pub number: Telephone,
    /// When one side sent the call, or the other answered it.
    pub at: DateTime<Utc>,
    pub act: HandoffAct,
    /// The number that the call shows as the customer's, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Telephone>,
    /// Whether the caller's number was withheld. `false` also if the source does not report numbers.
    #[serde(rename = "withheld", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_withheld: bool,
    /// The span that ended or began with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanKey>,
}

/// Which end of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffAct {
    /// A call was sent to the number.
    Left,
    /// A call to the number was answered.
    Arrived,
}

/// A point in time that belongs to the span of a type that was open then. An example is a metric that a flow set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PointEvent {
    pub at: DateTime<Utc>,
    pub name: String,
    /// The type of that span.
    pub on: SpanType,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}
