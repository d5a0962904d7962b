//! What an attributes event tells of the conversation's journey: which metrics its flows set, and which ids of other
//! systems its attributes name. Both are new once, like an occurrence, and stand in the same seen set.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::{ConversationId, Finding, MetricName, OccurrenceId};
use cxtrace_domain::privacy::Pseudonyms;
use cxtrace_runtime::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_sources::attributes;
use cxtrace_sources::correlation::Correlations;
use cxtrace_store::{CorrelationTable, Seen, SeenEntry, StoreError};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Where journeys get their facts.
#[derive(Debug)]
pub struct Correlator {
    table: CorrelationTable,
    correlations: Correlations,
    key: PseudonymKey,
}

/// An attribute that names an id, and the value in which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    id: OccurrenceId,
    attribute: String,
    value: String,
}

impl Correlator {
    /// Appends to `table` what attributes prove by `correlations`.
    #[must_use]
    pub fn new(table: CorrelationTable, correlations: Correlations, key: PseudonymKey) -> Self {
        Self { table, correlations, key }
    }

    /// The attributes of an event that name an id.
    ///
    /// # Errors
    /// When there are some, and no key to make pseudonyms with.
    pub async fn named(&self, conversation: &ConversationId, json: &str) -> Result<Vec<Named>, PseudonymKeyError> {
        if self.correlations.is_empty() {
            return Ok(Vec::new());
        }
        // The event has been read before: what cannot be read here names nothing.
        let Ok(event) = serde_json::from_str::<Event<'_>>(json) else { return Ok(Vec::new()) };
        let mut pairs = event.detail.body.attributes.map(|pairs| pairs.0).unwrap_or_default();
        pairs.retain(|(name, _)| self.correlations.namespace_of(name).is_some());
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms = self.key.pseudonyms().await?;
        Ok(pairs.into_iter().filter_map(|(name, value)| named(conversation, &name, value, pseudonyms)).collect())
    }

    /// What is new among `named`.
    #[must_use]
    pub fn entries(named: &[Named], seen: &Seen) -> Vec<SeenEntry> {
        named.iter().filter(|named| !seen.contains(named.id)).map(|named| SeenEntry::uncounted(named.id)).collect()
    }

    /// What `named` proves.
    ///
    /// # Errors
    /// When there is no key to make pseudonyms with.
    pub async fn proved(
        &self,
        conversation: &ConversationId,
        published: DateTime<Utc>,
        named: &[Named],
        seen: &Seen,
    ) -> Result<Vec<Fact>, PseudonymKeyError> {
        let new: Vec<_> = named.iter().filter(|named| !seen.contains(named.id)).collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms: &Pseudonyms = self.key.pseudonyms().await?;
        let prove = |named: &&Named| {
            let Named { attribute, value, .. } = named;
            self.correlations.fact(conversation.as_str(), published.trunc_subsecs(3), attribute, value, pseudonyms)
        };
        Ok(new.iter().filter_map(prove).collect())
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

/// The seen set remembers a pseudonym of the value: a bare hash of a number could be found by trying all of them.
fn named(conversation: &ConversationId, name: &str, value: &RawValue, pseudonyms: &Pseudonyms) -> Option<Named> {
    let value: String = serde_json::from_str(value.get()).ok()?;
    let id = OccurrenceId::of(conversation, name).caused(&format!("names {}", pseudonyms.of(name, &value)));
    Some(Named { id, attribute: name.to_owned(), value })
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
