//! A server that responds as a test wants, and keeps the data that Datadog would hold.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use flate2::read::GzDecoder;
use serde_json::Value;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Keeps the points and answers 202.
    Take,
    /// Keeps nothing and answers with this status, these headers and this text.
    Refuse(u16, Vec<(&'static str, String)>, String),
    /// Keeps the points and answers with this status, like a gateway that lost the response.
    TakeAndAnswer(u16),
    /// Keeps the points and closes the connection without a response.
    TakeAndHangUp,
    /// Keeps nothing and closes the connection without a response.
    HangUp,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Refuse(status, Vec::new(), String::new())
    }

    pub(super) fn saying(status: u16, text: &str) -> Self {
        Self::Refuse(status, Vec::new(), text.to_owned())
    }

    pub(super) fn with(status: u16, header: &'static str, value: &str) -> Self {
        Self::Refuse(status, vec![(header, value.to_owned())], String::new())
    }
}

/// A request as the server received it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) headers: HeaderMap,
    /// The bytes of the body as sent.
    pub(super) length: usize,
    /// The names of the metrics in it.
    pub(super) metrics: Vec<String>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Decide = Box<dyn FnMut(&Seen) -> Reply + Send>;

struct State {
    decide: Decide,
    seen: Vec<Seen>,
    held: BTreeMap<String, u64>,
}

/// The server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Starts a server that asks `decide` about every request.
    pub(super) async fn start(decide: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let state = State { decide: Box::new(decide), seen: Vec::new(), held: BTreeMap::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let answer = move |headers: HeaderMap, body: Bytes| {
            let shared = Arc::clone(&shared);
            async move { respond(&shared, headers, &body) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/api/v2/series", post(answer.clone()))
            .route("/api/v1/distribution_points", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// Starts a server that gives these replies in turn, and then accepts everything.
    pub(super) async fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: Vec<_> = replies.into_iter().collect();
        replies.reverse();
        Self::start(move |_| replies.pop().unwrap_or(Reply::Take)).await
    }

    /// Every request so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// The number of points in each request.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.seen().iter().map(|seen| seen.metrics.len()).collect()
    }

    /// The kept value of each metric.
    pub(super) fn held(&self) -> BTreeMap<String, u64> {
        self.state.lock().unwrap().held.clone()
    }
}

fn respond(state: &Mutex<State>, headers: HeaderMap, body: &[u8]) -> Response {
    let mut json = Vec::new();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        GzDecoder::new(body).read_to_end(&mut json).unwrap();
    } else {
        json.extend_from_slice(body);
    }
    let document: Value = serde_json::from_slice(&json).unwrap();
    let series = document["series"].as_array().unwrap();
    let points: Vec<_> = series
        .iter()
        // A point of a distribution is a list. Its values are not kept.
        .map(|s| (s["metric"].as_str().unwrap().to_owned(), s["points"][0]["value"].as_u64().unwrap_or_default()))
        .collect();
    let metrics = points.iter().map(|(metric, _)| metric.clone()).collect();
    let seen = Seen { headers, length: body.len(), metrics };

    let mut state = state.lock().unwrap();
    let reply = (state.decide)(&seen);
    state.seen.push(seen);
    if matches!(reply, Reply::Take | Reply::TakeAndAnswer(_) | Reply::TakeAndHangUp) {
        state.held.extend(points);
    }
    drop(state);

    let (status, headers, text) = match reply {
        Reply::Take => (202, Vec::new(), r#"{"errors":[]}"#.to_owned()),
        Reply::TakeAndAnswer(status) => (status, Vec::new(), String::new()),
        Reply::Refuse(status, headers, text) => (status, headers, text),
        // Ends the task of this connection, which closes it, without printing a panic.
        Reply::HangUp | Reply::TakeAndHangUp => std::panic::resume_unwind(Box::new("hung up")),
    };
    let mut response = (StatusCode::from_u16(status).unwrap(), text).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    response
}
