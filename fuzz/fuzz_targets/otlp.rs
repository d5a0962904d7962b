//! Any body as a request with spans, in both encodings: no panic, limits hold, no error repeats it, and what is read of it survives both
//! encodings. The first byte chooses the encoding and the compression.
#![no_main]

use std::collections::BTreeSet;

use cxtrace_otlp::receive::{Interactions, Received, body, read};
use cxtrace_otlp::{Encoding, json, json_reader, response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let encoding = if first & 1 == 0 { Encoding::Protobuf } else { Encoding::Json };
    let _ = response::read(encoding, bytes);
    let request = match read(encoding, if first & 2 == 0 { "" } else { "gzip" }, bytes) {
        Ok(request) => request,
        Err(refusal) => return assert!(refusal.to_string().len() < 200 && [400, 413].contains(&refusal.status())),
    };
    let names = Interactions::default().with_library(&["p*".to_owned()], []);
    let received = Received::of(&request, &names);
    let unknown = received.unknown();
    for known in [BTreeSet::new(), unknown] {
        let relevant = received.relevant(&known);
        let kept: usize = relevant.iter().map(|trace| trace.items.len() + trace.left_out).sum();
        assert_eq!(kept + received.irrelevant(&relevant) + received.invalid, spans(&request));
        for other in received.others(&relevant) {
            let again = read(Encoding::Protobuf, "", &other.body);
            assert!(again.is_ok() || other.body.len() > body::MAX_BYTES);
        }
    }
    let text = json::encode(&request);
    if let Ok(again) = json_reader::decode(text.as_bytes()) {
        assert_eq!(spans(&again), spans(&request));
    }
});

fn spans(request: &cxtrace_otlp::messages::ExportTraceServiceRequest) -> usize {
    request.resource_spans.iter().flat_map(|of| &of.scope_spans).map(|of| of.spans.len()).sum()
}
