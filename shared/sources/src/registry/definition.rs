//! The form of a source's definition, `source.yaml`: who may speak as the source, which ids it owns and links, and which
//! of its texts may be kept. `build.rs` reads the same types, so a definition that cannot be meant stops the build.
//! `docs/sources.md` is the reference for people.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::auth::Auths;
use super::input::Input;
use super::length::Length;
use super::pattern::Pattern;

/// A source's definition.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Definition {
    /// The source's name. It is the folder's name and need not be written.
    pub source: String,
    /// What the source is, in a few words.
    pub title: String,
    /// The definition that this one adds to. A deployer's definition that names itself adds to the built-in one.
    #[serde(skip_serializing)]
    pub extends: Option<String>,
    /// Whether it only serves others to extend. Nobody speaks as it.
    #[serde(rename = "abstract", skip_serializing_if = "is_false")]
    pub is_abstract: bool,
    /// Whether it is a sender of the examples. It may speak only where examples may: in the twin, in tests and in stacks with
    /// the setting `EXAMPLE_SENDERS`. What extends an example is one.
    #[serde(rename = "example", skip_serializing_if = "is_false")]
    pub is_example: bool,
    /// The envelopes' `source` values that may speak as this source. One that ends with `*` stands for all that begin so.
    pub envelopes: BTreeSet<String>,
    /// Other names under which these envelopes may speak. An example may list `*`: every name that has no definition.
    pub speaks_for: BTreeSet<String>,
    /// Other names that people and recordings use for it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<String>,
    /// By namespace: the vendor's page for an id, an address with `{value}`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub console: BTreeMap<String, String>,
    /// How long after the end of a journey the source may still report something about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Length>,
    /// How its events arrive. The first input that selects a delivery reads it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// How its webhooks prove who sent them.
    #[serde(skip_serializing_if = "Auths::is_empty")]
    pub auth: Auths,
    /// The mappings of its inputs, by file name. The build fills this in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub programs: BTreeMap<String, String>,
    /// How much it counts beside others, from 1 to 100. The default is 40. Spans of a source cannot move the start of a
    /// journey, and its place in lists, by more than a day before those of a source of more authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<u8>,
    /// The namespaces of its ids.
    pub ids: BTreeMap<String, IdDeclaration>,
    /// The namespaces that it may link, and what a link of its is worth. All others are `witnessed`.
    pub links: BTreeMap<String, LinkTrust>,
    /// The lanes that its spans may be drawn in, beside its own name.
    pub platforms: BTreeSet<String>,
    /// The types of its spans.
    pub span_types: BTreeSet<String>,
    /// What else it may speak of.
    pub speaks_of: BTreeSet<Subject>,
    /// The keys of its spans that may be shown. UUIDs and ids of spans in OpenTelemetry are always shown.
    pub keys: Vec<TextGroup>,
    /// The names of its spans and point events that may be kept.
    pub names: Vec<TextGroup>,
    /// The reasons that may be kept.
    pub reasons: Vec<TextGroup>,
    /// The attributes that may be kept. Of two entries for one attribute the later counts.
    pub attributes: Vec<AttributeGroup>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// How the ids of a namespace may be kept.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdDeclaration {
    /// Whether the source may speak of these ids as its own.
    pub own: bool,
    /// Public ids are kept as they are if they have one of the shapes, and as a keyed hash otherwise. Pseudonyms are
    /// always kept as a keyed hash. Secret ids are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The shapes of public ids.
    pub shapes: Vec<Pattern>,
    /// Whether a value of no shape is refused, and not kept as a hash.
    #[serde(skip_serializing_if = "is_false")]
    pub strict: bool,
    /// What such an id names.
    pub meaning: String,
}

/// How a value may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// As it is, if it has its shape and no detector finds anything in it.
    Public,
    /// As a keyed hash.
    Pseudonym,
    /// Not at all.
    Secret,
}

/// What a link is worth that a source reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkTrust {
    /// The source's word is enough.
    Alone,
    /// It joins nothing until another source reports the same link whose word is enough.
    Witnessed,
}

/// What a source may speak of beside spans and links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Phone numbers, which journeys are found by.
    Phones,
    /// Verification codes, which join a web session and a call.
    Codes,
    /// Transfers to a phone number, which join two calls.
    Handoffs,
}

/// Texts that may be kept, and why.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextGroup {
    /// Their shapes.
    pub patterns: Vec<Pattern>,
    /// What they say.
    pub meaning: String,
    /// What they are kept for.
    pub purpose: String,
}

/// Attributes that may be kept, and why.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeGroup {
    /// Their names.
    pub names: Vec<String>,
    /// How they may be kept. The default is `public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The only values of a public attribute, in any case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The shapes of the values of a public attribute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// The kind of the values of a public attribute, if it has neither words nor patterns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ValueKind>,
    /// What they say.
    pub meaning: String,
    /// What they are kept for.
    pub purpose: String,
}

/// The kind of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A number of at most six digits, with at most two dots.
    Number,
    /// `true` or `false`.
    Flag,
    /// Any text of at most 80 characters. Whoever declares this vouches that no person's name stands there.
    Text,
}
