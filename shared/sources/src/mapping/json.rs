//! The values that mappings work on: JSON with a known size. Every operation takes from the budget. They must not know any
//! function of a mapping.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::ops::Math;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValR, ValT, ValX};

use super::budget::{self, Exhausted};
use super::trace;

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

type Failure = Error<Json>;

/// A failure that says what was wrong and repeats no value.
pub(crate) fn failure(problem: &'static str) -> Failure {
    Error::new(Json::Problem(problem))
}

fn out_of_budget() -> Failure {
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
        let bytes = members.iter().map(|(name, value)| name.len() + 8 + value.bytes()).fold(8, usize::saturating_add);
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

    fn into_members(self) -> Result<Members, Failure> {
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

    fn position(index: &Self, len: usize) -> Option<usize> {
        #[expect(clippy::cast_possible_truncation, reason = "jq rounds an index down")]
        let at = match index {
            Self::Int(at) => *at,
            Self::Float(at) => at.floor() as i64,
            _ => return None,
        };
        let at = if at < 0 { at.checked_add(i64::try_from(len).ok()?)? } else { at };
        usize::try_from(at).ok()
    }

    fn bounds(range: &Range<&Self>, len: usize) -> Result<std::ops::Range<usize>, Failure> {
        let bound = |index: Option<&Self>, default: usize| match index {
            None | Some(Self::Null) => Ok(default),
            Some(index @ (Self::Int(_) | Self::Float(_))) => Ok(Self::position(index, len).unwrap_or(0).min(len)),
            Some(_) => Err(failure("a slice needs numbers")),
        };
        let (start, end) = (bound(range.start, 0)?, bound(range.end, len)?);
        Ok(start..end.max(start))
    }
}

fn take<T: Clone>(shared: Rc<Sized<T>>) -> T {
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

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        budget::take(0);
        Self::Bool(value)
    }
}

impl From<isize> for Json {
    fn from(number: isize) -> Self {
        budget::take(0);
        Self::Int(number as i64)
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

impl From<Range<Self>> for Json {
    fn from(_: Range<Self>) -> Self {
        Self::Null
    }
}

impl FromIterator<Self> for Json {
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        let mut bytes = 8_usize;
        let mut all = Vec::new();
        for item in items {
            bytes = bytes.saturating_add(item.bytes());
            if bytes > budget::MAX_VALUE {
                budget::exhaust(Exhausted::Size);
            }
            if !budget::take(0) {
                return Self::Null;
            }
            all.push(item);
        }
        Self::list(all)
    }
}

/// The result of an arithmetic operation on two whole numbers, or on two floats if it does not fit.
fn arithmetic(
    one: &Json,
    two: &Json,
    whole: impl Fn(i64, i64) -> Option<i64>,
    float: impl Fn(f64, f64) -> f64,
) -> Option<Json> {
    if let (Json::Int(one), Json::Int(two)) = (one, two)
        && let Some(result) = whole(*one, *two)
    {
        return Some(Json::Int(result));
    }
    Some(Json::Float(float(one.as_number()?, two.as_number()?)))
}

impl Add for Json {
    type Output = ValR<Self>;

    fn add(self, other: Self) -> Self::Output {
        match (self, other) {
            (Self::Null, value) | (value, Self::Null) => Ok(value),
            (Self::Text(one), Self::Text(two)) => {
                if one.len() + two.len() > budget::MAX_VALUE {
                    budget::exhaust(Exhausted::Size);
                    return Err(out_of_budget());
                }
                Ok(Self::text(&format!("{one}{two}")))
            }
            (Self::List(one), Self::List(two)) => {
                let mut items = Self::List(one).into_items()?;
                items.extend(two.inside.iter().cloned());
                Ok(Self::list(items))
            }
            (Self::Object(one), Self::Object(two)) => {
                let mut members = Self::Object(one).into_members()?;
                members.extend(two.inside.iter().map(|(name, value)| (name.clone(), value.clone())));
                Ok(Self::object(members))
            }
            (one, two) => {
                let sum = arithmetic(&one, &two, i64::checked_add, |one, two| one + two);
                sum.ok_or_else(|| Error::math(one, Math::Add, two))
            }
        }
    }
}

impl Sub for Json {
    type Output = ValR<Self>;

    fn sub(self, other: Self) -> Self::Output {
        match (self, other) {
            (Self::List(one), Self::List(two)) => {
                let items = one.inside.iter().filter(|item| !two.inside.contains(item)).cloned();
                Ok(Self::list(items.collect()))
            }
            (one, two) => {
                let difference = arithmetic(&one, &two, i64::checked_sub, |one, two| one - two);
                difference.ok_or_else(|| Error::math(one, Math::Sub, two))
            }
        }
    }
}

impl Mul for Json {
    type Output = ValR<Self>;

    fn mul(self, other: Self) -> Self::Output {
        let product = arithmetic(&self, &other, i64::checked_mul, |one, two| one * two);
        product.ok_or_else(|| Error::math(self, Math::Mul, other))
    }
}

impl Div for Json {
    type Output = ValR<Self>;

    fn div(self, other: Self) -> Self::Output {
        if let (Self::Text(text), Self::Text(separator)) = (&self, &other) {
            if !budget::take(text.len()) {
                return Err(out_of_budget());
            }
            let parts = |text: &str| -> Vec<Self> {
                if text.is_empty() {
                    return Vec::new();
                }
                if separator.is_empty() {
                    return text.chars().map(|c| Self::Text(c.encode_utf8(&mut [0; 4]).to_owned().into())).collect();
                }
                text.split(&**separator).map(|part| Self::Text(part.into())).collect()
            };
            return Ok(Self::list(parts(text)));
        }
        if other.as_number() == Some(0.0) {
            return Err(failure("a number is divided by zero"));
        }
        let whole = |one: i64, two: i64| (one.checked_rem(two)? == 0).then(|| one.checked_div(two)).flatten();
        let quotient = arithmetic(&self, &other, whole, |one, two| one / two);
        quotient.ok_or_else(|| Error::math(self, Math::Div, other))
    }
}

impl Rem for Json {
    type Output = ValR<Self>;

    fn rem(self, other: Self) -> Self::Output {
        if other.as_number().is_some_and(|number| number.trunc() == 0.0) {
            return Err(failure("a number is divided by zero"));
        }
        let remainder = arithmetic(&self, &other, i64::checked_rem, |one, two| one.trunc() % two.trunc());
        remainder.ok_or_else(|| Error::math(self, Math::Rem, other))
    }
}

impl Neg for Json {
    type Output = ValR<Self>;

    fn neg(self) -> Self::Output {
        Self::Int(0) - self
    }
}

impl ValT for Json {
    fn from_num(number: &str) -> ValR<Self> {
        budget::take(0);
        let whole = number.parse().ok().map(Self::Int);
        whole.or_else(|| number.parse().ok().map(Self::Float)).ok_or_else(|| failure("it is not a number"))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValR<Self> {
        let mut members = Members::new();
        for (name, value) in entries {
            let Self::Text(name) = name else { return Err(failure("a member's name must be a string")) };
            members.insert(name, value);
        }
        Ok(Self::object(members))
    }

    fn key_values(self) -> BoxIter<'static, ValR<(Self, Self), Self>> {
        #[expect(clippy::cast_possible_wrap, reason = "no list is that long")]
        match self {
            Self::List(list) => {
                let entries = take(list).into_iter().enumerate().map(|(at, item)| (Self::Int(at as i64), item));
                limited(entries.map(Ok))
            }
            Self::Object(object) => limited(take(object).into_iter().map(|(name, value)| {
                trace::note(&name);
                Ok((Self::Text(name), value))
            })),
            other => box_once(Err(Error::typ(other, "an array or object"))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Self::List(list) => limited(take(list).into_iter().map(Ok)),
            Self::Object(object) => limited(take(object).into_values().map(Ok)),
            other => box_once(Err(Error::typ(other, "an array or object"))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        if !budget::take(0) {
            return Err(out_of_budget());
        }
        match (&self, index) {
            (Self::Null, _) => Ok(Self::Null),
            (Self::Object(object), Self::Text(name)) => {
                trace::note(name);
                Ok(object.inside.get(name).cloned().unwrap_or_default())
            }
            (Self::List(list), Self::Int(_) | Self::Float(_)) => {
                let at = Self::position(index, list.inside.len());
                Ok(at.and_then(|at| list.inside.get(at)).cloned().unwrap_or_default())
            }
            _ => Err(Error::index(self, index.clone())),
        }
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        match &self {
            Self::Null => Ok(Self::Null),
            Self::List(list) => {
                let bounds = Self::bounds(&range, list.inside.len())?;
                Ok(Self::list(list.inside.get(bounds).unwrap_or_default().to_vec()))
            }
            Self::Text(text) => {
                if !budget::take(text.len()) {
                    return Err(out_of_budget());
                }
                let bounds = Self::bounds(&range, text.chars().count())?;
                Ok(Self::text(&text.chars().skip(bounds.start).take(bounds.len()).collect::<String>()))
            }
            _ => Err(Error::typ(self, "an array or string")),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(self, opt: Opt, f: impl Fn(Self) -> I) -> ValX<'a, Self> {
        match self {
            Self::List(list) => {
                let items = take(list).into_iter().take_while(|_| budget::take(0)).flat_map(f);
                items.collect::<Result<Self, _>>()
            }
            Self::Object(object) => {
                let mut members = Members::new();
                for (name, value) in take(object) {
                    if !budget::take(0) {
                        return Err(out_of_budget().into());
                    }
                    if let Some(value) = f(value).next().transpose()? {
                        members.insert(name, value);
                    }
                }
                Ok(Self::object(members))
            }
            other => opt.fail(other, |other| Exn::from(Error::typ(other, "an array or object"))),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match (self, index) {
            (value @ (Self::Null | Self::Object(_)), Self::Text(name)) => {
                let mut members = if matches!(value, Self::Null) { Members::new() } else { value.into_members()? };
                let old = members.remove(name).unwrap_or_default();
                if let Some(new) = f(old).next().transpose()? {
                    members.insert(name.clone(), new);
                }
                Ok(Self::object(members))
            }
            (Self::List(list), Self::Int(_)) => {
                let mut items = Self::List(list).into_items()?;
                let Some(at) = Self::position(index, items.len()).filter(|at| *at < items.len()) else {
                    return opt.fail(Self::list(items), |_| failure("an index is out of bounds").into());
                };
                let old = std::mem::take(&mut items[at]);
                match f(old).next().transpose()? {
                    Some(new) => items[at] = new,
                    None => drop(items.remove(at)),
                }
                Ok(Self::list(items))
            }
            (value, _) => opt.fail(value, |value| Exn::from(Error::typ(value, "an array or object"))),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let Self::List(list) = self else {
            return opt.fail(self, |value| Exn::from(Error::typ(value, "an array")));
        };
        let mut items = Self::List(list).into_items()?;
        let bounds = Self::bounds(&range, items.len())?;
        let part = Self::list(items.get(bounds.clone()).unwrap_or_default().to_vec());
        let new = f(part).next().transpose()?.map_or(Ok(Vec::new()), Self::into_items)?;
        items.splice(bounds, new);
        Ok(Self::list(items))
    }

    fn as_bool(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    fn into_string(self) -> Self {
        match self {
            text @ Self::Text(_) => text,
            other => Self::text(&other.written()),
        }
    }
}

/// The items, as long as the budget lasts.
fn limited<T: 'static>(items: impl Iterator<Item = ValR<T, Json>> + 'static) -> BoxIter<'static, ValR<T, Json>> {
    Box::new(items.take_while(|_| budget::take(0)))
}
