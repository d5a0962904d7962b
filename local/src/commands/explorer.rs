//! The Journey Explorer of a twin, over HTTP on loopback.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request as Asked, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use cxtrace_explorer::{Caller, Explorer, Request, Settings};
use cxtrace_journeys::Assembly;
use cxtrace_privacy::Pseudonyms;
use serde_json::json;

/// The most bytes of a body that are read: the explorer itself takes less, and says so.
const MOST_BYTES: usize = 1024 * 1024;

/// The explorer, and the clock that it looks at journeys by.
#[derive(Clone)]
pub(crate) struct Explored(Arc<(Explorer<Assembly>, Assembly)>);

impl Explored {
    /// The explorer of the journeys that `assembly` assembles.
    pub(crate) fn new(assembly: &Assembly, pseudonyms: Pseudonyms) -> Self {
        let explorer = Explorer::new(assembly.clone(), pseudonyms, Settings::default());
        Self(Arc::new((explorer, assembly.clone())))
    }

    /// Its routes: everything that nobody else answers.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }
}

async fn answer(State(explored): State<Explored>, asked: Asked) -> Response {
    let (parts, body) = asked.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        let error = json!({"error": {"code": "body_too_large", "message": "The body is too large. Send less."}});
        return (StatusCode::PAYLOAD_TOO_LARGE, Json(error)).into_response();
    };
    let request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let (explorer, assembly) = &*explored.0;
    let now = assembly.now();
    // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
    let answer = Box::pin(explorer.respond(request, Caller::Local, now)).await;
    answer.map(Body::from)
}
