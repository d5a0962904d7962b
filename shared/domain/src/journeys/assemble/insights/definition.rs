//! The definition of an insight rule. Documentation, the API and the page are generated from it.

use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::view::View;
use crate::journeys::document::Severity;
use crate::journeys::span::SpanKey;

/// A rule: what it finds, what it needs, and the code that finds it. The texts are sentences for readers of
/// `docs/insights.md`.
#[derive(Debug)]
pub struct Definition {
    /// A short name for a filter or a heading.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it finds.
    pub finds: &'static str,
    /// In which media it looks.
    pub media: &'static str,
    /// What must have been reported.
    pub evidence: &'static str,
    /// What shows that there is nothing to find, although the evidence is there.
    pub defeated_by: &'static str,
    pub(super) find: fn(&View<'_>) -> Vec<Finding>,
}

impl Definition {
    /// The spans of each finding.
    pub(in crate::journeys::assemble) fn shown_by(&self, view: &View<'_>) -> Vec<Vec<SpanKey>> {
        (self.find)(view).into_iter().map(|finding| finding.spans).collect()
    }
}

/// Something that a rule found.
#[derive(Debug)]
pub(super) struct Finding {
    /// A sentence for a manager of a contact centre.
    pub(super) text: String,
    /// The spans that show it.
    pub(super) spans: Vec<SpanKey>,
}

impl Finding {
    pub(super) fn new<'a>(text: String, spans: impl IntoIterator<Item = &'a PlacedSpan>) -> Self {
        Self { text, spans: spans.into_iter().map(|placed| placed.span.key.clone()).collect() }
    }
}
