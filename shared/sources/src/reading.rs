//! Reads JSON objects member by member. The caller passes the path of the object, so that errors can name it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::SourceError;

/// Receives the members of an object, in their order.
pub(crate) trait Members<'de> {
    /// Takes the value of `member` from `map`, once. No value of a lenient field may make it fail.
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error>;
}

/// Reads `json`, the object at `path`, into `members`.
pub(crate) fn object<'de, T: Members<'de>>(json: &'de str, path: &str, members: T) -> Result<T, SourceError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    match Object(members).deserialize(&mut deserializer) {
        Ok(Found::Object(members)) => match deserializer.end() {
            Ok(()) => Ok(members),
            Err(_) => Err(SourceError::at(path, "is followed by more than one document")),
        },
        Ok(Found::Empty | Found::Other) => Err(SourceError::at(path, "is not an object")),
        // serde's message may repeat what it found, which may be anybody's data.
        Err(error) => {
            let problem = format!("is not valid JSON at line {} column {}", error.line(), error.column());
            Err(SourceError::at(path, problem))
        }
    }
}

/// A value that should be an object.
#[derive(Debug)]
pub(crate) enum Found<T> {
    /// The object.
    Object(T),
    /// `null`, an empty text or an empty list. Some languages cannot tell an empty list from an empty object.
    Empty,
    /// Any other value.
    Other,
}

/// Reads an object into its members.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Members<'de>> DeserializeSeed<'de> for Object<T> {
    type Value = Found<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Members<'de>> Visitor<'de> for Object<T> {
    type Value = Found<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(Name(member)) = map.next_key()? {
            self.0.take(member, &mut map)?;
        }
        Ok(Found::Object(self.0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::Empty;
        while list.next_element::<IgnoredAny>()?.is_some() {
            found = Found::Other;
        }
        Ok(found)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Empty)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(if text.trim().is_empty() { Found::Empty } else { Found::Other })
    }
}

/// A member's name, borrowed where it can be.
///
/// In JSON, a text can contain half of a surrogate pair, which is left when a character is cut in two. In a name it is
/// read as replacement characters, so that one such name does not refuse the event.
pub(crate) struct Name<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Name(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }
        // Read as bytes, because the text parser would refuse half a pair and with it the event.
        deserializer.deserialize_bytes(Reader)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    /// Keeps the last value of `at`.
    #[derive(Debug, Default)]
    struct At<'de>(Option<&'de RawValue>);

    impl<'de> Members<'de> for At<'de> {
        fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
            match &*member {
                "at" => self.0 = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            Ok(())
        }
    }

    fn at(json: &str) -> Result<Option<String>, String> {
        let read = object(json, "detail", At::default());
        read.map(|at| at.0.map(|json| json.get().to_owned())).map_err(|e| format!("{} {}", e.field(), e.problem()))
    }

    #[test]
    fn members_are_read_and_others_skipped() {
        assert_eq!(at(r#"{"x":[1e999,"\ud800"],"at":7,"at":{"y":null}}"#), Ok(Some(r#"{"y":null}"#.to_owned())));
        assert_eq!(at(r#"{"\ud800":1,"a\u0074":1e999}"#), Ok(Some("1e999".to_owned())));
        assert_eq!(at("{}"), Ok(None));
    }

    #[test]
    fn an_error_says_where_and_what_and_repeats_nothing() {
        for (json, expected) in [
            ("7", "detail is not an object"),
            ("[[1],2]", "detail is not an object"),
            ("\"Ada\"", "detail is not an object"),
            ("null", "detail is not an object"),
            ("{", "detail is not valid JSON at line 1 column 1"),
            ("", "detail is not valid JSON at line 1 column 0"),
            (r#"{"Ada Lovelace":{"Ada":nope}}"#, "detail is not valid JSON at line 1 column 25"),
            (r#"{"at":null} {"at":"Ada"}"#, "detail is followed by more than one document"),
        ] {
            assert_eq!(at(json).unwrap_err(), expected, "{json}");
        }
    }

    #[test]
    fn deep_nesting_is_skipped_or_refused_without_a_crash() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(at(&format!(r#"{{"another":{deep}}}"#)).is_ok());
        assert!(at(&format!(r#"{{"at":{deep}}}"#)).is_ok());
        assert_eq!(at(&deep).unwrap_err(), "detail is not an object");
    }
}
