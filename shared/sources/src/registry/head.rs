//! What must be known of every definition before one of them is read. `build.rs` writes it beside the definitions, so that a function
//! reads only the definitions that it uses.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::definition::{Definition, IdDeclaration};
use super::input::{EventPattern, SpanPattern, Transport};
use super::length::Length;

/// The head of a definition.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Head {
    /// The source's name.
    pub(crate) source: String,
    /// Whether it only serves others to extend.
    pub(crate) is_abstract: bool,
    /// Whether it is a sender of the examples.
    pub(crate) is_example: bool,
    /// Other names under which its envelopes may speak.
    pub(crate) speaks_for: BTreeSet<String>,
    /// Other names of the source.
    pub(crate) aliases: BTreeSet<String>,
    /// The EventBridge events that it takes.
    pub(crate) events: Vec<EventPattern>,
    /// The spans of OpenTelemetry that it takes.
    pub(crate) spans: Vec<SpanPattern>,
    /// How late it may report.
    pub(crate) delay: Option<Length>,
    /// The namespaces to which it gives a class.
    pub(crate) namespaces: BTreeMap<String, IdDeclaration>,
    /// By namespace: the vendor's page for an id.
    pub(crate) console: BTreeMap<String, String>,
}

impl Head {
    /// The head of `definition`.
    #[must_use]
    pub(crate) fn of(definition: &Definition) -> Self {
        let takes_spans = definition.inputs.iter().filter(|input| input.transport == Some(Transport::Otlp));
        let declared = definition.ids.iter().filter(|(_, declaration)| declaration.class.is_some());
        Self {
            source: definition.source.clone(),
            is_abstract: definition.is_abstract,
            is_example: definition.is_example,
            speaks_for: definition.speaks_for.clone(),
            aliases: definition.aliases.clone(),
            events: definition.inputs.iter().filter_map(|input| input.eventbridge.clone()).collect(),
            spans: takes_spans.map(|input| input.otlp.clone().unwrap_or_default()).collect(),
            delay: definition.delay,
            namespaces: declared.map(|(name, declaration)| (name.clone(), declaration.clone())).collect(),
            console: definition.console.clone(),
        }
    }
}
