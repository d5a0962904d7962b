//! What a request of the largest size costs that brings spans of OpenTelemetry.

use std::collections::BTreeSet;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use cxtrace_otlp::messages::{ExportTraceServiceRequest, KeyValue, Resource, ResourceSpans, ScopeSpans, Span};
use cxtrace_otlp::receive::body::MAX_BYTES;
use cxtrace_otlp::receive::{Interactions, Received, read};
use cxtrace_otlp::{Encoding, json};
use cxtrace_test_support::endpoints::TRACES_TOKEN;
use prost::Message;
use serde_json::json as object;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::process::{self, peak};
use crate::report::Section;
use crate::run::{Failure, START};
use crate::stats::{each, megabytes, show, thousands};

/// The number of spans in each trace.
const SPANS: u64 = 20;

/// How much larger JSON is than protobuf, at most.
const LARGER: usize = 3;

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Spans of OpenTelemetry");
    let largest = MAX_BYTES * 95 / 100;
    for (name, encoding, bytes) in
        [("protobuf", Encoding::Protobuf, largest), ("JSON", Encoding::Json, largest / LARGER)]
    {
        let request = request(bytes)?;
        let spans = spans(&request);
        let body = match encoding {
            Encoding::Protobuf => request.encode_to_vec(),
            Encoding::Json => json::encode(&request).into_bytes(),
        };
        let start = Instant::now();
        let request = read(encoding, "", &body)?;
        let decoded = start.elapsed();
        let received = Received::of(&request, &Interactions::default());
        let traces = received.unknown();
        let unrelated = received.relevant(&BTreeSet::new()).len();
        let chosen = start.elapsed() - decoded;
        let related = received.relevant(&traces).len();
        let reduced = start.elapsed() - decoded - chosen;
        if unrelated > 0 || related == 0 {
            return Err(format!("{unrelated} spans of nobody are kept, and {related} of journeys").into());
        }
        let [decoded, chosen, reduced] = [decoded, chosen, reduced].map(|took| show(each(took, spans)));
        section.row(
            format!("{} bytes of {name}, {} spans, a span", thousands(body.len() as u64), thousands(spans as u64)),
            format!("decoded in {decoded}, its journey looked for in {chosen}, reduced to what is stored in {reduced}"),
        );
    }
    let world = process::world().await?;
    let receiver = bench.start(Function::WEBHOOK_RECEIVER, &world).await?;
    let before = peak(&receiver)?;
    let body = request(largest)?.encode_to_vec();
    let answer = process::answer(&receiver, &event(&body)).await?;
    if answer["statusCode"] != 200 {
        return Err(format!("the receiver answered {answer}").into());
    }
    let most = bench.template.memory_mb(Function::WEBHOOK_RECEIVER)? * 1_000_000;
    section.at_most(
        format!("peak memory of `webhook-receiver` after {} bytes of protobuf", thousands(body.len() as u64)),
        peak(&receiver)?,
        most,
        megabytes,
    );
    section.how(format!(
        "A request of nearly the largest size that is taken, {}, with {SPANS} spans in each trace and eight attributes in each span. The process has \
         {} before it.",
        megabytes(MAX_BYTES as u64),
        megabytes(before),
    ));
    bench.report.add(section);
    Ok(())
}

/// A request of about `bytes` bytes of protobuf, whose traces belong to nobody.
fn request(bytes: usize) -> Result<ExportTraceServiceRequest, Failure> {
    let start = DateTime::parse_from_rfc3339(START)?.timestamp_nanos_opt().unwrap_or_default().unsigned_abs();
    let span = |number: u64| {
        let mut trace_id = (number / SPANS + 1).to_be_bytes().to_vec();
        trace_id.extend([7; 8]);
        let attribute = |n: usize| KeyValue::text(format!("http.attribute.{n}"), format!("/accounts/{number}"));
        Span {
            trace_id,
            span_id: (number + 1).to_be_bytes().to_vec(),
            parent_span_id: number.to_be_bytes().to_vec(),
            name: "GET /accounts/{id}".to_owned(),
            kind: 2,
            start_time_unix_nano: start + number,
            end_time_unix_nano: start + number + 250_000_000,
            attributes: (0..8).map(attribute).collect(),
            ..Span::default()
        }
    };
    let of = |spans| {
        let resource = Resource { attributes: vec![KeyValue::text("service.name", "shop")] };
        let scope_spans = vec![ScopeSpans { scope: None, spans }];
        ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans }] }
    };
    let hundred = of((1_000..1_100).map(span).collect()).encode_to_vec().len();
    Ok(of((0..(bytes * 100 / hundred) as u64).map(span).collect()))
}

fn spans(request: &ExportTraceServiceRequest) -> usize {
    request.resource_spans.iter().flat_map(|spans| &spans.scope_spans).map(|scope| scope.spans.len()).sum()
}

/// A request with `body` in API Gateway's form.
fn event(body: &[u8]) -> String {
    object!({
        "version": "2.0",
        "routeKey": "POST /v1/traces",
        "rawPath": "/v1/traces",
        "rawQueryString": "",
        "headers": {
            "authorization": format!("Bearer {TRACES_TOKEN}"),
            "content-type": "application/x-protobuf",
            "host": "hooks.example.com",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "hooks",
            "domainName": "hooks.example.com",
            "domainPrefix": "hooks",
            "http": {
                "method": "POST", "path": "/v1/traces", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench",
            },
            "requestId": "1",
            "stage": "$default",
            "time": "02/Mar/2026:08:00:00 +0000",
            "timeEpoch": 1_772_438_400_000_u64,
        },
        "isBase64Encoded": true,
        "body": STANDARD.encode(body),
    })
    .to_string()
}
