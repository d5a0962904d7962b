//! A receiver of OTLP/HTTP, written from the specification: it keeps what it takes, and answers as a test wants.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex};

use cxtrace_otlp::messages::{ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse, Value};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::TcpListener;

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Take,
    /// Takes it, and closes the connection without an answer.
    TakeAndHangUp,
    /// Takes it but for so many spans.
    Partly(i64),
    /// Asks for a pause of so many seconds.
    Busy(u64),
    Status(u16),
    /// Answers 400 if the request holds a span of this journey, and takes it otherwise.
    RejectJourney(String),
}

#[derive(Debug, Default)]
struct Kept {
    answer: Option<Answer>,
    requests: usize,
    /// The journey of each span that was taken, by trace id and span id.
    spans: BTreeMap<(Vec<u8>, Vec<u8>), String>,
}

#[derive(Debug, Clone)]
pub(super) struct Receiver {
    url: reqwest::Url,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap()).parse().unwrap();
        let shared = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&shared);
                let answer = service_fn(move |request| receive(request, Arc::clone(&kept)));
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                tokio::spawn(connection);
            }
        });
        Self { url, kept }
    }

    pub(super) fn url(&self) -> reqwest::Url {
        self.url.clone()
    }

    pub(super) fn answer_always(&self, answer: Answer) {
        self.kept.lock().unwrap().answer = Some(answer);
    }

    pub(super) fn requests(&self) -> usize {
        self.kept.lock().unwrap().requests
    }

    /// The ids of the spans that it has taken.
    pub(super) fn spans(&self) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
        self.kept.lock().unwrap().spans.keys().cloned().collect()
    }

    pub(super) fn traces(&self) -> BTreeSet<Vec<u8>> {
        self.spans().into_iter().map(|(trace, _)| trace).collect()
    }

    /// The journeys whose spans it has taken.
    pub(super) fn journeys(&self) -> BTreeSet<String> {
        self.kept.lock().unwrap().spans.values().cloned().collect()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the connection ends without an answer")]
struct HungUp;

async fn receive(request: Request<Incoming>, kept: Arc<Mutex<Kept>>) -> Result<Response<Full<Bytes>>, HungUp> {
    assert!(request.uri().path() == "/v1/traces" && request.headers()["content-encoding"] == "gzip");
    let zipped = request.into_body().collect().await.map_err(|_| HungUp)?.to_bytes();
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(zipped.as_ref()).read_to_end(&mut body).unwrap();
    let spans = spans(&ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
    let mut kept = kept.lock().unwrap();
    kept.requests += 1;
    let answer = kept.answer.clone().unwrap_or(Answer::Take);
    let plain = |status: u16| Response::builder().status(status);
    let (response, is_taken, hangs_up) = match answer {
        Answer::Take => (plain(200), true, false),
        Answer::TakeAndHangUp => (plain(200), true, true),
        Answer::Partly(rejected_spans) => {
            kept.spans.extend(spans);
            let partial = ExportTracePartialSuccess { rejected_spans, error_message: "too old".to_owned() };
            let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
            let response = plain(200).header("content-type", "application/x-protobuf");
            return Ok(response.body(Full::from(body)).unwrap());
        }
        Answer::Busy(seconds) => (plain(429).header("retry-after", seconds), false, false),
        Answer::Status(status) => (plain(status), false, false),
        Answer::RejectJourney(journey) => match spans.values().any(|of| *of == journey) {
            true => (plain(400), false, false),
            false => (plain(200), true, false),
        },
    };
    if is_taken {
        kept.spans.extend(spans);
    }
    if hangs_up { Err(HungUp) } else { Ok(response.body(Full::default()).unwrap()) }
}

fn spans(request: &ExportTraceServiceRequest) -> BTreeMap<(Vec<u8>, Vec<u8>), String> {
    let all = request.resource_spans.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
    let journey = |span: &cxtrace_otlp::messages::Span| {
        let pair = span.attributes.iter().find(|pair| pair.key == "cx.journey.id").unwrap();
        match pair.value.as_ref().unwrap().value.as_ref().unwrap() {
            Value::String(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    all.map(|span| ((span.trace_id.clone(), span.span_id.clone()), journey(span))).collect()
}
