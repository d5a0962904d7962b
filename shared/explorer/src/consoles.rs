//! Adds to each id of a journey the address of its page in the system that issued it. It requests nothing.

use cxtrace_domain::journeys::document::NativeId;
use cxtrace_domain::journeys::{Journey, Namespace};
use cxtrace_sources::registry::{Registry, console_page};

/// Adds the addresses. `trace_url` is the page of a trace, with `{value}`.
pub fn add(journey: &mut Journey, trace_url: Option<&str>) {
    for id in &mut journey.ids {
        id.console = page(id, trace_url);
    }
}

fn page(NativeId { namespace, value, .. }: &NativeId, trace_url: Option<&str>) -> Option<String> {
    if namespace == Namespace::TRACE.as_str() {
        return trace_url.and_then(|page| console_page(page, value));
    }
    Registry::embedded().console(namespace, value)
}
