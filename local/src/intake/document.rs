//! The content of a payload: the form of its JSON, and the rules for names, tags and types.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::folding;
use super::rejection::Rejection;

/// The maximum number of characters of a metric's name, and of a tag.
const MAX_CHARS: usize = 200;

/// A JSON object. A derived `Deserialize` would also accept an array of its members.
#[derive(Debug, PartialEq)]
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    series: Vec<Object<Series>>,
}

/// A series of a payload.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Series {
    pub(super) metric: String,
    points: Vec<Object<Point>>,
    /// Sorted after reading, each tag once.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default, rename = "type")]
    kind: u8,
    interval: Option<i64>,
    #[serde(default, rename = "resources")]
    _resources: Vec<Object<Resource>>,
    #[serde(rename = "unit")]
    _unit: Option<String>,
    #[serde(rename = "source_type_name")]
    _source_type_name: Option<String>,
    #[serde(rename = "metadata")]
    _metadata: Option<IgnoredAny>,
}

/// A point of a series.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    pub(super) timestamp: i64,
    pub(super) value: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "type")]
    _type: String,
}

impl Series {
    /// Its points, in their order.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        self.points.iter().map(|Object(point)| *point)
    }
}

/// The series in `json`, if every one of them obeys the rules.
pub(super) fn read(json: &[u8]) -> Result<Vec<Series>, Rejection> {
    let shape = |error| Rejection::new(400, format!("Payload is not in the expected format: {error}"));
    let Object(document): Object<Document> = serde_json::from_slice(json).map_err(shape)?;
    if document.series.is_empty() {
        return Err(Rejection::new(400, "there is no series"));
    }
    let one = |Object(mut series): Object<Series>| {
        check(&series).map_err(|reason| Rejection::new(400, format!("the series {:?}: {reason}", series.metric)))?;
        series.tags.sort();
        series.tags.dedup();
        Ok(series)
    };
    document.series.into_iter().map(one).collect()
}

fn check(series: &Series) -> Result<(), String> {
    check_name(&series.metric)?;
    for tag in &series.tags {
        check_tag(tag).map_err(|reason| format!("the tag {tag:?} {reason}"))?;
    }
    if series.points.is_empty() {
        return Err("it has no point".to_owned());
    }
    match (series.kind, series.interval) {
        (1 | 2, Some(1..)) | (0 | 3, None | Some(0..)) => Ok(()),
        (1 | 2, _) => Err("a count or rate needs its interval in whole seconds".to_owned()),
        (0 | 3, Some(_)) => Err("its interval is negative".to_owned()),
        (kind, _) => Err(format!("there is no type {kind}")),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("a name must start with a letter");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        return Err("a name may contain only ASCII letters, digits, _ and .");
    }
    if name.len() > MAX_CHARS {
        return Err("a name may have at most 200 characters");
    }
    Ok(())
}

pub(super) fn check_tag(tag: &str) -> Result<(), &'static str> {
    if !tag.starts_with(folding::is_letter) {
        return Err("does not start with a letter");
    }
    if tag.chars().any(|c| folding::in_lower_case(c) != c) {
        return Err("is not in lower case");
    }
    if !tag.chars().all(|c| folding::is_kept(c) || c == '_') {
        return Err("contains characters other than letters, digits and _ - : . /");
    }
    if tag.ends_with(':') {
        return Err("ends with a colon");
    }
    if tag.chars().count() > MAX_CHARS {
        return Err("has more than 200 characters");
    }
    Ok(())
}
