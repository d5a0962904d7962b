//! Every definition that the program was built with, and what they say together.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use super::definition::{Class, Definition, IdDeclaration};
use super::head::Head;
use super::input::SpanPattern;
use super::length::Length;

/// The heads and definitions as JSON, which the build has written from the same types.
mod data {
    include!(concat!(env!("OUT_DIR"), "/definitions.rs"));
}

/// Every definition that the program was built with.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    definitions: Arc<Definitions>,
    /// Whether the senders of the examples may speak.
    has_examples: bool,
}

#[derive(Debug, Default)]
struct Definitions {
    entries: BTreeMap<String, Entry>,
    /// By namespace: the class and shapes that some definition gives it.
    namespaces: BTreeMap<String, IdDeclaration>,
    /// By namespace: the vendor's page for an id, with `{value}`.
    console: BTreeMap<String, String>,
}

/// A definition, which is read at its first use.
#[derive(Debug)]
struct Entry {
    head: Head,
    /// Where its text is among the embedded ones.
    index: Option<usize>,
    definition: OnceLock<Definition>,
}

impl Entry {
    fn definition(&self) -> &Definition {
        // Only here is the text of a definition named: a program that reads none is built without them.
        let json = || self.index.and_then(|index| data::DEFINITIONS.get(index).copied()).unwrap_or_default();
        self.definition.get_or_init(|| serde_json::from_str(json()).unwrap_or_default())
    }
}

/// What [`Registry::use_instead`] has set.
static INSTEAD: OnceLock<Registry> = OnceLock::new();

static EMBEDDED: LazyLock<Registry> = LazyLock::new(read);

static WITH_EXAMPLES: LazyLock<Registry> = LazyLock::new(|| Registry { has_examples: true, ..EMBEDDED.clone() });

fn read() -> Registry {
    let heads: Vec<Head> = serde_json::from_str(data::HEADS).unwrap_or_default();
    let entry = |(index, head)| Entry { head, index: Some(index), definition: OnceLock::new() };
    Registry::of_entries(heads.into_iter().enumerate().map(entry).collect())
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

    /// What is used in the place of the embedded definitions, if anything is.
    pub(crate) fn in_place() -> Option<&'static Self> {
        INSTEAD.get()
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
        INSTEAD.get().unwrap_or(&WITH_EXAMPLES)
    }

    /// A registry of `definitions`.
    #[must_use]
    pub fn of(definitions: Vec<Definition>) -> Self {
        let entry =
            |definition| Entry { head: Head::of(&definition), index: None, definition: OnceLock::from(definition) };
        Self::of_entries(definitions.into_iter().map(entry).collect())
    }

    fn of_entries(mut entries: Vec<Entry>) -> Self {
        let mut all = Definitions::default();
        // What an example says of a namespace counts only if no other definition says anything.
        entries.sort_by_key(|entry| !entry.head.is_example);
        for mut entry in entries {
            // Nobody asks a head for these, and each function has all heads in memory.
            all.namespaces.append(&mut entry.head.namespaces);
            all.console.append(&mut entry.head.console);
            all.entries.insert(entry.head.source.clone(), entry);
        }
        Self { definitions: Arc::new(all), has_examples: false }
    }

    /// Every definition, by name.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.entries.values().map(Entry::definition)
    }

    /// The definition of a source.
    #[must_use]
    pub fn definition(&self, source: &str) -> Option<&Definition> {
        self.definitions.entries.get(source).filter(|entry| !entry.head.is_abstract).map(Entry::definition)
    }

    /// The definition of a source, by its name or an alias, in any case. A space or an underscore may stand for a dash.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Definition> {
        let dashed = |c: char| if c == ' ' || c == '_' { '-' } else { c.to_ascii_lowercase() };
        self.source_called(name)
            .or_else(|| self.source_called(&name.trim().to_ascii_lowercase()))
            .or_else(|| self.source_called(&name.trim().chars().map(dashed).collect::<String>()))
    }

    fn source_called(&self, name: &str) -> Option<&Definition> {
        let own = self.definitions.entries.get(name).filter(|entry| self.may_speak(&entry.head));
        let is_called = |entry: &&Entry| entry.head.aliases.contains(name) && self.may_speak(&entry.head);
        own.or_else(|| self.definitions.entries.values().find(is_called)).map(Entry::definition)
    }

    /// The definition with an input that takes EventBridge events of this `source` and `detail-type`.
    #[must_use]
    pub fn event_source(&self, source: &str, detail_type: &str) -> Option<&Definition> {
        let takes = |head: &Head| head.events.iter().any(|pattern| pattern.matches(source, detail_type));
        let entry = self.definitions.entries.values().find(|entry| self.may_speak(&entry.head) && takes(&entry.head));
        entry.map(Entry::definition)
    }

    /// The sources that take spans of OpenTelemetry, each with what it takes.
    pub fn span_sources(&self) -> impl Iterator<Item = (&str, &[SpanPattern])> {
        let heads = self.definitions.entries.values().map(|entry| &entry.head).filter(|head| self.may_speak(head));
        heads.filter(|head| !head.spans.is_empty()).map(|head| (head.source.as_str(), head.spans.as_slice()))
    }

    /// The sources that say how late they may report, and how late.
    pub fn delays(&self) -> impl Iterator<Item = (&str, Length)> {
        let heads = self.definitions.entries.values().map(|entry| &entry.head).filter(|head| !head.is_abstract);
        heads.filter_map(|head| Some((head.source.as_str(), head.delay?)))
    }

    fn may_speak(&self, head: &Head) -> bool {
        !head.is_abstract && (self.has_examples || !head.is_example)
    }

    /// How the ids of a namespace may be kept. `None` if no definition declares it: then they are pseudonyms.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Option<&IdDeclaration> {
        self.definitions.namespaces.get(namespace)
    }

    /// Every namespace that some definition declares.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.definitions.namespaces.keys().map(String::as_str)
    }

    /// Whether an id may be kept as it is.
    #[must_use]
    pub fn is_public_id(&self, namespace: &str, value: &str) -> bool {
        self.namespace(namespace).is_some_and(|declaration| {
            declaration.class == Some(Class::Public) && declaration.shapes.iter().any(|shape| shape.matches(value))
        })
    }

    /// The address of the page of an id in its system's console. `None` if no definition names one, if it is not HTTPS, or
    /// if the id is not shown as it is.
    #[must_use]
    pub fn console(&self, namespace: &str, value: &str) -> Option<String> {
        let page = self.definitions.console.get(namespace).filter(|_| self.is_public_id(namespace, value))?;
        console_page(page, value)
    }

    /// The definition by which a source called `name` speaks: its own, or that of a sender that speaks for it.
    pub(super) fn speaker(&self, name: &str) -> Vec<&Definition> {
        let speaks = |head: &Head| self.may_speak(head) && (head.source == name || head.speaks_for.contains(name));
        self.definitions.entries.values().filter(|entry| speaks(&entry.head)).map(Entry::definition).collect()
    }
}

/// The address `page` with `value` in the place of `{value}`. `None` if it is not HTTPS. Only letters, digits and `-._~` of
/// the value stay as they are, so it cannot lead to another address.
#[must_use]
pub fn console_page(page: &str, value: &str) -> Option<String> {
    let encoded = value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
        text
    });
    // A value of dots alone would be a step up in a path.
    let is_step = value.bytes().all(|byte| byte == b'.');
    (page.starts_with("https://") && !is_step).then(|| page.replace("{value}", &encoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: &str = "6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10";

    #[test]
    fn an_id_leads_to_its_page_in_the_vendors_console() {
        let page = Registry::built_in().console("genesys.conversation", CONVERSATION).unwrap();
        assert!(page.starts_with("https://") && page.contains(CONVERSATION), "{page}");
        assert_eq!(Registry::built_in().console("web.session", "s-81f2"), None);
    }

    #[test]
    fn a_concealed_id_has_no_page() {
        let hash = "~0af7651916cd43dd8448eb211c80319c";
        assert_eq!(Registry::built_in().console("genesys.conversation", hash), None);
        assert_eq!(Registry::built_in().console("twilio.call", "javascript:alert(1)"), None);
    }

    #[test]
    fn a_value_cannot_change_the_address() {
        let page = |page: &str, value: &str| console_page(page, value);
        assert_eq!(
            page("https://a.example/{value}/x", "a/../b?c#d&e").unwrap(),
            "https://a.example/a%2F..%2Fb%3Fc%23d%26e/x"
        );
        assert_eq!(page("https://a.example/{value}", ".."), None);
        assert_eq!(page("http://a.example/{value}", "1"), None);
        assert_eq!(page("javascript:{value}", "1"), None);
    }
}
