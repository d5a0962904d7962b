//! Webhooks, through the receiver to the correlation table: what is authentic is stored once, and nothing else is.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use cxtrace_clock::SharedClock;
use cxtrace_sources::registry::Registry;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use webhook_receiver::secret_book::Loading;
use webhook_receiver::{Gate, Head, Hooks, LoadSecrets, Receiver, SecretBook, Secrets, Traces, Unsigned, definitions};

use crate::journeys::support::JourneyFixture;

const SECRET: &str = "the token of this stack";

#[derive(Debug)]
struct Agreed(String);

impl LoadSecrets for Agreed {
    fn load(&self) -> Loading<'_> {
        Box::pin(std::future::ready(Secrets::read(&self.0).map_err(Into::into)))
    }
}

/// A receiver in front of a table. All its sources have the same secret, as a bearer token.
struct Deployed {
    fixture: JourneyFixture,
    receiver: Receiver<Arc<span_collector::SpanCollector>>,
}

impl Deployed {
    async fn new() -> Self {
        let fixture = JourneyFixture::new().await;
        // After the times in the samples.
        fixture.clock.advance_to("2026-03-06T00:00:00Z".parse().unwrap());
        let clock: SharedClock = Arc::new(fixture.clock.clone());
        let secret = json!({"secret": SECRET, "auth": {"scheme": "bearer"}});
        let agreed: Value =
            ["elevenlabs", "didww", "twilio"].into_iter().map(|s| (s.to_owned(), secret.clone())).collect();
        let secrets = SecretBook::new(Agreed(agreed.to_string()), clock.clone());
        let find = |source: &str| definitions::hook(Registry::embedded(), source);
        let gate = Arc::new(Gate::new(secrets, Unsigned::Refused));
        let collector = Arc::new(fixture.collector());
        let hooks = Hooks::new(Box::new(find), gate.clone(), collector.clone(), clock.clone());
        Self { receiver: Receiver { hooks, traces: Traces::new(gate, collector, clock) }, fixture }
    }

    async fn send(&self, source: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let header =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        let mut all = HeaderMap::new();
        all.extend(headers.iter().map(header));
        let path = format!("/hooks/{source}");
        let head = Head {
            method: Method::POST,
            url: format!("https://hooks.example.com{path}"),
            path,
            query: String::new(),
            headers: all,
        };
        self.receiver.respond(head, body.to_vec()).await.status.as_u16()
    }

    /// How many items the table has.
    async fn items(&self) -> usize {
        let scanned = self.fixture.client.scan().table_name("correlation").send().await.unwrap();
        scanned.items.unwrap_or_default().len()
    }

    /// The requests to the table since the last call.
    fn writes(&self) -> String {
        self.fixture.requests.take()
    }
}

fn bearer() -> String {
    format!("Bearer {SECRET}")
}

/// A recorded webhook of a source.
fn recorded(source: &str) -> Vec<u8> {
    let path = format!("shared/sources/definitions/{source}/samples/conversations.ndjson");
    let text = crate::template::file(&path);
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    line["body"].as_str().unwrap().as_bytes().to_vec()
}

#[tokio::test]
async fn an_authentic_webhook_is_stored_and_a_replay_changes_nothing() {
    let deployed = Deployed::new().await;
    let body = recorded("elevenlabs");
    let authorization = bearer();
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    assert_eq!(deployed.send("elevenlabs", &headers, &body).await, 204);
    assert!(deployed.writes().contains("BatchWriteItem"), "its facts are stored");
    let items = deployed.items().await;
    assert!(items > 0);
    deployed.fixture.clock.advance_to(deployed.fixture.assembly().now() + TimeDelta::seconds(30));
    assert_eq!(deployed.send("elevenlabs", &headers, &body).await, 204);
    assert_eq!(deployed.items().await, items);
}

#[tokio::test]
async fn what_is_not_authentic_reaches_no_table() {
    let deployed = Deployed::new().await;
    let body = recorded("elevenlabs");
    let authorization = bearer();
    let right = ("authorization", authorization.as_str());
    for (source, headers) in [
        ("elevenlabs", vec![]),
        ("elevenlabs", vec![("authorization", "Bearer another")]),
        ("elevenlabs", vec![right, right]),
        ("vapi", vec![right]),
        ("nobody", vec![right]),
        ("example", vec![right]),
        ("genesys", vec![right]),
    ] {
        let status = deployed.send(source, &headers, &body).await;
        assert!([401, 404].contains(&status), "{source} {headers:?}: {status}");
    }
    assert_eq!(deployed.writes(), "");
}

#[tokio::test]
async fn a_bomb_and_garbage_are_refused_without_a_trace() {
    let deployed = Deployed::new().await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![b'['; 64 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let authorization = bearer();
    let headers = [("authorization", authorization.as_str()), ("content-encoding", "gzip")];
    for body in [bomb.as_slice(), STANDARD.encode(&bomb).as_bytes(), &[0xff, 0xfe], b"[[[[[[[[[[[[[[[[", b"{"] {
        for source in ["didww", "elevenlabs"] {
            let status = deployed.send(source, &headers, body).await;
            assert!([400, 204].contains(&status), "{source}: {status}");
        }
    }
    assert_eq!(deployed.writes(), "", "nothing of them is stored");
    assert_eq!(deployed.send("didww", &headers, &vec![b'x'; 1024 * 1024 + 1]).await, 413);
}
