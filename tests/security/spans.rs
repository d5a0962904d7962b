//! Spans of applications, through the route to the correlation table: what the token admits is stored once, and nothing else is.

use std::io::Write;
use std::sync::Arc;

use cxtrace_clock::SharedClock;
use cxtrace_otlp::messages::RpcStatus;
use cxtrace_otlp::{Encoding, json_reader, receive};
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::registry::Registry;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use prost::Message;
use serde_json::json;
use span_collector::SpanCollector;
use webhook_receiver::secret_book::Loading;
use webhook_receiver::{
    Answer, Gate, Head, Hooks, LoadSecrets, Receiver, SecretBook, Secrets, Traces, Unsigned, definitions,
};

use crate::journeys::support::JourneyFixture;

const TOKEN: &str = "the token of the collectors";

#[derive(Debug)]
struct Agreed;

impl LoadSecrets for Agreed {
    fn load(&self) -> Loading<'_> {
        let secrets = json!({"otlp": TOKEN, "elevenlabs": "another"}).to_string();
        Box::pin(std::future::ready(Secrets::read(&secrets).map_err(Into::into)))
    }
}

struct Deployed {
    fixture: JourneyFixture,
    receiver: Receiver<Arc<SpanCollector>>,
}

impl Deployed {
    async fn new() -> Self {
        let fixture = JourneyFixture::new().await;
        // After the times in the recordings.
        fixture.clock.advance_to("2023-11-20T00:00:00Z".parse().unwrap());
        let clock: SharedClock = Arc::new(fixture.clock.clone());
        let gate = Arc::new(Gate::new(SecretBook::new(Agreed, clock.clone()), Unsigned::Refused));
        let collector = Arc::new(fixture.collector());
        let find = |source: &str| definitions::hook(Registry::embedded(), source);
        let hooks = Hooks::new(Box::new(find), gate.clone(), collector.clone(), clock.clone());
        let traces = Traces::new(gate, collector, clock);
        fixture.requests.take();
        Self { receiver: Receiver { hooks, traces }, fixture }
    }

    async fn send(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let header =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        let headers: HeaderMap = headers.iter().map(header).collect();
        let url = "https://hooks.example.com/v1/traces".to_owned();
        let head = Head { method: Method::POST, path: "/v1/traces".to_owned(), query: String::new(), url, headers };
        self.receiver.respond(head, body.to_vec()).await
    }

    async fn items(&self) -> usize {
        let scanned = self.fixture.client.scan().table_name("correlation").send().await.unwrap();
        scanned.items.unwrap_or_default().len()
    }
}

/// A request of Python's SDK in protobuf.
fn recorded() -> Vec<u8> {
    let text = crate::template::file("events/opentelemetry/data-action.ndjson");
    Delivery::from_recording(text.lines().next().unwrap()).unwrap().unwrap().body
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

#[tokio::test]
async fn a_request_in_any_form_is_stored_and_sent_again_it_changes_nothing() {
    let token = bearer();
    let protobuf = recorded();
    let request = receive::read(Encoding::Protobuf, "", &protobuf).unwrap();
    let json = cxtrace_otlp::json::encode(&request).into_bytes();
    assert_eq!(json_reader::decode(&json).unwrap(), request);
    let mut stored = Vec::new();
    for (encoding, plain) in [(Encoding::Protobuf, &protobuf), (Encoding::Json, &json)] {
        for packed in [false, true] {
            let deployed = Deployed::new().await;
            let body = if packed { gzip(plain) } else { plain.clone() };
            let mut headers = vec![("content-type", encoding.content_type()), ("authorization", token.as_str())];
            if packed {
                headers.push(("content-encoding", "gzip"));
            }
            for _ in 0..3 {
                let answer = deployed.send(&headers, &body).await;
                assert_eq!(answer.status.as_u16(), 200, "{encoding:?} {packed}");
                assert_eq!(cxtrace_otlp::response::read(encoding, &answer.body), Default::default());
            }
            stored.push(deployed.items().await);
        }
    }
    assert!(stored[0] > 0 && stored.iter().all(|items| *items == stored[0]), "{stored:?}");
}

#[tokio::test]
async fn spans_without_the_token_and_what_cannot_be_read_reach_no_table() {
    let deployed = Deployed::new().await;
    let (token, body) = (bearer(), recorded());
    let of_type = ("content-type", "application/x-protobuf");
    let right = ("authorization", token.as_str());
    let status = |body: &[u8]| RpcStatus::decode(body).unwrap().message;
    let bomb = gzip(&vec![0; 50_000_000]);
    for (headers, body, expected) in [
        (vec![of_type], body.as_slice(), 401),
        (vec![of_type, ("authorization", "Bearer another")], &body, 401),
        (vec![of_type, right], b"\xff\xff\xff", 400),
        (vec![of_type, right, ("content-encoding", "gzip")], &body, 400),
        (vec![of_type, right, ("content-encoding", "gzip")], &bomb, 413),
        (vec![of_type, right, ("content-encoding", "zstd")], &body, 415),
        (vec![of_type, right], &vec![0; 4_000_001], 413),
    ] {
        let answer = deployed.send(&headers, body).await;
        assert_eq!(answer.status.as_u16(), expected, "{headers:?}");
        assert!(!status(&answer.body).is_empty());
    }
    assert_eq!(deployed.fixture.requests.take(), "", "not even a read");
    assert_eq!(deployed.send(&[of_type, right], b"").await.status.as_u16(), 200, "an empty request is a success");
    assert_eq!(deployed.items().await, 0);
}

#[tokio::test]
async fn a_request_with_one_span_that_cannot_be_read_is_a_partial_success() {
    let deployed = Deployed::new().await;
    let token = bearer();
    let mut request = receive::read(Encoding::Protobuf, "", &recorded()).unwrap();
    let spans = &mut request.resource_spans[0].scope_spans[0].spans;
    let mut nil = spans[0].clone();
    nil.trace_id = vec![0; 16];
    spans.push(nil);
    // A time that nobody can mean.
    let mut future = spans[0].clone();
    future.trace_id = vec![8; 16];
    (future.start_time_unix_nano, future.end_time_unix_nano) = (u64::MAX - 1, u64::MAX);
    future.attributes.push(cxtrace_otlp::messages::KeyValue::text("call.sid", "CA00112233445566778899aabbccddeeff"));
    spans.push(future);
    let headers = [("content-type", "application/x-protobuf"), ("authorization", token.as_str())];
    let answer = deployed.send(&headers, &request.encode_to_vec()).await;
    let partial = cxtrace_otlp::response::read(Encoding::Protobuf, &answer.body);
    assert_eq!((answer.status.as_u16(), partial.rejected_spans), (200, 2));
    assert!(deployed.items().await > 0, "the others are stored");
}
