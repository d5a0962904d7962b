//! Records all outputs of the functions: what they write, send, log and return.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use cxtrace::engine::{self, EngineHttp};
use cxtrace_tests::connector::Respond;
use cxtrace_tests::sim::journeys::facts::unpack;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use journey_settler::bus::{Bus, BusError, Event};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use super::search::{Search, Sighting};

/// The recorded texts, by output.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<BTreeMap<&'static str, Vec<u8>>>>);

/// The SDK logs the parts of its client, and this is one of them.
impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

impl Witness {
    /// Records a text of an output.
    pub(crate) fn hear(&self, place: &'static str, said: impl AsRef<[u8]>) {
        let mut all = self.0.lock().unwrap();
        let heard = all.entry(place).or_default();
        heard.extend_from_slice(said.as_ref());
        heard.push(b'\n');
    }

    /// The first canary in each output that has one.
    pub(crate) fn sightings(&self, search: &Search<'_>) -> BTreeMap<&'static str, Sighting> {
        let all = self.0.lock().unwrap();
        all.iter().filter_map(|(place, said)| Some((*place, search.look(said)?))).collect()
    }

    /// How many bytes were recorded of an output.
    pub(crate) fn recorded(&self, place: &str) -> usize {
        self.0.lock().unwrap().get(place).map_or(0, Vec::len)
    }

    /// How many bytes were logged at the levels that a deployed function logs.
    pub(crate) fn logged(&self) -> usize {
        let all = self.0.lock().unwrap();
        let logs = all.get("logs").map_or(&[][..], Vec::as_slice);
        let is_deployed = |line: &&[u8]| {
            let level = |level: &str| line.windows(level.len()).take(80).any(|part| part == level.as_bytes());
            ["\"INFO\"", "\"WARN\"", "\"ERROR\""].into_iter().any(level)
        };
        logs.split(|byte| *byte == b'\n').filter(is_deployed).map(<[u8]>::len).sum()
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    /// All recorded texts.
    pub(crate) fn said(&self) -> BTreeMap<&'static str, Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

/// A table's engine whose requests are recorded, and that can refuse them.
#[derive(Debug, Clone)]
pub(crate) struct Overheard {
    pub(crate) below: EngineHttp,
    pub(crate) witness: Witness,
    pub(crate) refuses: Arc<AtomicBool>,
}

impl Respond for Overheard {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let mut readable: serde_json::Value =
            serde_json::from_slice(body).unwrap_or_else(|_| panic!("a request that is not JSON"));
        // Whoever reads the table decompresses its attributes.
        unpack(&mut readable);
        self.witness.hear("DynamoDB", readable.to_string());
        if self.refuses.load(Ordering::SeqCst) {
            // DynamoDB repeats invalid values in its errors.
            let refusal = serde_json::json!({
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": format!("one or more values are invalid: {}", String::from_utf8_lossy(body)),
            });
            return HttpConnectorFuture::ready(engine::answer(400, refusal.to_string()));
        }
        self.below.call(request)
    }
}

/// A journey bus whose events are recorded.
#[derive(Debug, Clone)]
pub(crate) struct OverheardBus(pub(crate) Witness);

impl Bus for OverheardBus {
    async fn put(&self, events: Vec<Event>) -> Result<(), BusError> {
        for event in events {
            self.0.hear("journey bus", format!("{} {}", event.detail_type, event.detail));
        }
        Ok(())
    }
}

/// A Datadog that accepts and records everything. Returns its address.
pub(crate) async fn datadog(witness: Witness) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let witness = witness.clone();
            let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
                let witness = witness.clone();
                async move {
                    let zipped = request.headers().contains_key("content-encoding");
                    let head = format!("{} {:?}", request.uri(), request.headers());
                    let body = request.into_body().collect().await?.to_bytes();
                    witness.hear("Datadog", head);
                    witness.hear("Datadog", if zipped { unzipped(&body) } else { body.to_vec() });
                    let mut answer = Response::new(Full::new(Bytes::from_static(b"{}")));
                    *answer.status_mut() = hyper::StatusCode::ACCEPTED;
                    Ok::<_, hyper::Error>(answer)
                }
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    Ok(url)
}

fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    io::copy(&mut MultiGzDecoder::new(body), &mut plain).unwrap();
    plain
}

/// The target of logs.
impl<'a> MakeWriter<'a> for Witness {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.clone())
    }
}

/// A line of a log.
#[derive(Debug)]
pub(crate) struct Line(Witness);

impl io::Write for Line {
    fn write(&mut self, said: &[u8]) -> io::Result<usize> {
        self.0.hear("logs", said);
        Ok(said.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
