//! Any bytes as an event: no panic, no unbounded memory, and no error that repeats more than field names.
#![no_main]

use cxtrace_domain::metrics::diff;
use cxtrace_sources::genesys::attributes::{self, Incoming};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|bytes: &[u8]| {
    // As the Lambda runtime hands it over: it keeps what is not JSON in UTF-8 to itself.
    if let Ok(document) = serde_json::from_slice::<&RawValue>(bytes) {
        read(document.get());
    }
    read(&String::from_utf8_lossy(bytes));
});

fn read(json: &str) {
    match attributes::read(json, &|_| false) {
        Ok(Incoming::Attributes(event)) => {
            let _ = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
        }
        Ok(Incoming::Foreign { topic }) => assert!(topic.chars().count() <= 100),
        Err(error) => assert!(error.to_string().len() < 400),
    }
}
