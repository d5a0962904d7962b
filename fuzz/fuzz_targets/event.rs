//! Any text as an event: no panic, no unbounded memory, and no error that repeats more than field names.
#![no_main]

use cxtrace_domain::metrics::diff;
use flow_metrics::event::{self, Incoming};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| {
    match event::read(json) {
        Ok(Incoming::Attributes(event)) => {
            let _ = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
        }
        Ok(Incoming::Foreign { topic }) => assert!(topic.chars().count() <= 100),
        Err(error) => assert!(error.to_string().len() < 400),
    }
});
