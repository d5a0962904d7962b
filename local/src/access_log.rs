//! The twin's access log: one line for each request, at the level `info`, and one at `warn` for a request that the guard
//! refuses. A line has no id, no number and no text of the request.

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_explorer::AccessRecord;

/// The twin's own routes. The explorer names its routes itself.
const ROUTES: [&str; 6] = ["/events", "/metrics", "/ledgers", "/healthz", "/routes", "/api/v2/query/timeseries"];

/// The same routes, with a log.
pub(crate) fn logged(router: Router) -> Router {
    router.layer(middleware::from_fn(log))
}

async fn log(request: Request, next: Next) -> Response {
    let begun = SystemClock.now();
    let method = method(request.method());
    let own = ROUTES.iter().find(|route| **route == request.uri().path()).copied();
    let response = next.run(request).await;
    let ms = (SystemClock.now() - begun).num_milliseconds();
    let route = own.or_else(|| response.extensions().get::<AccessRecord>().map(|record| record.route));
    let (route, status) = (route.unwrap_or("none"), response.status().as_u16());
    if is_refused(response.status()) {
        tracing::warn!(log = "access", method, route, status, ms, "a request is refused");
    } else {
        tracing::info!(log = "access", method, route, status, ms, "request");
    }
    response
}

/// Whether the guard refuses with this status: the host, the origin or the content type is not the twin's.
fn is_refused(status: StatusCode) -> bool {
    [StatusCode::MISDIRECTED_REQUEST, StatusCode::FORBIDDEN, StatusCode::UNSUPPORTED_MEDIA_TYPE].contains(&status)
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_somebody_made_up_is_not_repeated() {
        assert_eq!(method(&Method::POST), "POST");
        assert_eq!(method(&Method::from_bytes(b"X447700900123").unwrap()), "other");
    }
}
