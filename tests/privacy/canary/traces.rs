//! Traces: a receiver that records what is exported, and requests of applications with personal data in every field.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use cxtrace_otlp::json;
use cxtrace_otlp::messages::{
    Event, ExportTraceServiceRequest, InstrumentationScope, KeyValue, Link, Resource, ResourceSpans, ScopeSpans, Span,
    Status, Value,
};
use cxtrace_sources::delivery::{Delivery, Transport};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use prost::Message;
use tokio::net::TcpListener;

use super::people::Aviary;
use super::witness::Witness;

/// A receiver that accepts everything, and records it as it came and in JSON. Returns the address for traces.
pub(crate) async fn receiver(witness: Witness) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1/traces", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let witness = witness.clone();
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let witness = witness.clone();
                async move {
                    witness.hear("traces", format!("{} {:?}", request.uri(), request.headers()));
                    let zipped = request.into_body().collect().await?.to_bytes();
                    let mut body = Vec::new();
                    MultiGzDecoder::new(zipped.as_ref()).read_to_end(&mut body).unwrap();
                    witness.hear("traces", &body);
                    let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
                    witness.hear("traces", json::encode(&request));
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::new())))
                }
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    Ok(url)
}

/// A request of an application about the conversation `id`, with a canary in every field that can hold one.
pub(crate) fn request(aviary: &mut Aviary, id: &str, at: DateTime<Utc>) -> Delivery {
    let nanos = u64::try_from(at.timestamp_nanos_opt().unwrap()).unwrap();
    let bytes = |text: &str| u128::from_str_radix(&text.replace('-', ""), 16).unwrap().to_be_bytes().to_vec();
    let trace = bytes(&aviary.uuid());
    let span = |aviary: &mut Aviary, own: &[(&str, &str)]| Span {
        trace_id: trace.clone(),
        span_id: bytes(&aviary.uuid())[..8].to_vec(),
        parent_span_id: Vec::new(),
        name: aviary.text(),
        start_time_unix_nano: nanos,
        end_time_unix_nano: nanos + 1_500_000_000,
        attributes: attributes(aviary, own),
        events: vec![Event { time_unix_nano: nanos + 1, name: aviary.text(), attributes: attributes(aviary, &[]) }],
        links: vec![Link { trace_id: bytes(&aviary.uuid()), span_id: vec![7; 8], attributes: attributes(aviary, &[]) }],
        status: Some(Status { message: aviary.text(), code: 2 }),
        ..Span::default()
    };
    let entry = span(aviary, &[("interaction.id", id), ("http.request.method", "GET")]);
    let query = Span { parent_span_id: entry.span_id.clone(), ..span(aviary, &[("db.system.name", "postgresql")]) };
    let scope =
        InstrumentationScope { name: aviary.text(), version: aviary.text(), attributes: attributes(aviary, &[]) };
    let resource = Resource { attributes: attributes(aviary, &[]) };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans: vec![query, entry] }],
        }],
    };
    Delivery {
        transport: Transport::Otlp,
        source: String::new(),
        headers: [("content-type".to_owned(), "application/x-protobuf".to_owned())].into(),
        query: std::collections::BTreeMap::new(),
        body: request.encode_to_vec(),
        received_at: Some(at),
        envelope: None,
    }
}

/// Attributes that SDKs set, with canaries as values, and one as a name.
fn attributes(aviary: &mut Aviary, own: &[(&str, &str)]) -> Vec<KeyValue> {
    let names = [
        "service.name",
        "enduser.id",
        "user.name",
        "client.address",
        "http.route",
        "url.full",
        "db.query.text",
        "db.collection.name",
        "exception.message",
        "error.type",
        "gen_ai.input.messages",
        "messaging.destination.name",
        "session.id",
    ];
    let mut all: Vec<_> = names.into_iter().map(|name| KeyValue::text(name, aviary.text())).collect();
    all.push(KeyValue::text(aviary.text(), "1"));
    all.push(KeyValue::of("phone", Value::Int(i64::try_from(aviary.number()).unwrap())));
    all.push(KeyValue::texts("tags", [aviary.text(), aviary.text()]));
    all.extend(own.iter().map(|(name, value)| KeyValue::text(*name, *value)));
    all
}
