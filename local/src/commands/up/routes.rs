//! The twin's HTTP face.

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

use crate::failure::told;
use crate::recording::files::unpack;
use crate::recording::frames::{self, Frame};
use crate::recording::stated::Stated;
use crate::twin::{Datadog, Ingest, Taken, Twin};

/// The most bytes of a request's body, packed and unpacked.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What can be asked for.
pub(super) const LISTING: &str = "\
Routes:
  POST /events    takes EventBridge events: one, an array, or one on each line;
                  gzip with Content-Encoding: gzip; at most 64 MB
                  200 all were taken, 422 some were not, 400 there are none to take
                  {\"processed\", \"ignored\", \"failed\": [{\"index\", \"line\", \"error\"}]}
  GET  /metrics   what Datadog holds:
                  [{\"metric\", \"tags\", \"timestamp\", \"value\"}]
  GET  /healthz   200 once it is up
  GET  /routes    this list
  GET  /          the Journey Explorer, and its API under /api (docs/api.md)
";

/// Events to be taken, and who waits for the answer.
pub(super) struct Job {
    frames: Vec<Frame>,
    reply: oneshot::Sender<Answer>,
}

/// What the routes need.
#[derive(Clone)]
pub(super) struct Face {
    jobs: mpsc::UnboundedSender<Job>,
    datadog: Datadog,
    table: StateTable,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    processed: u64,
    ignored: u64,
    failed: Vec<Failed>,
}

/// An event that was not taken.
#[derive(Debug, Serialize)]
struct Failed {
    /// Its place among the events, from 0.
    index: usize,
    /// The line of the body on which it begins, from 1.
    line: u64,
    error: String,
}

impl Face {
    /// The face of `twin`, and the events that it is asked to take.
    pub(super) fn new(twin: &Twin) -> (Self, mpsc::UnboundedReceiver<Job>) {
        let (jobs, taken) = mpsc::unbounded_channel();
        (Self { jobs, datadog: twin.datadog.clone(), table: twin.table.clone() }, taken)
    }

    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/routes", get(LISTING))
            .route("/healthz", get("ok\n"))
            .route("/events", post(events).layer(DefaultBodyLimit::max(MOST_BYTES)))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// Takes events for as long as there is a face that asks for it, each request's in order. `woken` is told
/// of every event. To be run on a [`tokio::task::LocalSet`].
pub(super) async fn work(ingest: Ingest, mut jobs: mpsc::UnboundedReceiver<Job>, woken: Arc<Notify>) {
    while let Some(Job { frames, reply }) = jobs.recv().await {
        let (ingest, woken) = (ingest.clone(), woken.clone());
        // Who hangs up does not stop what was begun.
        tokio::task::spawn_local(async move { drop(reply.send(take(&ingest, frames, &woken).await)) });
    }
}

async fn take(ingest: &Ingest, frames: Vec<Frame>, woken: &Notify) -> Answer {
    let mut answer = Answer::default();
    for (index, Frame { line, json }) in frames.into_iter().enumerate() {
        let taken = match json {
            Ok(json) => ingest.take(Stated::read(&json).topic.as_deref(), &json).await,
            Err(reason) => Taken::Unreadable(format!("the event cannot be read: {reason}")),
        };
        match taken {
            Taken::Processed { .. } => answer.processed += 1,
            Taken::Ignored => answer.ignored += 1,
            Taken::Unreadable(error) | Taken::NotStored(error) => answer.failed.push(Failed { index, line, error }),
        }
        woken.notify_one();
    }
    answer
}

async fn events(State(face): State<Face>, headers: HeaderMap, body: Bytes) -> Response {
    let encoding = headers.get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?"));
    let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase());
    let body = match plain(&body, encoding.as_deref()) {
        Ok(body) => body,
        Err(reason) => return unreadable(&reason),
    };
    let frames = frames::of_text(&body);
    if frames.iter().all(|frame| frame.json.is_err()) {
        let reason = match frames.first() {
            Some(Frame { json: Err(reason), .. }) => reason.to_string(),
            _ => "it holds no event. Send at least one.".to_owned(),
        };
        return unreadable(&reason);
    }
    let (reply, answer) = oneshot::channel();
    let asked = face.jobs.send(Job { frames, reply });
    let (Ok(()), Ok(answer)) = (asked, answer.await) else {
        return failed(StatusCode::SERVICE_UNAVAILABLE, "it is stopping. Send the events again when it is up.");
    };
    let status = if answer.failed.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, Json(answer)).into_response()
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
        Some("gzip") => {
            unpack(body, MOST_BYTES as u64).map_err(|error| format!("{error}. Send gzip of at most 64 MB."))
        }
        Some(other) => Err(format!("its Content-Encoding is {other:?}. Send gzip, or leave the header out.")),
    }
}

async fn metrics(State(face): State<Face>) -> Response {
    match face.datadog.held(&face.table).await {
        Ok(held) => Json(held).into_response(),
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &told(&error)),
    }
}
