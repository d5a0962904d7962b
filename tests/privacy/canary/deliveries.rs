//! Every recorded delivery of every source, with personal data in the place of one value at a time, through its own way in: an
//! event, a record of a stream, a webhook, or spans.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_settings::StreamSources;
use cxtrace_sources::delivery::{Delivery, Transport};
use cxtrace_sources::registry::{Definition, Registry, ValueKind};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use span_collector::SpanCollector;
use span_collector::kinesis::{KinesisBatch, KinesisRecord};
use webhook_receiver::secret_book::Loading;
use webhook_receiver::{Gate, Head, Hooks, LoadSecrets, Receiver, SecretBook, Secrets, Traces, Unsigned, definitions};

use super::people::Aviary;

/// A recorded delivery.
pub(crate) struct Recorded {
    delivery: Delivery,
    /// Whether somebody vouches for texts of any shape of its source.
    vouches: bool,
    places: Places,
}

/// Where it has values.
enum Places {
    /// Of JSON: the pointers.
    Json(Value, Vec<String>),
    /// Of a form: its fields.
    Form(Vec<(String, String)>),
}

/// All recorded deliveries.
pub(crate) fn recorded() -> Vec<Recorded> {
    let mut all = Vec::new();
    for definition in Registry::built_in().definitions().filter(|definition| !definition.is_abstract) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sources/definitions");
        let folder = root.join(&definition.source).join("samples");
        let mut files: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
        files.sort();
        let texts: Vec<_> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let Ok(Some(delivery)) = Delivery::from_recording(line) else { continue };
            let places = match serde_json::from_slice::<Value>(&delivery.body) {
                Ok(body) => {
                    let mut pointers = Vec::new();
                    leaves(&body, "", &mut pointers);
                    Places::Json(body, pointers)
                }
                Err(_) => {
                    let Ok(form) = std::str::from_utf8(&delivery.body) else { continue };
                    let fields = form.split('&').map(|field| field.split_once('=').unwrap_or((field, "")));
                    Places::Form(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
                }
            };
            all.push(Recorded { delivery, vouches: vouches(definition), places });
        }
    }
    all
}

fn vouches(definition: &Definition) -> bool {
    definition.attributes.iter().any(|group| group.kind == Some(ValueKind::Text))
}

fn leaves(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), all));
        }
        Value::String(_) | Value::Number(_) => all.push(path.to_owned()),
        _ => {}
    }
}

impl Recorded {
    pub(crate) fn places(&self) -> usize {
        match &self.places {
            Places::Json(_, pointers) => pointers.len(),
            Places::Form(fields) => fields.len(),
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.delivery.transport
    }

    /// The delivery with personal data in the place of its value number `at`.
    pub(crate) fn poisoned(&self, aviary: &mut Aviary, at: usize) -> Delivery {
        // A source whose texts somebody vouches for may keep any words.
        let canary = if self.vouches { aviary.marked() } else { aviary.text() };
        let body = match &self.places {
            Places::Json(body, pointers) => {
                let mut body = body.clone();
                *body.pointer_mut(&pointers[at]).unwrap() = Value::from(canary);
                body.to_string()
            }
            Places::Form(fields) => {
                let encoded: String = canary.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let value = |(n, (_, value)): (usize, &'_ (String, String))| match n == at {
                    true => encoded.clone(),
                    false => value.clone(),
                };
                let fields = fields.iter().enumerate();
                let fields: Vec<_> = fields.map(|(n, field)| format!("{}={}", field.0, value((n, field)))).collect();
                fields.join("&")
            }
        };
        Delivery { body: body.into_bytes(), ..self.delivery.clone() }
    }
}

#[derive(Debug)]
struct NoSecrets;

impl LoadSecrets for NoSecrets {
    fn load(&self) -> Loading<'_> {
        Box::pin(std::future::ready(Secrets::read("{}").map_err(Into::into)))
    }
}

/// The function that takes webhooks. Nobody has to sign.
pub(crate) fn receiver(collector: SpanCollector, clock: &SharedClock) -> Receiver<Arc<SpanCollector>> {
    let find = |source: &str| definitions::hook(Registry::embedded(), source);
    let gate = Arc::new(Gate::new(SecretBook::new(NoSecrets, clock.clone()), Unsigned::Allowed));
    let collector = Arc::new(collector);
    let hooks = Hooks::new(Box::new(find), gate.clone(), collector.clone(), clock.clone());
    Receiver { hooks, traces: Traces::new(gate, collector, clock.clone()) }
}

/// A webhook as API Gateway passes it on.
pub(crate) fn head(delivery: &Delivery) -> Head {
    let mut headers = HeaderMap::new();
    for (name, value) in &delivery.headers {
        headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let path = format!("/hooks/{}", delivery.source);
    let query: Vec<_> = delivery.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let url = format!("https://hooks.example.com{path}");
    Head { method: Method::POST, url, path, query: query.join("&"), headers }
}

/// A batch of one record, and the source of its stream.
pub(crate) fn batch(delivery: &Delivery, at: DateTime<Utc>) -> (KinesisBatch, StreamSources) {
    let record = KinesisRecord::of("stream", "1".to_owned(), &delivery.body, at);
    (KinesisBatch { records: vec![record] }, StreamSources::read(&format!("stream={}", delivery.source)).unwrap())
}
