//! How counts are sent: to Datadog's API, or to the Datadog Lambda extension in the same sandbox.

use cxtrace_datadog::{Extension, Submitter};

/// `METRICS_TRANSPORT`.
#[derive(Debug)]
pub enum Transport {
    /// `api`: absolute totals, exact.
    Api(Submitter),
    /// `extension`: increments to the extension on this machine. A crash between sending and noting counts twice, and
    /// counts that the extension loses are lost.
    Extension(Extension),
}
