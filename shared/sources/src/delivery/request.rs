//! A request as API Gateway or a function URL hands it to a function: a webhook in an envelope. It must not know any platform.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::decode;
use super::delivered::Delivery;
use crate::registry::Transport;

/// The webhook in the event with these members. `None` if it is another event.
pub(super) fn webhook(members: &BTreeMap<&str, &RawValue>) -> Option<Delivery> {
    let value = |name: &str| -> Option<Value> { serde_json::from_str(members.get(name)?.get()).ok() };
    let object = |name: &str| match value(name) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let context = match value("requestContext") {
        Some(Value::Object(context))
            if ["body", "rawPath", "httpMethod"].iter().any(|name| members.contains_key(name)) =>
        {
            context
        }
        _ => return None,
    };
    let body = match value("body") {
        Some(Value::String(text)) if value("isBase64Encoded") == Some(Value::Bool(true)) => {
            decode::base64(text.as_bytes())?
        }
        Some(Value::String(text)) => text.into_bytes(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => other.to_string().into_bytes(),
    };
    let path = value("rawPath").or_else(|| value("path")).and_then(|path| path.as_str().map(str::to_owned));
    // The route of a deployer's own need not be ours. Its last part is the best guess.
    let from_path = path.as_deref().and_then(|path| path.trim_end_matches('/').rsplit('/').next()).map(str::to_owned);
    let named = object("pathParameters").get("source").and_then(Value::as_str).map(str::to_owned);
    let milliseconds = context.get("timeEpoch").or_else(|| context.get("requestTimeEpoch")).and_then(Value::as_i64);
    let texts = |members: Map<String, Value>, lower: bool| -> BTreeMap<String, String> {
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        members
            .into_iter()
            .map(|(name, value)| (if lower { name.to_ascii_lowercase() } else { name }, text(value)))
            .collect()
    };
    Some(Delivery {
        transport: Transport::Webhook,
        source: named.or(from_path).unwrap_or_default(),
        headers: texts(first_values(object("headers"), object("multiValueHeaders")), true),
        query: match (object("queryStringParameters"), value("rawQueryString")) {
            (parameters, Some(Value::String(query))) if parameters.is_empty() => {
                form_urlencoded::parse(query.as_bytes()).into_owned().collect()
            }
            (parameters, _) => texts(first_values(parameters, object("multiValueQueryStringParameters")), false),
        },
        body,
        received_at: milliseconds.and_then(DateTime::from_timestamp_millis),
        envelope: None,
    })
}

/// `single`, or the first of each of `several` if that is empty: older gateways and load balancers write only the second.
fn first_values(single: Map<String, Value>, several: Map<String, Value>) -> Map<String, Value> {
    if !single.is_empty() {
        return single;
    }
    let first = |(name, values): (String, Value)| Some((name, values.as_array()?.first()?.clone()));
    several.into_iter().filter_map(first).collect()
}
