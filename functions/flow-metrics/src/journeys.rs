//! The facts that an attributes event adds to the conversation's journey: metrics that its flows set, and ids of other
//! systems in its attributes. Both are new once, like an occurrence, and use the same seen set.

use chrono::{DateTime, SubsecRound, Utc};
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::{ConversationId, Finding, MetricName, OccurrenceId};
use cxtrace_lambda::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_privacy::{HashDomain, Pseudonyms};
use cxtrace_sources::attributes;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::genesys::attributes::{AttributesEvent, NamedId};
use cxtrace_store::{CorrelationTable, StoreError};

/// Appends facts for journeys.
#[derive(Debug)]
pub struct Correlator {
    table: CorrelationTable,
    correlations: Correlations,
    key: PseudonymKey,
}

/// An attribute that names an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its entry in the seen set.
    pub id: OccurrenceId,
    /// The id, if the value is one.
    pub fact: Option<Fact>,
}

impl Correlator {
    /// Appends facts about the ids of `correlations` to `table`.
    #[must_use]
    pub fn new(table: CorrelationTable, correlations: Correlations, key: PseudonymKey) -> Self {
        Self { table, correlations, key }
    }

    /// Whether an attribute of this name names an id.
    #[must_use]
    pub fn names_an_id(&self, attribute_name: &str) -> bool {
        self.correlations.namespace_of(attribute_name).is_some()
    }

    /// The ids in the attributes of `event`.
    ///
    /// # Errors
    /// When there are ids, and the pseudonym key is not available.
    pub async fn named(&self, event: &AttributesEvent<'_>) -> Result<Vec<Named>, PseudonymKeyError> {
        if event.ids.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms = self.key.pseudonyms().await?;
        Ok(event.ids.iter().map(|id| self.name(event, id, pseudonyms)).collect())
    }

    fn name(&self, event: &AttributesEvent<'_>, named: &NamedId<'_>, pseudonyms: &Pseudonyms) -> Named {
        let NamedId { attribute, value } = named;
        let AttributesEvent { conversation, published, .. } = event;
        // The hash is keyed, because trying all numbers would find the number in a plain hash.
        let id = OccurrenceId::of(conversation, attribute)
            .caused(&format!("names {}", pseudonyms.of(HashDomain::NamedId(attribute), value)));
        let published = published.trunc_subsecs(3);
        let fact = self.correlations.fact(conversation.as_str(), published, attribute, value, pseudonyms);
        Named { id, fact }
    }

    /// Appends facts.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn append(&self, facts: &[Fact]) -> Result<(), StoreError> {
        self.table.append(facts).await
    }
}

/// The point event of a metric on its flow. `None` for a malformed name. If the metric's own time cannot be right, the
/// point is at `published`.
#[must_use]
pub fn point(
    conversation: &ConversationId,
    finding: &Finding<'_>,
    published: DateTime<Utc>,
    is_skewed: bool,
) -> Option<Fact> {
    let Finding::Metric(MetricName { flow, metric, at, .. }) = finding else { return None };
    let at = if is_skewed { published } else { *at }.trunc_subsecs(3);
    // The time of the observation is the metric's own time, so the fact is the same in every event.
    attributes::occurrence_fact(conversation.as_str(), flow, metric, at, at)
}
