//! Requests stay within the receivers' limits, and both encodings say the same.

use std::io::Read;

use chrono::TimeDelta;
use cxtrace_otlp::Encoding;
use cxtrace_otlp::export::requests::{MAX_BYTES, MAX_SPANS, chunks, request};
use cxtrace_otlp::export::{LaneSpan, Window, export};
use cxtrace_otlp::json_reader;
use cxtrace_otlp::messages::{ExportTraceServiceRequest, KeyValue, Span};
use prost::Message;

use crate::journeys::{later, settled};

fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_journey_of_many_spans_is_several_requests() {
    let span = |bytes: usize| LaneSpan {
        lane: "shop".to_owned(),
        span: Span { attributes: vec![KeyValue::text("a", "x".repeat(bytes))], ..Span::default() },
    };
    let many = chunks(vec![span(10); 2_500]);
    assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_SPANS, MAX_SPANS, 500]);
    let large = chunks(vec![span(500_000); 13]);
    assert_eq!(large.iter().map(Vec::len).sum::<usize>(), 13);
    for chunk in large {
        assert!(request(chunk, &[], "1").encoded_len() <= MAX_BYTES);
    }
}

#[test]
fn two_exports_of_a_journey_are_the_same_to_the_byte() {
    for journey in settled(1) {
        let body = |encoding: Encoding, now| {
            let spans = export(&journey, Window { max_age: TimeDelta::days(30) }, now).spans;
            encoding.body(&request(spans, &[("b".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())], "1"))
        };
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let first = body(encoding, later()).unwrap();
            assert!(first == body(encoding, later() + TimeDelta::hours(1)).unwrap(), "{}", journey.id);
        }
    }
}

#[test]
fn protobuf_and_json_carry_the_same_request() {
    let given = [("deployment.environment.name".to_owned(), "prod".to_owned())];
    for journey in settled(1) {
        let spans = export(&journey, Window { max_age: TimeDelta::days(30) }, later()).spans;
        let request = request(spans, &given, "1");
        let protobuf = unzipped(&Encoding::Protobuf.body(&request).unwrap());
        assert_eq!(ExportTraceServiceRequest::decode(protobuf.as_slice()).unwrap(), request);
        let json = unzipped(&Encoding::Json.body(&request).unwrap());
        assert_eq!(json_reader::decode(&json).unwrap(), request);
        for of in &request.resource_spans {
            let attributes = &of.resource.as_ref().unwrap().attributes;
            assert!(attributes.iter().any(|pair| pair.key == "service.name"));
            assert!(attributes.iter().any(|pair| pair.key == "deployment.environment.name"));
            assert!(of.scope_spans.iter().all(|scope| scope.scope.is_some()));
        }
    }
}
