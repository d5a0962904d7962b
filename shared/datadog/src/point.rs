//! What is submitted: the total of one series in one bucket.

use cxtrace_domain::metrics::{Bucket, Series};

/// An absolute total. Sent twice it is the same total: Datadog keeps the last value for a name, tag set
/// and timestamp (docs, *Lambda metrics: understanding distribution metrics*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The series.
    pub series: Series,
    /// The bucket; its start is the point's timestamp.
    pub bucket: Bucket,
    /// The bucket's length in seconds.
    pub interval: u32,
    /// How many occurrences count there.
    pub total: u64,
}
