//! What an attributes event says about the conversation's journey: which metrics its flows set, and which ids of other
//! systems its attributes name. Both are new once, like an occurrence, and stand in the same seen set.

use chrono::{DateTime, SubsecRound, Utc};
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::{ConversationId, Finding, MetricName, OccurrenceId};
use cxtrace_lambda::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::attributes;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::genesys::attributes::{AttributesEvent, NamedId};
use cxtrace_store::{CorrelationTable, StoreError};

/// Where journeys get their facts.
#[derive(Debug)]
pub struct Correlator {
    table: CorrelationTable,
    correlations: Correlations,
    key: PseudonymKey,
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

    /// Whether an attribute of this name names an id.
    #[must_use]
    pub fn names_an_id(&self, attribute_name: &str) -> bool {
        self.correlations.namespace_of(attribute_name).is_some()
    }

    /// What the ids that `event` names prove.
    ///
    /// # Errors
    /// When it names some, and there is no key to make pseudonyms with.
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

/// The point on its flow that a metric is. `None` for a malformed one. Where the metric's own time cannot be right, its
/// point stands at `published`.
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
