//! HTTP to the Journey Explorer: converts API Gateway's request and response. `cxtrace_explorer` makes the response.

pub mod access_log;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_domain::journeys::access::Grants;
use cxtrace_explorer::{Caller, Request, Response};

/// The largest response body: Lambda's limit is 6 MB, and base64 and the headers take the rest.
pub const MAX_RESPONSE_BYTES: usize = 4_400_000;

/// Which claims of a token say what its owner may do.
#[derive(Debug, Clone)]
pub struct AccessRules {
    /// The names of the claims.
    pub claims: Vec<String>,
    /// What their words grant.
    pub grants: Grants,
}

/// Converts an event of an HTTP API to a request and its caller, by the claims of the authoriser. The authoriser guards
/// `/api`; without claims, the caller is unknown.
///
/// The path is unchanged. It has no stage, because the default stage of an HTTP API has none.
#[must_use]
pub fn request(event: ApiGatewayV2httpRequest, rules: &AccessRules) -> (Request, Caller) {
    let context = event.request_context;
    let claims = context.authorizer.and_then(|authorizer| authorizer.jwt).map(|jwt| jwt.claims).unwrap_or_default();
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded { STANDARD.decode(&body).unwrap_or_default() } else { body.into_bytes() };
    let request = Request {
        method: context.http.method,
        path: event.raw_path.unwrap_or_default(),
        query: event.raw_query_string.filter(|query| !query.is_empty()),
        headers: event.headers,
        body,
    };
    let words = rules.claims.iter().filter_map(|name| claims.get(name)).map(String::as_str);
    let scopes = rules.grants.scopes_of(words);
    (request, Caller::verified(claims.get("sub").map(String::as_str), scopes))
}

/// A response in the form of an HTTP API.
#[must_use]
pub fn response(response: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(parts.status.as_u16());
    response.headers = parts.headers;
    response.body = Some(Body::Text(STANDARD.encode(body)));
    response.is_base64_encoded = true;
    response
}
