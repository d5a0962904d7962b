//! Who sends an event, and what it may say. An envelope's `source` is the only thing about a sender that IAM can vouch
//! for, so a sender is known by it and by nothing that stands in the event's `detail`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cxtrace_domain::journeys::span::SpanType;
use cxtrace_domain::journeys::{Namespace, Source};
use cxtrace_privacy::{HashDomain, Pseudonyms, detectors};

use super::definition::{Definition, LinkTrust, Subject, TextGroup};
use super::embedded::Registry;
use super::pattern::Pattern;

/// What happens to an event of a sender that no definition declares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Undeclared {
    /// Ids are kept as declared for their namespace, or as a keyed hash; times, types and statuses are kept; links stand
    /// as unconfirmed. All else is left out.
    #[default]
    Least,
    /// The event is refused.
    Refuse,
}

impl Undeclared {
    /// Reads `least` or `refuse`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "least" => Some(Self::Least),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }
}

/// The name under which Cxtrace itself speaks on the journey bus. No sender has it.
const OURS: &str = "cxtrace";

/// Why a sender may not speak as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Another sender is declared under this name.
    NotTheSpeaker,
    /// No definition has this name, and the setting refuses such senders.
    Undeclared,
}

/// The sender of one event.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    registry: &'a Registry,
    /// `None` for an undeclared sender.
    definition: Option<&'a Definition>,
    /// The envelope's `source`.
    envelope: &'a str,
}

impl<'a> Sender<'a> {
    /// The sender behind `envelope`, who speaks as `source`.
    ///
    /// # Errors
    /// When it may not.
    pub fn of(
        registry: &'a Registry,
        envelope: &'a str,
        source: &Source,
        undeclared: Undeclared,
    ) -> Result<Self, Stranger> {
        if [envelope, source.as_str()].contains(&OURS) {
            return Err(Stranger::NotTheSpeaker);
        }
        let speakers = registry.speaker(source.as_str());
        let matches = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => envelope.starts_with(beginning),
            None => envelope == pattern,
        };
        let may_speak = |definition: &&Definition| definition.envelopes.iter().any(|pattern| matches(pattern));
        let anybodys = if speakers.is_empty() { registry.speaker("*") } else { Vec::new() };
        let speaker = speakers.iter().copied().chain(anybodys).find(may_speak);
        match (speaker, speakers.is_empty(), undeclared) {
            (Some(definition), ..) => Ok(Self { registry, definition: Some(definition), envelope }),
            (None, false, _) => Err(Stranger::NotTheSpeaker),
            (None, true, Undeclared::Refuse) => Err(Stranger::Undeclared),
            (None, true, Undeclared::Least) => Ok(Self { registry, definition: None, envelope }),
        }
    }

    /// The declared sender of a source. `None` if the source has no definition.
    #[must_use]
    pub(crate) fn declared(registry: &'a Registry, source: &Source) -> Option<Self> {
        let definition = registry.speaker(source.as_str()).into_iter().next()?;
        Some(Self { registry, definition: Some(definition), envelope: "" })
    }

    /// The platform whose mapping made a document.
    #[must_use]
    pub(crate) fn mapped(registry: &'a Registry, definition: &'a Definition) -> Self {
        Self { registry, definition: Some(definition), envelope: "" }
    }

    /// Whether a definition declares it.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        self.definition.is_some()
    }

    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> Option<&'a Definition> {
        self.definition
    }

    /// Whether it may speak of ids of a namespace as its own. A namespace that no definition declares is free.
    #[must_use]
    pub fn owns(&self, namespace: &Namespace) -> bool {
        let declared =
            |definition: &Definition| definition.ids.get(namespace.as_str()).is_some_and(|declaration| declaration.own);
        self.definition.is_some_and(declared) || self.registry.namespace(namespace.as_str()).is_none()
    }

    /// What a link to an id of a namespace is worth.
    #[must_use]
    pub fn link_trust(&self, namespace: &Namespace) -> LinkTrust {
        let Some(definition) = self.definition else { return LinkTrust::Witnessed };
        let own =
            definition.ids.get(namespace.as_str()).filter(|declaration| declaration.own).map(|_| LinkTrust::Alone);
        let declared = definition.links.get(namespace.as_str()).or_else(|| definition.links.get("*"));
        declared.copied().or(own).unwrap_or(LinkTrust::Witnessed)
    }

    /// Whether it may speak of this.
    #[must_use]
    pub fn speaks_of(&self, subject: Subject) -> bool {
        self.definition.is_some_and(|definition| definition.speaks_of.contains(&subject))
    }

    /// Whether its spans may be of this type. All may of an undeclared sender: a type says nothing of a person.
    #[must_use]
    pub fn has_span_type(&self, span_type: SpanType) -> bool {
        // The domain's own word for the type.
        let word = serde_json::to_value(span_type).unwrap_or_default();
        let is_listed =
            |definition: &Definition| word.as_str().is_some_and(|word| definition.span_types.contains(word));
        self.definition.is_none_or(is_listed)
    }

    /// Whether its spans may be drawn in this lane.
    #[must_use]
    pub fn has_platform(&self, platform: &str) -> bool {
        self.definition
            .is_some_and(|definition| definition.source == platform || definition.platforms.contains(platform))
    }

    /// A span's or point's name, if it may be kept.
    #[must_use]
    pub fn name(&self, text: &str) -> Option<String> {
        public(self.definition.map(|definition| &definition.names), text)
    }

    /// A reason, if it may be kept.
    #[must_use]
    pub fn reason(&self, text: &str) -> Option<String> {
        public(self.definition.map(|definition| &definition.reasons), text)
    }

    /// A span's key: as it is if it is declared, or is an id that OpenTelemetry gives to spans, and as a keyed hash
    /// otherwise. Two undeclared senders never have a key in common.
    #[must_use]
    pub fn key(&self, text: &str, pseudonyms: &Pseudonyms) -> String {
        let Some(definition) = self.definition else {
            return format!("~{}", pseudonyms.of(HashDomain::SpanKey, &format!("{}\n{text}", self.envelope)));
        };
        let is_public = is_span_id(text) || public(Some(&definition.keys), text).is_some();
        if is_public { text.to_owned() } else { format!("~{}", pseudonyms.of(HashDomain::SpanKey, text)) }
    }

    /// What no declaration covers of what an event holds, for whoever declares it.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<String> {
        if self.is_declared() { BTreeSet::new() } else { BTreeSet::from(["source".to_owned()]) }
    }
}

/// A UUID, or the 16 or 32 hexadecimal digits of a span or trace.
fn is_span_id(text: &str) -> bool {
    static SHAPES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
        ["{uuid}", "{hex:16}", "{hex:32}"].into_iter().filter_map(|shape| shape.parse().ok()).collect()
    });
    SHAPES.iter().any(|shape| shape.matches(text))
}

fn public(groups: Option<&Vec<TextGroup>>, text: &str) -> Option<String> {
    let text = text.trim();
    let mut patterns = groups.into_iter().flatten().flat_map(|group| &group.patterns);
    (patterns.any(|pattern| pattern.matches(text)) && detectors::is_clean(text)).then(|| text.to_owned())
}
