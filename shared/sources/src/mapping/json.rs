//! The values that mappings work on: JSON with a known size. Every operation takes from the budget. They must not know any
//! function of a mapping.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use jaq_core::Error;

use super::budget::{self, Exhausted};

/// A JSON value.
#[derive(Clone, Debug, Default)]
pub(crate) enum Json {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<Sized<Vec<Json>>>),
    Object(Rc<Sized<Members>>),
    /// What was wrong, as `catch` sees it.
    Problem(&'static str),
}

/// The members of an object.
pub(crate) type Members = BTreeMap<Rc<str>, Json>;

/// A list or an object, with its size and depth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sized<T> {
    bytes: usize,
    depth: u16,
    pub(crate) inside: T,
}

/// A failure of an operation.
pub(super) type Failure = Error<Json>;

/// A failure that says what was wrong and repeats no value.
pub(crate) fn failure(problem: &'static str) -> Failure {
    Error::new(Json::Problem(problem))
}

pub(super) fn out_of_budget() -> Failure {
    failure("the mapping has used up its budget")
}

impl Json {
    pub(crate) fn text(text: &str) -> Self {
        if budget::take(text.len()) { Self::Text(text.into()) } else { Self::Null }
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        let bytes = items.iter().map(Self::bytes).fold(8, usize::saturating_add);
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or(0);
        if !fits(bytes, depth, items.len()) {
            return Self::Null;
        }
        Self::List(Rc::new(Sized { bytes, depth, inside: items }))
    }

    pub(crate) fn object(members: Members) -> Self {
        let bytes = members.iter().map(|(name, value)| size(name, value)).fold(8, usize::saturating_add);
        let depth = 1 + members.values().map(Self::depth).max().unwrap_or(0);
        if !fits(bytes, depth, members.len()) {
            return Self::Null;
        }
        Self::Object(Rc::new(Sized { bytes, depth, inside: members }))
    }

    /// Its size as JSON, about.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => 8 + text.len(),
            Self::List(list) => list.bytes,
            Self::Object(object) => object.bytes,
            _ => 8,
        }
    }

    fn depth(&self) -> u16 {
        match self {
            Self::List(list) => list.depth,
            Self::Object(object) => object.depth,
            _ => 0,
        }
    }

    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) => "number",
            Self::Text(_) | Self::Problem(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Problem(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a number of a mapping is a float in jq")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The items of a list, which may be changed.
    pub(crate) fn into_items(self) -> Result<Vec<Self>, Failure> {
        match self {
            Self::List(list) => {
                if budget::take(8 * list.inside.len()) {
                    Ok(take(list))
                } else {
                    Err(out_of_budget())
                }
            }
            _ => Err(failure("it is not an array")),
        }
    }

    /// The object with the members of another. The interpreter makes an object member by member in this way, so the size is
    /// not counted anew each time.
    pub(super) fn with_members(self, others: Rc<Sized<Members>>) -> Result<Self, Failure> {
        let Self::Object(mut object) = self else { return Err(failure("it is not an object")) };
        if !budget::take(16 * object.inside.len()) {
            return Err(out_of_budget());
        }
        if object.inside.is_empty() {
            return Ok(Self::Object(others));
        }
        let Sized { bytes, depth, inside } = Rc::make_mut(&mut object);
        let mut may_be_flatter = false;
        for (name, value) in take(others) {
            (*bytes, *depth) = (bytes.saturating_add(size(&name, &value)), (*depth).max(1 + value.depth()));
            let name_bytes = name.len();
            if let Some(old) = inside.insert(name, value) {
                *bytes -= name_bytes + 8 + old.bytes();
                may_be_flatter |= 1 + old.depth() == *depth;
            }
        }
        if may_be_flatter {
            *depth = 1 + inside.values().map(Self::depth).max().unwrap_or(0);
        }
        Ok(if fits(*bytes, *depth, inside.len()) { Self::Object(object) } else { Self::Null })
    }

    pub(super) fn into_members(self) -> Result<Members, Failure> {
        match self {
            Self::Object(object) => {
                if budget::take(16 * object.inside.len()) {
                    Ok(take(object))
                } else {
                    Err(out_of_budget())
                }
            }
            _ => Err(failure("it is not an object")),
        }
    }

    /// The value as it is written in JSON.
    pub(crate) fn written(&self) -> String {
        if budget::take(self.bytes()) {
            serde_json::to_string(&self.to_serde()).unwrap_or_default()
        } else {
            String::new()
        }
    }

    /// The value for serde. Whole numbers are written without a fraction.
    pub(crate) fn to_serde(&self) -> serde_json::Value {
        use serde_json::Value;
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::from(*number),
            #[expect(clippy::cast_possible_truncation, reason = "its size is checked")]
            Self::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => Value::from(*number as i64),
            Self::Float(number) => serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.to_string()),
            Self::Problem(text) => Value::String((*text).to_owned()),
            Self::List(list) => Value::Array(list.inside.iter().map(Self::to_serde).collect()),
            Self::Object(object) => {
                Value::Object(object.inside.iter().map(|(name, value)| (name.to_string(), value.to_serde())).collect())
            }
        }
    }

    pub(crate) fn of_serde(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| number.as_f64().map_or(Self::Null, Self::Float), Self::Int)
            }
            Value::String(text) => Self::Text(text.as_str().into()),
            Value::Array(items) => Self::list(items.iter().map(Self::of_serde).collect()),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (Rc::from(name.as_str()), Self::of_serde(value)));
                Self::object(members.collect())
            }
        }
    }

    fn rank(&self) -> (u8, bool) {
        match self {
            Self::Null => (0, false),
            Self::Bool(value) => (1, *value),
            Self::Int(_) | Self::Float(_) => (2, false),
            Self::Text(_) | Self::Problem(_) => (3, false),
            Self::List(_) => (4, false),
            Self::Object(_) => (5, false),
        }
    }
}

/// The size of a member.
fn size(name: &str, value: &Json) -> usize {
    name.len() + 8 + value.bytes()
}

/// What a shared value holds, as a copy if it is used elsewhere.
pub(super) fn take<T: Clone>(shared: Rc<Sized<T>>) -> T {
    Rc::try_unwrap(shared).map_or_else(|shared| shared.inside.clone(), |owned| owned.inside)
}

fn fits(bytes: usize, depth: u16, entries: usize) -> bool {
    if bytes > budget::MAX_VALUE {
        budget::exhaust(Exhausted::Size);
    } else if depth > budget::MAX_DEPTH {
        budget::exhaust(Exhausted::Depth);
    } else {
        return budget::take(8 * entries);
    }
    false
}

impl Ord for Json {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_rank = self.rank().cmp(&other.rank());
        if by_rank.is_ne() || !budget::take(self.bytes().min(other.bytes())) {
            return by_rank;
        }
        match (self, other) {
            (Self::Int(one), Self::Int(two)) => one.cmp(two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::List(one), Self::List(two)) => one.inside.cmp(&two.inside),
            (Self::Object(one), Self::Object(two)) => {
                let keys = one.inside.keys().cmp(two.inside.keys());
                keys.then_with(|| one.inside.values().cmp(two.inside.values()))
            }
            (one, two) => match (one.as_number(), two.as_number()) {
                (Some(one), Some(two)) => one.partial_cmp(&two).unwrap_or(Ordering::Less),
                _ => by_rank,
            },
        }
    }
}

impl PartialOrd for Json {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Json {}

/// Names the kind of a value. Errors of the interpreter show values this way, so they repeat nothing of a payload.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(text) => f.write_str(text),
            _ => write!(
                f,
                "{} {}",
                if matches!(self, Self::List(_) | Self::Object(_)) { "an" } else { "a" },
                self.kind()
            ),
        }
    }
}
