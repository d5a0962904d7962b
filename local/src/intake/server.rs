//! The intake over HTTP.
//!
//! | request | response |
//! |---|---|
//! | `POST /api/v2/series` with `DD-API-KEY` | as Datadog's |
//! | `POST /api/v1/distribution_points` with `DD-API-KEY` | as Datadog's |
//! | `POST /api/v2/query/timeseries` with `DD-API-KEY` and `DD-APPLICATION-KEY` | as Datadog's, for counts |
//! | `GET /metrics` | the kept points: `[{"metric","tags","timestamp","value"}]`, sorted |
//! | `GET /distributions` | every accepted value: `[{"metric","tags","timestamp","value"}]` |
//! | `GET /healthz` | 200 |

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cxtrace_clock::SharedClock;

use super::query::{self, Point};
use super::state::{HeldPoint, Intake, IntakeResponse};

pub type SharedIntake = Arc<Mutex<Intake>>;

/// The maximum number of bytes that are read of a body. It exceeds the allowed size, so that a sender of too much gets
/// a 413 and not a broken connection.
const MAX_READ: usize = 8 * 1_024 * 1_024;

/// The routes of `intake`. The time of arrival is that of `clock`.
pub fn router(intake: SharedIntake, clock: SharedClock) -> Router {
    Router::new()
        .route("/api/v2/series", post(submit))
        .route("/api/v1/distribution_points", post(distribute))
        .route("/api/v2/query/timeseries", post(query_timeseries))
        .route("/metrics", get(metrics))
        .route("/distributions", get(distributions))
        .route("/healthz", get("ok"))
        .layer(DefaultBodyLimit::max(MAX_READ))
        .with_state((intake, clock))
}

type Shared = State<(SharedIntake, SharedClock)>;

async fn submit(State((intake, clock)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    take(&headers, |encoding| lock(&intake).accept(clock.now(), &body, encoding))
}

async fn distribute(State((intake, clock)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    take(&headers, |encoding| lock(&intake).accept_distributions(clock.now(), &body, encoding))
}

fn take(headers: &HeaderMap, accept: impl FnOnce(Option<&str>) -> IntakeResponse) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let response = Intake::check_key(header("dd-api-key")).unwrap_or_else(|| accept(header(CONTENT_ENCODING.as_str())));
    let IntakeResponse { status, body } = response;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn query_timeseries(State((intake, _)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let intake = lock(&intake);
    let points =
        intake.points().map(|HeldPoint { metric, tags, timestamp, value }| Point { metric, tags, timestamp, value });
    answer_query(&headers, &body, points)
}

/// The answer to a query of `points`. Without both keys it is 403.
pub(crate) fn answer_query<'a>(headers: &HeaderMap, body: &[u8], points: impl Iterator<Item = Point<'a>>) -> Response {
    let is_given =
        |name: &str| headers.get(name).and_then(|key| key.to_str().ok()).is_some_and(|key| !key.trim().is_empty());
    if !is_given("dd-api-key") || !is_given("dd-application-key") {
        return (StatusCode::FORBIDDEN, axum::Json(serde_json::json!({"errors": ["Forbidden"]}))).into_response();
    }
    match query::answer(body, points) {
        Ok(document) => axum::Json(document).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, axum::Json(serde_json::json!({"errors": [reason]}))).into_response(),
    }
}

fn lock(intake: &SharedIntake) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn distributions(State((intake, _)): Shared) -> Response {
    axum::Json(lock(&intake).distributions()).into_response()
}

async fn metrics(State((intake, _)): Shared) -> Response {
    let intake = lock(&intake);
    axum::Json(intake.points().collect::<Vec<HeldPoint<'_>>>()).into_response()
}
