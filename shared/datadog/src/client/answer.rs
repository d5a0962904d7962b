//! What one attempt brought: Datadog's answer, or its absence, and what that says of the points sent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_error_chain::error_chain;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

/// The most characters of an answer's text that are kept.
const EXCERPT: usize = 300;

/// The most bytes of an answer that are read.
const MOST_READ: usize = 16 * 1_024;

/// What an attempt brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The points are taken.
    Accepted,
    /// The points are not taken now. `pause` is how long Datadog asks to wait.
    NotNow { reason: String, pause: Option<Duration> },
    /// No connection was made: the points were not sent.
    NotSent(String),
    /// The points were sent, and nobody said what became of them.
    Unknown(String),
    /// Something among the points, or their size, is the reason: 400 and 413.
    Guilty(String),
    /// The API key is not taken: 403.
    KeyRefused(String),
    /// The points are not taken, and asking again would change nothing.
    Refused(String),
}

impl Answer {
    /// Reads a response; at most its first 16 KiB.
    pub(super) async fn read(mut response: reqwest::Response, now: DateTime<Utc>) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        // The status is the answer. If its text breaks off, that changes nothing.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MOST_READ - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MOST_READ {
                break;
            }
        }
        Self::of(status, &headers, &body, now)
    }

    fn of(status: StatusCode, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Self {
        let reason = reason(status, body);
        match status.as_u16() {
            // Datadog answers 202. Proxies in front of it answer 200.
            200..=299 => Self::Accepted,
            400 | 413 => Self::Guilty(reason),
            403 => Self::KeyRefused(reason),
            // A gateway says that it got no answer, or none that it understood: Datadog may have taken them.
            502 | 504 => Self::Unknown(reason),
            408 | 429 | 500..=599 => Self::NotNow { reason, pause: asked_pause(headers, now) },
            _ => Self::Refused(reason),
        }
    }

    /// Reads a failure to get a response.
    pub(super) fn of_error(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let reason = excerpt(&error_chain(&error));
        // Only what is sure never to have left counts as not sent.
        if error.is_connect() || error.is_builder() { Self::NotSent(reason) } else { Self::Unknown(reason) }
    }
}

/// How long Datadog asks to wait: `X-RateLimit-Reset` in seconds (docs, *Rate limits*) or `Retry-After` in
/// seconds or as a date (RFC 9110, 10.2.3), the longer of both.
fn asked_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs);
    let until = |text: &str| {
        let date = DateTime::parse_from_rfc2822(text).ok()?;
        Some(date.signed_duration_since(now).to_std().unwrap_or_default())
    };
    let reset = text("x-ratelimit-reset").and_then(seconds);
    let retry_after = text(RETRY_AFTER.as_str()).and_then(|text| seconds(text).or_else(|| until(text)));
    reset.max(retry_after)
}

fn reason(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<String>,
    }
    let text = match serde_json::from_slice::<Errors>(body) {
        Ok(told) => told.errors.join("; "),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let text = excerpt(&text);
    if text.is_empty() { format!("answered {status}") } else { format!("answered {status}: {text}") }
}

/// One line of `text`, of at most [`EXCERPT`] characters.
fn excerpt(text: &str) -> String {
    let mut line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT).collect();
    if text.trim().chars().nth(EXCERPT).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>();
        Answer::of(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), DateTime::UNIX_EPOCH)
    }

    fn pause(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        match of(429, headers, "") {
            Answer::NotNow { pause, .. } => pause.map(|pause| pause.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_status_says_what_became_of_the_points() {
        for status in [200, 202, 204] {
            assert_eq!(of(status, &[], ""), Answer::Accepted);
        }
        for status in [408, 429, 500, 503, 599] {
            assert!(matches!(of(status, &[], ""), Answer::NotNow { .. }), "{status}");
        }
        for status in [502, 504] {
            assert!(matches!(of(status, &[], ""), Answer::Unknown(_)), "{status}");
        }
        for status in [400, 413] {
            assert!(matches!(of(status, &[], ""), Answer::Guilty(_)), "{status}");
        }
        for status in [301, 401, 402, 404, 405, 415, 422] {
            assert!(matches!(of(status, &[], ""), Answer::Refused(_)), "{status}");
        }
        assert!(matches!(of(403, &[], ""), Answer::KeyRefused(_)));
    }

    #[test]
    fn the_longest_pause_asked_for_counts() {
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
        let told = |body: &str| match of(404, &[], body) {
            Answer::Refused(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(""), "answered 404 Not Found");
        assert_eq!(told(r#"{"errors":["no such","thing"]}"#), "answered 404 Not Found: no such; thing");
        assert_eq!(told("<html>\r\nno\u{0}pe\n"), "answered 404 Not Found: <html>  no pe");
        assert!(told(&"ä".repeat(5_000)).chars().count() < EXCERPT + 30);
    }
}
