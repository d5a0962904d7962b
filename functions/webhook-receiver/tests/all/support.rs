//! A receiver with a sink, secrets and a clock in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::Clock;
use cxtrace_signatures::{Auth, Handshake};
use cxtrace_sources::delivery::Delivery;
use ring::hmac;
use serde_json::{Value, json};
use webhook_receiver::secret_book::Loading;
use webhook_receiver::sink::{Storing, StoringTraces};
use webhook_receiver::{
    Answer, Gate, Head, Hook, Hooks, LoadSecrets, NotStored, ReadBody, Receiver, SecretBook, Secrets, Sink, Traces,
    TracesNotStored, Unsigned,
};

pub(crate) const SECRET: &str = "a-shared-secret";
pub(crate) const BODY: &str = r#"{"event":"test","id":"evt_1","caller":"+12025550143"}"#;

/// A sink in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemorySink {
    stored: Arc<Mutex<Vec<Delivery>>>,
    fault: Arc<Mutex<Option<NotStored>>>,
    traces: Arc<Mutex<Option<Result<usize, TracesNotStored>>>>,
    hangs: Arc<Mutex<bool>>,
}

impl Sink for MemorySink {
    fn store(&self, delivery: Delivery) -> Storing<'_> {
        if *self.hangs.lock().unwrap() {
            return Box::pin(pending());
        }
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Box::pin(ready(Err(fault)));
        }
        self.stored.lock().unwrap().push(delivery);
        Box::pin(ready(Ok(())))
    }

    fn store_traces(&self, delivery: Delivery) -> StoringTraces<'_> {
        if *self.hangs.lock().unwrap() {
            return Box::pin(pending());
        }
        let result = self.traces.lock().unwrap().clone().unwrap_or(Ok(0));
        if result.is_ok() {
            self.stored.lock().unwrap().push(delivery);
        }
        Box::pin(ready(result))
    }
}

/// Secrets in memory, which count how often they are read.
#[derive(Debug, Clone)]
pub(crate) struct MemorySecrets(Arc<Mutex<(Option<String>, usize)>>);

impl LoadSecrets for MemorySecrets {
    fn load(&self) -> Loading<'_> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        let json = state.0.clone().unwrap_or_else(|| "not there".to_owned());
        Box::pin(ready(Secrets::read(&json).map_err(Into::into)))
    }
}

/// A clock that stands still. A pause on it never ends, unless time has run out.
#[derive(Debug, Clone)]
pub(crate) struct StoppedClock(Arc<Mutex<(DateTime<Utc>, bool)>>);

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match self.0.lock().unwrap().1 {
            true => Box::pin(ready(())),
            false => Box::pin(pending()),
        }
    }
}

pub(crate) struct Fixture {
    receiver: Receiver<MemorySink>,
    sink: MemorySink,
    secrets: MemorySecrets,
    clock: StoppedClock,
}

fn hook(source: &str) -> Option<Hook> {
    let auth: Value = match source {
        "timed" => json!({"scheme": "hmac", "header": "X-Signature", "parts": {"timestamp": "t", "signature": "v0"},
                          "signed": "{timestamp}.{body}"}),
        "zoom" => json!({"scheme": "hmac", "header": "X-Signature"}),
        "twilio" | "call-twilio" => json!({"scheme": "twilio"}),
        "ringcentral" => json!({"scheme": "token", "header": "Verification-Token"}),
        "8x8" => json!({"scheme": "token", "header": "X-Token"}),
        "plain" => return Some(Hook::try_new(source, &BTreeMap::new(), BTreeSet::new(), None).unwrap()),
        "chosen" => {
            let auths = json!({"default": {"scheme": "token", "header": "X-Token"}, "cdr": {"scheme": "basic"},
                               "bearer": {"scheme": "bearer"}});
            let used = BTreeSet::from(["default".to_owned(), "cdr".to_owned()]);
            return Some(Hook::try_new(source, &serde_json::from_value(auths).unwrap(), used, None).unwrap());
        }
        _ => return None,
    };
    let handshake = match source {
        "zoom" => Some(Handshake::Zoom),
        "ringcentral" => Some(Handshake::RingCentral),
        "8x8" => Some(Handshake::EightByEight),
        _ => None,
    };
    let auth: Auth = serde_json::from_value(auth).unwrap();
    let name = source.strip_prefix("call-").unwrap_or(source);
    let auths = BTreeMap::from([("default".to_owned(), auth)]);
    Some(Hook::try_new(name, &auths, BTreeSet::new(), handshake).unwrap())
}

impl Fixture {
    /// A receiver with the same secret for each source.
    pub(crate) fn new() -> Self {
        let secrets: Value = ["timed", "zoom", "twilio", "ringcentral", "8x8", "plain"]
            .into_iter()
            .map(|source| (source.to_owned(), json!(SECRET)))
            .collect();
        Self::with(Some(secrets.to_string()), Unsigned::Refused)
    }

    pub(crate) fn with(secrets: Option<String>, unsigned: Unsigned) -> Self {
        let (sink, secrets) = (MemorySink::default(), MemorySecrets(Arc::new(Mutex::new((secrets, 0)))));
        let clock = StoppedClock(Arc::new(Mutex::new(("2025-02-14T12:48:40Z".parse().unwrap(), false))));
        let shared: cxtrace_clock::SharedClock = Arc::new(clock.clone());
        let gate = Arc::new(Gate::new(SecretBook::new(secrets.clone(), shared.clone()), unsigned));
        let hooks = Hooks::new(Box::new(hook), gate.clone(), sink.clone(), shared.clone());
        let traces = Traces::new(gate, sink.clone(), shared);
        Self { receiver: Receiver { hooks, traces }, sink, secrets, clock }
    }

    /// What becomes of requests with spans.
    pub(crate) fn store_traces_as(&self, result: Result<usize, TracesNotStored>) {
        *self.sink.traces.lock().unwrap() = Some(result);
    }

    /// Sends a request with any body.
    pub(crate) async fn respond(&self, head: Head, body: impl ReadBody) -> Answer {
        self.receiver.respond(head, body).await
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.0.lock().unwrap().0 += by;
    }

    pub(crate) fn run_out_of_time(&self) {
        self.clock.0.lock().unwrap().1 = true;
        *self.sink.hangs.lock().unwrap() = true;
    }

    pub(crate) fn fail(&self, fault: Option<NotStored>) {
        *self.sink.fault.lock().unwrap() = fault;
    }

    pub(crate) fn set_secrets(&self, json: Option<&str>) {
        self.secrets.0.lock().unwrap().0 = json.map(str::to_owned);
    }

    /// How often the secrets were read.
    pub(crate) fn reads(&self) -> usize {
        self.secrets.0.lock().unwrap().1
    }

    pub(crate) fn stored(&self) -> Vec<Delivery> {
        self.sink.stored.lock().unwrap().clone()
    }

    /// Sends a request as API Gateway does.
    pub(crate) async fn send(&self, event: Value) -> Answer {
        let event: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        let (head, body) = Head::of_event(event, None);
        self.receiver.respond(head, body).await
    }

    /// A signed request to the source `timed`.
    pub(crate) fn timed(&self) -> Value {
        let signature = sign(SECRET, &format!("{}.{BODY}", self.now()));
        event("timed", &[("x-signature", &format!("t={},v0={signature}", self.now()))], BODY)
    }

    pub(crate) async fn status(&self, event: Value) -> u16 {
        self.send(event).await.status.as_u16()
    }
}

/// An HMAC-SHA256 in hexadecimal digits.
pub(crate) fn sign(secret: &str, text: &str) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes()))
}

/// An event of an HTTP API.
pub(crate) fn event(source: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let mut all = json!({"host": "abc123.execute-api.eu-west-1.amazonaws.com", "content-type": "application/json"});
    headers.iter().for_each(|(name, value)| all[*name] = json!(value));
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks/{source}",
        "rawPath": format!("/hooks/{source}"),
        "rawQueryString": "",
        "headers": all,
        "requestContext": {
            "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
            "http": {"method": "POST", "path": format!("/hooks/{source}"), "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": false,
    })
}
