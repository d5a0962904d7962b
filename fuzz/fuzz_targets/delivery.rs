//! Any body of any source, through any transport, is read or refused, and never stops the process. The input is
//! `source transport`, a line break and the body.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::Context;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, EventEnvelope, Transport, read_delivery};
use libfuzzer_sys::fuzz_target;

static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let pseudonyms = Pseudonyms::try_new(&[7; 32]).expect("the key is long enough");
    Context::new(pseudonyms, Allowlist::default())
});

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let (head, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let head = String::from_utf8_lossy(head);
    let (source, transport) = head.split_once(' ').unwrap_or((&*head, ""));
    let Some(definition) = CONTEXT.registry.source(source) else { return };
    let transport = match transport {
        "kinesis" => Transport::Kinesis,
        "otlp" => Transport::Otlp,
        "poll" => Transport::Poll,
        "eventbridge" => Transport::EventBridge,
        _ => Transport::Webhook,
    };
    let pattern = definition.inputs.iter().find_map(|input| input.eventbridge.as_ref());
    let envelope = pattern.filter(|_| transport == Transport::EventBridge).map(|pattern| EventEnvelope {
        source: pattern.source.trim_end_matches('*').to_owned(),
        detail_type: pattern.detail_types.first().cloned().unwrap_or_default().trim_end_matches('*').to_owned(),
        time: None,
        account: None,
    });
    let delivery = Delivery {
        transport,
        source: definition.source.clone(),
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: body.to_vec(),
        received_at: chrono::DateTime::from_timestamp(1_772_698_580, 0),
        envelope,
    };
    match read_delivery(&delivery, &CONTEXT) {
        Ok(read) => assert!(read.facts.len() <= 100_000),
        Err(error) => assert!(error.to_string().len() < 400),
    }
});
