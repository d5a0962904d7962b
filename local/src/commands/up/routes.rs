//! The twin's HTTP routes, without the explorer's.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use cxtrace_store::StateTable;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{Notify, mpsc, oneshot};

use super::tally::Tally;
use crate::failure::describe;
use crate::intake::{query, server};
use crate::recording::files::unpack;
use crate::recording::frames::{self, Frame};
use crate::recording::header::EventHeader;
use crate::twin::{Datadog, Ingest, Ingested, Twin};
use crate::verification::LedgerTotal;

/// The maximum size of a request's body in bytes, both packed and unpacked.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The maximum number of events of one request.
const MAX_EVENTS: usize = 100_000;

/// The maximum number of failed events that a response lists.
const MAX_LISTED: usize = 100;

/// The list of routes, for `--help` and `GET /routes`.
pub(super) const LISTING: &str = "\
Routes:
  POST /events    accepts EventBridge events: one, an array, or one on each line; at most
                  64 MB and 100,000 events; Content-Type: application/json or
                  application/x-ndjson; gzip with Content-Encoding: gzip
                  200 all events were processed, 422 some failed, 400 the body has no events
                  {\"processed\", \"ignored\", \"failed\": [{\"index\", \"line\", \"error\"}]}
                  failed lists the first 100; failed_left_out is the number of the others
  POST /hooks/SOURCE
                  takes a webhook of a source, as the deployed system does (docs/webhooks.md):
                  204 stored, 400 unreadable, 401 wrong signature, 404 unknown source
  POST /v1/traces takes spans of OpenTelemetry (OTLP/HTTP: protobuf or JSON, with gzip or without;
                  docs/opentelemetry.md): 200 stored or of no journey, 400 and 413 never again
  POST /kinesis/STREAM
                  takes the data of one record of a stream, or of the source of this name:
                  {\"stored\", \"ignored\", \"set_aside\"}
  GET  /metrics   the points that Datadog holds:
                  [{\"metric\", \"tags\", \"timestamp\", \"value\"}]
  GET  /distributions
                  the values of distributions that Datadog holds, such as journeys' durations:
                  [{\"metric\", \"tags\", \"timestamp\", \"value\"}]
  GET  /ledgers   what was counted, and what Datadog accepted of it, for `cxtrace verify`
  POST /api/v2/query/timeseries
                  answers Datadog's query of counts, for `cxtrace verify`
  GET  /healthz   200 when it is ready
  GET  /routes    this list
  GET  /          the Journey Explorer, and its API under /api (docs/api.md)
";

/// Events to process, and the receiver of the response.
pub(super) struct Job {
    frames: Vec<Frame>,
    reply: oneshot::Sender<EventsResponse>,
}

/// The state of the routes.
#[derive(Clone)]
pub(super) struct HttpApi {
    jobs: mpsc::UnboundedSender<Job>,
    datadog: Datadog,
    table: StateTable,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct EventsResponse {
    processed: u64,
    ignored: u64,
    failed: Vec<FailedEvent>,
    #[serde(skip_serializing_if = "is_zero")]
    failed_left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An event that failed.
#[derive(Debug, Serialize)]
struct FailedEvent {
    /// Its index among the events, from 0.
    index: usize,
    /// The line of the body on which it begins, from 1.
    line: u64,
    error: String,
}

impl HttpApi {
    /// The routes of `twin`, and the queue of events that they receive.
    pub(super) fn new(twin: &Twin) -> (Self, mpsc::UnboundedReceiver<Job>) {
        let (jobs, taken) = mpsc::unbounded_channel();
        (Self { jobs, datadog: twin.datadog.clone(), table: twin.table.clone() }, taken)
    }

    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/routes", get(LISTING))
            .route("/healthz", get("ok\n"))
            .route("/events", post(events).layer(DefaultBodyLimit::max(MAX_BYTES)))
            .route("/metrics", get(metrics))
            .route("/distributions", get(distributions))
            .route("/ledgers", get(ledgers))
            .route("/api/v2/query/timeseries", post(query_timeseries))
            .with_state(self)
    }
}

/// Processes the queued events while the routes exist, each request's events in order. `woken` is notified of every event.
/// Must run on a [`tokio::task::LocalSet`].
pub(super) async fn work(ingest: Ingest, mut jobs: mpsc::UnboundedReceiver<Job>, woken: Arc<Notify>, tally: Tally) {
    while let Some(Job { frames, reply }) = jobs.recv().await {
        let (ingest, woken, tally) = (ingest.clone(), woken.clone(), tally.clone());
        // A client that hangs up does not stop the processing.
        tokio::task::spawn_local(async move { drop(reply.send(take(&ingest, frames, &woken, &tally).await)) });
    }
}

async fn take(ingest: &Ingest, frames: Vec<Frame>, woken: &Notify, tally: &Tally) -> EventsResponse {
    let mut response = EventsResponse::default();
    for (index, Frame { line, json }) in frames.into_iter().enumerate() {
        let taken = match json {
            Ok(json) => ingest.take(EventHeader::read(&json).topic.as_deref(), &json).await,
            Err(reason) => Ingested::Unreadable(format!("the event cannot be read: {reason}")),
        };
        tally.event(line, &taken);
        match taken {
            Ingested::Processed { .. } => response.processed += 1,
            Ingested::Ignored => response.ignored += 1,
            Ingested::Unreadable(_) | Ingested::NotStored(_) if response.failed.len() >= MAX_LISTED => {
                response.failed_left_out += 1;
            }
            Ingested::Unreadable(error) | Ingested::NotStored(error) => {
                response.failed.push(FailedEvent { index, line, error })
            }
        }
        woken.notify_one();
    }
    response
}

async fn events(State(http_api): State<HttpApi>, headers: HeaderMap, body: Bytes) -> Response {
    let encoding = headers.get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?"));
    let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase());
    let body = match plain(&body, encoding.as_deref()) {
        Ok(body) => body,
        Err(reason) => return unreadable(&reason),
    };
    let frames = frames::of_text(&body, MAX_EVENTS + 1);
    if frames.len() > MAX_EVENTS {
        let reason = "the body has more than 100,000 events. Send them in several requests.";
        return failed(StatusCode::PAYLOAD_TOO_LARGE, reason);
    }
    if frames.iter().all(|frame| frame.json.is_err()) {
        let reason = match frames.first() {
            Some(Frame { json: Err(reason), .. }) => reason.to_string(),
            _ => "it has no event. Send at least one.".to_owned(),
        };
        return unreadable(&reason);
    }
    let (reply, response) = oneshot::channel();
    let sent = http_api.jobs.send(Job { frames, reply });
    let (Ok(()), Ok(response)) = (sent, response.await) else {
        return failed(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server is stopping. Send the events again after its next start.",
        );
    };
    let status = if response.failed.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, Json(response)).into_response()
}

fn unreadable(reason: &str) -> Response {
    failed(StatusCode::BAD_REQUEST, &format!("the body cannot be read: {reason}"))
}

fn failed(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

fn plain(body: &[u8], encoding: Option<&str>) -> Result<Vec<u8>, String> {
    match encoding {
        None | Some("" | "identity") => Ok(body.to_vec()),
        Some("gzip") => unpack(body, MAX_BYTES as u64).map_err(|error| format!("{error}. Send gzip of at most 64 MB.")),
        Some(_) => Err("its Content-Encoding is not known. Send gzip, or no such header.".to_owned()),
    }
}

async fn ledgers(State(http_api): State<HttpApi>) -> Response {
    match LedgerTotal::all(&http_api.table).await {
        Ok(ledgers) => Json(ledgers).into_response(),
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &describe(&error)),
    }
}

async fn query_timeseries(State(http_api): State<HttpApi>, headers: HeaderMap, body: Bytes) -> Response {
    if !http_api.datadog.is_here() {
        return failed(
            StatusCode::NOT_FOUND,
            "this twin publishes to DD_METRICS_URL. Ask Datadog there: set DD_METRICS_URL for `cxtrace verify`, too.",
        );
    }
    match http_api.datadog.held(&http_api.table).await {
        Ok(held) => {
            let points = held.iter().map(|point| query::Point {
                metric: &point.metric,
                tags: &point.tags,
                timestamp: point.timestamp,
                value: point.value as f64,
            });
            server::answer_query(&headers, &body, points)
        }
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &describe(&error)),
    }
}

async fn distributions(State(http_api): State<HttpApi>) -> Response {
    match http_api.datadog.distributions() {
        Some(values) => Json(values).into_response(),
        None => failed(StatusCode::NOT_FOUND, "this twin publishes to DD_METRICS_URL. Ask Datadog there."),
    }
}

async fn metrics(State(http_api): State<HttpApi>) -> Response {
    match http_api.datadog.held(&http_api.table).await {
        Ok(held) => Json(held).into_response(),
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &describe(&error)),
    }
}
