//! The route of spans: who may send them, and what each request is answered, in its own encoding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_otlp::Encoding;
use cxtrace_otlp::messages::{ExportTraceServiceResponse, RpcStatus};
use cxtrace_otlp::receive::Refusal;
use cxtrace_otlp::receive::body::MAX_BYTES;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use prost::Message;
use serde_json::{Value, json};
use webhook_receiver::request::Untaken;
use webhook_receiver::{Answer, Head, ReadBody, TracesNotStored, Unsigned};

use crate::support::{Fixture, SECRET, event};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

fn fixture() -> Fixture {
    Fixture::with(Some(json!({"otlp": SECRET, "plain": "another secret"}).to_string()), Unsigned::Refused)
}

fn bearer() -> String {
    format!("Bearer {SECRET}")
}

/// A request with spans in an event of an HTTP API, which has a binary body in base64.
fn traces(headers: &[(&str, &str)], body: &[u8]) -> Value {
    let mut event = event("", headers, &STANDARD.encode(body));
    event["rawPath"] = json!("/v1/traces");
    event["isBase64Encoded"] = json!(true);
    event
}

/// A request with the right token.
fn signed(content_type: &str, body: &[u8]) -> Value {
    traces(&[("content-type", content_type), ("authorization", &bearer())], body)
}

/// The text of a failure, read as its content type says.
fn message(answer: &Answer) -> (Encoding, String) {
    let encoding = Encoding::of_content_type(answer.headers["content-type"].to_str().unwrap()).unwrap();
    let text = match encoding {
        Encoding::Protobuf => RpcStatus::decode(answer.body.as_slice()).unwrap().message,
        Encoding::Json => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            body["message"].as_str().unwrap().to_owned()
        }
    };
    (encoding, text)
}

/// A body that nobody may read.
struct Sealed;

impl ReadBody for Sealed {
    async fn read(self, _: usize) -> Result<Vec<u8>, Untaken> {
        panic!("the body was read")
    }
}

fn head(headers: &[(&str, &str)]) -> Head {
    let header =
        |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    let mut all = HeaderMap::new();
    for (name, value) in headers.iter().map(header) {
        all.append(name, value);
    }
    let url = "https://hooks.example.com/v1/traces".to_owned();
    Head { method: Method::POST, path: "/v1/traces".to_owned(), query: String::new(), url, headers: all }
}

#[tokio::test]
async fn without_the_right_token_the_body_is_never_read() {
    let fixture = fixture();
    let (right, lower) = (bearer(), format!("Bearer {}", SECRET.to_uppercase()));
    for (content_type, encoding) in
        [(PROTOBUF, Encoding::Protobuf), (JSON, Encoding::Json), ("text/plain", Encoding::Json)]
    {
        let of_type = ("content-type", content_type);
        for headers in [
            vec![of_type],
            vec![of_type, ("authorization", "")],
            vec![of_type, ("authorization", "Bearer ")],
            vec![of_type, ("authorization", "Bearer another secret")],
            vec![of_type, ("authorization", lower.as_str())],
            vec![of_type, ("authorization", SECRET)],
            vec![of_type, ("authorization", right.as_str()), ("authorization", right.as_str())],
            vec![of_type, ("x-token", SECRET)],
        ] {
            let answer = fixture.respond(head(&headers), Sealed).await;
            assert_eq!((answer.status.as_u16(), message(&answer).0), (401, encoding), "{headers:?}");
            assert!(!message(&answer).1.contains(SECRET));
        }
    }
    let closed = Fixture::with(Some(json!({"plain": SECRET}).to_string()), Unsigned::Refused);
    let headers = [("content-type", PROTOBUF), ("authorization", right.as_str())];
    let answer = closed.respond(head(&headers), Sealed).await;
    assert_eq!(
        answer.status.as_u16(),
        401,
        "the token of another source opens nothing, and without one nothing is open"
    );
    let answer = fixture.respond(head(&[("content-type", "text/plain"), ("authorization", &right)]), Sealed).await;
    assert_eq!(answer.status.as_u16(), 415, "nor is a body of another type");
    assert!(fixture.stored().is_empty() && closed.stored().is_empty());
}

#[tokio::test]
async fn a_success_says_what_was_left_out_in_the_requests_encoding() {
    let fixture = fixture();
    for (content_type, encoding) in
        [(PROTOBUF, Encoding::Protobuf), ("application/json; charset=utf-8", Encoding::Json)]
    {
        fixture.store_traces_as(Ok(0));
        let full = fixture.send(signed(content_type, b"spans")).await;
        assert_eq!(
            (full.status.as_u16(), full.headers["content-type"].to_str().unwrap()),
            (200, encoding.content_type())
        );
        assert_eq!(full.body, if encoding == Encoding::Json { b"{}".as_slice() } else { b"" });
        fixture.store_traces_as(Ok(3));
        let partial = fixture.send(signed(content_type, b"spans")).await;
        let read = cxtrace_otlp::response::read(encoding, &partial.body);
        assert_eq!((partial.status.as_u16(), read.rejected_spans), (200, 3));
        assert!(!read.error_message.is_empty());
    }
    let stored = fixture.stored();
    assert_eq!((stored.len(), stored[0].body.as_slice()), (4, b"spans".as_slice()));
    let headers: Vec<_> = stored[0].headers.keys().map(String::as_str).collect();
    assert_eq!(headers, ["content-type"], "the token goes no further");
}

#[tokio::test]
async fn an_answer_in_protobuf_passes_api_gateway_in_base64() {
    let fixture = fixture();
    fixture.store_traces_as(Ok(300));
    let response = fixture.send(signed(PROTOBUF, b"spans")).await.into_response();
    let response = serde_json::to_value(&response).unwrap();
    assert_eq!(response["isBase64Encoded"], true);
    let body = STANDARD.decode(response["body"].as_str().unwrap()).unwrap();
    let partial = ExportTraceServiceResponse::decode(body.as_slice()).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 300);
    fixture.store_traces_as(Ok(0));
    let response = serde_json::to_value(fixture.send(signed(PROTOBUF, b"")).await.into_response()).unwrap();
    assert_eq!((response["statusCode"].as_i64(), response["body"].as_str()), (Some(200), None));
    let json = serde_json::to_value(fixture.send(signed(JSON, b"{}")).await.into_response()).unwrap();
    assert_eq!((json["isBase64Encoded"].as_bool(), json["body"].as_str()), (Some(false), Some("{}")));
}

#[tokio::test]
async fn trouble_of_our_own_is_503_with_a_time_and_never_500() {
    let fixture = fixture();
    let check = |answer: Answer| {
        assert_eq!((answer.status.as_u16(), answer.headers["retry-after"].to_str().unwrap()), (503, "30"));
        assert_eq!(message(&answer).0, Encoding::Protobuf);
    };
    fixture.store_traces_as(Err(TracesNotStored::Unavailable("the table does not answer".to_owned())));
    check(fixture.send(signed(PROTOBUF, b"spans")).await);
    fixture.store_traces_as(Ok(0));
    fixture.run_out_of_time();
    check(fixture.send(signed(PROTOBUF, b"spans")).await);
    let without_secrets = Fixture::with(None, Unsigned::Refused);
    check(without_secrets.send(signed(PROTOBUF, b"spans")).await);
    let short = Fixture::with(Some(json!({"otlp": "abc"}).to_string()), Unsigned::Refused);
    check(short.send(traces(&[("content-type", PROTOBUF), ("authorization", "Bearer abc")], b"spans")).await);
    assert!(fixture.stored().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_for_good_with_a_status_in_its_encoding() {
    let fixture = fixture();
    for (content_type, encoding) in [(PROTOBUF, Encoding::Protobuf), (JSON, Encoding::Json)] {
        for refusal in [Refusal::Malformed("it is not protobuf"), Refusal::TooMany, Refusal::ContentEncoding] {
            fixture.store_traces_as(Err(TracesNotStored::Refused(refusal.clone())));
            let answer = fixture.send(signed(content_type, b"spans")).await;
            assert_eq!(answer.status.as_u16(), refusal.status());
            assert_eq!(message(&answer), (encoding, refusal.to_string()));
        }
        let long = fixture.send(signed(content_type, &vec![0; MAX_BYTES + 1])).await;
        assert_eq!((long.status.as_u16(), message(&long).0), (413, encoding));
        let mut broken = signed(content_type, b"");
        broken["body"] = json!("no base64");
        assert_eq!(fixture.status(broken).await, 400);
    }
    fixture.store_traces_as(Ok(0));
    assert_eq!(fixture.status(signed(PROTOBUF, &vec![0; MAX_BYTES])).await, 200, "the limit itself is allowed");
    let mut get = signed(PROTOBUF, b"");
    get["requestContext"]["http"]["method"] = json!("GET");
    let answer = fixture.send(get).await;
    assert_eq!((answer.status.as_u16(), answer.headers["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test]
async fn the_token_is_rotated_and_may_be_another_scheme() {
    let fixture = fixture();
    fixture.set_secrets(Some(&json!({"otlp": ["the new token", SECRET]}).to_string()));
    for token in [SECRET, "the new token"] {
        let headers = [("content-type", PROTOBUF), ("authorization", &format!("Bearer {token}"))];
        assert_eq!(fixture.status(traces(&headers, b"")).await, 200, "{token}");
    }
    let own = json!({"otlp": {"secret": SECRET, "auth": {"scheme": "token", "header": "x-token"}}});
    let own = Fixture::with(Some(own.to_string()), Unsigned::Refused);
    assert_eq!(own.status(traces(&[("content-type", PROTOBUF), ("x-token", SECRET)], b"")).await, 200);
    assert_eq!(own.status(signed(PROTOBUF, b"")).await, 401);
    let twin = Fixture::with(Some("{}".to_owned()), Unsigned::Allowed);
    assert_eq!(twin.status(traces(&[("content-type", PROTOBUF)], b"")).await, 200, "the twin needs none");
}
