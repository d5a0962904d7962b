//! Participant attributes with another system's id: a flow sets them to link a conversation with a case, a trace or a
//! web session.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{CodeAct, CodeUse, Fact, Link, Namespace, Role};
use cxtrace_domain::metrics::AttributeName;
use cxtrace_privacy::{Pseudonyms, characters};

use crate::{code, genesys, ids};

/// The attributes that name ids, each with the kind of id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correlations(BTreeMap<String, Namespace>);

/// Why the setting cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCorrelations {
    /// An entry is not `attribute=namespace`.
    #[error("`{0}` is not written attribute=namespace, such as crmCaseId=crm.case")]
    Entry(String),
    /// An entry does not end in a namespace.
    #[error(
        "`{0}` does not end in a namespace: 2 to 40 lower-case letters, digits, dots and underscores, and not `phone`, because a phone number does not identify a journey"
    )]
    Namespace(String),
    /// An attribute is listed twice.
    #[error("`{0}` is listed twice. An attribute can name only one kind of id")]
    Twice(String),
}

impl Correlations {
    /// Reads a setting such as `webCode=web.code, traceparent=trace, crmCaseId=crm.case`. Attribute names are matched
    /// exactly, except for spaces around them. A name may contain `=` but no comma.
    ///
    /// # Errors
    /// When an entry has no attribute or no namespace, or when an attribute is listed twice.
    pub fn read(setting: &str) -> Result<Self, InvalidCorrelations> {
        let mut all = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let halves = entry.rsplit_once('=').map(|(name, namespace)| (name.trim(), namespace.trim()));
            let Some((name, namespace)) = halves.filter(|(name, _)| !name.is_empty()) else {
                return Err(InvalidCorrelations::Entry(entry.to_owned()));
            };
            let namespace =
                Namespace::read(namespace).ok_or_else(|| InvalidCorrelations::Namespace(entry.to_owned()))?;
            if all.insert(AttributeName::new(name).as_str().to_owned(), namespace).is_some() {
                return Err(InvalidCorrelations::Twice(name.to_owned()));
            }
        }
        Ok(Self(all))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kind of id that an attribute names.
    #[must_use]
    pub fn namespace_of(&self, attribute_name: &str) -> Option<&Namespace> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(AttributeName::new(attribute_name).as_str())
    }

    /// The fact that an attribute of a conversation proves: a link, or that a verification code was keyed in at
    /// `published`. A placeholder value (`null`, `0`) gives a fact that only notes it, unless the value is empty.
    ///
    /// `None` for an attribute that is not listed, for a value that is empty or not of the namespace's shape, and if
    /// `conversation` is not a UUID.
    #[must_use]
    pub fn fact(
        &self,
        conversation: &str,
        published: DateTime<Utc>,
        attribute: &str,
        value: &str,
        pseudonyms: &Pseudonyms,
    ) -> Option<Fact> {
        let namespace = self.namespace_of(attribute)?;
        if characters::visible(value).is_empty() {
            return None;
        }
        let anchor = genesys::conversation_id(conversation).ok()?;
        let mut fact = Fact::of(genesys::SOURCE, anchor, published, "attributes");
        let named = if *namespace == Namespace::WEB_CODE {
            code::read(value, pseudonyms).map(|code| (code, None))
        } else {
            ids::read_all(namespace.clone(), value, pseudonyms)
        };
        match named {
            Ok((code, _)) if *namespace == Namespace::WEB_CODE => {
                fact.codes.push(CodeUse { code, at: published, act: CodeAct::Used });
            }
            Ok((id, other)) => {
                let earlier = ids::earlier(namespace, value, pseudonyms);
                let named = [Some(id), other].into_iter().flatten().chain(earlier);
                let others = named.filter(|id| *id != fact.anchor);
                fact.links = others.map(|id| Link { id, role: Role::Reference }).collect();
            }
            Err(InvalidId::Meaningless) => fact.note_meaningless(namespace.as_str()),
            Err(_) => return None,
        }
        (fact.links.len() + fact.codes.len() + fact.meaningless.len() > 0).then_some(fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";

    fn fact(setting: &str, attribute: &str, value: &str) -> Option<Fact> {
        let pseudonyms = Pseudonyms::try_new(&[1; 32]).unwrap();
        let published = "2023-03-05T08:18:05Z".parse().unwrap();
        Correlations::read(setting).unwrap().fact(CONVERSATION, published, attribute, value, &pseudonyms)
    }

    #[test]
    fn an_attribute_that_names_an_id_proves_a_link() {
        let setting = "webCode=web.code, traceparent=trace, CRM case (EU) = crm.case,";
        let trace = fact(setting, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(trace.links[0].id.to_string(), "trace:0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.links[0].role, Role::Reference);
        let case = fact(setting, " CRM case (EU)", "500Hs00001abcde").unwrap();
        assert_eq!(case.links[0].id.to_string(), "crm.case:500Hs00001abcde");
        assert_eq!(fact(setting, "webcode", "4711"), None, "another attribute");
    }

    #[test]
    fn a_code_is_used_and_is_not_a_link() {
        let fact = fact("webCode=web.code", "webCode", "47-11").unwrap();
        assert!(fact.links.is_empty());
        assert!(fact.codes[0].code.to_string().starts_with("web.code:~"));
        assert_eq!((fact.codes[0].act, fact.codes[0].at), (CodeAct::Used, fact.observed_at));
    }

    #[test]
    fn a_placeholder_value_joins_nobody() {
        for value in ["", " ", "\u{200b}"] {
            assert_eq!(fact("case=crm.case", "case", value), None, "{value}");
        }
        for namespace in ["crm.case", "web.code", "trace", "genesys.conversation"] {
            for value in ["null", "Undefined", "N/A", "0", "[object Object]", "00000000-0000-0000-0000-000000000000"] {
                let fact = fact(&format!("case={namespace}"), "case", value).unwrap();
                assert!(fact.links.is_empty() && fact.codes.is_empty(), "{namespace} {value}");
                assert_eq!(fact.meaningless, [(namespace.to_owned(), 1)].into(), "{namespace} {value}");
            }
        }
        assert_eq!(fact("t=trace", "t", "not a trace"), None);
        assert_eq!(fact("c=web.code", "c", "no code at all"), None);
        assert_eq!(fact("root=genesys.conversation", "root", CONVERSATION), None, "itself");
    }

    #[test]
    fn a_session_id_is_two_links() {
        let value = "ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2";
        assert_eq!(fact("s=sip.session_id", "s", value).unwrap().links.len(), 2);
    }

    #[test]
    fn a_person_in_a_value_is_concealed() {
        let text = format!("{:?}", fact("case=crm.case", "case", "Ada Lovelace +447700900123"));
        assert!(text.contains("crm.case:~") && !text.contains("Ada") && !text.contains("7700"), "{text}");
    }

    #[test]
    fn an_invalid_setting_is_refused() {
        assert!(Correlations::read("").unwrap().is_empty());
        let refusal = |setting| Correlations::read(setting).unwrap_err().to_string();
        assert_eq!(refusal("crm"), "`crm` is not written attribute=namespace, such as crmCaseId=crm.case");
        assert_eq!(refusal("=crm"), "`=crm` is not written attribute=namespace, such as crmCaseId=crm.case");
        assert_eq!(refusal("a=crm, a=web.code"), "`a` is listed twice. An attribute can name only one kind of id");
        assert!(refusal("ani=phone").starts_with("`ani=phone` does not end in a namespace"));
    }
}
