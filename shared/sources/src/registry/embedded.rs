//! Every definition that the program was built with, and what they say together.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::definition::{Class, Definition, IdDeclaration};

/// Every definition that the program was built with.
#[derive(Debug, Default)]
pub struct Registry {
    definitions: BTreeMap<String, Definition>,
    /// By namespace: the class and shapes that some definition gives it.
    namespaces: BTreeMap<String, IdDeclaration>,
    /// Whether the senders of the examples may speak.
    has_examples: bool,
}

static EMBEDDED: LazyLock<Registry> = LazyLock::new(read);

static WITH_EXAMPLES: LazyLock<Registry> = LazyLock::new(|| Registry { has_examples: true, ..read() });

fn read() -> Registry {
    // The build has written this file from the same types.
    let definitions = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/definitions.json")));
    Registry::of(definitions.unwrap_or_default())
}

impl Registry {
    /// The definitions that the program was built with. They are read at the first call. The senders of the examples are
    /// known, but nobody may speak as one of them.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The same definitions, where the senders of the examples may speak, too. What they link joins journeys by itself, so
    /// this is not for production.
    #[must_use]
    pub fn with_examples() -> &'static Self {
        &WITH_EXAMPLES
    }

    /// A registry of `definitions`.
    #[must_use]
    pub fn of(definitions: Vec<Definition>) -> Self {
        let mut namespaces = BTreeMap::new();
        // What an example says of a namespace counts only if no other definition says anything.
        let mut by_weight: Vec<_> = definitions.iter().collect();
        by_weight.sort_by_key(|definition| !definition.is_example);
        for definition in by_weight {
            let declared = definition.ids.iter().filter(|(_, declaration)| declaration.class.is_some());
            namespaces.extend(declared.map(|(namespace, declaration)| (namespace.clone(), declaration.clone())));
        }
        let definitions = definitions.into_iter().map(|definition| (definition.source.clone(), definition)).collect();
        Self { definitions, namespaces, has_examples: false }
    }

    /// Every definition, by name.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    /// The definition of a source.
    #[must_use]
    pub fn definition(&self, source: &str) -> Option<&Definition> {
        self.definitions.get(source).filter(|definition| !definition.is_abstract)
    }

    /// How the ids of a namespace may be kept. `None` if no definition declares it: then they are pseudonyms.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Option<&IdDeclaration> {
        self.namespaces.get(namespace)
    }

    /// Whether an id may be kept as it is.
    #[must_use]
    pub fn is_public_id(&self, namespace: &str, value: &str) -> bool {
        self.namespace(namespace).is_some_and(|declaration| {
            declaration.class == Some(Class::Public) && declaration.shapes.iter().any(|shape| shape.matches(value))
        })
    }

    /// The definition by which a source called `name` speaks: its own, or that of a sender that speaks for it.
    pub(super) fn speaker(&self, name: &str) -> Vec<&Definition> {
        let speaks = |definition: &&Definition| {
            !definition.is_abstract
                && (self.has_examples || !definition.is_example)
                && (definition.source == name || definition.speaks_for.contains(name))
        };
        self.definitions.values().filter(speaks).collect()
    }
}
