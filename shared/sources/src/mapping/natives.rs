//! The functions of jq that mappings have. Each ends, and takes from the budget for what it reads and makes. Functions that know
//! times, ids, SIP, lines and names of members are in `times.rs`, `texts.rs`, `sip.rs`, `lines.rs` and `entries.rs`, and those that let a value
//! through or not in `choices.rs`.

use std::collections::BTreeMap;

use jaq_core::data::JustLut;
use jaq_core::native::{bome, unary};
use jaq_core::{Cv, DataT, Exn, Native, ValR, ValT, ValXs};

use super::budget;
use super::check::NATIVES;
use super::json::{Json, failure};
use super::{choices, entries, lines, sip, texts, times, trace};

/// How the interpreter is set up: its values, and no data of its own.
pub(crate) type Setup = JustLut<Json>;

/// The functions, in the order of [`NATIVES`].
pub(crate) fn all<D: for<'a> DataT<V<'a> = Json>>() -> impl Iterator<Item = Native<D>> {
    let mut core: BTreeMap<_, _> =
        jaq_core::funs::<D>().map(|(name, binds, native)| ((name, binds.len()), native)).collect();
    NATIVES.iter().map(move |(name, kinds)| {
        let own = native::<D>(name, kinds).or_else(|| choices::native::<D>(name, kinds));
        // The interpreter's own functions also work on the left of `|=`.
        let own = own.or_else(|| core.remove(&(*name, kinds.len())));
        own.unwrap_or_else(|| Native::new(|_| bome(Err(failure("it is not available")))))
    })
}

/// A function by its name and the kinds of its arguments.
macro_rules! natives {
    ($of:expr; $($name_and_kinds:pat => $run:expr,)*) => {
        match $of {
            $($name_and_kinds => Some(Native::new($run)),)*
            _ => None,
        }
    };
}

fn native<D: for<'a> DataT<V<'a> = Json>>(name: &str, kinds: &str) -> Option<Native<D>> {
    natives! { (name, kinds);
        ("abs", "") => |cv| bome(if cv.1 < Json::Int(0) { -cv.1 } else { Ok(cv.1) }),
        ("add", "") => |cv| bome(add(cv.1)),
        ("ascii_downcase", "") => |cv| bome(of_text(&cv.1, |text| Json::text(&text.to_ascii_lowercase()))),
        ("ascii_upcase", "") => |cv| bome(of_text(&cv.1, |text| Json::text(&text.to_ascii_uppercase()))),
        ("ceil", "") => |cv| bome(rounded(cv.1, f64::ceil)),
        ("contains", "v") => |cv| unary(cv, |one, two| Ok(Json::Bool(contains(&one, &two)))),
        ("endswith", "v") => |cv| unary(cv, |one, two| two_texts(&one, &two, |one, two| one.ends_with(two))),
        ("flatten", "v") => |cv| {
            unary(cv, |list, depth| {
                let mut items = Vec::new();
                flatten(list.into_items()?, depth.as_number().unwrap_or(0.0), &mut items);
                Ok(Json::list(items))
            })
        },
        ("false", "") => |_| bome(Ok(Json::Bool(false))),
        ("first_of", "v") => |cv| unary(cv, |value, names| Ok(entries::first_of(&value, &names))),
        ("first_text", "v") => |cv| unary(cv, |value, names| Ok(entries::first_text(&value, &names))),
        ("floor", "") => |cv| bome(rounded(cv.1, f64::floor)),
        ("round", "") => |cv| bome(rounded(cv.1, f64::round)),
        ("fromjson", "") => |cv| bome(texts::json(&cv.1).ok_or_else(|| failure("it is not a string of JSON"))),
        ("group_by", "f") => |cv| keyed(cv, |entries| Ok(group(entries))),
        ("sort_by", "f") => |cv| {
            keyed(cv, |mut entries| {
                entries.sort_by(|one, two| one.0.cmp(&two.0));
                Ok(Json::list(entries.into_iter().map(|(_, item)| item).collect()))
            })
        },
        ("min_by", "f") => |cv| {
            keyed(cv, |entries| {
                let least = entries.into_iter().reduce(|best, next| if next.0 < best.0 { next } else { best });
                Ok(least.map(|(_, item)| item).unwrap_or_default())
            })
        },
        ("max_by", "f") => |cv| {
            keyed(cv, |entries| {
                let greatest = entries.into_iter().reduce(|best, next| if next.0 >= best.0 { next } else { best });
                Ok(greatest.map(|(_, item)| item).unwrap_or_default())
            })
        },
        ("has", "v") => |cv| unary(cv, |value, key| has(&value, &key)),
        ("index", "v") => |cv| unary(cv, |value, sought| indices(&value, &sought)?.index(&Json::Int(0))),
        ("indices", "v") => |cv| unary(cv, |value, sought| indices(&value, &sought)),
        ("join", "v") => |cv| unary(cv, join),
        ("length", "") => |cv| bome(length(cv.1)),
        ("ltrimstr", "v") => |cv| unary(cv, |text, start| Ok(trimmed(text, &start, |text, start| text.strip_prefix(start)))),
        ("rtrimstr", "v") => |cv| unary(cv, |text, end| Ok(trimmed(text, &end, |text, end| text.strip_suffix(end)))),
        ("not", "") => |cv| bome(Ok(Json::Bool(!cv.1.as_bool()))),
        ("null", "") => |_| bome(Ok(Json::Null)),
        ("reverse", "") => |cv| {
            bome(match cv.1 {
                Json::Null => Ok(Json::list(Vec::new())),
                value => value.into_items().map(|items| Json::list(items.into_iter().rev().collect())),
            })
        },
        ("rindex", "v") => |cv| unary(cv, |value, sought| indices(&value, &sought)?.index(&Json::Int(-1))),
        ("sort", "") => |cv| {
            bome(cv.1.into_items().map(|mut items| {
                items.sort();
                Json::list(items)
            }))
        },
        ("split", "v") => |cv| {
            unary(cv, |text, mark| match (&text, &mark) {
                (Json::Text(_), Json::Text(_)) => text / mark,
                _ => Err(failure("it is not a string to split")),
            })
        },
        ("startswith", "v") => |cv| unary(cv, |one, two| two_texts(&one, &two, |one, two| one.starts_with(two))),
        ("tojson", "") => |cv| bome(Ok(Json::text(&cv.1.written()))),
        ("tonumber", "") => |cv| bome(number(cv.1)),
        ("tostring", "") => |cv| bome(Ok(cv.1.into_string())),
        ("true", "") => |_| bome(Ok(Json::Bool(true))),
        ("trim", "") => |cv| bome(of_text(&cv.1, |text| Json::text(text.trim()))),
        ("type", "") => |cv| bome(Ok(Json::text(cv.1.kind()))),
        ("utf8bytelength", "") => |cv| bome(of_text(&cv.1, |text| Json::from(text.len().cast_signed()))),
        ("after_last", "v") => |cv| unary(cv, |value, mark| Ok(texts::after_last(&value, &mark))),
        ("any_case", "v") => |cv| unary(cv, |value, name| Ok(entries::any_case(&value, &name))),
        ("bare", "") => |cv| bome(Ok(cv.1.as_text().map_or(Json::Null, |name| Json::text(&entries::bare(name))))),
        ("bare_keys", "") => |cv| bome(entries::bare_keys(&cv.1)),
        ("named", "v") => |cv| unary(cv, entries::named),
        ("otlp_attributes", "") => |cv| bome(entries::otlp_attributes(&cv.1)),
        ("to_entries", "") => |cv| bome(entries::to_entries(cv.1)),
        ("from_entries", "") => |cv| bome(entries::from_entries(cv.1)),
        ("before_last", "v") => |cv| unary(cv, |value, mark| Ok(texts::before_last(&value, &mark))),
        ("beginning", "v") => |cv| unary(cv, lines::beginning),
        ("cells", "") => |cv| bome(lines::cells(&cv.1)),
        ("headers", "") => |cv| bome(lines::headers(&cv.1)),
        ("texts", "v") => |cv| unary(cv, lines::texts),
        ("from_json", "") => |cv| bome(Ok(texts::from_json(cv.1))),
        ("id", "v") => |cv| unary(cv, |value, namespace| Ok(texts::id(&value, &namespace))),
        ("parse_time", "v") => |cv| unary(cv, |value, format| Ok(times::parse_time(&value, &format, &Json::Null))),
        ("parse_time", "vv") => |mut cv| {
            let (zone, format) = (cv.0.pop_var(), cv.0.pop_var());
            bome(Ok(times::parse_time(&cv.1, &format, &zone)))
        },
        ("plus_ms", "v") => |cv| unary(cv, |time, more| Ok(times::plus(&time, &more, 1.0))),
        ("plus_s", "v") => |cv| unary(cv, |time, more| Ok(times::plus(&time, &more, 1000.0))),
        ("pairs", "") => |cv| bome(lines::pairs(&cv.1)),
        ("sip_host", "") => |cv| bome(Ok(sip::sip_host(&cv.1))),
        ("sip_user", "") => |cv| bome(Ok(sip::sip_user(&cv.1))),
        ("text", "") => |cv| bome(Ok(texts::text(&cv.1))),
        ("time", "") => |cv| bome(Ok(times::time(&cv.1, &Json::Null))),
        ("time", "v") => |cv| unary(cv, |value, zone| Ok(times::time(&value, &zone))),
        ("traceparent_id", "") => |cv| bome(Ok(sip::traceparent_id(&cv.1))),
        ("uui", "") => |cv| bome(Ok(sip::uui(&cv.1))),
        ("uuid", "") => |cv| bome(Ok(texts::uuid(&cv.1))),
    }
}

fn add(value: Json) -> ValR<Json> {
    let items: Vec<_> = match value {
        Json::Null => return Ok(Json::Null),
        value => value.values().collect::<Result<_, _>>()?,
    };
    // Texts are put together at once, because one after the other takes the square of the time.
    if items.len() > 1 && items.iter().all(|item| item.as_text().is_some()) {
        return Ok(Json::text(&items.iter().filter_map(Json::as_text).collect::<String>()));
    }
    items.into_iter().try_fold(Json::Null, |sum, item| sum + item)
}

fn of_text(value: &Json, f: impl Fn(&str) -> Json) -> ValR<Json> {
    value.as_text().map(f).ok_or_else(|| failure("it is not a string"))
}

fn two_texts(one: &Json, two: &Json, f: impl Fn(&str, &str) -> bool) -> ValR<Json> {
    let texts = one.as_text().zip(two.as_text());
    texts.map(|(one, two)| Json::Bool(f(one, two))).ok_or_else(|| failure("it is not a string"))
}

/// As in jq, a value that is not a text stays.
fn trimmed(value: Json, part: &Json, f: impl for<'a> Fn(&'a str, &str) -> Option<&'a str>) -> Json {
    let shorter = value.as_text().zip(part.as_text()).and_then(|(text, part)| f(text, part)).map(Json::text);
    shorter.unwrap_or(value)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "its size is checked")]
fn rounded(value: Json, f: impl Fn(f64) -> f64) -> ValR<Json> {
    match value {
        Json::Int(number) => Ok(Json::Int(number)),
        Json::Float(number) => {
            let number = f(number);
            Ok(if number.abs() < i64::MAX as f64 { Json::Int(number as i64) } else { Json::Float(number) })
        }
        _ => Err(failure("it is not a number")),
    }
}

fn contains(one: &Json, two: &Json) -> bool {
    if !budget::take(one.bytes()) {
        return false;
    }
    match (one, two) {
        (Json::Text(one), Json::Text(two)) => one.contains(&**two),
        (Json::List(one), Json::List(two)) => {
            two.inside.iter().all(|two| one.inside.iter().any(|one| contains(one, two)))
        }
        (Json::Object(one), Json::Object(two)) => {
            two.inside.iter().all(|(name, two)| one.inside.get(name).is_some_and(|one| contains(one, two)))
        }
        (one, two) => one == two,
    }
}

fn flatten(items: Vec<Json>, depth: f64, to: &mut Vec<Json>) {
    for item in items {
        match item {
            Json::List(_) if depth > 0.0 => flatten(item.into_items().unwrap_or_default(), depth - 1.0, to),
            item => to.push(item),
        }
    }
}

/// An item, and the outputs of a function's argument for it.
type Keyed = (Vec<Json>, Json);

/// Gives each item with the outputs of the function's argument for it.
fn keyed<'a, D: for<'b> DataT<V<'b> = Json>>(
    mut cv: Cv<'a, D>,
    f: impl Fn(Vec<Keyed>) -> ValR<Json>,
) -> ValXs<'a, Json> {
    let (key, ctx) = cv.0.pop_fun();
    let entries = || -> Result<Vec<Keyed>, Exn<'a, Json>> {
        let mut entries = Vec::new();
        for item in cv.1.into_items()? {
            if !budget::take(0) {
                return Err(failure("the mapping has used up its budget").into());
            }
            entries.push((key.run((ctx.clone(), item.clone())).collect::<Result<_, _>>()?, item));
        }
        Ok(entries)
    };
    Box::new(std::iter::once(entries().and_then(|entries| Ok(f(entries)?))))
}

fn group(mut entries: Vec<(Vec<Json>, Json)>) -> Json {
    entries.sort_by(|one, two| one.0.cmp(&two.0));
    let mut groups: Vec<(Vec<Json>, Vec<Json>)> = Vec::new();
    for (key, item) in entries {
        match groups.last_mut() {
            Some((last, items)) if *last == key => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    Json::list(groups.into_iter().map(|(_, items)| Json::list(items)).collect())
}

fn has(value: &Json, key: &Json) -> ValR<Json> {
    match (value, key) {
        (Json::Object(object), Json::Text(name)) => {
            trace::note(name);
            Ok(Json::Bool(object.inside.contains_key(name)))
        }
        (Json::List(list), Json::Int(at)) => {
            Ok(Json::Bool(usize::try_from(*at).is_ok_and(|at| at < list.inside.len())))
        }
        (Json::Null, _) => Ok(Json::Bool(false)),
        _ => Err(failure("it is not an object or array that has such a key")),
    }
}

fn indices(value: &Json, sought: &Json) -> ValR<Json> {
    if !budget::take(value.bytes().saturating_mul(1 + sought.bytes() / 64)) {
        return Err(failure("the mapping has used up its budget"));
    }
    let at = |at: usize| Json::Int(i64::try_from(at).unwrap_or(i64::MAX));
    match (value, sought) {
        (Json::Null, _) => Ok(Json::Null),
        (Json::Text(text), Json::Text(sought)) if !sought.is_empty() => {
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(here) = text.get(from..).and_then(|rest| rest.find(&**sought)) {
                // Counted in characters.
                found.push(at(text[..from + here].chars().count()));
                from += here + text[from + here..].chars().next().map_or(1, char::len_utf8);
                if found.len() > 1000 || !budget::take(text.len()) {
                    break;
                }
            }
            Ok(Json::list(found))
        }
        (Json::Text(_), Json::Text(_)) => Ok(Json::Null),
        (Json::List(list), sought) => {
            let found = list.inside.iter().enumerate().filter(|(_, item)| *item == sought).map(|(here, _)| at(here));
            Ok(Json::list(found.collect()))
        }
        _ => Err(failure("it is not a string or array to search in")),
    }
}

fn join(list: Json, separator: Json) -> ValR<Json> {
    let Some(separator) = separator.as_text() else { return Err(failure("the separator is not a string")) };
    let mut joined = String::new();
    for (at, item) in list.into_items()?.into_iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        match item {
            Json::Null => {}
            Json::Text(text) => joined.push_str(&text),
            Json::List(_) | Json::Object(_) => return Err(failure("it is not an array of strings")),
            other => joined.push_str(&other.written()),
        }
        if joined.len() > budget::MAX_VALUE {
            budget::exhaust(budget::Exhausted::Size);
            return Err(failure("the mapping has used up its budget"));
        }
    }
    Ok(Json::text(&joined))
}

fn length(value: Json) -> ValR<Json> {
    let whole = |length: usize| Ok(Json::Int(i64::try_from(length).unwrap_or(i64::MAX)));
    match value {
        Json::Null => whole(0),
        Json::Text(text) => whole(text.chars().count()),
        Json::Problem(text) => whole(text.chars().count()),
        Json::List(list) => whole(list.inside.len()),
        Json::Object(object) => whole(object.inside.len()),
        Json::Int(number) => Ok(Json::Int(number.saturating_abs())),
        Json::Float(number) => Ok(Json::Float(number.abs())),
        Json::Bool(_) => Err(failure("it is a boolean, which has no length")),
    }
}

fn number(value: Json) -> ValR<Json> {
    match value {
        number @ (Json::Int(_) | Json::Float(_)) => Ok(number),
        Json::Text(text) => {
            let text = text.trim();
            let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
            let number = Some(text).filter(|_| is_number).and_then(|text| Json::from_num(text).ok());
            number.ok_or_else(|| failure("it is not a string of a number"))
        }
        _ => Err(failure("it is not a number")),
    }
}
