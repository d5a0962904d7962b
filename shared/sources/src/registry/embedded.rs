//! Every definition that the program was built with, and what they say together.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use super::definition::{Class, Definition, IdDeclaration};
use super::input::Input;

/// Every definition that the program was built with.
#[derive(Debug, Default)]
pub struct Registry {
    definitions: BTreeMap<String, Definition>,
    /// By namespace: the class and shapes that some definition gives it.
    namespaces: BTreeMap<String, IdDeclaration>,
    /// Whether the senders of the examples may speak.
    has_examples: bool,
}

/// What [`Registry::use_instead`] has set.
static INSTEAD: OnceLock<Registry> = OnceLock::new();

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
        INSTEAD.get().unwrap_or(&EMBEDDED)
    }

    /// The definitions that the program was built with, whatever is used in their place.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &EMBEDDED
    }

    /// Uses `definitions` in the place of the embedded ones, in the whole process, and lets examples speak. Only the command
    /// does this, before it reads anything else.
    pub fn use_instead(definitions: Vec<Definition>) {
        // A second call changes nothing.
        let _ = INSTEAD.set(Self { has_examples: true, ..Self::of(definitions) });
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

    /// The definition of a source, by its name or an alias.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Definition> {
        let is_called = |definition: &&Definition| definition.aliases.contains(name) && self.may_speak(definition);
        let own = self.definition(name).filter(|definition| self.may_speak(definition));
        own.or_else(|| self.definitions.values().find(is_called))
    }

    /// The definition with an input that takes EventBridge events of this `source` and `detail-type`.
    #[must_use]
    pub fn event_source(&self, source: &str, detail_type: &str) -> Option<&Definition> {
        let takes = |input: &Input| input.eventbridge.as_ref().is_some_and(|pattern| pattern.matches(source, detail_type));
        let may = |definition: &&Definition| self.may_speak(definition) && definition.inputs.iter().any(takes);
        self.definitions.values().find(may)
    }

    fn may_speak(&self, definition: &Definition) -> bool {
        !definition.is_abstract && (self.has_examples || !definition.is_example)
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
            self.may_speak(definition)
                && (definition.source == name || definition.speaks_for.contains(name))
        };
        self.definitions.values().filter(speaks).collect()
    }
}
