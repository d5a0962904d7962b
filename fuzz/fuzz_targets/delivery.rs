//! Any body of any source, through any transport, is read or refused, and never stops the process. Nothing of it is in an error.
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

fuzz_target!(|input: (u8, u8, Vec<u8>)| {
    let (which, transport, body) = input;
    let sources: Vec<_> =
        CONTEXT.registry.definitions().filter(|definition| !definition.inputs.is_empty()).collect();
    let Some(definition) = sources.get(usize::from(which) % sources.len().max(1)) else { return };
    let transport = [Transport::Webhook, Transport::Kinesis, Transport::EventBridge, Transport::Otlp, Transport::Poll]
        [usize::from(transport) % 5];
    let envelope = definition.inputs.iter().find_map(|input| input.eventbridge.as_ref()).map(|pattern| EventEnvelope {
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
        body,
        received_at: chrono::DateTime::from_timestamp(1_772_698_580, 0),
        envelope: envelope.filter(|_| transport == Transport::EventBridge),
    };
    let _ = read_delivery(&delivery, &CONTEXT);
});
