//! HTTP to the Journey Explorer: an API Gateway request in, its response out. What the answer is, `cxtrace_explorer`
//! says.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_explorer::{Caller, Request, Response};

/// The largest answer: Lambda's 6 MB, of which base64 takes a quarter and the headers a little.
pub const MOST_ANSWER_BYTES: usize = 4_400_000;

/// The request in an event of an HTTP API, and who the authoriser found it to be from. The authoriser stands in
/// front of `/api`; a request that got here without its claims is nobody's.
///
/// The path is taken as it was sent, and without the stage: an HTTP API's default stage has none.
#[must_use]
pub fn request(event: ApiGatewayV2httpRequest) -> (Request, Caller) {
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
    (request, Caller::verified(claims.get("sub").map(String::as_str)))
}

/// The answer as an HTTP API takes it.
#[must_use]
pub fn response(answer: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = answer.into_parts();
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(parts.status.as_u16());
    response.headers = parts.headers;
    response.body = Some(Body::Text(STANDARD.encode(body)));
    response.is_base64_encoded = true;
    response
}
