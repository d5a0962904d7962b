//! The setting that lists attributes of senders' spans beside those of their definitions.

use std::collections::BTreeMap;

use cxtrace_privacy::Pseudonyms;

use crate::registry::{Class, Registry, Sender, pseudonym, text};

/// The attributes that a setting lists, with their classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist(BTreeMap<String, Class>);

/// Why the setting cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAllowlist {
    /// An entry has no valid name.
    #[error("`{0}` is not an attribute: a name has 1 to 80 letters, digits, dots, dashes and underscores")]
    Name(String),
    /// An entry has no valid class.
    #[error("`{0}` does not end in a class: public, pseudonym or secret")]
    Class(String),
    /// An attribute is listed twice.
    #[error("`{0}` is listed twice. An attribute can have only one class")]
    Twice(String),
}

impl Allowlist {
    /// Reads a setting such as `app.tier, app.customer:pseudonym, http.route:secret`, which adds to the attributes that
    /// senders' definitions list, or takes from them. Without a class an attribute is `public`. List only what never holds
    /// a person's name, because a name looks like any other text. Phone numbers, e-mail addresses and longer texts are
    /// always dropped.
    ///
    /// # Errors
    /// When an entry has no name or an unknown class, or is listed twice.
    pub fn read(setting: &str) -> Result<Self, InvalidAllowlist> {
        let mut all = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, class) = match entry.split_once(':').map(|(name, class)| (name.trim(), class.trim())) {
                None => (entry, Class::Public),
                Some((name, "public")) => (name, Class::Public),
                Some((name, "pseudonym")) => (name, Class::Pseudonym),
                Some((name, "secret")) => (name, Class::Secret),
                Some(_) => return Err(InvalidAllowlist::Class(entry.to_owned())),
            };
            let shape = (1..=80).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_');
            if !shape {
                return Err(InvalidAllowlist::Name(entry.to_owned()));
            }
            if all.insert(name.to_owned(), class).is_some() {
                return Err(InvalidAllowlist::Twice(name.to_owned()));
            }
        }
        Ok(Self(all))
    }

    /// The names of the attributes that every declared sender of Cxtrace's own form may send.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        let all = Registry::embedded().definitions().filter(|definition| definition.source == "cxtrace");
        all.flat_map(|definition| &definition.attributes).flat_map(|group| &group.names).map(String::as_str)
    }

    /// The value to store of an attribute of a sender, if any. Nothing is stored of an undeclared sender's.
    #[must_use]
    pub(crate) fn value(
        &self,
        sender: &Sender<'_>,
        name: &str,
        value: &str,
        pseudonyms: &Pseudonyms,
    ) -> Option<String> {
        if !sender.is_declared() {
            return None;
        }
        let value = value.trim();
        match self.0.get(name) {
            Some(Class::Secret) => None,
            Some(Class::Pseudonym) => pseudonym(name, value, pseudonyms),
            Some(Class::Public) => text(value),
            None => sender.attribute(name, value, pseudonyms),
        }
    }
}

#[cfg(test)]
mod tests {
    use cxtrace_domain::journeys::Source;

    use super::*;
    use crate::registry::Undeclared;

    fn value_of(source: &str, setting: &str, name: &str, value: &str) -> Option<String> {
        let source = Source::read(source).unwrap();
        let envelope = format!("com.example.{source}");
        let sender = Sender::of(Registry::with_examples(), &envelope, &source, Undeclared::Least).unwrap();
        let pseudonyms = Pseudonyms::try_new(&[1; 32]).unwrap();
        Allowlist::read(setting).unwrap().value(&sender, name, value, &pseudonyms)
    }

    fn value(setting: &str, name: &str, value: &str) -> Option<String> {
        value_of("backend", setting, name, value)
    }

    #[test]
    fn what_is_declared_is_kept_in_its_shape_and_nothing_else() {
        for (name, text) in [
            ("http.response.status_code", "504"),
            ("http.request.method", "GET"),
            ("url.template", "/accounts/{id}"),
            ("db.system.name", "postgresql"),
            ("error.type", "java.net.SocketTimeoutException"),
            ("error.type", "504"),
            ("network.protocol.version", "1.1"),
            ("faas.coldstart", "true"),
        ] {
            assert_eq!(value("", name, text).as_deref(), Some(text), "{name}");
        }
        for (name, text) in [
            ("http.response.status_code", "447700900123"),
            ("http.request.method", "Ada"),
            ("url.full", "https://example.com/accounts/1"),
            ("url.template", "/users/lovelace"),
            ("error.type", "Ada Lovelace"),
            ("error.type", "447_700_900_123"),
            ("error.message", "no account of Ada"),
            ("user.id", "u-1"),
            ("db.query.text", "select 1"),
        ] {
            assert_eq!(value("", name, text), None, "{name}");
        }
    }

    #[test]
    fn a_setting_adds_to_the_definition_and_takes_from_it() {
        let setting = "app.tier, app.customer:pseudonym, app.region : public, http.route:secret";
        assert_eq!(value(setting, "app.tier", " gold ").as_deref(), Some("gold"));
        assert_eq!(value(setting, "app.region", "eu west").as_deref(), Some("eu west"));
        for text in ["+44 7700 900123", "447_700_900_123", "4111:1111:1111:1111", "ada@example.com"] {
            assert_eq!(value(setting, "app.tier", text), None, "{text}");
        }
        let concealed = value(setting, "app.customer", "Ada Lovelace").unwrap();
        assert!(concealed.starts_with('~') && concealed.len() == 33, "{concealed}");
        assert_eq!(value(setting, "app.customer", " "), None);
        assert_eq!(value(setting, "http.route", "/accounts/{id}"), None);
        assert_eq!(value(setting, "http.status_code", "200").as_deref(), Some("200"));
        assert_eq!(value_of("unheard-of", setting, "app.tier", "gold"), None, "of an undeclared sender");
        assert_eq!(value_of("unheard-of", "", "http.request.method", "GET"), None, "of an undeclared sender");
    }

    #[test]
    fn an_invalid_setting_is_refused() {
        let refusal = |setting| Allowlist::read(setting).unwrap_err().to_string();
        assert_eq!(refusal("a:hidden"), "`a:hidden` does not end in a class: public, pseudonym or secret");
        assert_eq!(refusal("a, a:secret"), "`a` is listed twice. An attribute can have only one class");
        assert!(refusal("app tier").starts_with("`app tier` is not an attribute"));
        assert!(refusal(":public").starts_with("`:public` is not an attribute"));
    }
}
