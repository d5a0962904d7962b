//! What a receiver's response means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::retry_after;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest excerpt of a response in a reason.
const MAX_EXCERPT: usize = 200;

/// The outcome of one attempt. Reasons are short, in one line, and hold no header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver has taken the request, except for some spans, which must not be sent again.
    Accepted { refused_spans: u64, reason: String },
    /// The receiver may take the request later.
    Unavailable { reason: String, after: Option<Duration> },
    /// The receiver will never take this request.
    Rejected { reason: String },
    /// The receiver does not let us in. It may after the headers or the address have changed.
    Forbidden { reason: String },
}

/// The meaning of a response that is not a success.
pub(crate) fn of_failure(status: StatusCode, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Delivery {
    let reason = reason(status, body);
    match status.as_u16() {
        // Never resent by the specification. The caller divides the request, in case a part of it is at fault.
        400 | 413 | 415 | 422 => Delivery::Rejected { reason },
        408 | 425 | 429 | 500..=599 => Delivery::Unavailable { reason, after: requested_pause(headers, now) },
        _ => Delivery::Forbidden { reason },
    }
}

fn requested_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

fn reason(status: StatusCode, body: &[u8]) -> String {
    // A protobuf body holds a message between control characters.
    let text = excerpt(&String::from_utf8_lossy(body));
    if text.is_empty() { format!("answered {status}") } else { format!("answered {status}: {text}") }
}

/// One line of `text`, of at most [`MAX_EXCERPT`] characters.
pub(crate) fn excerpt(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control() && *c != '\u{fffd}').take(MAX_EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&'static str, &'static str)]) -> Delivery {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>();
        of_failure(StatusCode::from_u16(status).unwrap(), &headers, b"no", DateTime::UNIX_EPOCH)
    }

    #[test]
    fn each_status_has_its_meaning() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(matches!(of(status, &[]), Delivery::Unavailable { after: None, .. }), "{status}");
        }
        for status in [400, 413] {
            assert!(matches!(of(status, &[]), Delivery::Rejected { .. }), "{status}");
        }
        for status in [301, 401, 403, 404] {
            assert!(matches!(of(status, &[]), Delivery::Forbidden { .. }), "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (value, seconds) in [("7", Some(7)), ("Thu, 01 Jan 1970 00:01:00 GMT", Some(60)), ("soon", None)] {
            let Delivery::Unavailable { after, .. } = of(429, &[("retry-after", value)]) else { panic!("{value}") };
            assert_eq!(after.map(|after| after.as_secs()), seconds, "{value}");
        }
    }
}
