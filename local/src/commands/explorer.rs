//! The Journey Explorer of a twin, over HTTP on loopback.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use cxtrace_explorer::{Caller, Explorer, Request, Settings};
use cxtrace_journeys::Assembly;
use cxtrace_privacy::Pseudonyms;
use serde_json::json;

/// The maximum size of a request's body. The explorer itself has a lower limit.
const MAX_BYTES: usize = 1024 * 1024;

/// The explorer, with the assembly whose clock it uses.
#[derive(Clone)]
pub(crate) struct ExplorerService(Arc<(Explorer<Assembly>, Assembly)>);

impl ExplorerService {
    /// The explorer of the journeys in `assembly`.
    pub(crate) fn new(assembly: &Assembly, pseudonyms: Pseudonyms) -> Self {
        let explorer = Explorer::new(assembly.clone(), pseudonyms, Settings::default());
        Self(Arc::new((explorer, assembly.clone())))
    }

    /// Its routes: every path that no other route takes.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(respond).with_state(self)
    }
}

async fn respond(State(explorer_service): State<ExplorerService>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BYTES).await else {
        let error = json!({"error": {"code": "body_too_large", "message": "The body is larger than 1 MB. Send a smaller one."}});
        return (StatusCode::PAYLOAD_TOO_LARGE, Json(error)).into_response();
    };
    let request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let (explorer, assembly) = &*explorer_service.0;
    let now = assembly.now();
    // Boxed: the SDK's futures are nested too deep for the compiler's layout of types.
    let response = Box::pin(explorer.respond(request, Caller::Local, now)).await;
    response.map(Body::from)
}
