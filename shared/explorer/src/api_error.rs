//! Errors of the API: what is wrong, and what to do. They never repeat text of the request, because a phone number may
//! be anywhere in it.

use std::borrow::Cow;

use chrono::TimeDelta;
use cxtrace_domain::journeys::Reason;
use cxtrace_domain::journeys::access::Scope;
use http::StatusCode;
use http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use crate::audit::Audit;
use crate::response::{self, Response};

/// Why a request fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    /// In a box, because few errors have one and every result of this crate has room for an error.
    header: Option<Box<(HeaderName, Cow<'static, str>)>>,
    error: Body,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Body {
    code: &'static str,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, header: None, error: Body { code, message: message.into(), field: None } }
    }

    fn on(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.error.field = Some(field.into());
        self
    }

    fn with(mut self, name: HeaderName, value: impl Into<Cow<'static, str>>) -> Self {
        self.header = Some(Box::new((name, value.into())));
        self
    }

    pub(crate) fn invalid_path() -> Self {
        let message = "The path has characters that no path of this API has. Use letters, digits, dots, dashes and underscores between single \
                       slashes, without percent-encoding.";
        Self::new(StatusCode::BAD_REQUEST, "invalid_path", message)
    }

    pub(crate) fn query_too_long() -> Self {
        let message = "The query string has more than 4096 bytes. Ask for less at once.";
        Self::new(StatusCode::URI_TOO_LONG, "query_too_long", message)
    }

    pub(crate) fn body_too_large() -> Self {
        let message = "The body has more than 65536 bytes. Send only what the request needs.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    }

    pub(crate) fn invalid_query() -> Self {
        let message = "The query string is not percent-encoded UTF-8. Encode it as name=value&name=value.";
        Self::new(StatusCode::BAD_REQUEST, "invalid_query", message)
    }

    /// A parameter that the path does not take. Its name is not repeated: somebody may have typed anything there.
    pub(crate) fn unknown_parameter(known: &[&str]) -> Self {
        let use_these = match known {
            [] => "This path has no parameters. Leave it out.".to_owned(),
            known => format!("Use {}.", known.join(", ")),
        };
        let message = format!("A parameter is not known. {use_these}");
        Self::new(StatusCode::BAD_REQUEST, "unknown_parameter", message)
    }

    pub(crate) fn repeated_parameter(field: &'static str) -> Self {
        let message = format!("The parameter {field} is given more than once. Give it once.");
        Self::new(StatusCode::BAD_REQUEST, "repeated_parameter", message).on(field)
    }

    /// A parameter with an invalid value. `message` says what is wrong, and what to do.
    pub(crate) fn invalid_parameter(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", message).on(field)
    }

    pub(crate) fn invalid_cursor() -> Self {
        let message = "The cursor is not from this search. Start again without a cursor, and keep the other parameters \
                       the same from page to page.";
        Self::new(StatusCode::BAD_REQUEST, "invalid_cursor", message).on("cursor")
    }

    pub(crate) fn invalid_id(of: &'static str) -> Self {
        let message = format!("This is not the id of a {of}. Ids are 32 hexadecimal digits in lower case.");
        let message = if of == "edge" { message.replace("a edge", "an edge") } else { message };
        Self::new(StatusCode::BAD_REQUEST, "invalid_id", message).on("id")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        let message = "The content type is not JSON. Send content-type: application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message).on("content-type")
    }

    pub(crate) fn invalid_body() -> Self {
        let reasons = Reason::ALL.map(Reason::as_str).join(", ");
        let message = format!(
            "The body is not valid for this path. Send {{\"journey\": \"<the journey's id>\", \"reason\": \"<a reason>\"}} and nothing \
             else. Reasons are {reasons}."
        );
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", message).on("body")
    }

    pub(crate) fn invalid_erasure() -> Self {
        let message = "The body is not valid for this path. Send {\"phone\": \"<a phone number>\"} and nothing else. Add \"centre\": true to erase \
                       journeys in which the number is the contact centre's own.";
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", message).on("body")
    }

    /// The number is the contact centre's own in a journey.
    pub(crate) fn centres_number() -> Self {
        let message = "In a journey, this number is not the customer's but the contact centre's own. Nothing of that journey was erased. Check \
                       the number, or send \"centre\": true to erase every journey that names it.";
        Self::new(StatusCode::CONFLICT, "centres_number", message).on("centre")
    }

    pub(crate) fn not_signed_in() -> Self {
        let message = "Nobody is signed in, or the token has expired. Sign in and try again.";
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", message).with(WWW_AUTHENTICATE, "Bearer")
    }

    /// The caller is known, and may not do this.
    pub(crate) fn not_allowed(scope: Scope) -> Self {
        let what = match scope {
            Scope::Read => "see journeys",
            Scope::Search => "search by a phone number",
            Scope::Retract => "retract or restore a link",
            Scope::Erase => "erase what is stored about a person",
        };
        let message = format!("You may not {what}. Ask who manages access for the scope {}.", scope.as_str());
        Self::new(StatusCode::FORBIDDEN, "not_allowed", message)
    }

    /// The user has searched for too many phone numbers.
    pub(crate) fn too_many_searches(wait: TimeDelta) -> Self {
        let seconds = wait.num_seconds().max(0) + 1;
        let message = format!("You have searched for too many phone numbers. Try again in {seconds} seconds.");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_searches", message).with(RETRY_AFTER, seconds.to_string())
    }

    pub(crate) fn foreign_host() -> Self {
        let message = "The host name is not local. Use localhost or an IP address.";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", message).on("host")
    }

    /// `what` says in one sentence what was not found.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} Check the address, or search for it."))
    }

    pub(crate) fn no_edge() -> Self {
        let message = "The journey has no such edge. Read its evidence again: it may have changed.";
        Self::new(StatusCode::NOT_FOUND, "not_found", message).on("id")
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("The method is not allowed on this path. Use {}.", allow.replace(", ", " or "));
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).with(ALLOW, allow)
    }

    pub(crate) fn unavailable() -> Self {
        let message = "The journeys cannot be read now. Try again in a few seconds.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).with(RETRY_AFTER, "2")
    }

    pub(crate) fn response_too_large() -> Self {
        let message = "The response is too large to be sent. Accept gzip, or ask for less at once.";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "answer_too_large", message)
    }

    pub(crate) fn journey_too_large() -> Self {
        let message = "This journey has more than 40,000 spans or 48 MB of facts, so it cannot be assembled. Find the id \
                       that joins so many of its facts, and stop sending it.";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "journey_too_large", message)
    }

    /// The response with this error.
    pub(crate) fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Error {
            error: Body,
        }
        let Self { status, header, error } = self;
        let mut response = response::json(status, &Error { error });
        if let Some(value) = header.and_then(|header| Some((header.0, HeaderValue::from_str(&header.1).ok()?))) {
            response.headers_mut().insert(value.0, value.1);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.extensions_mut().insert(Audit::PhoneSearchLimited);
        }
        response
    }
}
