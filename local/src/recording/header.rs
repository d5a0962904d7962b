//! Reads an event's topic and publication time, without checking the rest.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::metrics::timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Genesys' time is used unless it is ahead of the envelope's time by more than this.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The topic and publication time of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EventHeader {
    /// `detail-type`.
    pub(crate) topic: Option<String>,
    /// `detail.timestamp`, else `time`, else the `received_at` of a recorded delivery. If the first is more than five minutes ahead of the second, Genesys' clock is
    /// wrong, and the second counts.
    pub(crate) published: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type", borrow)]
    topic: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
}

/// The field of a recorded delivery of another transport.
#[derive(Deserialize)]
struct Delivery<'a> {
    #[serde(borrow)]
    received_at: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

impl EventHeader {
    /// Reads the fields of `json` that are valid.
    pub(crate) fn read(json: &str) -> Self {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(json) else { return Self::default() };
        let detail = envelope.detail.and_then(|detail| serde_json::from_str::<Detail<'_>>(detail.get()).ok());
        let published = match (time(detail.and_then(|detail| detail.timestamp)), time(envelope.time)) {
            (Some(genesys), Some(envelope)) if genesys > envelope + MAX_AHEAD => Some(envelope),
            (genesys, envelope) => genesys.or(envelope),
        };
        let received = || time(serde_json::from_str::<Delivery<'_>>(json).ok()?.received_at);
        let published = published.or_else(received);
        Self { topic: text(envelope.topic).map(Cow::into_owned), published }
    }
}

fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    // Borrowed if the text has no escapes.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    raw.and_then(|raw| serde_json::from_str::<Text<'_>>(raw.get()).ok()).map(|text| text.0)
}

fn time(raw: Option<&RawValue>) -> Option<DateTime<Utc>> {
    timestamp::parse(&text(raw)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(json: &str) -> Option<String> {
        EventHeader::read(json).published.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn genesys_time_counts_unless_it_is_ahead_of_the_envelopes() {
        let both =
            |genesys| published(&format!(r#"{{"time":"2023-03-05T08:00:00Z","detail":{{"timestamp":"{genesys}"}}}}"#));
        assert_eq!(both("2023-03-05T08:00:00.500Z").as_deref(), Some("2023-03-05T08:00:00.500Z"));
        assert_eq!(both("2023-03-05T02:00:00Z").as_deref(), Some("2023-03-05T02:00:00Z"));
        assert_eq!(both("2099-01-01T00:00:00Z").as_deref(), Some("2023-03-05T08:00:00Z"));
        assert_eq!(both("Sunday").as_deref(), Some("2023-03-05T08:00:00Z"));
    }

    #[test]
    fn a_recorded_delivery_arrived_when_it_was_received() {
        let json = r#"{"transport":"webhook","source":"twilio","body":"","received_at":"2023-03-05T08:00:00Z"}"#;
        assert_eq!(published(json).as_deref(), Some("2023-03-05T08:00:00Z"));
    }

    #[test]
    fn an_unreadable_header_is_empty() {
        for json in ["", "7", "[]", "{}", r#"{"detail-type":7,"time":7,"detail":[]}"#, r#"{"time":"soon"}"#] {
            assert_eq!(EventHeader::read(json), EventHeader::default(), "{json}");
        }
        assert_eq!(EventHeader::read(r#"{"detail-type":"a\u0062"}"#).topic.as_deref(), Some("ab"));
    }
}
