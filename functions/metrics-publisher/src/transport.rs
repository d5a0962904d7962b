//! How counts leave: to Datadog's API, or to the Datadog Lambda extension beside the function.

use cxtrace_datadog::{Extension, Submitter};

/// `METRICS_TRANSPORT`.
#[derive(Debug)]
pub enum Transport {
    /// `api`: absolute totals, exact.
    Api(Submitter),
    /// `extension`: increments to the extension on this machine. A crash between sending and noting counts
    /// twice, and what the extension loses is lost.
    Extension(Extension),
}
