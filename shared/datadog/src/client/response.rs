//! The result of one attempt: Datadog's response or its absence, and its meaning for the payload.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::retry_after;
use cxtrace_error_chain::error_chain;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::key::ApiKey;

/// The maximum number of characters that are kept of a response.
const MAX_EXCERPT: usize = 300;

/// The maximum number of bytes that are read of a response.
const MAX_READ: usize = 16 * 1_024;

/// The result of one attempt. Reasons are short and in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// Datadog confirms that it accepts the payload.
    Accepted,
    /// A success status with errors in the body.
    AcceptedWithErrors(String),
    /// A success status with a body that is not Datadog's, so it is unknown whether the payload is accepted.
    Unconfirmed(String),
    /// Datadog does not accept the payload now. `pause` is the requested pause.
    Retryable { reason: String, pause: Option<Duration> },
    /// There was no connection, so the payload was not sent.
    NotSent(String),
    /// The payload was sent, and no response came.
    Unknown(String),
    /// Datadog refuses the payload's content or size: 400 and 413.
    InvalidPayload(String),
    /// Datadog does not accept the API key: 403.
    KeyRefused(String),
    /// Datadog refuses the payload, and another attempt will not help.
    Refused(String),
}

impl Response {
    /// Reads the first 16 KiB of a response.
    pub(super) async fn read(mut response: reqwest::Response, now: DateTime<Utc>) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        // An incomplete body confirms nothing. For other statuses the body does not matter.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MAX_READ - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MAX_READ {
                break;
            }
        }
        Self::of(status, &headers, &body, now)
    }

    fn of(status: StatusCode, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Self {
        let reason = || reason(status, body);
        match status.as_u16() {
            200..=299 => match errors_in(body) {
                Some(errors) if errors.is_empty() => Self::Accepted,
                Some(_) => Self::AcceptedWithErrors(reason()),
                None => Self::Unconfirmed(reason()),
            },
            400 | 413 => Self::InvalidPayload(reason()),
            403 => Self::KeyRefused(reason()),
            // A gateway got no valid response from Datadog. Datadog may have accepted the payload.
            502 | 504 => Self::Unknown(reason()),
            408 | 429 | 500..=599 => Self::Retryable { reason: reason(), pause: requested_pause(headers, now) },
            _ => Self::Refused(reason()),
        }
    }

    /// The result of a failed request.
    pub(super) fn of_error(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let reason = excerpt(&error_chain(&error));
        // All other errors can occur after the payload was sent.
        if error.is_connect() || error.is_builder() { Self::NotSent(reason) } else { Self::Unknown(reason) }
    }

    /// This response with `key` masked in its reason, in case a server repeats the key.
    pub(super) fn without_key(self, key: &ApiKey) -> Self {
        let conceal = |reason: String| key.conceal(&reason);
        match self {
            Self::Accepted => Self::Accepted,
            Self::AcceptedWithErrors(reason) => Self::AcceptedWithErrors(conceal(reason)),
            Self::Unconfirmed(reason) => Self::Unconfirmed(conceal(reason)),
            Self::Retryable { reason, pause } => Self::Retryable { reason: conceal(reason), pause },
            Self::NotSent(reason) => Self::NotSent(conceal(reason)),
            Self::Unknown(reason) => Self::Unknown(conceal(reason)),
            Self::InvalidPayload(reason) => Self::InvalidPayload(conceal(reason)),
            Self::KeyRefused(reason) => Self::KeyRefused(conceal(reason)),
            Self::Refused(reason) => Self::Refused(conceal(reason)),
        }
    }
}

/// The errors in a response body of Datadog: `{"errors":[…]}` for series, `{"status":"ok"}` for distributions. `None`
/// for a body of another form, such as a proxy's page.
fn errors_in(body: &[u8]) -> Option<Vec<String>> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return None };
    let mut errors = match body.get("errors") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(errors)) => errors.iter().map(text_of).collect(),
        Some(_) => return None,
    };
    errors.extend(body.get("status").map(text_of).filter(|status| status != "ok"));
    Some(errors)
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The requested pause: `X-RateLimit-Reset` in seconds (docs, *Rate limits*) or `Retry-After`, whichever is longer.
fn requested_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let reset = text("x-ratelimit-reset").and_then(|text| text.trim().parse().ok().map(Duration::from_secs));
    let retry_after = text(RETRY_AFTER.as_str()).and_then(|text| retry_after(text, now));
    reset.max(retry_after)
}

fn reason(status: StatusCode, body: &[u8]) -> String {
    let errors = errors_in(body).filter(|errors| !errors.is_empty());
    let text = errors.map_or_else(|| String::from_utf8_lossy(body).into_owned(), |errors| errors.join("; "));
    let text = excerpt(&text);
    if text.is_empty() { format!("answered {status}") } else { format!("answered {status}: {text}") }
}

/// One line of `text`, of at most [`MAX_EXCERPT`] characters.
fn excerpt(text: &str) -> String {
    let mut line: String =
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_EXCERPT).collect();
    if text.trim().chars().nth(MAX_EXCERPT).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>();
        Response::of(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), DateTime::UNIX_EPOCH)
    }

    fn pause(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        match of(429, headers, "") {
            Response::Retryable { pause, .. } => pause.map(|pause| pause.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        for status in [408, 429, 500, 503, 599] {
            assert!(matches!(of(status, &[], ""), Response::Retryable { .. }), "{status}");
        }
        for status in [502, 504] {
            assert!(matches!(of(status, &[], ""), Response::Unknown(_)), "{status}");
        }
        for status in [400, 413] {
            assert!(matches!(of(status, &[], ""), Response::InvalidPayload(_)), "{status}");
        }
        for status in [301, 401, 402, 404, 405, 415, 422] {
            assert!(matches!(of(status, &[], ""), Response::Refused(_)), "{status}");
        }
        assert!(matches!(of(403, &[], ""), Response::KeyRefused(_)));
    }

    #[test]
    fn a_success_status_is_an_acceptance_only_if_the_body_says_so() {
        for body in
            [r#"{"errors":[]}"#, r#"{"errors":null}"#, r#"{"status":"ok"}"#, r#"{"status":"ok","errors":[]}"#, "{}"]
        {
            for status in [200, 202] {
                assert_eq!(of(status, &[], body), Response::Accepted, "{status} {body}");
            }
        }
        for body in [r#"{"errors":["no"]}"#, r#"{"errors":[{"code":1}]}"#, r#"{"status":"error"}"#] {
            assert!(matches!(of(202, &[], body), Response::AcceptedWithErrors(_)), "{body}");
        }
        for body in ["", "ok", "<html>Sign in</html>", "[]", r#"{"errors":[]"#, r#"{"errors":"no"}"#] {
            assert!(matches!(of(200, &[], body), Response::Unconfirmed(_)), "{body}");
        }
    }

    #[test]
    fn the_longest_requested_pause_counts() {
        assert_eq!(pause(&[]), None);
        assert_eq!(pause(&[("x-ratelimit-reset", "7")]), Some(7));
        assert_eq!(pause(&[("retry-after", "3")]), Some(3));
        assert_eq!(pause(&[("retry-after", "3"), ("x-ratelimit-reset", "7")]), Some(7));
        assert_eq!(pause(&[("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")]), Some(60));
        assert_eq!(pause(&[("retry-after", "Wed, 31 Dec 1969 23:00:00 GMT")]), Some(0));
        assert_eq!(pause(&[("x-ratelimit-reset", "soon"), ("retry-after", "-1")]), None);
        assert_eq!(pause(&[("x-ratelimit-reset", "18446744073709551615")]), Some(u64::MAX));
    }

    #[test]
    fn a_reason_is_one_short_line_with_datadogs_own_words() {
        let text = |body: &str| match of(404, &[], body) {
            Response::Refused(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(""), "answered 404 Not Found");
        assert_eq!(text(r#"{"errors":["no such","thing"]}"#), "answered 404 Not Found: no such; thing");
        assert_eq!(text("<html>\r\nno\u{0}pe\n"), "answered 404 Not Found: <html>  no pe");
        assert!(text(&"ä".repeat(5_000)).chars().count() < MAX_EXCERPT + 30);
    }
}
