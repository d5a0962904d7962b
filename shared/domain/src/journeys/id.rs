//! Namespaced ids: they identify a call, a contact, a session or a case across systems.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::Digest128;
use cxtrace_privacy::{HashDomain, Pseudonym, Pseudonyms, characters, meaningless, safe_text};

/// The kind of an id: the system that assigned it, and the kind of thing that it identifies. `genesys.conversation`,
/// `sip.call_id`, `trace`, `crm.case`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace(Cow<'static, str>);

impl Namespace {
    /// A W3C trace id.
    pub const TRACE: Self = Self(Cow::Borrowed("trace"));
    /// A session on a web site.
    pub const WEB_SESSION: Self = Self(Cow::Borrowed("web.session"));
    /// A verification code. It joins by [`super::code`], not by being equal.
    pub const WEB_CODE: Self = Self(Cow::Borrowed("web.code"));
    /// A SIP Call-ID.
    pub const SIP_CALL_ID: Self = Self(Cow::Borrowed("sip.call_id"));
    /// A SIP Session-ID (RFC 7989): the ids that the two ends of a call gave to it.
    pub const SIP_SESSION_ID: Self = Self(Cow::Borrowed("sip.session_id"));
    /// An event whose source gave no usable id.
    pub const UNIDENTIFIED: Self = Self(Cow::Borrowed("cxtrace.unidentified"));

    /// A namespace that is a constant in the code of a source.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Reads a namespace: 2 to 40 lower-case letters, digits, dots and underscores, beginning with a letter or digit, and
    /// with at least one letter. `phone` is not a namespace, because a phone number never identifies a journey.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let shape = (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_');
        (shape && text != "phone").then(|| Self(Cow::Owned(text.to_owned())))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One identity: `genesys.conversation:6efd5506-…`. Two systems that name the same id mean the same thing.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    namespace: Namespace,
    value: String,
}

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// The value is longer than [`Id::MAX_BYTES`].
    #[error("an id's value must have 1 to {max} bytes", max = Id::MAX_BYTES)]
    Length,
    /// The value is a placeholder: [`meaningless`] has the list.
    #[error("the value is a placeholder and identifies nothing")]
    Meaningless,
    /// The namespace requires another shape.
    #[error("it is not {0}")]
    Shape(&'static str),
    /// The text is not `namespace:value`.
    #[error("an id must have the form namespace:value, such as sip.call_id:a84b4c76e66710")]
    Written,
}

impl Id {
    /// The longest value, in bytes. It becomes part of a DynamoDB key.
    pub const MAX_BYTES: usize = 256;

    /// Reads `value` as a platform wrote it.
    ///
    /// Traces must be 32 hexadecimal digits or a W3C `traceparent`. A value is kept as it is if `is_public` says so, which
    /// is a question of what its namespace is declared as. Every other value becomes a keyed hash, `~` and 32 hexadecimal
    /// digits: equal values still join, and nobody can read them.
    ///
    /// # Errors
    /// When the value stands for nothing, is too long, or is not of the namespace's shape.
    pub fn read(
        namespace: Namespace,
        value: &str,
        is_public: &dyn Fn(&str) -> bool,
        pseudonyms: &Pseudonyms,
    ) -> Result<Self, InvalidId> {
        Self::read_all(namespace, value, is_public, pseudonyms).map(|(id, _)| id)
    }

    /// Reads `value` as [`Self::read`] does. The second id is the other half of a SIP Session-ID, which has two.
    ///
    /// # Errors
    /// As [`Self::read`]. A placeholder half is not an error if the other half is an id.
    pub fn read_all(
        namespace: Namespace,
        value: &str,
        is_public: &dyn Fn(&str) -> bool,
        pseudonyms: &Pseudonyms,
    ) -> Result<(Self, Option<Self>), InvalidId> {
        if namespace != Namespace::SIP_SESSION_ID {
            return Self::read_one(namespace, value, is_public, pseudonyms).map(|id| (id, None));
        }
        let [local, remote] = session_halves(&characters::visible(value))
            .map(|half| half.map(|half| Self::read_one(namespace.clone(), &half, is_public, pseudonyms)));
        match (local, remote) {
            (Some(Ok(local)), remote) => {
                let remote = remote.and_then(Result::ok).filter(|remote| *remote != local);
                Ok((local, remote))
            }
            (_, Some(Ok(remote))) => Ok((remote, None)),
            (local, _) => local.unwrap_or(Err(InvalidId::Meaningless)).map(|id| (id, None)),
        }
    }

    fn read_one(
        namespace: Namespace,
        value: &str,
        is_public: &dyn Fn(&str) -> bool,
        pseudonyms: &Pseudonyms,
    ) -> Result<Self, InvalidId> {
        let value = characters::visible(value);
        let value = value.as_ref();
        if value.len() > Self::MAX_BYTES {
            return Err(InvalidId::Length);
        }
        if pseudonyms.placeholders().is_meaningless(value) {
            return Err(InvalidId::Meaningless);
        }
        let value = if namespace == Namespace::TRACE { trace_id(value)? } else { value.to_owned() };
        let value =
            if is_public(&value) { value } else { concealed(HashDomain::Id(namespace.as_str()), &value, pseudonyms) };
        Ok(Self { namespace, value })
    }

    /// Reads `value` as a platform wrote it whose ids are UUIDs.
    ///
    /// # Errors
    /// When the value is not a UUID, or is a placeholder such as the nil UUID.
    pub fn uuid(namespace: Namespace, value: &str) -> Result<Self, InvalidId> {
        if meaningless::is_meaningless(value) {
            return Err(InvalidId::Meaningless);
        }
        let value = safe_text::uuid(&characters::visible(value)).ok_or(InvalidId::Shape("a UUID"))?;
        Ok(Self { namespace, value })
    }

    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The id of an event whose source gave it none. It is a hash of `content`, so the same event has the same id.
    #[must_use]
    pub fn unidentified(content: &str, pseudonyms: &Pseudonyms) -> Self {
        let namespace = Namespace::UNIDENTIFIED;
        let value = format!("~{}", pseudonyms.of(HashDomain::Id(namespace.as_str()), content));
        Self { namespace, value }
    }

    /// The id of the journey that consists of this id alone. Whatever the journey is joined with later, this journey id
    /// finds it.
    #[must_use]
    pub fn journey(&self) -> JourneyId {
        JourneyId(Digest128::of([b"journey".as_slice(), self.namespace.0.as_bytes(), self.value.as_bytes()]))
    }
}

/// A keyed hash of this domain in place of a value.
fn concealed(domain: HashDomain<'_>, value: &str, pseudonyms: &Pseudonyms) -> String {
    format!("~{}", pseudonyms.of(domain, value))
}

/// The trace id of a W3C `traceparent` (`00-<trace id>-<parent>-<flags>`), or a bare one.
fn trace_id(text: &str) -> Result<String, InvalidId> {
    let shape = InvalidId::Shape("a trace id or a traceparent");
    let id = match text.split('-').collect::<Vec<_>>().as_slice() {
        [id] => *id,
        [version, id, parent, flags, ..] if version.len() == 2 && parent.len() == 16 && flags.len() == 2 => *id,
        _ => return Err(shape),
    };
    if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(shape);
    }
    if meaningless::is_meaningless(id) {
        return Err(InvalidId::Meaningless);
    }
    Ok(id.to_ascii_lowercase())
}

/// The two halves of a Session-ID header's value, `<local>;remote=<remote>`. Both are UUIDs without dashes, and one that
/// has dashes or is in upper case is the same.
fn session_halves(text: &str) -> [Option<String>; 2] {
    let header = text.get(..11).filter(|name| name.eq_ignore_ascii_case("session-id:")).map_or(0, str::len);
    let mut parts = text.get(header..).unwrap_or(text).split(';').map(str::trim);
    let half = |half: &str| {
        let compact: String = half.chars().filter(|c| *c != '-').collect();
        let is_hex = compact.len() == 32 && compact.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hex { compact.to_ascii_lowercase() } else { half.to_owned() }
    };
    let local = parts.next().map(|part| part.strip_prefix("local=").unwrap_or(part)).map(half);
    let named = |part: &str| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("remote").then(|| half(value.trim().trim_matches('"')))
    };
    [local, parts.find_map(named)]
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads what [`fmt::Display`] wrote. The id was read from a platform before, so its value is not checked again.
impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (namespace, value) = text.split_once(':').ok_or(InvalidId::Written)?;
        if !(1..=Self::MAX_BYTES).contains(&value.len()) {
            return Err(InvalidId::Length);
        }
        Ok(Self { namespace: Namespace::read(namespace).ok_or(InvalidId::Written)?, value: value.to_owned() })
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The id of a journey. It is a hash of an id that belongs to the journey, so each of these ids always finds the
/// journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JourneyId(Digest128);

impl JourneyId {
    /// Sorts before all others, and is not the id of any journey.
    pub const LEAST: Self = Self(Digest128::ZERO);

    /// Reads the 32 hexadecimal digits of [`fmt::Display`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest128::from_hex(text).map(Self)
    }

    /// Where it is noted that a phone number was erased. It is not the id of any journey, and the hash of the number
    /// cannot be read from it.
    #[must_use]
    pub fn of_erased_number(number: Pseudonym) -> Self {
        Self(Digest128::of([b"erased number".as_slice(), number.to_string().as_bytes()]))
    }

    /// Where it is noted when something was erased last. It is not the id of any journey.
    #[must_use]
    pub fn of_last_erasure() -> Self {
        Self(Digest128::of([b"last erasure".as_slice()]))
    }
}

impl fmt::Display for JourneyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(namespace: &str, value: &str) -> Result<Id, InvalidId> {
        let is_public = |value: &str| value == "c-1" || value.starts_with("500Hs") || namespace == "trace";
        Id::read(Namespace::read(namespace).unwrap(), value, &is_public, &Pseudonyms::try_new(&[1; 32]).unwrap())
    }

    #[test]
    fn a_phone_number_is_no_namespace() {
        assert_eq!(Namespace::read("phone"), None);
        assert_eq!(Namespace::read("Crm"), None);
        assert!(Namespace::read("crm.case").is_some());
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let namespace = Namespace::known("crm.conversation");
        let id = Id::uuid(namespace.clone(), "6EFD5506-3fd6-49a1-8a51-7c1b8a3f2d10").unwrap();
        assert_eq!(Id::uuid(namespace, "6EFD5506"), Err(InvalidId::Shape("a UUID")));
        assert_eq!(id.to_string(), "crm.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_trace_is_the_same_from_a_traceparent() {
        let bare = read("trace", "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(read("trace", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), bare);
        assert!(bare.is_ok());
        assert_eq!(read("trace", &"0".repeat(32)), Err(InvalidId::Meaningless));
        let nil = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        assert_eq!(read("trace", nil), Err(InvalidId::Meaningless));
        assert_eq!(read("trace", "not a trace"), Err(InvalidId::Shape("a trace id or a traceparent")));
    }

    #[test]
    fn what_is_declared_public_is_shown_and_everything_else_is_hashed() {
        assert_eq!(read("crm.case", "c-1").unwrap().value(), "c-1");
        for value in ["+447700900123", "x:7f3a9b1c-2025557391", "CA7f3a9b1c2d4e5f60718293a4b5c6d7e8", "Ada", "s-81f2"] {
            let id = read("crm.case", value).unwrap();
            assert!(id.value().starts_with('~') && !id.value().contains(value), "{value} {id}");
            assert_eq!(read("crm.case", value).unwrap(), id);
        }
    }

    #[test]
    fn a_journeys_id_is_made_of_the_whole_id() {
        assert_ne!(read("crm.case", "a1").unwrap().journey(), read("web.session", "a1").unwrap().journey());
    }

    #[test]
    fn a_value_that_stands_for_nothing_is_no_id() {
        for value in
            ["", "null", "0", "\u{200b}undefined", "00000000-0000-0000-0000-000000000000", "{{case_id}}", "xxx"]
        {
            for namespace in ["crm.case", "web.session", "trace", "sip.call_id", "sip.session_id", "web.code"] {
                assert_eq!(read(namespace, value), Err(InvalidId::Meaningless), "{namespace} {value}");
            }
        }
        let nil = Id::uuid(Namespace::known("pbx.call"), "00000000-0000-0000-0000-000000000000");
        assert_eq!(nil, Err(InvalidId::Meaningless));
    }

    #[test]
    fn invisible_characters_make_no_other_id() {
        assert_eq!(read("crm.case", "\u{feff}500Hs1\u{200b}abcde "), read("crm.case", "500Hs1abcde"));
    }

    #[test]
    fn both_halves_of_a_session_id_are_ids_unless_they_are_nil() {
        const NIL: &str = "00000000000000000000000000000000";
        const ONE: &str = "ab30317f1a784dc48ff824d0d3715d86";
        const OTHER: &str = "47755a9de7794ba387653f2099600ef2";
        let halves = |text: &str| {
            let read =
                Id::read_all(Namespace::SIP_SESSION_ID, text, &|_| true, &Pseudonyms::try_new(&[1; 32]).unwrap());
            let value = |id: &Id| id.value().to_owned();
            read.map(|(id, other)| (value(&id), other.as_ref().map(value)))
        };
        let both = Ok((ONE.to_owned(), Some(OTHER.to_owned())));
        assert_eq!(halves(&format!("{ONE};remote={OTHER}")), both);
        assert_eq!(halves(&format!("Session-ID: {ONE} ; Remote={OTHER}")), both);
        assert_eq!(halves("AB30317F-1A78-4DC4-8FF8-24D0D3715D86;remote=47755A9DE7794BA387653F2099600EF2"), both);
        for text in [ONE.to_owned(), format!("{ONE};remote={NIL}"), format!("{NIL};remote={ONE}")] {
            assert_eq!(halves(&text), Ok((ONE.to_owned(), None)), "{text}");
        }
        assert_eq!(halves(&format!("{NIL};remote={NIL}")), Err(InvalidId::Meaningless));
        assert_eq!(halves(""), Err(InvalidId::Meaningless));
    }
}
