//! The shapes of events as tables: every field that is read, how it is read, and whether it decides.
//!
//! Some fields decide: if such a field is missing or cannot be read, the event is refused. Every other field is read
//! leniently: an unreadable value counts as absent, and the field's name is noted. `docs/fields.md` shows all tables.

use serde::de::{DeserializeSeed, MapAccess};
use serde_json::value::RawValue;

use crate::error::SourceError;
use crate::reading::{Found, Members, Object};
use crate::values::{Reading, Unreadable, Value};

/// A field of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name: a path relative to the shape.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: &'static str,
    /// The events in which it decides: Genesys topics without the common prefix, or a `detail-type`.
    pub decides_in: &'static [&'static str],
}

/// Declares a struct of optional fields, how it is read, and its table:
///
/// ```text
/// shape! {
///     /// A milestone of a flow.
///     pub(crate) struct Milestone under "flowMilestones." {
///         milestone_id: String = "milestoneId" decides in [],
///     }
/// }
/// ```
///
/// The struct has one more field, `unreadable`: the names of the fields that were partly or fully unreadable.
macro_rules! shape {
    ($(#[$doc:meta])* $vis:vis struct $name:ident under $prefix:literal {
        $($field:ident: $kind:ty = $json:literal decides in $decides:expr,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        $vis struct $name {
            $($vis $field: Option<$kind>,)*
            $vis unreadable: $crate::values::Unreadable,
        }

        impl $name {
            $vis const FIELDS: &'static [$crate::shape::Field] = &[$($crate::shape::Field {
                name: concat!($prefix, $json),
                kind: <$kind as $crate::values::Value>::EXPECTED,
                decides_in: &$decides,
            },)*];
        }

        impl<'de> $crate::reading::Members<'de> for $name {
            fn take<A: serde::de::MapAccess<'de>>(
                &mut self,
                member: std::borrow::Cow<'de, str>,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match &*member {
                    $($json => {
                        let name = concat!($prefix, $json);
                        self.$field = $crate::shape::field(map, name, &mut self.unreadable)?;
                    })*
                    _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                }
                Ok(())
            }
        }

        impl $crate::values::Value for $name {
            const EXPECTED: &'static str = "an object";

            fn read(json: &str) -> $crate::values::Reading<Self> {
                $crate::shape::part(json)
            }
        }

        impl AsRef<$crate::values::Unreadable> for $name {
            fn as_ref(&self) -> &$crate::values::Unreadable {
                &self.unreadable
            }
        }
    };
}
pub(crate) use shape;

/// Reads the value of a field. If a member occurs twice, the last one counts, as in most JSON readers.
pub(crate) fn field<'de, A: MapAccess<'de>, T: Value>(
    map: &mut A,
    name: &'static str,
    unreadable: &mut Unreadable,
) -> Result<Option<T>, A::Error> {
    let reading = T::read(map.next_value::<&'de RawValue>()?.get());
    if reading.is_unreadable {
        unreadable.insert(name);
    }
    unreadable.extend(reading.inside);
    Ok(reading.value)
}

/// Reads an object inside another.
pub(crate) fn part<T>(json: &str) -> Reading<T>
where
    T: Default + AsRef<Unreadable> + for<'de> Members<'de>,
{
    match Object(T::default()).deserialize(&mut serde_json::Deserializer::from_str(json)) {
        Ok(Found::Object(part)) => Reading { inside: part.as_ref().clone(), ..Reading::of(part) },
        Ok(Found::Empty) => Reading::ABSENT,
        Ok(Found::Other) | Err(_) => Reading::UNREADABLE,
    }
}

/// The value of a deciding field.
///
/// # Errors
/// When it is missing or could not be read. `path` is its place in the event.
pub(crate) fn required<'a, T: Value>(
    value: &'a Option<T>,
    (name, unreadable): (&str, &Unreadable),
    path: impl Into<String>,
) -> Result<&'a T, SourceError> {
    let problem = || match unreadable.contains(name) {
        true => format!("is not {}", T::EXPECTED),
        false => "is missing".to_owned(),
    };
    value.as_ref().ok_or_else(|| SourceError::at(path, problem()))
}

/// The value of an optional field that decides if it is present.
///
/// # Errors
/// When it could not be read.
pub(crate) fn optional<'a, T: Value>(
    value: &'a Option<T>,
    (name, unreadable): (&str, &Unreadable),
    path: impl Into<String>,
) -> Result<Option<&'a T>, SourceError> {
    match unreadable.contains(name) {
        true => Err(SourceError::at(path, format!("is not {}", T::EXPECTED))),
        false => Ok(value.as_ref()),
    }
}
