//! Cxtrace's own traces: what a receiver gets of an invocation, and what a receiver that is down costs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_lambda::own_traces::work::{self, Work};
use cxtrace_lambda::own_traces::{Invoked, OwnTraces};
use cxtrace_settings::Environment;
use serde_json::{Value, json};

const REQUEST: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const TRACE: &str = "8476a536e9f411e897392dfe598c3fcd";
const JOURNEY: &str = "847d334010b91d97e37cd66813846326";

type Requests = Arc<Mutex<Vec<(String, HeaderMap, Value)>>>;

async fn receive(State(requests): State<Requests>, uri: Uri, headers: HeaderMap, body: Bytes) -> &'static str {
    let body = serde_json::from_slice(&body).unwrap();
    requests.lock().unwrap().push((uri.path().to_owned(), headers, body));
    "{}"
}

/// Answers 503 to traces, and counts them.
async fn refuse(State(attempts): State<Arc<Mutex<u32>>>, uri: Uri) -> (StatusCode, &'static str) {
    let is_receiver = uri.path() == "/v1/traces";
    *attempts.lock().unwrap() += u32::from(is_receiver);
    if is_receiver { (StatusCode::SERVICE_UNAVAILABLE, "") } else { (StatusCode::OK, "{}") }
}

/// A server that is both DynamoDB and the receiver of traces. Returns its address.
async fn server() -> (String, Requests) {
    let requests = Requests::default();
    let router = Router::new().fallback(receive).with_state(Arc::clone(&requests));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, requests)
}

fn environment(address: &str, percent: &str) -> Environment {
    Environment::of([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", address),
        ("OTLP_ENDPOINT", address),
        ("OTLP_HEADERS", "x-key=hushhush"),
        ("OTLP_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        ("OWN_TRACES_PERCENT", percent),
    ])
}

struct Function {
    own: Option<OwnTraces>,
    dynamodb: aws_sdk_dynamodb::Client,
}

fn function(address: &str, percent: &str) -> Function {
    let environment = environment(address, percent);
    let http = cxtrace_lambda::http::client().unwrap();
    let aws = cxtrace_lambda::aws::from_environment(&environment, http.clone()).unwrap();
    let own = OwnTraces::read(&environment, &aws, http, Arc::new(SystemClock), "journey-settler").unwrap();
    Function { own, dynamodb: aws_sdk_dynamodb::Client::new(&aws) }
}

impl Function {
    /// Works on a journey with one request, and sends the trace.
    async fn invoke(&self, error: Option<&str>) {
        let (work, began) = (Work::default(), SystemClock.now());
        let working = async {
            work::journey(JOURNEY);
            let key = aws_sdk_dynamodb::types::AttributeValue::S("ada.lovelace@example.com".to_owned());
            self.dynamodb.get_item().table_name("facts").key("pk", key).send().await.unwrap();
        };
        work.during(working).await;
        let counts = BTreeMap::from([("settled", 3)]);
        let ended = SystemClock.now();
        let invoked = Invoked { request_id: REQUEST, began, ended, cold: true, error, counts: &counts };
        self.own.as_ref().unwrap().send(&invoked, &work, deadline()).await;
    }
}

fn deadline() -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::minutes(1)
}

fn attributes(of: &Value) -> BTreeMap<String, Value> {
    let pairs = of["attributes"].as_array().unwrap().iter();
    pairs.map(|pair| (pair["key"].as_str().unwrap().to_owned(), pair["value"].clone())).collect()
}

#[tokio::test]
async fn an_invocation_is_a_span_with_its_requests_and_journeys() {
    let (address, requests) = server().await;
    function(&address, "100").invoke(Some("SettleError")).await;
    let (path, headers, body) = requests.lock().unwrap().pop().unwrap();
    assert_eq!((path.as_str(), headers["x-key"].to_str().unwrap()), ("/v1/traces", "hushhush"));
    assert!(!body.to_string().contains("ada") && !body.to_string().contains("facts"), "{body}");
    let of = &body["resourceSpans"][0];
    let resource = attributes(&of["resource"]);
    assert_eq!(resource["service.name"], json!({"stringValue": "journey-settler"}));
    assert_eq!(resource["deployment.environment.name"], json!({"stringValue": "test"}));
    let spans = of["scopeSpans"][0]["spans"].as_array().unwrap();
    let [root, call] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(
        (&root["name"], &root["traceId"], &root["status"]),
        (&json!("journey-settler"), &json!(TRACE), &json!({"code": 2}))
    );
    assert_eq!(root["links"][0]["traceId"], JOURNEY);
    assert_eq!(attributes(&root["links"][0])["cx.journey.id"], json!({"stringValue": JOURNEY}));
    let own = attributes(root);
    assert_eq!(own["cx.count.settled"], json!({"intValue": "3"}));
    assert_eq!(own["faas.invocation_id"], json!({"stringValue": REQUEST}));
    assert_eq!(own["error.type"], json!({"stringValue": "SettleError"}));
    assert_eq!((&call["name"], &call["traceId"]), (&json!("DynamoDB.GetItem"), &json!(TRACE)));
    assert_eq!(call["parentSpanId"], root["spanId"]);
    assert_ne!(call["spanId"], root["spanId"]);
    assert_eq!(attributes(call)["http.response.status_code"], json!({"intValue": "200"}));
    let time = |span: &Value, name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(time(root, "startTimeUnixNano") <= time(call, "startTimeUnixNano"));
    assert!(time(call, "endTimeUnixNano") <= time(root, "endTimeUnixNano"));
}

#[tokio::test]
async fn the_request_is_one_of_otlp() {
    let (address, requests) = server().await;
    function(&address, "100").invoke(None).await;
    let (_, _, body) = requests.lock().unwrap().pop().unwrap();
    let request = cxtrace_otlp::json_reader::decode(body.to_string().as_bytes()).unwrap();
    let spans = &request.resource_spans[0].scope_spans[0].spans;
    assert!(spans.len() == 2 && spans.iter().all(|span| span.trace_id.len() == 16 && span.span_id.len() == 8));
    assert_eq!(spans[0].links[0].span_id.len(), 8);
}

#[tokio::test]
async fn of_a_small_share_only_failures_are_sent() {
    let (address, requests) = server().await;
    let function = function(&address, "1");
    let traces = || requests.lock().unwrap().iter().filter(|(path, ..)| path == "/v1/traces").count();
    function.invoke(None).await;
    assert_eq!(traces(), 0);
    function.invoke(Some("SettleError")).await;
    assert_eq!(traces(), 1);
}

#[tokio::test]
async fn they_are_off_without_a_share_or_a_receiver() {
    assert!(function("http://127.0.0.1:9", "0").own.is_none());
    let aws = cxtrace_lambda::aws::from_environment(
        &environment("http://127.0.0.1:9", "1"),
        cxtrace_lambda::http::client().unwrap(),
    );
    let without = Environment::of([("OWN_TRACES_PERCENT", "100")]);
    let own =
        OwnTraces::read(&without, &aws.unwrap(), cxtrace_lambda::http::client().unwrap(), Arc::new(SystemClock), "f");
    assert!(own.unwrap().is_none());
    // Nothing is recorded then.
    work::journey(JOURNEY);
    assert!(work::begin(|| panic!("a name is made for nothing")).is_none());
}

#[tokio::test]
async fn a_receiver_that_fails_is_left_alone_for_a_minute() {
    let attempts = Arc::new(Mutex::new(0));
    let router = Router::new().fallback(refuse).with_state(Arc::clone(&attempts));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let function = function(&address, "100");
    for _ in 0..5 {
        function.invoke(Some("SettleError")).await;
    }
    assert_eq!(*attempts.lock().unwrap(), 1);
}
