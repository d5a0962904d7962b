//! From an event to the explorer's answer that shows it: the part of it that is ours.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;
use serde_json::{Value, json};

use super::traffic::{event, fact};
use crate::billing::real;
use crate::binaries::Binaries;
use crate::functions::Function;
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::stats::{percentile, show};
use crate::template::Template;
use crate::{Effort, Failure, process};

/// How long 99 of 100 may take.
const MOST: Duration = Duration::from_secs(5);

/// How many facts each journey has in the end.
const FACTS: u64 = 20;

/// How long each event took, and its requests.
#[derive(Default)]
struct Taken {
    listed: Vec<Duration>,
    opened: Vec<Duration>,
    requests: u64,
}

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("From event to the Journey Explorer");
    section.means(
        "How old what an engineer sees is. A list shows a journey's row, which the assembler writes when the stream \
         wakes it; a journey that is opened is assembled from its facts, so it waits for no stream.",
    );
    let taken = events(binaries, effort).await?;
    let window = template.window();
    let per_event = real(taken.requests) / real(taken.listed.len().max(1) as u64);
    let distances = Duration::from_secs_f64(per_event * prices.assumed.round_trip_ms / 1e3);
    let shown = |share| {
        let took = percentile(&taken.listed, share);
        (window + took, format!("{} (window {} + {})", show(window + took), show(window), show(took)))
    };
    section.row("event to a list that shows it, own part, 50 of 100", shown(0.5).1);
    let (p99, text) = shown(0.99);
    section.target(
        "event to a list that shows it, own part, 99 of 100",
        text,
        format!("at most {}", show(MOST)),
        p99 <= MOST,
    );
    for share in [0.5, 0.99] {
        section.row(
            format!("event to the opened journey that shows it, own part, {:.0} of 100", share * 100.0),
            show(percentile(&taken.opened, share)),
        );
    }
    section.row("the requests' ways in AWS up to the list, assumed", show(distances));
    section.how(format!(
        "Own part is the batching window of the template and what `span-collector`, `journey-assembler` and \
         `journey-explorer` take for one event: real processes, one after the other, with their requests answered at \
         once on loopback by the embedded engine. {} events of journeys that grow to {FACTS} facts of six ids; after each the \
         list is asked for until it shows what is new, which must be at once. Not counted are EventBridge's, API \
         Gateway's and Lambda's own delivery, the stream's (Lambda looks at a shard four times a second), cold starts, \
         and how often a page asks (every 5 s); the ways of the {per_event:.1} requests of an event, one after the \
         other, are shown apart, with {} ms for each assumed. A journey of more than 500 facts is read less often: \
         see the growth of one journey.",
        taken.listed.len(),
        prices.assumed.round_trip_ms,
    ));
    report.add(section);
    Ok(())
}

async fn events(binaries: &Binaries, effort: Effort) -> Result<Taken, Failure> {
    let world = process::world().await?;
    let started = async |function: Function| process::started(&binaries.of(function), &world).await;
    let collector = started(Function::SpanCollector).await?;
    let assembler = started(Function::JourneyAssembler).await?;
    let explorer = started(Function::JourneyExplorer).await?;
    let mut taken = Taken::default();
    let mut rows: HashMap<String, Value> = HashMap::new();
    for n in 0..=effort.events as u64 {
        let (journey, nth) = (n / FACTS, n % FACTS);
        // The two events of a span say the same start.
        let at = first(journey) + super::traffic::STEP * i32::try_from(nth)?;
        let json = event(journey, nth, at);
        let before = process::requests(&world);
        let begun = Instant::now();
        process::take(&collector, &json).await?;
        let batch = process::batch(&process::facts(world.engine()));
        process::take(&assembler, &batch).await?;
        let page = list(&explorer).await?;
        let took = begun.elapsed();
        let row = row_of(&page, &json).ok_or("the list does not show a journey that was assembled")?;
        let id = row["id"].as_str().unwrap_or_default().to_owned();
        if rows.insert(id.clone(), row.clone()) == Some(row) {
            return Err("the list does not show a fact that was assembled".into());
        }
        // The first one fetches the key and connects.
        if n == 0 {
            continue;
        }
        taken.requests += process::requests(&world) - before;
        taken.listed.push(took);
        taken.opened.push(opened(&collector, &explorer, &world, &id, (journey, nth)).await?);
    }
    Ok(taken)
}

/// How long a fact more takes to be seen in its journey when that is opened: nobody assembles it before.
async fn opened(
    collector: &Process,
    explorer: &Process,
    world: &Endpoints,
    id: &str,
    (journey, nth): (u64, u64),
) -> Result<Duration, Failure> {
    // A correction of the same span, in an event of its own.
    let at = first(journey) + super::traffic::STEP * i32::try_from(nth)?;
    let mut event: Value = serde_json::from_str(&event(journey, nth, at))?;
    event["detail"]["span"]["version"] = json!(2);
    let began = Instant::now();
    process::take(collector, &event.to_string()).await?;
    get(explorer, &format!("/api/journeys/{id}"), "").await?;
    let took = began.elapsed();
    drop(process::facts(world.engine()));
    Ok(took)
}

/// When a journey begins: a while ago, each a second after the one before, so that the latest are listed first.
fn first(journey: u64) -> DateTime<Utc> {
    let today = SystemClock.now() - TimeDelta::hours(2);
    DateTime::from_timestamp(today.timestamp() / 3_600 * 3_600, 0).unwrap_or(today)
        + TimeDelta::seconds(i64::try_from(journey).unwrap_or(0))
}

/// The latest page of the list.
async fn list(explorer: &Process) -> Result<Value, Failure> {
    get(explorer, "/api/journeys", &days(1)).await
}

/// The query of the last so many days.
pub(super) fn days(days: i64) -> String {
    let now = SystemClock.now();
    between(now - TimeDelta::days(days), now)
}

/// The query of what began at `from` or later, and before `to`.
pub(super) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("from={}&to={}", written(from), written(to))
}

fn row_of(page: &Value, event: &str) -> Option<Value> {
    let anchor = fact(event).ok()?.anchor.to_string();
    let is_it = |row: &&Value| row["ids"].as_array().is_some_and(|ids| ids.iter().any(|id| *id == json!(anchor)));
    page["rows"].as_array()?.iter().find(is_it).cloned()
}

/// The ids of the journeys of a page.
pub(super) fn row_ids(page: &Value) -> Vec<String> {
    let rows = page["rows"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

/// The document that the explorer answers a GET with.
pub(super) async fn get(explorer: &Process, path: &str, query: &str) -> Result<Value, Failure> {
    document(path, &process::answer(explorer, &request(path, query)).await?)
}

/// The document in the explorer's `answer` to a GET of `path`.
pub(super) fn document(path: &str, answer: &Value) -> Result<Value, Failure> {
    if answer["statusCode"] != 200 {
        return Err(format!("the explorer answered {} to {path}", answer["statusCode"]).into());
    }
    let body = STANDARD.decode(answer["body"].as_str().unwrap_or_default())?;
    Ok(serde_json::from_slice(&body)?)
}

/// A GET as API Gateway hands it over, of somebody who is signed in.
pub(super) fn request(path: &str, query: &str) -> String {
    json!({
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "accept": "application/json", "host": "explorer.example.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "explorer",
            "authorizer": { "jwt": { "claims": { "sub": "an engineer" }, "scopes": [] } },
            "domainName": "explorer.example.com",
            "domainPrefix": "explorer",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "bench",
            },
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
