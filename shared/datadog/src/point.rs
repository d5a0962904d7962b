//! A point: the total of one series in one bucket.

use cxtrace_domain::metrics::{Bucket, Series};

/// An absolute total. It can be sent twice: Datadog keeps the last value for a name, a tag set and a timestamp (docs,
/// *Lambda metrics: understanding distribution metrics*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub series: Series,
    /// The bucket. Its start is the timestamp of the point.
    pub bucket: Bucket,
    /// The bucket's length in seconds.
    pub interval: u32,
    /// The number of occurrences in the bucket.
    pub total: u64,
}
