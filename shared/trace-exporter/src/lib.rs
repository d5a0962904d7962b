//! Sends traces to an OTLP/HTTP endpoint. It knows no journeys: what it sends are requests of `cxtrace-otlp`.
//!
//! One call is one attempt. The ids of exported spans are stable, so the caller may repeat a request whose outcome is
//! unknown.

mod delivery;
mod exporter;

pub use cxtrace_lambda::headers::{HeaderError, Headers, InvalidHeaders};
pub use delivery::Delivery;
pub use exporter::TraceExporter;
