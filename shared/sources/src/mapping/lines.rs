//! Lines of values and headers of messages, as wholes: a record has a hundred cells, and a mapping that looks at each of them
//! takes longer than all the rest. It must not know what they say.

use std::rc::Rc;

use jaq_core::ValR;

use super::budget;
use super::json::{Json, Members, failure, out_of_budget};
use super::texts;

/// The values of a line of comma-separated ones, each as [`texts::text`] gives it. Between quotation marks a comma is a part of the
/// value, and the marks are not.
pub(super) fn cells(value: &Json) -> ValR<Json> {
    let Some(line) = value.as_text() else { return Ok(Json::Null) };
    if !budget::take(line.len()) {
        return Err(out_of_budget());
    }
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in line.chars().map(Some).chain([None]) {
        match c {
            Some('"') => is_quoted = !is_quoted,
            Some(c) if c != ',' || is_quoted => cell.push(c),
            _ => cells.push(texts::of(&std::mem::take(&mut cell))),
        }
    }
    Ok(Json::list(cells))
}

/// Each item of a list as [`texts::text`] gives it, or `otherwise` where that is null.
pub(super) fn texts(items: Json, otherwise: Json) -> ValR<Json> {
    let read = |item: &Json| match texts::text(item) {
        Json::Null => otherwise.clone(),
        text => text,
    };
    Ok(Json::list(items.into_items()?.iter().map(read).collect()))
}

/// The texts of a list that begin with `start`.
pub(super) fn beginning(items: Json, start: Json) -> ValR<Json> {
    let Some(start) = start.as_text() else { return Err(failure("it is not a string")) };
    let begins = |item: &Json| item.as_text().is_some_and(|text| text.starts_with(start));
    Ok(Json::list(items.into_items()?.into_iter().filter(begins).collect()))
}

/// The lines `name = value` of a text as an object, as [`texts::text`] gives names and values, and the value without a quotation mark
/// at its beginning and one at its end. Other lines are left out. Of two with one name the later counts.
pub(super) fn pairs(value: &Json) -> ValR<Json> {
    let Some(text) = value.as_text() else { return Ok(Json::Null) };
    if !budget::take(text.len()) {
        return Err(out_of_budget());
    }
    let mut members = Members::new();
    for (name, value) in text.split('\n').filter_map(|line| line.split_once('=')) {
        let value = match texts::of(value) {
            Json::Text(text) => {
                let text = text.strip_prefix('"').unwrap_or(&text);
                Json::text(text.strip_suffix('"').unwrap_or(text))
            }
            nothing => nothing,
        };
        members.insert(Rc::from(texts::of(name).as_text().unwrap_or_default()), value);
    }
    Ok(Json::object(members))
}

/// The headers of a message of SIP or HTTP, by their names in lower case. They end at an empty line. Of two with one name the first
/// counts.
pub(super) fn headers(value: &Json) -> ValR<Json> {
    let Some(message) = value.as_text() else { return Ok(Json::Null) };
    if !budget::take(message.len()) {
        return Err(out_of_budget());
    }
    let mut members = Members::new();
    for line in message.lines().skip(1).take_while(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        members.entry(Rc::from(name.trim().to_ascii_lowercase())).or_insert_with(|| texts::of(value));
    }
    Ok(Json::object(members))
}
