//! Which requests a server on loopback answers. Any web page that the user opens can send requests to this machine, so a
//! request must name this machine, come from no other page, and carry JSON if it carries anything.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Types of JSON: one document, or one on each line. A page of another origin must ask before it sends one of them, and
/// no server here allows it.
const JSON_TYPES: [&str; 6] = [
    "application/json",
    "text/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-lines",
];

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Host,
    Origin,
    Type,
}

/// The same routes, for requests of this machine only.
pub(crate) fn guarded(router: Router) -> Router {
    router.layer(middleware::from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.uri().path(), request.headers()) {
        None => next.run(request).await,
        Some(refusal) => refusal.response(request.uri().path().starts_with("/api/")),
    }
}

fn refusal(method: &Method, path: &str, headers: &HeaderMap) -> Option<Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // DNS rebinding: another site can make its own name resolve to this machine.
    if !headers.get_all(HOST).iter().all(|host| cxtrace_explorer::is_local_host(host.as_bytes())) {
        return Some(Refusal::Host);
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    if headers.get_all(ORIGIN).iter().any(|origin| !is_own(origin.to_str().unwrap_or_default())) {
        return Some(Refusal::Origin);
    }
    // Browsers set these for every request. A link from another site may open the page, and nothing else.
    let is_foreign = matches!(text("sec-fetch-site"), Some("cross-site" | "same-site"));
    let is_read = method == Method::GET || method == Method::HEAD;
    let opens_the_page = is_read && text("sec-fetch-mode") == Some("navigate");
    if is_foreign && !opens_the_page {
        return Some(Refusal::Origin);
    }
    let type_of = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = || text(CONTENT_TYPE.as_str()).is_some_and(|text| JSON_TYPES.contains(&type_of(text).as_str()));
    // Vendors choose the types of their webhooks, and exporters of spans send protobuf. A web page's request has an origin, and was
    // refused above.
    let has_any_type = path.starts_with("/hooks/") || path == "/v1/traces";
    (!is_read && !has_any_type && !is_json()).then_some(Refusal::Type)
}

impl Refusal {
    /// The response. No message repeats text of the request.
    fn response(self, is_api: bool) -> Response {
        let (status, code, message) = match self {
            Self::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "foreign_host",
                "the host name is not local. Use localhost or an IP address.",
            ),
            Self::Origin => (
                StatusCode::FORBIDDEN,
                "foreign_origin",
                "the request comes from a page of another origin. Send it from a program, or from this server's page.",
            ),
            Self::Type => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "the content type is not JSON. Send content-type: application/json, or application/x-ndjson for events on lines.",
            ),
        };
        let body =
            if is_api { json!({"error": {"code": code, "message": message}}) } else { json!({"error": message}) };
        (status, axum::Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn with(method: &Method, headers: &[(&'static str, &'static str)]) -> Option<Refusal> {
        at("/events", method, headers)
    }

    fn at(path: &str, method: &Method, headers: &[(&'static str, &'static str)]) -> Option<Refusal> {
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        refusal(method, path, &pairs.collect())
    }

    #[test]
    fn a_program_and_the_own_page_are_answered() {
        let json = ("content-type", "application/json; charset=utf-8");
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "twin"] {
            assert_eq!(with(&Method::GET, &[("host", host)]), None);
            assert_eq!(with(&Method::POST, &[("host", host), json]), None);
        }
        let own =
            [("host", "localhost:8080"), ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin"), json];
        assert_eq!(with(&Method::POST, &own), None);
        let opened = [("host", "localhost:8080"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(with(&Method::GET, &opened), None, "a link to the page");
        assert_eq!(with(&Method::POST, &[("content-type", "APPLICATION/X-NDJSON")]), None);
    }

    #[test]
    fn another_pages_requests_are_refused() {
        let host = ("host", "localhost:8080");
        let json = ("content-type", "application/json");
        for origin in
            ["http://evil.example", "null", "https://localhost:8080", "http://localhost:80801", "http://localhost"]
        {
            assert_eq!(with(&Method::POST, &[host, ("origin", origin), json]), Some(Refusal::Origin), "{origin}");
            assert_eq!(with(&Method::GET, &[host, ("origin", origin)]), Some(Refusal::Origin), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert_eq!(with(&Method::GET, &[host, ("sec-fetch-site", site)]), Some(Refusal::Origin));
            let form = [host, ("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), json];
            assert_eq!(with(&Method::POST, &form), Some(Refusal::Origin));
        }
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"] {
            assert_eq!(with(&Method::GET, &[("host", host)]), Some(Refusal::Host), "{host}");
        }
    }

    #[test]
    fn what_a_form_can_send_is_refused() {
        for content_type in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""]
        {
            assert_eq!(with(&Method::POST, &[("content-type", content_type)]), Some(Refusal::Type), "{content_type}");
        }
        assert_eq!(with(&Method::POST, &[]), Some(Refusal::Type));
    }

    #[test]
    fn only_webhooks_and_spans_may_have_any_type_and_no_page_may_send_one() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(at("/hooks/twilio", &Method::POST, &[form]), None);
        assert_eq!(at("/hooks/twilio", &Method::POST, &[]), None);
        let protobuf = ("content-type", "application/x-protobuf");
        assert_eq!(at("/v1/traces", &Method::POST, &[protobuf]), None);
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let page = [protobuf, ("host", "localhost:4318"), (name, value)];
            assert_eq!(at("/v1/traces", &Method::POST, &page), Some(Refusal::Origin), "{name}");
        }
        assert_eq!(at("/v1/traces", &Method::POST, &[protobuf, ("host", "evil.example")]), Some(Refusal::Host));
        for path in ["/kinesis/cxone", "/events", "/hooks", "/api/hooks/twilio", "/v1/traces/", "/v1/metrics"] {
            assert_eq!(at(path, &Method::POST, &[form]), Some(Refusal::Type), "{path}");
        }
        let page = [form, ("host", "localhost:8080"), ("origin", "http://evil.example")];
        assert_eq!(at("/hooks/twilio", &Method::POST, &page), Some(Refusal::Origin));
        let page = [form, ("host", "localhost:8080"), ("sec-fetch-site", "cross-site")];
        assert_eq!(at("/hooks/twilio", &Method::POST, &page), Some(Refusal::Origin));
        assert_eq!(at("/hooks/twilio", &Method::POST, &[form, ("host", "evil.example")]), Some(Refusal::Host));
    }
}
