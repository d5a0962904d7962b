//! The kinds of values that are hashed with the secret key. Each kind is a domain of its own: a hash of one kind says
//! nothing about a value of another, and no sender can make one kind stand for another.

use std::borrow::Cow;

/// What a hashed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashDomain<'a> {
    /// The E.164 digits of a phone number.
    Phone,
    /// The value of an id of this namespace.
    Id(&'a str),
    /// The key of a span.
    SpanKey,
    /// The value of a span's attribute of this name.
    Attribute(&'a str),
    /// The value of a participant attribute of this name, as part of an occurrence's identity.
    NamedId(&'a str),
    /// The subject of a token.
    Subject,
    /// The signature of a cursor.
    Cursor,
    /// A phone number that a user searched for, as an entry of that user's limit.
    PhoneSearch,
}

/// The labels of two domains that are one word. Stored hashes have them, so they stay.
const PHONE: &str = "phone";
const SPAN_KEY: &str = "span";

impl HashDomain<'_> {
    /// The label that is hashed before the value. Two domains never have the same one: a namespace has no slash.
    pub(crate) fn label(&self) -> Cow<'_, str> {
        match self {
            Self::Phone => PHONE.into(),
            Self::SpanKey => SPAN_KEY.into(),
            Self::Id(namespace) if [PHONE, SPAN_KEY].contains(namespace) || namespace.contains('/') => {
                format!("id/{namespace}").into()
            }
            Self::Id(namespace) => (*namespace).into(),
            Self::Attribute(name) => format!("attribute/{name}").into(),
            Self::NamedId(name) => format!("named-id/{name}").into(),
            Self::Subject => "cxtrace/subject".into(),
            Self::Cursor => "cxtrace/cursor".into(),
            Self::PhoneSearch => "cxtrace/phone-search".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HashDomain::{Attribute, Cursor, Id, NamedId, Phone, PhoneSearch, SpanKey, Subject};

    #[test]
    fn no_two_domains_have_one_label() {
        let words =
            ["phone", "span", "cursor", "subject", "crm.case", "attribute/x", "cxtrace/cursor", "id/phone", "x"];
        let mut labels: Vec<_> =
            [Phone, SpanKey, Subject, Cursor, PhoneSearch].iter().map(|d| d.label().into_owned()).collect();
        for word in words {
            labels.extend([Id(word), Attribute(word), NamedId(word)].iter().map(|domain| domain.label().into_owned()));
        }
        let all = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), all, "{labels:?}");
    }

    #[test]
    fn hashes_of_phones_ids_and_span_keys_are_those_that_tables_hold() {
        assert_eq!([Phone.label(), Id("crm.case").label(), SpanKey.label()], ["phone", "crm.case", "span"]);
    }
}
