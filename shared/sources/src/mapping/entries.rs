//! The members of objects, as a whole. It must not know what they say.

use std::rc::Rc;

use jaq_core::{ValR, ValT};

use super::budget;
use super::json::{Json, Members, failure, out_of_budget};
use super::{texts, trace};

/// `[{"key": name, "value": value}]` of the members, or of the items with their numbers.
pub(super) fn to_entries(value: Json) -> ValR<Json> {
    let (key_name, value_name): (Rc<str>, Rc<str>) = (Rc::from("key"), Rc::from("value"));
    let entries = value.key_values().map(|entry| {
        let (key, value) = entry?;
        let members = [(key_name.clone(), key), (value_name.clone(), value)];
        Ok(Json::object(members.into_iter().collect()))
    });
    entries.collect::<Result<_, _>>().map(Json::list)
}

/// An object of such entries.
pub(super) fn from_entries(entries: Json) -> ValR<Json> {
    const KEYS: [&str; 6] = ["key", "k", "name", "Name", "Key", "K"];
    let mut members = Members::new();
    for entry in entries.into_items()? {
        let Json::Object(entry) = &entry else { return Err(failure("an entry is not an object")) };
        let of = |name: &str| entry.inside.get(name);
        let key = KEYS.iter().filter_map(|name| of(name)).find(|key| key.as_bool());
        let key = match key {
            Some(Json::Text(text)) => text.clone(),
            // As in jq, what is left of `//` is its last alternative.
            key => Rc::from(key.or(of("K")).unwrap_or(&Json::Null).written().as_str()),
        };
        let value = if entry.inside.contains_key("value") { of("value") } else { of("v") };
        members.insert(key, value.cloned().unwrap_or_default());
    }
    Ok(Json::object(members))
}

/// The items of a list as an object, with `names`. An item without a name is left out, and a name without an item is null.
pub(super) fn named(items: Json, names: Json) -> ValR<Json> {
    let (Json::List(_), Json::List(_)) = (&items, &names) else { return Ok(Json::Null) };
    let (items, names) = (items.into_items()?, names.into_items()?);
    let items = items.into_iter().map(Some).chain(std::iter::repeat(None));
    let members = names.into_iter().zip(items).filter_map(|(name, item)| match name {
        Json::Text(name) => Some((name, item.unwrap_or_default())),
        _ => None,
    });
    Ok(Json::object(members.collect()))
}

/// A list of attributes as OTLP writes them in JSON, as an object. An attribute whose value is no object is left out.
pub(super) fn otlp_attributes(value: &Json) -> ValR<Json> {
    let Json::List(list) = value else { return Ok(Json::object(Members::new())) };
    let mut members = Members::new();
    for entry in &list.inside {
        if !budget::take(0) {
            return Err(out_of_budget());
        }
        let Json::Object(entry) = entry else { continue };
        let Some(Json::Object(value)) = entry.inside.get("value") else { continue };
        let name = match entry.inside.get("key").map(texts::text) {
            Some(Json::Text(name)) => name,
            _ => Rc::from("-"),
        };
        let flag = value.inside.get("boolValue");
        let mut others = ["stringValue", "intValue", "doubleValue"].iter().filter_map(|kind| value.inside.get(*kind));
        let said = flag.or_else(|| others.find(|said| said.as_bool()));
        members.insert(name, said.cloned().unwrap_or_default());
    }
    Ok(Json::object(members))
}

/// A name in lower case, without spaces, dashes and underscores.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The object with [`bare`] names. Of two members with one such name the later counts, in the order of their names.
pub(super) fn bare_keys(value: &Json) -> ValR<Json> {
    let Json::Object(object) = value else { return Ok(Json::Null) };
    let mut members = Members::new();
    for (name, value) in &object.inside {
        if !budget::take(name.len()) {
            return Err(out_of_budget());
        }
        trace::note(name);
        members.insert(Rc::from(bare(name)), value.clone());
    }
    Ok(Json::object(members))
}

/// The member whose name is `name` in any letter case.
pub(super) fn any_case(value: &Json, name: &Json) -> Json {
    let (Json::Object(object), Json::Text(name)) = (value, name) else { return Json::Null };
    let is_asked = |known: &&Rc<str>| known.eq_ignore_ascii_case(name);
    let known = match object.inside.get_key_value(name) {
        Some((known, _)) => Some(known),
        None if budget::take(8 * object.inside.len()) => object.inside.keys().find(is_asked),
        None => None,
    };
    let Some(known) = known else { return Json::Null };
    trace::note(known);
    object.inside.get(known).cloned().unwrap_or_default()
}

/// The first of the members with `names` that is neither null nor false, as `.a // .b` gives it.
pub(super) fn first_of(value: &Json, names: &Json) -> Json {
    members(value, names).find(|member| member.as_bool()).cloned().unwrap_or_default()
}

/// The first of the members with `names` that says something, as [`texts::text`] gives it.
pub(super) fn first_text(value: &Json, names: &Json) -> Json {
    members(value, names).map(texts::text).find(|text| *text != Json::Null).unwrap_or_default()
}

/// The members with these names, in the order of the names.
fn members<'j>(value: &'j Json, names: &'j Json) -> impl Iterator<Item = &'j Json> {
    let pair =
        if let (Json::Object(object), Json::List(names)) = (value, names) { Some((object, names)) } else { None };
    let each = pair.into_iter().flat_map(|(object, names)| names.inside.iter().map(move |name| (object, name)));
    each.take_while(|_| budget::take(0)).filter_map(|(object, name)| {
        let name = name.as_text()?;
        trace::note(name);
        object.inside.get(name)
    })
}
