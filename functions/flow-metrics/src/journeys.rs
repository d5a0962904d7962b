//! What an attributes event tells of the conversation's journey: which metrics its flows set, and which ids of other
//! systems its attributes name. Both are new once, like an occurrence, and stand in the same seen set.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::{ConversationId, Finding, MetricName, OccurrenceId};
use cxtrace_lambda::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::attributes;
use cxtrace_sources::correlation::Correlations;
use cxtrace_store::{CorrelationTable, StoreError};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::AttributesEvent;

/// Where journeys get their facts.
#[derive(Debug)]
pub struct Correlator {
    table: CorrelationTable,
    correlations: Correlations,
    key: PseudonymKey,
}

/// An attribute that names an id, as an event has it. It cannot be shown: its value is a customer's.
pub struct Naming<'a> {
    attribute: Cow<'a, str>,
    value: String,
}

/// What an attribute that names an id comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// What the seen set remembers of it.
    pub id: OccurrenceId,
    /// What it proves, if its value is an id.
    pub fact: Option<Fact>,
}

impl Correlator {
    /// Appends to `table` what attributes prove by `correlations`.
    #[must_use]
    pub fn new(table: CorrelationTable, correlations: Correlations, key: PseudonymKey) -> Self {
        Self { table, correlations, key }
    }

    /// The attributes of an event that name an id, and whose value is a text. `json` is the event: what has been read
    /// of it holds no values.
    #[must_use]
    pub fn namings<'a>(&self, json: &'a str) -> Vec<Naming<'a>> {
        if self.correlations.is_empty() {
            return Vec::new();
        }
        // The event has been read before: what cannot be read here names nothing.
        let Ok(Event { detail }) = serde_json::from_str::<Event<'a>>(json) else { return Vec::new() };
        let mut pairs = detail.body.attributes.map(|pairs| pairs.0).unwrap_or_default();
        pairs.retain(|(name, _)| self.correlations.namespace_of(name).is_some());
        let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
        pairs.into_iter().filter_map(|(attribute, value)| Some(Naming { attribute, value: text(value)? })).collect()
    }

    /// What `namings` of an event come to.
    ///
    /// # Errors
    /// When there are some, and no key to make pseudonyms with.
    pub async fn named(
        &self,
        event: &AttributesEvent<'_>,
        namings: &[Naming<'_>],
    ) -> Result<Vec<Named>, PseudonymKeyError> {
        if namings.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms = self.key.pseudonyms().await?;
        Ok(namings.iter().map(|naming| self.name(event, naming, pseudonyms)).collect())
    }

    fn name(&self, event: &AttributesEvent<'_>, naming: &Naming<'_>, pseudonyms: &Pseudonyms) -> Named {
        let Naming { attribute, value } = naming;
        let AttributesEvent { conversation, published, .. } = event;
        // A pseudonym of the value: a bare hash of a number could be found by trying all of them.
        let id =
            OccurrenceId::of(conversation, attribute).caused(&format!("names {}", pseudonyms.of(attribute, value)));
        let published = published.trunc_subsecs(3);
        let fact = self.correlations.fact(conversation.as_str(), published, attribute, value, pseudonyms);
        Named { id, fact }
    }

    /// Appends facts.
    ///
    /// # Errors
    /// When the table does not take them.
    pub async fn append(&self, facts: &[Fact]) -> Result<(), StoreError> {
        self.table.append(facts).await
    }
}

/// The point on its flow that a metric is; `None` for a malformed one. A time that cannot be right is not told: the
/// metric was set at about the time when it was `published`.
#[must_use]
pub fn point(
    conversation: &ConversationId,
    finding: &Finding<'_>,
    published: DateTime<Utc>,
    is_skewed: bool,
) -> Option<Fact> {
    let Finding::Metric(MetricName { flow, metric, at, .. }) = finding else { return None };
    let at = if is_skewed { published } else { *at }.trunc_subsecs(3);
    // Observed when it happened: whatever event carries it, it is one fact.
    attributes::occurrence_fact(conversation.as_str(), flow, metric, at, at)
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    detail: Detail<'a>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(rename = "eventBody", borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    attributes: Option<Pairs<'a>>,
}

/// Names, and values that nobody has read yet.
struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key::<crate::event::Name<'de>>()? {
                    if name.0.len() <= MOST_NAME {
                        pairs.push((name.0, map.next_value()?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// No setting names a longer attribute.
const MOST_NAME: usize = 256;
