//! What an API's answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::retry_after;
use cxtrace_sources::registry::Poll;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::value::RawValue;

/// A page of items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// Each item, as JSON.
    pub items: Vec<String>,
    /// The API's name of the next page. `None` if this is the last one.
    pub next: Option<String>,
}

/// An answer. Reasons are short and repeat nothing of the body, which holds personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Items(Items),
    /// The API does not let us in: 401 or 403.
    Refused(String),
    /// The API may answer later. `after` is the pause that it asks for.
    Unavailable {
        reason: String,
        after: Option<Duration>,
    },
    /// The API will never answer this request: another status, or a body of another form.
    Rejected(String),
}

/// The meaning of a status that is not a success.
#[must_use]
pub fn of_failure(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Answer {
    let reason = format!("it answered {status}");
    match status.as_u16() {
        401 | 403 => Answer::Refused(reason),
        408 | 425 | 429 | 500..=599 => Answer::Unavailable { reason, after: requested_pause(headers, now) },
        _ => Answer::Rejected(reason),
    }
}

fn requested_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// The items in the body of a success, where `poll` says that they are.
#[must_use]
pub fn of_body(body: &[u8], poll: &Poll) -> Answer {
    let read = || -> Option<Items> {
        let body: &RawValue = serde_json::from_slice(body).ok()?;
        let items: Vec<&RawValue> = serde_json::from_str(at(body, &poll.items)?.get()).ok()?;
        let next = poll.page.as_ref().and_then(|rule| text(at(body, &rule.next)?));
        Some(Items { items: items.into_iter().map(|item| item.get().to_owned()).collect(), next })
    };
    match read() {
        Some(items) => Answer::Items(items),
        None => Answer::Rejected(format!(
            "its answer is not JSON with a list at `{}`",
            if poll.items.is_empty() { "." } else { &poll.items }
        )),
    }
}

/// The value at `path` in the JSON text `item`, as a text.
#[must_use]
pub fn text_at(item: &str, path: &str) -> Option<String> {
    text(at(serde_json::from_str(item).ok()?, path)?)
}

fn at<'a>(value: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(value.get()).ok()?;
        members.get(name).copied()
    })
}

/// A text or a number as text. An empty one and null are none.
fn text(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()).ok()? {
        serde_json::Value::String(text) if !text.is_empty() => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cxtrace_sources::registry::Page;

    use super::*;

    fn poll(items: &str, next: &str) -> Poll {
        let page = Page { parameter: "cursor".to_owned(), next: next.to_owned() };
        Poll { items: items.to_owned(), page: Some(page), ..Poll::default() }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let of = |status| of_failure(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), DateTime::UNIX_EPOCH);
        assert!([401, 403].into_iter().all(|status| matches!(of(status), Answer::Refused(_))));
        let unavailable = |status| matches!(of(status), Answer::Unavailable { after: None, .. });
        assert!([408, 429, 500, 502, 503, 504].into_iter().all(unavailable));
        assert!([301, 400, 404, 410, 422].into_iter().all(|status| matches!(of(status), Answer::Rejected(_))));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (value, seconds) in [("7", Some(7)), ("Thu, 01 Jan 1970 00:01:00 GMT", Some(60)), ("soon", None)] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            let answer = of_failure(StatusCode::TOO_MANY_REQUESTS, &headers, DateTime::UNIX_EPOCH);
            let Answer::Unavailable { after, .. } = answer else { panic!("{value}") };
            assert_eq!(after.map(|after| after.as_secs()), seconds, "{value}");
        }
    }

    #[test]
    fn items_keep_every_digit_and_the_next_page_is_a_text_or_a_number() {
        let read = |body: &str, items: &str, next: &str| of_body(body.as_bytes(), &poll(items, next));
        let items = |items: &[&str], next: Option<&str>| {
            let items = items.iter().map(|item| (*item).to_owned()).collect();
            Answer::Items(Items { items, next: next.map(str::to_owned) })
        };
        let body =
            r#"{"data": {"calls": [{"id": 12345678901234567890123}, {"id": 2}]}, "next_offset": 100, "cursor": null}"#;
        let both = [r#"{"id": 12345678901234567890123}"#, r#"{"id": 2}"#];
        assert_eq!(read(body, "data.calls", "next_offset"), items(&both, Some("100")));
        assert_eq!(read(body, "data.calls", "cursor"), items(&both, None));
        assert_eq!(read("[1]", "", "cursor"), items(&["1"], None));
        for wrong in ["", "<html>", r#"{"calls": 7}"#, "{}"] {
            assert!(matches!(read(wrong, "calls", "cursor"), Answer::Rejected(_)), "{wrong}");
        }
    }
}
