//! Why an event cannot be read. The error names a field and never repeats a value, because events are full of personal
//! data.

/// An event that cannot be read. It goes to the dead-letter queue unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event cannot be read: {field} {problem}. {advice}")]
pub struct SourceError {
    field: String,
    problem: String,
    advice: &'static str,
}

impl SourceError {
    pub(crate) fn at(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), advice: "Compare it with a sample in events." }
    }

    pub(crate) fn of_attributes(self) -> Self {
        Self { advice: "Compare it with a sample in events/genesys/attributes.", ..self }
    }

    pub(crate) fn of_genesys(self) -> Self {
        Self { advice: "Compare it with a sample in events/genesys.", ..self }
    }

    pub(crate) fn of_span(self) -> Self {
        Self { advice: "docs/span.md describes the form of a span.", ..self }
    }

    pub(crate) fn of_delivery(self) -> Self {
        Self { advice: "docs/sources.md describes how deliveries are read.", ..self }
    }

    /// The field, as a path from the event's top: `detail.eventBody.conversationId`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The problem, such as `is missing`.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}
