//! The settings that a reader needs in addition to the event. It does not know any form of event.

use cxtrace_privacy::Pseudonyms;

use crate::cxtrace_span::allowlist::Allowlist;
use crate::registry::{Registry, Undeclared};

#[derive(Debug, Clone)]
pub struct Context {
    /// Conceals phone numbers and other ids.
    pub pseudonyms: Pseudonyms,
    /// Which attributes of declared senders' spans are stored beside those of their definitions.
    pub span_attributes: Allowlist,
    /// What happens to events of senders that no definition declares.
    pub undeclared: Undeclared,
    /// Who may send what.
    pub registry: &'static Registry,
}

impl Context {
    /// A context with the definitions that the program was built with, and the safe defaults.
    #[must_use]
    pub fn new(pseudonyms: Pseudonyms, span_attributes: Allowlist) -> Self {
        Self { pseudonyms, span_attributes, undeclared: Undeclared::default(), registry: Registry::embedded() }
    }

    /// The context, where the senders of the examples may speak, too.
    #[must_use]
    pub fn with_examples(self) -> Self {
        Self { registry: Registry::with_examples(), ..self }
    }
}
