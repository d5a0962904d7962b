//! A poller with an API, a sink, cursors and a clock in memory.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, FixedJitter};
use cxtrace_settings::PollTargets;
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::registry::Registry;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::PollCursor;
use serde_json::{Value, json};
use source_poller::cursors::Keeping;
use source_poller::{Api, Cursors, PollError, Poller, Run, Target};
use tokio::sync::Notify;
use webhook_receiver::secret_book::Loading;
use webhook_receiver::sink::{Storing, StoringTraces};
use webhook_receiver::{LoadSecrets, NotStored, SecretBook, Secrets, Sink};

pub(crate) const KEY: &str = "the key of the project";

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock that moves only when somebody waits on it or a test moves it.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance(TimeDelta::from_std(duration).unwrap());
        Box::pin(ready(()))
    }
}

/// What the API holds, and how it behaves.
#[derive(Default)]
pub(crate) struct Behaviour {
    /// The conversations with the time from which on they are listed.
    pub(crate) conversations: Vec<(DateTime<Utc>, Value)>,
    /// Answers that come first: a status, and a value of `Retry-After`.
    pub(crate) failures: Vec<(u16, Option<&'static str>)>,
    pub(crate) key: String,
    /// The parameters of every request.
    pub(crate) requests: Vec<BTreeMap<String, String>>,
    /// The page that every request of a later page is refused at.
    pub(crate) forgets_pages: bool,
    pub(crate) now: Option<TestClock>,
    /// How long an answer takes.
    pub(crate) takes: TimeDelta,
    /// An answer waits until this is notified.
    pub(crate) waits_for: Option<Arc<Notify>>,
    /// An answer notifies this.
    pub(crate) notifies: Option<Arc<Notify>>,
}

#[derive(Clone, Default)]
pub(crate) struct FakeApi(pub(crate) Arc<Mutex<Behaviour>>);

impl FakeApi {
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v3/a/p/conversations", listener.local_addr().unwrap());
        let router = Router::new().route("/v3/a/p/conversations", get(list)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Behaviour) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// Adds a conversation that is listed from `listed` on.
    pub(crate) fn add(&self, id: &str, started: DateTime<Utc>, listed: DateTime<Utc>) {
        let conversation = json!({"id": id, "started_at": started, "in_progress": false, "total_duration": 60});
        self.with(|api| api.conversations.push((listed, conversation)));
    }

    pub(crate) fn starts(&self) -> Vec<String> {
        self.with(|api| api.requests.iter().map(|request| request["start_time"].clone()).collect())
    }
}

async fn list(
    State(api): State<FakeApi>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let waits_for = api.with(|api| api.waits_for.clone());
    if let Some(waits_for) = waits_for {
        waits_for.notified().await;
    }
    let mut api = api.0.lock().unwrap();
    if let Some(notifies) = &api.notifies {
        notifies.notify_one();
    }
    api.requests.push(query.clone());
    if !api.failures.is_empty() {
        let (status, after) = api.failures.remove(0);
        let status = StatusCode::from_u16(status).unwrap();
        return match after {
            Some(after) => (status, [("retry-after", after)]).into_response(),
            None => status.into_response(),
        };
    }
    if headers.get("x-api-key").is_none_or(|key| key != api.key.as_str()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if query.contains_key("cursor") && api.forgets_pages {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let clock = api.now.clone().unwrap();
    clock.advance(api.takes);
    let now = clock.now();
    let (from, to) = (at(&query["start_time"]), at(&query["end_time"]));
    let listed: Vec<_> = api
        .conversations
        .iter()
        .filter(|(listed, conversation)| {
            let started = conversation["started_at"].as_str().map_or(*listed, at);
            *listed <= now && (from..=to).contains(&started)
        })
        .map(|(_, conversation)| conversation.clone())
        .collect();
    let limit: usize = query["limit"].parse().unwrap();
    let begin: usize = query.get("cursor").map_or(0, |cursor| cursor.strip_prefix("page-").unwrap().parse().unwrap());
    let end = listed.len().min(begin + limit);
    let cursor = (end < listed.len()).then(|| format!("page-{end}"));
    Json(json!({"conversations": listed[begin..end], "limit": limit, "cursor": cursor})).into_response()
}

/// A sink in memory.
#[derive(Clone, Default)]
pub(crate) struct MemorySink {
    pub(crate) stored: Arc<Mutex<Vec<Delivery>>>,
    pub(crate) fault: Arc<Mutex<Option<NotStored>>>,
}

impl MemorySink {
    /// The ids of the stored conversations, with how often each came.
    pub(crate) fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids = BTreeMap::new();
        for delivery in self.stored.lock().unwrap().iter() {
            let body: Value = serde_json::from_slice(&delivery.body).unwrap();
            *ids.entry(body["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        ids
    }
}

impl Sink for MemorySink {
    fn store(&self, delivery: Delivery) -> Storing<'_> {
        let fault = self.fault.lock().unwrap().clone();
        if fault.is_none() {
            self.stored.lock().unwrap().push(delivery);
        }
        Box::pin(ready(fault.map_or(Ok(()), Err)))
    }

    fn store_traces(&self, _: Delivery) -> StoringTraces<'_> {
        Box::pin(ready(Ok(0)))
    }
}

/// Cursors in memory. Some of their saves fail.
#[derive(Clone, Default)]
pub(crate) struct MemoryCursors {
    pub(crate) kept: Arc<Mutex<BTreeMap<String, PollCursor>>>,
    pub(crate) failing: Arc<Mutex<usize>>,
}

impl Cursors for MemoryCursors {
    fn load<'a>(&'a self, target: &'a str) -> Keeping<'a, Option<PollCursor>> {
        Box::pin(ready(Ok(self.kept.lock().unwrap().get(target).cloned())))
    }

    fn save<'a>(&'a self, target: &'a str, cursor: &'a PollCursor) -> Keeping<'a, ()> {
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            let crash = StoreError::Unprocessed { table: "table".to_owned(), left: 1, attempts: 1 };
            return Box::pin(ready(Err(crash)));
        }
        self.kept.lock().unwrap().insert(target.to_owned(), cursor.clone());
        Box::pin(ready(Ok(())))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct MemorySecrets(pub(crate) Arc<Mutex<String>>);

impl LoadSecrets for MemorySecrets {
    fn load(&self) -> Loading<'_> {
        Box::pin(ready(Secrets::read(&self.0.lock().unwrap()).map_err(Into::into)))
    }
}

pub(crate) struct Fixture {
    pub(crate) api: FakeApi,
    pub(crate) sink: MemorySink,
    pub(crate) cursors: MemoryCursors,
    pub(crate) clock: TestClock,
    pub(crate) secrets: MemorySecrets,
    pub(crate) url: String,
}

impl Fixture {
    /// It is noon, and the API has nothing.
    pub(crate) async fn new() -> Self {
        let clock = TestClock(Arc::new(Mutex::new(at("2026-03-05T12:00:00Z"))));
        let api = FakeApi::default();
        api.with(|api| (api.key, api.now) = (KEY.to_owned(), Some(clock.clone())));
        let url = api.serve().await;
        let secrets = MemorySecrets(Arc::new(Mutex::new(json!({"polyai": KEY}).to_string())));
        Self { api, sink: MemorySink::default(), cursors: MemoryCursors::default(), clock, secrets, url }
    }

    /// A process of the function, which remembers nothing of others.
    pub(crate) fn process(&self) -> Process {
        self.process_of(&[&self.url])
    }

    /// Another API at its own address, with the same key and clock.
    pub(crate) async fn another_api(&self) -> (FakeApi, String) {
        let api = FakeApi::default();
        api.with(|api| (api.key, api.now) = (KEY.to_owned(), Some(self.clock.clone())));
        let url = api.serve().await;
        (api, url)
    }

    /// A process that reads the APIs at these addresses.
    pub(crate) fn process_of(&self, urls: &[&str]) -> Process {
        let targets: Vec<_> = urls.iter().map(|url| format!("polyai?url={url}")).collect();
        let PollTargets(targets) = PollTargets::read(&targets.join(",")).unwrap();
        let targets = targets.iter().map(|target| Target::try_new(target, Registry::embedded()).unwrap()).collect();
        let clock: cxtrace_clock::SharedClock = Arc::new(self.clock.clone());
        let api = Api {
            http: cxtrace_lambda::http::client().unwrap(),
            secrets: SecretBook::new(self.secrets.clone(), clock.clone()),
            clock,
            jitter: Arc::new(FixedJitter(0.0)),
        };
        Process { targets, poller: Poller::new(api, self.sink.clone(), self.cursors.clone()) }
    }

    /// An invocation of a new process, with a minute of time.
    pub(crate) async fn run(&self) -> Result<Run, PollError> {
        self.process().run(self.clock.now() + TimeDelta::seconds(55)).await
    }

    pub(crate) fn cursor(&self) -> PollCursor {
        self.cursors.kept.lock().unwrap().values().next().cloned().unwrap()
    }
}

/// A process of the function.
pub(crate) struct Process {
    targets: Vec<Target>,
    poller: Poller<MemorySink, MemoryCursors>,
}

impl Process {
    pub(crate) async fn run(&self, deadline: DateTime<Utc>) -> Result<Run, PollError> {
        self.poller.run(&self.targets, deadline).await
    }
}
