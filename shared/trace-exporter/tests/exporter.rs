//! One attempt, against a receiver that answers as a test wants.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_otlp::messages::{ExportTracePartialSuccess, ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span};
use cxtrace_otlp::{Encoding, json_reader, response};
use cxtrace_trace_exporter::{Delivery, Headers, TraceExporter};
use prost::Message;

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

#[derive(Default)]
struct Receiver {
    answers: Vec<Answer>,
    seen: Vec<(HeaderMap, Vec<u8>)>,
}

type Shared = Arc<Mutex<Receiver>>;

async fn receive(State(receiver): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut receiver = receiver.lock().unwrap();
    receiver.seen.push((headers, body.to_vec()));
    let answer = receiver.answers.remove(0);
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

async fn exporter(encoding: Encoding, answers: Vec<Answer>) -> (TraceExporter, Shared) {
    let receiver = Shared::new(Mutex::new(Receiver { answers, ..Receiver::default() }));
    let router = Router::new().fallback(receive).with_state(Arc::clone(&receiver));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let http = cxtrace_lambda::http::client().unwrap();
    let headers = Headers::read("x-key=hushhush").unwrap();
    (TraceExporter { http, endpoint, headers, encoding, clock: Arc::new(SystemClock) }, receiver)
}

fn answer(status: u16, body: &[u8]) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_vec() }
}

fn request() -> ExportTraceServiceRequest {
    let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], name: "a".to_owned(), ..Span::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(Default::default()), spans: vec![span] }];
    let resource = Some(Default::default());
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource, scope_spans }] }
}

fn deadline() -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::minutes(1)
}

#[tokio::test]
async fn a_request_arrives_as_it_was_in_both_encodings() {
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let (exporter, receiver) = exporter(encoding, vec![answer(200, b"")]).await;
        let delivery = exporter.send(&request(), deadline()).await;
        assert_eq!(delivery, Delivery::Accepted { refused_spans: 0, reason: String::new() });
        let (headers, body) = receiver.lock().unwrap().seen.remove(0);
        assert!(headers["x-key"] == "hushhush" && headers["content-type"] == encoding.content_type());
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut bytes).unwrap();
        let read = match encoding {
            Encoding::Protobuf => ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap(),
            Encoding::Json => json_reader::decode(&bytes).unwrap(),
        };
        assert_eq!(read, request());
    }
}

#[tokio::test]
async fn what_the_receiver_refuses_for_good_is_reported_with_its_words() {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "too old".to_owned() };
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let (exporter, _) = exporter(encoding, vec![answer(200, &response::success(encoding, &partial))]).await;
        let delivery = exporter.send(&request(), deadline()).await;
        assert_eq!(delivery, Delivery::Accepted { refused_spans: 1, reason: "too old".to_owned() });
    }
    let (exporter, _) = exporter(Encoding::Json, vec![answer(202, b"{\"errors\":[]}")]).await;
    assert!(matches!(exporter.send(&request(), deadline()).await, Delivery::Accepted { refused_spans: 0, .. }));
}

#[tokio::test]
async fn a_receiver_that_cannot_take_it_now_gets_it_later() {
    let busy = Answer { status: 429, headers: vec![("retry-after", "30")], body: Vec::new() };
    let (exporter, _) = exporter(Encoding::Protobuf, vec![busy, answer(503, b"down")]).await;
    let Delivery::Unavailable { after, .. } = exporter.send(&request(), deadline()).await else { panic!() };
    assert_eq!(after.unwrap().as_secs(), 30);
    assert!(matches!(exporter.send(&request(), deadline()).await, Delivery::Unavailable { after: None, .. }));
    // Nobody listens there.
    let gone = TraceExporter { endpoint: "http://127.0.0.1:9/v1/traces".parse().unwrap(), ..exporter };
    assert!(matches!(gone.send(&request(), deadline()).await, Delivery::Unavailable { after: None, .. }));
}

#[tokio::test]
async fn a_reason_never_holds_a_header() {
    let (exporter, _) = exporter(Encoding::Json, vec![answer(403, b"who is hushhush?")]).await;
    let Delivery::Forbidden { reason } = exporter.send(&request(), deadline()).await else { panic!() };
    assert_eq!(reason, "answered 403 Forbidden: who is (a header)?");
    assert!(!format!("{exporter:?}").contains("hushhush"));
}

#[tokio::test]
async fn nothing_is_sent_when_no_time_is_left() {
    let (exporter, receiver) = exporter(Encoding::Json, Vec::new()).await;
    assert!(matches!(exporter.send(&request(), SystemClock.now()).await, Delivery::Unavailable { .. }));
    assert!(receiver.lock().unwrap().seen.is_empty());
}
