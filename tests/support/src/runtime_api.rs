//! Runs functions as Lambda does: the real binary as a process that gets its events from a Runtime API on loopback.
//!
//! Each process has its own API, like each of Lambda's execution environments, so a killed process cannot affect the
//! next one. If a process dies, its event ends as [`Outcome::ProcessDied`]. To deliver the event again, start another
//! process, as Lambda does.
//!
//! Nothing in here waits for time to pass.
//!
//! ```no_run
//! # use cxtrace_test_support::runtime_api::{Function, Outcome};
//! # async fn example() -> std::io::Result<()> {
//! let function = Function::new("target/debug/flow-metrics").set("STATE_TABLE", "state");
//! let process = function.start().await?;
//! let delivery = process.deliver("{}");
//! process.kill().await;
//! assert_eq!(delivery.await, Outcome::ProcessDied);
//! let process = function.start().await?;
//! let outcome = process.deliver("{}").await;
//! # Ok(())
//! # }
//! ```

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, oneshot, watch};

/// The version of the Runtime API, and the first part of its paths.
const VERSION: &str = "/2018-06-01/runtime";

/// A function: a binary and its environment.
#[derive(Debug, Clone)]
pub struct Function {
    binary: PathBuf,
    environment: BTreeMap<String, String>,
    timeout: Duration,
}

impl Function {
    /// The function of `binary`, with only the environment that Lambda itself sets.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let binary = binary.into();
        let name = binary.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let environment = [
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_SESSION_TOKEN", "local".to_owned()),
        ];
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { binary, environment, timeout: Duration::from_secs(60) }
    }

    /// The same with the variable `name`.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// The same with all of `variables`.
    #[must_use]
    pub fn set_all<N: AsRef<str>, V: Into<String>>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        variables.into_iter().fold(self, |function, (name, value)| function.set(name.as_ref(), value))
    }

    /// The same without the variable `name`.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Starts a process. Dropping the result kills it.
    ///
    /// # Errors
    /// When there is no port, or the binary cannot be run.
    pub async fn start(&self) -> std::io::Result<Process> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .envs(&self.environment)
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let api = Arc::new(Api {
            function: self.clone(),
            events: Mutex::default(),
            arrived: Notify::new(),
            start: watch::Sender::new(None),
            spawned: Instant::now(),
        });
        let child = command.spawn()?;
        let pid = child.id().unwrap_or_default();
        let serving = tokio::spawn(serve(listener, api.clone()));
        let (kill, killed) = oneshot::channel();
        let (ended, end) = watch::channel(None);
        let watched = api.clone();
        tokio::spawn(async move {
            let log = watch_over(child, killed).await;
            serving.abort();
            watched.end();
            ended.send_replace(Some(Arc::new(log)));
        });
        Ok(Process { pid, api, kill: Some(kill), end })
    }
}

/// The result of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The function's response.
    Response(Value),
    /// The function's error: an object with `errorType` and `errorMessage`.
    Error(Value),
    /// The process ended before it responded.
    ProcessDied,
}

/// How a process started.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// It asked for its first event, this long after it was spawned.
    Ready(Duration),
    /// It reported that it cannot start.
    Refused(Value),
    /// It ended without asking for an event.
    Ended,
}

/// A running process of a function.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    api: Arc<Api>,
    kill: Option<oneshot::Sender<()>>,
    end: watch::Receiver<Option<Arc<String>>>,
}

impl Process {
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until the process asks for its first event or ends without asking.
    pub async fn started(&self) -> Start {
        let mut start = self.api.start.subscribe();
        // The sender is in `self.api`, so the wait cannot fail.
        match start.wait_for(Option::is_some).await {
            Ok(start) => start.clone().unwrap_or(Start::Ended),
            Err(_) => Start::Ended,
        }
    }

    /// Passes `event` to the process as soon as it asks for one. Events may be any bytes, as on Lambda, and are
    /// delivered in order.
    pub fn deliver(&self, event: impl Into<Vec<u8>>) -> Delivery {
        let (outcome, delivery) = oneshot::channel();
        self.api.events().offer(event.into(), outcome);
        self.api.arrived.notify_one();
        Delivery(delivery)
    }

    /// Kills the process with SIGKILL, which it cannot notice, and waits until it has ended. Returns its standard
    /// output and standard error.
    pub async fn kill(mut self) -> String {
        drop(self.kill.take());
        self.ended().await
    }

    /// Waits until the process has ended by itself. Returns its standard output and standard error.
    pub async fn ended(&self) -> String {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(log) => log.as_deref().cloned().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }
}

/// A delivered event: a future of its [`Outcome`].
#[derive(Debug)]
pub struct Delivery(oneshot::Receiver<Outcome>);

impl Future for Delivery {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        Pin::new(&mut self.0).poll(cx).map(|outcome| outcome.unwrap_or(Outcome::ProcessDied))
    }
}

/// Waits for the end of `child`. It is killed when `killed` is resolved or dropped. Returns its output.
async fn watch_over(mut child: Child, killed: oneshot::Receiver<()>) -> String {
    let output = tokio::spawn(read_all(child.stdout.take()));
    let errors = tokio::spawn(read_all(child.stderr.take()));
    tokio::select! {
        _ = child.wait() => {}
        _ = killed => {
            // This fails if the process has just ended by itself, which is harmless.
            let _ = child.kill().await;
        }
    }
    output.await.unwrap_or_default() + &errors.await.unwrap_or_default()
}

async fn read_all(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // Output before an error is still useful.
        let _ = stream.read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The Runtime API of one process.
#[derive(Debug)]
struct Api {
    function: Function,
    events: Mutex<Events>,
    arrived: Notify,
    start: watch::Sender<Option<Start>>,
    spawned: Instant,
}

#[derive(Debug, Default)]
struct Events {
    waiting: VecDeque<(Vec<u8>, oneshot::Sender<Outcome>)>,
    given: HashMap<String, oneshot::Sender<Outcome>>,
    taken: u64,
    over: bool,
}

impl Events {
    fn offer(&mut self, event: Vec<u8>, outcome: oneshot::Sender<Outcome>) {
        // Dropping the sender reports that the process died.
        if !self.over {
            self.waiting.push_back((event, outcome));
        }
    }

    fn take(&mut self) -> Option<(String, Vec<u8>)> {
        let (event, outcome) = self.waiting.pop_front()?;
        self.taken += 1;
        let id = format!("00000000-0000-0000-0000-{:012}", self.taken);
        self.given.insert(id.clone(), outcome);
        Some((id, event))
    }
}

impl Api {
    fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process is gone.
    fn end(&self) {
        *self.events() = Events { over: true, ..Events::default() };
        self.start_as(Start::Ended);
    }

    /// Only the first report about the start counts.
    fn start_as(&self, start: Start) {
        self.start.send_if_modified(|started| {
            let first = started.is_none();
            if first {
                *started = Some(start);
            }
            first
        });
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let Some(path) = path.strip_prefix(VERSION) else { return plain(StatusCode::NOT_FOUND) };
        if method == Method::GET && path == "/invocation/next" {
            return self.next().await;
        }
        let body = match request.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return plain(StatusCode::BAD_REQUEST),
        };
        let document = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        if path == "/init/error" {
            self.start_as(Start::Refused(document));
            return plain(StatusCode::ACCEPTED);
        }
        let outcome = match path.strip_prefix("/invocation/").and_then(|rest| rest.split_once('/')) {
            Some((id, "response")) => (id, Outcome::Response(document)),
            Some((id, "error")) => (id, Outcome::Error(document)),
            _ => return plain(StatusCode::NOT_FOUND),
        };
        match self.events().given.remove(outcome.0) {
            Some(delivery) => {
                // The sender of the event may not wait for it.
                let _ = delivery.send(outcome.1);
                plain(StatusCode::ACCEPTED)
            }
            None => plain(StatusCode::BAD_REQUEST),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.start_as(Start::Ready(self.spawned.elapsed()));
        let (id, event) = loop {
            let arrived = self.arrived.notified();
            let taken = self.events().take();
            if let Some(taken) = taken {
                break taken;
            }
            arrived.await;
        };
        let timeout = TimeDelta::from_std(self.function.timeout).unwrap_or_default();
        let deadline = (SystemClock.now() + timeout).timestamp_millis();
        let arn = format!(
            "arn:aws:lambda:eu-west-1:123456789012:function:{}",
            self.function.environment.get("AWS_LAMBDA_FUNCTION_NAME").map_or("", String::as_str)
        );
        let response = Response::builder()
            .header("Content-Type", "application/json")
            .header("Lambda-Runtime-Aws-Request-Id", id)
            .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
            .header("Lambda-Runtime-Invoked-Function-Arn", arn)
            .header("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000")
            .body(Full::new(Bytes::from(event)));
        response.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    while let Ok((stream, _)) = listener.accept().await {
        let api = api.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(|request| async {
                Ok::<_, std::convert::Infallible>(api.answer(request).await)
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            // An error here is a process that was killed.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        });
    }
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_that_ends_without_asking_gets_no_event() {
        let process = Function::new("false").start().await.unwrap();
        let waiting = process.deliver("{}");
        assert_eq!(process.started().await, Start::Ended);
        assert_eq!(process.ended().await, "");
        assert_eq!(waiting.await, Outcome::ProcessDied);
        assert_eq!(process.deliver("{}").await, Outcome::ProcessDied);
    }

    #[tokio::test]
    async fn a_process_has_only_its_own_environment_and_lambdas() {
        let process = Function::new("env").set("STATE_TABLE", "state").unset("AWS_REGION").start().await.unwrap();
        let log = process.ended().await;
        assert!(log.contains("STATE_TABLE=state\n") && log.contains("AWS_LAMBDA_RUNTIME_API=127.0.0.1:"), "{log}");
        assert!(!log.contains("AWS_REGION") && !log.contains("PATH="), "{log}");
    }
}
