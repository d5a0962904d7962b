//! Ids of interactions in attributes: which names hold one, and of which namespace.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::Namespace;

use crate::messages::{AnyValue, KeyValue, Value};

/// The names that stacks use out of the box.
pub const DEFAULT: &str = "interaction.id=genesys.conversation,genesys.conversation.id=genesys.conversation,\
                           conversation.id=genesys.conversation,call.sid=twilio.call";

/// The names under which an earlier trace is named, after a hop has lost `traceparent`.
const PREVIOUS_TRACE: [&str; 3] = ["previous-trace-id", "previous.trace.id", "cx.previous_trace_id"];

/// The names of attributes that hold an id of an interaction, each with its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interactions(BTreeMap<String, Namespace>);

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
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    /// Adds the ids in `attributes` to `found`, as `namespace:value`. A value that names the namespace itself counts, too.
    pub(super) fn add(&self, attributes: &[KeyValue], found: &mut BTreeSet<String>) {
        for pair in attributes {
            let Some(namespace) = self.0.get(&pair.key) else { continue };
            let Some(text) = pair.value.as_ref().and_then(text_of) else { continue };
            let text = text.trim();
            let is_named = text
                .split_once(':')
                .is_some_and(|(name, rest)| !rest.is_empty() && self.0.values().any(|known| known.as_str() == name));
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
        Self::read(DEFAULT).unwrap_or_else(|_| Self(BTreeMap::new()))
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
