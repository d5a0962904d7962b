//! Ids of interactions in attributes: which names hold one, and of which namespace. One name means different things in spans of
//! different libraries, so the names of a library's own come before those of the deployer.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::Namespace;

use crate::messages::{AnyValue, KeyValue, Value};

/// The names that stacks use out of the box.
pub const DEFAULT: &str = "interaction.id=genesys.conversation,genesys.conversation.id=genesys.conversation,\
                           conversation.id=genesys.conversation,call.sid=twilio.call";

/// The names under which an earlier trace is named, after a hop has lost `traceparent`.
const PREVIOUS_TRACE: [&str; 4] =
    ["previous-trace-id", "previous_trace_id", "previous.trace.id", "cx.previous_trace_id"];

/// The names of attributes that hold an id of an interaction, each with its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interactions {
    names: BTreeMap<String, Namespace>,
    libraries: Vec<Library>,
}

/// The names of one library.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Library {
    /// Its instrumentation scopes. `*` at the end stands for any ending.
    scopes: Vec<String>,
    names: BTreeMap<String, Namespace>,
}

/// The names that count for some scopes.
#[derive(Debug)]
pub(super) struct Names<'a> {
    libraries: Vec<&'a BTreeMap<String, Namespace>>,
    others: &'a BTreeMap<String, Namespace>,
}

impl Interactions {
    /// Reads `name=namespace` pairs, separated by commas.
    ///
    /// # Errors
    /// The first entry of another form.
    pub fn read(text: &str) -> Result<Self, String> {
        let pair = |entry: &str| {
            let (name, namespace) = entry.split_once('=')?;
            let name = name.trim();
            (!name.is_empty()).then_some((name.to_owned(), Namespace::read(namespace.trim())?))
        };
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let pairs = entries.map(|entry| pair(entry).ok_or_else(|| format!("`{entry}` is not `name=namespace`")));
        Ok(Self { names: pairs.collect::<Result<_, _>>()?, libraries: Vec::new() })
    }

    /// The same names, where `names` come first in spans of these instrumentation scopes.
    #[must_use]
    pub fn with_library(mut self, scopes: &[String], names: impl IntoIterator<Item = (String, Namespace)>) -> Self {
        self.libraries.push(Library { scopes: scopes.to_vec(), names: names.into_iter().collect() });
        self
    }

    /// The names that count for spans of these scopes, and for what stands above them.
    pub(super) fn within<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) -> Names<'_> {
        let scopes: BTreeSet<&str> = scopes.into_iter().collect();
        let is_used = |library: &&Library| {
            let mut patterns = library.scopes.iter();
            patterns.any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => scopes.iter().any(|scope| scope.starts_with(beginning)),
                None => scopes.contains(pattern.as_str()),
            })
        };
        let libraries = self.libraries.iter().filter(is_used).map(|library| &library.names).collect();
        Names { libraries, others: &self.names }
    }
}

impl Names<'_> {
    fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.libraries.iter().find_map(|names| names.get(name)).or_else(|| self.others.get(name))
    }

    fn is_namespace(&self, text: &str) -> bool {
        let mut all = self.libraries.iter().copied().chain([self.others]).flat_map(BTreeMap::values);
        all.any(|known| known.as_str() == text)
    }

    /// Adds the ids in `attributes` to `found`, as `namespace:value`. A value that names the namespace itself counts, too.
    pub(super) fn add(&self, attributes: &[KeyValue], found: &mut BTreeSet<String>) {
        for pair in attributes {
            let Some(namespace) = self.namespace(&pair.key) else { continue };
            let Some(text) = pair.value.as_ref().and_then(text_of) else { continue };
            let text = text.trim();
            let is_named = text.split_once(':').is_some_and(|(name, rest)| !rest.is_empty() && self.is_namespace(name));
            match text {
                "" => {}
                text if is_named => {
                    found.insert(text.to_owned());
                }
                text => {
                    found.insert(format!("{namespace}:{text}"));
                }
            }
        }
    }
}

impl Default for Interactions {
    fn default() -> Self {
        Self::read(DEFAULT).unwrap_or_else(|_| Self { names: BTreeMap::new(), libraries: Vec::new() })
    }
}

/// Adds the earlier traces that `attributes` name to `found`.
pub(super) fn add_previous(attributes: &[KeyValue], found: &mut BTreeSet<[u8; 16]>) {
    for pair in attributes.iter().filter(|pair| PREVIOUS_TRACE.contains(&pair.key.as_str())) {
        let text = pair.value.as_ref().and_then(text_of);
        let trace = text.and_then(|text| {
            let id = text.split('-').find(|part| part.len() == 32)?;
            hex::decode(id).ok()
        });
        found.extend(trace.and_then(|id| trace_id(&id)));
    }
}

/// A valid trace id.
pub(super) fn trace_id(bytes: &[u8]) -> Option<[u8; 16]> {
    let id: [u8; 16] = bytes.try_into().ok()?;
    (id != [0; 16]).then_some(id)
}

fn text_of(value: &AnyValue) -> Option<String> {
    match value.value.as_ref()? {
        Value::String(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
