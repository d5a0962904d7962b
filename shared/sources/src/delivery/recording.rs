//! Recorded deliveries: one JSON object each, as `cxtrace replay` and `cxtrace source try` take them. An EventBridge envelope is one,
//! too.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::decode;
use super::delivered::{Delivery, EventEnvelope};
use super::request;
use crate::error::SourceError;
use crate::registry::Transport;
use crate::values::{Time, Value as _};

/// The fields of both forms.
#[derive(Deserialize)]
struct Recorded<'a> {
    #[serde(default)]
    transport: Value,
    #[serde(default)]
    source: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    body_base64: bool,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    received_at: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(default)]
    account: Value,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

impl Delivery {
    /// A delivery that was recorded as `json`: an object with `transport`, an EventBridge envelope, or a request as a function gets
    /// it. `None` if it is none of them, so it may be a bare body.
    ///
    /// # Errors
    /// When it is a recorded delivery and cannot be read.
    pub fn from_recording(json: &str) -> Result<Option<Self>, SourceError> {
        let at = |field: &str, problem: &str| SourceError::at(field, problem).of_delivery();
        let members: BTreeMap<&str, &RawValue> = match serde_json::from_str(json) {
            Ok(members) => members,
            Err(_) => return Ok(None),
        };
        let known =
            members.get("transport").and_then(|name| transport(&serde_json::from_str::<String>(name.get()).ok()?));
        let is_recorded = members.contains_key("transport")
            && (["body", "data", "received_at", "headers"].iter().any(|name| members.contains_key(name))
                || (known.is_some() && members.contains_key("event")));
        let is_event = members.contains_key("detail-type") && members.contains_key("detail");
        if !is_recorded && !is_event {
            return Ok(request::webhook(&members));
        }
        let recorded: Recorded<'_> = serde_json::from_str(json).map_err(|_| {
            at("transport", "is not a recorded delivery: compare it with the example in docs/sources.md")
        })?;
        let time = |json: Option<&RawValue>| json.and_then(|json| Time::read(json.get()).value).map(|Time(at)| at);
        if is_event && !is_recorded {
            return Ok(Some(event(&recorded, time(recorded.time))));
        }
        let Some(transport) = recorded.transport.as_str().and_then(transport) else {
            let all = Transport::ALL.map(|transport| format!("`{transport}`")).join(", ");
            return Err(at("transport", &format!("is not a transport: use one of {all}")));
        };
        let content = recorded.body.or(recorded.data).or(recorded.event).ok_or_else(|| at("body", "is missing"))?;
        // An event stands there with its envelope, as an object or as text.
        if transport == Transport::EventBridge {
            let text = serde_json::from_str::<String>(content.get()).unwrap_or_else(|_| content.get().to_owned());
            if let Ok(inner) = serde_json::from_str::<Recorded<'_>>(&text)
                && inner.detail_type.is_some()
            {
                return Ok(Some(event(&inner, time(inner.time).or(time(recorded.received_at)))));
            }
        }
        let body = match serde_json::from_str::<String>(content.get()) {
            Ok(text) if recorded.body_base64 => {
                decode::base64(text.as_bytes()).ok_or_else(|| at("body", "is not base64"))?
            }
            // `data` as text is what Kinesis gives to functions: base64.
            Ok(text) if recorded.body.is_none() => decode::base64(text.as_bytes()).unwrap_or(text.into_bytes()),
            Ok(text) => text.into_bytes(),
            Err(_) => content.get().as_bytes().to_vec(),
        };
        let texts = |fields: &Map<String, Value>, lower: bool| {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let fields = fields
                .iter()
                .map(|(name, value)| (if lower { name.to_ascii_lowercase() } else { name.clone() }, text(value)));
            fields.collect()
        };
        Ok(Some(Self {
            transport,
            source: recorded.source,
            headers: texts(&recorded.headers, true),
            query: texts(&recorded.query, false),
            body,
            received_at: time(recorded.received_at),
            envelope: None,
        }))
    }
}

/// The transport of this name, in any case.
fn transport(name: &str) -> Option<Transport> {
    let name: String = name.trim().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    match name.as_str() {
        "http" | "https" => Some(Transport::Webhook),
        name => Transport::ALL.into_iter().find(|transport| transport.to_string() == name),
    }
}

fn event(recorded: &Recorded<'_>, time: Option<DateTime<Utc>>) -> Delivery {
    Delivery {
        transport: Transport::EventBridge,
        source: String::new(),
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: recorded.detail.map(|detail| detail.get().as_bytes().to_vec()).unwrap_or_default(),
        received_at: None,
        envelope: Some(EventEnvelope {
            source: recorded.source.clone(),
            detail_type: recorded.detail_type.clone().unwrap_or_default(),
            time,
            // Some relays write it as a number.
            account: match &recorded.account {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
        }),
    }
}
