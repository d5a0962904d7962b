//! Requests to the process of `journey-explorer` in API Gateway's form, and the parts of its responses that the
//! benchmark reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::runtime_api::Process;
use serde_json::{Value, json};

use crate::process;
use crate::run::Failure;

/// The query of the last this many days.
pub(crate) fn days(days: i64) -> String {
    let now = SystemClock.now();
    between(now - TimeDelta::days(days), now)
}

/// The query of journeys that began at `from` or later, and before `to`.
pub(crate) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("from={}&to={}", written(from), written(to))
}

/// The ids of the journeys of a page.
pub(crate) fn row_ids(page: &Value) -> Vec<String> {
    let rows = page["rows"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

/// The explorer's response to a GET, as a document.
pub(crate) async fn get(explorer: &Process, path: &str, query: &str) -> Result<Value, Failure> {
    document(path, &process::answer(explorer, &request(path, query)).await?)
}

/// The document in the explorer's `response` to a GET of `path`.
pub(crate) fn document(path: &str, response: &Value) -> Result<Value, Failure> {
    if response["statusCode"] != 200 {
        return Err(format!("the explorer answered {} to {path}", response["statusCode"]).into());
    }
    let body = STANDARD.decode(response["body"].as_str().unwrap_or_default())?;
    Ok(serde_json::from_slice(&body)?)
}

/// A GET by a signed-in caller.
pub(crate) fn request(path: &str, query: &str) -> String {
    json!({
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "accept": "application/json", "host": "explorer.example.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "explorer",
            "authorizer": { "jwt": { "claims": { "sub": "an engineer", "scope": "cxtrace.read" }, "scopes": [] } },
            "domainName": "explorer.example.com",
            "domainPrefix": "explorer",
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench" },
            "requestId": "request",
            "routeKey": "ANY /api/{proxy+}",
            "stage": "$default",
            "time": "21/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_262_400_000_i64,
        },
        "isBase64Encoded": false,
    })
    .to_string()
}
