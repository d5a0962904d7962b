//! Texts and ids in the notations of vendors. What cannot be read is null.

use super::json::Json;

pub(super) fn of_text(text: Option<&str>) -> Json {
    text.map(str::trim).filter(|text| !text.is_empty()).map_or(Json::Null, Json::text)
}

/// A text that says something.
pub(super) fn text(value: &Json) -> Json {
    match value {
        // Most texts are as they should be, and a copy of one costs nothing.
        Json::Text(text) if text.trim().len() == text.len() && !is_nothing(text) => value.clone(),
        Json::Text(text) => of(text),
        Json::Int(number) => Json::text(&number.to_string()),
        number @ Json::Float(_) => match number.to_serde() {
            serde_json::Value::Number(whole) if whole.is_i64() => Json::text(&whole.to_string()),
            _ => Json::Null,
        },
        _ => Json::Null,
    }
}

/// As [`text`].
pub(super) fn of(text: &str) -> Json {
    let text = text.trim();
    if is_nothing(text) { Json::Null } else { Json::text(text) }
}

fn is_nothing(text: &str) -> bool {
    const NOTHING: [&str; 7] = ["", "null", "undefined", "none", "nil", "[object Object]", "NaN"];
    NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// `namespace:value`.
pub(super) fn id(value: &Json, namespace: &Json) -> Json {
    match (text(value), namespace) {
        (Json::Text(value), Json::Text(namespace)) => Json::text(&format!("{namespace}:{value}")),
        _ => Json::Null,
    }
}

pub(super) fn after_last(value: &Json, mark: &Json) -> Json {
    let parts = value.as_text().zip(mark.as_text());
    of_text(parts.map(|(text, mark)| text.rsplit_once(mark).map_or(text, |(_, after)| after)))
}

pub(super) fn before_last(value: &Json, mark: &Json) -> Json {
    let parts = value.as_text().zip(mark.as_text());
    of_text(parts.and_then(|(text, mark)| text.rsplit_once(mark)).map(|(before, _)| before))
}

/// The value of a JSON text, if it is one.
pub(super) fn json(value: &Json) -> Option<Json> {
    let read: serde_json::Value = serde_json::from_str(value.as_text()?).ok()?;
    Some(Json::of_serde(&read))
}

/// As [`json`], but a value that is not a text stays.
pub(super) fn from_json(value: Json) -> Json {
    if value.as_text().is_some() { json(&value).unwrap_or_default() } else { value }
}

/// A UUID in lower case with dashes, from one with or without dashes and braces.
pub(super) fn uuid(value: &Json) -> Json {
    let Some(text) = value.as_text() else { return Json::Null };
    let digits: String =
        text.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect::<String>().to_ascii_lowercase();
    let is_uuid = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_uuid {
        return Json::Null;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    Json::text(&[part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
}
