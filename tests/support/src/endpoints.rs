//! The services that functions reach over HTTP: DynamoDB, Secrets Manager, SQS, EventBridge and Datadog, on one
//! loopback address.
//!
//! They use the embedded engine and the fake Datadog of the local twin. A test can hold any request for ever, before or
//! after it took effect. So it can kill a process in the middle of a request without timing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use bytes::Bytes;
use chrono::TimeDelta;
use cxtrace::engine::{Change, Engine, EngineHttp, sdk_config};
use cxtrace::intake::Intake;
use cxtrace::wiring::{Handler, of_change};
use cxtrace_clock::SharedClock;
use cxtrace_store::{StateTable, schema};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The name of the state table.
pub const TABLE: &str = "state";

/// The only API key that this Datadog accepts. It is in the secret [`SECRET_ARN`], as JSON.
pub const API_KEY: &str = "0123456789abcdef0123456789abcdef";

/// The token of senders of spans. It is in the same secret.
pub const TRACES_TOKEN: &str = "a-token-of-the-collector";

/// The secret with the API key and the token.
pub const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf";

/// The place where a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When it has arrived, before its effect. A held request never takes effect.
    BeforeEffect,
    /// After its effect, before its response. A held request never gets a response.
    BeforeAnswer,
}

/// AWS and Datadog on loopback, for one world.
#[derive(Debug)]
pub struct Endpoints {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    clock: SharedClock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    hold: Option<Hold>,
    /// The number of requests since [`Endpoints::hold`], or since the start.
    arrived: u64,
    requests: BTreeMap<String, u64>,
    dead_letters: Vec<Value>,
    intake: Intake,
}

#[derive(Debug)]
struct Hold {
    nth: u64,
    moment: Moment,
    reached: oneshot::Sender<String>,
}

impl Endpoints {
    /// A world with an empty state table and `clock`.
    ///
    /// # Errors
    /// When there is no port, or the engine cannot be set up.
    pub async fn start(clock: SharedClock) -> std::io::Result<Self> {
        let engine = Engine::in_memory(clock.clone()).map_err(std::io::Error::other)?;
        schema::create(&client(&engine), TABLE, false).await.map_err(std::io::Error::other)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { engine, clock, state: Mutex::default() });
        tokio::spawn(serve(listener, shared.clone()));
        Ok(Self { url, shared })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variables that make a function use this world.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("STATE_TABLE", TABLE.to_owned()),
            ("DD_METRICS_URL", self.url.clone()),
            ("DD_API_KEY_SECRET_ARN", SECRET_ARN.to_owned()),
            ("DEAD_LETTER_QUEUE_URL", format!("{}/123456789012/dead-letters", self.url)),
        ]
    }

    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// A client whose requests are neither held nor counted.
    #[must_use]
    pub fn client(&self) -> Client {
        client(&self.shared.engine)
    }

    /// The state table, through a client whose requests are neither held nor counted.
    #[must_use]
    pub fn table(&self) -> StateTable {
        StateTable::new(client(&self.shared.engine), TABLE, TimeDelta::days(30), self.shared.clock.clone())
    }

    /// Holds the `nth` request from now, counted from 1, for ever. Returns its name when it is held.
    pub fn hold(&self, nth: u64, moment: Moment) -> oneshot::Receiver<String> {
        let (reached, held) = oneshot::channel();
        let mut state = self.shared.state();
        state.arrived = 0;
        state.hold = Some(Hold { nth, moment, reached });
        held
    }

    /// The number of requests by name: an operation of AWS, or `series`.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.shared.state().requests.clone()
    }

    /// The messages in the dead-letter queue.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<Value> {
        self.shared.state().dead_letters.clone()
    }

    /// Datadog's total of each metric, over all its points.
    #[must_use]
    pub fn held(&self) -> BTreeMap<String, u64> {
        let mut held = BTreeMap::new();
        for point in self.shared.state().intake.points() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "counts are small whole numbers"
            )]
            let value = point.value as u64;
            *held.entry(point.metric.to_owned()).or_default() += value;
        }
        held
    }

    /// At most `most` occurrences that the table's stream would pass to the publisher next, as Lambda's event. `None`
    /// if none is waiting.
    #[must_use]
    pub fn next_batch(&self, most: usize) -> Option<String> {
        let changes = self.shared.engine.take_changes(0, most);
        let records: Vec<_> = changes.iter().filter(|change| wakes_the_publisher(change)).map(Change::record).collect();
        if records.is_empty() { None } else { Some(json!({ "Records": records }).to_string()) }
    }

    /// The number of occurrences that count in each bucket of each metric, by the table: those that are stored or were
    /// carried there, without those that count elsewhere. Empty buckets are left out.
    #[must_use]
    pub fn counted(&self) -> BTreeMap<(String, i64), usize> {
        let mut ledgers: BTreeMap<String, Ledger> = BTreeMap::new();
        for item in self.scan() {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            let number = |name: &str| item[name]["N"].as_str().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            let ledger = ledgers.entry(text("pk")).or_default();
            let sk = text("sk");
            if let Some(id) = sk.strip_prefix("occurrence#") {
                ledger.name = text("name");
                ledger.occurrences.insert(id.to_owned());
            } else if let Some(id) = sk.strip_prefix("moved#") {
                ledger.moved.insert(id.to_owned());
            } else if sk.starts_with("carried#") {
                ledger.name = text("name");
                ledger.received += number("count");
            } else if sk == "note" {
                ledger.carried = number("carried");
            }
        }
        let mut counted = BTreeMap::new();
        for (pk, ledger) in ledgers {
            let start = pk.rsplit('#').next().and_then(|start| start.parse().ok()).unwrap_or_default();
            let stored = ledger.occurrences.difference(&ledger.moved).count();
            let here = (stored + ledger.received).saturating_sub(ledger.carried);
            if here > 0 {
                *counted.entry((ledger.name, start)).or_default() += here;
            }
        }
        counted
    }

    fn scan(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = json!({ "TableName": TABLE });
            if !start.is_null() {
                request["ExclusiveStartKey"] = start;
            }
            let (_, page) = self.shared.engine.execute("Scan", request.to_string().as_bytes());
            let mut page: Value = serde_json::from_str(&page).unwrap_or_default();
            start = page["LastEvaluatedKey"].take();
            if let Value::Array(page) = page["Items"].take() {
                items.extend(page);
            }
            if start.is_null() {
                return items;
            }
        }
    }
}

#[derive(Default)]
struct Ledger {
    name: String,
    occurrences: BTreeSet<String>,
    moved: BTreeSet<String>,
    received: usize,
    carried: usize,
}

/// Whether the template's event source mapping lets `change` through.
#[must_use]
pub fn wakes_the_publisher(change: &Change) -> bool {
    of_change(change.event_name(), change.sort_key()) == Some(Handler::MetricsPublisher)
}

fn client(engine: &Engine) -> Client {
    Client::new(&sdk_config(EngineHttp(engine.clone())))
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(|request| shared.answer(request));
            let io = hyper_util::rt::TokioIo::new(stream);
            // An error here is a process that was killed.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        });
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let (service, operation) = match header("x-amz-target").and_then(|target| target.split_once('.')) {
            Some((service, operation)) => (service, operation),
            None if parts.uri.path() == "/api/v2/series" => ("datadog", "series"),
            None if parts.uri.path() == "/api/v1/distribution_points" => ("datadog", "distribution_points"),
            None => return Ok(response(404, String::new())),
        };
        let held = self.arrive(operation);
        let held = match held {
            Some(hold) if hold.moment == Moment::BeforeEffect => return hold.for_ever(operation).await,
            other => other,
        };
        let (status, answer) = match (service, operation) {
            ("datadog", _) if header("dd-api-key") != Some(API_KEY) => {
                (403, json!({ "errors": ["Forbidden"] }).to_string())
            }
            ("datadog", "distribution_points") => {
                let encoding = header("content-encoding");
                let answer = self.state().intake.accept_distributions(self.clock.now(), &body, encoding);
                (answer.status, answer.body)
            }
            ("datadog", _) => {
                let answer = self.state().intake.accept(self.clock.now(), &body, header("content-encoding"));
                (answer.status, answer.body)
            }
            ("AmazonSQS", "SendMessage") => self.keep_letter(&body),
            ("secretsmanager", "GetSecretValue") => {
                let secret = json!({ "dd_api_key": API_KEY, "otlp": TRACES_TOKEN }).to_string();
                (200, json!({ "ARN": SECRET_ARN, "Name": "datadog", "SecretString": secret }).to_string())
            }
            ("AWSEvents", "PutEvents") => {
                let request: Value = serde_json::from_slice(&body).unwrap_or_default();
                let taken = request["Entries"].as_array().map_or(0, Vec::len);
                let entries: Vec<_> = (0..taken).map(|n| json!({ "EventId": n.to_string() })).collect();
                (200, json!({ "FailedEntryCount": 0, "Entries": entries }).to_string())
            }
            _ => self.engine.execute(operation, &body),
        };
        match held {
            Some(hold) => hold.for_ever(operation).await,
            None => Ok(response(status, answer)),
        }
    }

    /// Counts a request, and returns its hold if there is one.
    fn arrive(&self, operation: &str) -> Option<Hold> {
        let mut state = self.state();
        state.arrived += 1;
        *state.requests.entry(operation.to_owned()).or_default() += 1;
        let arrived = state.arrived;
        state.hold.take_if(|hold| hold.nth == arrived)
    }

    fn keep_letter(&self, body: &[u8]) -> (u16, String) {
        let message: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = message["MessageBody"].as_str().unwrap_or_default();
        let dead_letter = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let mut state = self.state();
        state.dead_letters.push(dead_letter);
        (200, json!({ "MessageId": state.dead_letters.len().to_string() }).to_string())
    }
}

impl Hold {
    /// The request is dropped when its connection ends, which happens when the process ends.
    async fn for_ever<T>(self, operation: &str) -> T {
        // The caller of `hold` may have stopped waiting.
        let _ = self.reached.send(operation.to_owned());
        std::future::pending().await
    }
}

fn response(status: u16, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
