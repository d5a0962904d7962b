//! What the interpreter does with values: it makes them, reads their parts and changes their parts.

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValR, ValT, ValX};

use super::budget::{self, Exhausted};
use super::json::{Failure, Json, Members, failure, out_of_budget, take};
use super::trace;

impl Json {
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
