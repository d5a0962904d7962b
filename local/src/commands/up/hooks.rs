//! The twin's routes of webhooks, of OpenTelemetry's spans and of records of Kinesis streams, by the very handlers of the functions. Signatures are
//! checked where a secret is given: only programs of this machine reach the twin.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path as Named, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_settings::{Environment, StreamSources, registry};
use cxtrace_sources::registry::Registry;
use serde_json::json;
use span_collector::SpanCollector;
use span_collector::kinesis::{KinesisBatch, KinesisRecord};
use tokio::sync::Notify;
use webhook_receiver::request::Untaken;
use webhook_receiver::{Answer, Gate, Head, Hooks, ReadBody, Receiver, SecretBook, Traces, Unsigned, definitions};

use super::secret_file::SecretFile;
use super::tally::Tally;
use crate::commands::webhook_secrets;
use crate::failure::{Failure, describe};
use crate::twin::{DeadLetterFile, Twin};

/// The state of the routes.
#[derive(Clone)]
pub(super) struct HooksApi(Arc<HooksState>);

struct HooksState {
    receiver: Receiver<Arc<SpanCollector>>,
    collector: Arc<SpanCollector>,
    streams: StreamSources,
    dead_letters: DeadLetterFile,
    public_url: Option<String>,
    /// The sequence number of the next record.
    records: AtomicU64,
    clock: SharedClock,
    woken: Arc<Notify>,
    tally: Tally,
}

impl HooksApi {
    /// The routes of `twin`, with the secrets in `file`. `woken` is notified of every request that stores something,
    /// and the tally counts every request.
    pub(super) fn new(
        twin: &Twin,
        environment: &Environment,
        file: Option<&Path>,
        (woken, tally): (Arc<Notify>, Tally),
    ) -> Result<Self, Failure> {
        if let Some(path) = file {
            webhook_secrets::read(path)?;
        }
        let clock: SharedClock = Arc::new(SystemClock);
        let collector = twin.ingest.collector();
        let secrets = SecretBook::new(SecretFile::new(file), clock.clone());
        let find = |source: &str| definitions::hook(Registry::embedded(), source);
        let gate = Arc::new(Gate::new(secrets, Unsigned::Allowed));
        let hooks = Hooks::new(Box::new(find), gate.clone(), collector.clone(), clock.clone());
        let traces = Traces::new(gate, collector.clone(), clock.clone());
        let setting = |error: cxtrace_settings::InvalidSetting| Failure::usage_of(&error);
        let public_url = registry::WEBHOOK_PUBLIC_URL.read_if_set(environment).map_err(setting)?;
        Ok(Self(Arc::new(HooksState {
            receiver: Receiver { hooks, traces },
            collector,
            streams: registry::KINESIS_STREAMS.read(environment).map_err(setting)?,
            dead_letters: twin.dead_letters.clone(),
            public_url: public_url.map(String::from),
            records: AtomicU64::default(),
            clock,
            woken,
            tally,
        })))
    }

    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/hooks/{source}", any(receive))
            .route("/v1/traces", any(receive))
            .route("/kinesis/{stream}", post(record))
            .with_state(self)
    }
}

/// A body that is still on its way.
struct Incoming(Body);

impl ReadBody for Incoming {
    async fn read(self, limit: usize) -> Result<Vec<u8>, Untaken> {
        match to_bytes(self.0, limit).await {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) if is_too_large(&error) => Err(Untaken::TooLarge),
            Err(_) => Err(Untaken::Broken),
        }
    }
}

/// Whether a body is refused for its length. Another error is of the connection.
fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn receive(State(api): State<HooksApi>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let base = api.0.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    let path_and_query = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let head = Head {
        url: format!("{}{path_and_query}", base.trim_end_matches('/')),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        method: parts.method,
        headers: parts.headers,
    };
    let path = head.path.clone();
    // Boxed: the SDK's futures are nested too deep for the compiler's layout of types.
    let Answer { status, headers, body } = Box::pin(api.0.receiver.respond(head, Incoming(body))).await;
    api.0.woken.notify_one();
    api.0.tally.webhook(&path, status.as_u16());
    (status, headers, body).into_response()
}

async fn record(State(api): State<HooksApi>, Named(stream): Named<String>, body: Bytes) -> Response {
    let response = take_record(&api.0, &stream, &body).await;
    api.0.tally.record(&stream, response.status().as_u16());
    response
}

async fn take_record(state: &HooksState, stream: &str, body: &[u8]) -> Response {
    let number = state.records.fetch_add(1, Ordering::Relaxed).to_string();
    let batch = KinesisBatch { records: vec![KinesisRecord::of(stream, number, body, state.clock.now())] };
    // A stream that no setting names is the source of its name.
    let streams = match state.streams.of(stream) {
        Some(_) => state.streams.clone(),
        None => StreamSources::read(&format!("{stream}={stream}")).unwrap_or_default(),
    };
    let handled = Box::pin(state.collector.handle_records(&batch, &streams, &state.dead_letters)).await;
    state.woken.notify_one();
    match handled {
        Ok(outcome) if outcome.failed.is_none() => {
            let status = if outcome.set_aside > 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let counts = json!({"stored": outcome.stored, "ignored": outcome.ignored, "set_aside": outcome.set_aside});
            (status, Json(counts)).into_response()
        }
        Ok(_) => Answer::unavailable().status.into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": describe(&error)}))).into_response(),
    }
}
