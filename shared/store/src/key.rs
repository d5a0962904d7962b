//! The keys of the table. See the table in `docs/design.md`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::metrics::{Bucket, CarryId, ConversationId, Occurrence, OccurrenceId, SeriesId};

pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";

/// The start of the partition key of every ledger.
pub(crate) const BUCKET: &str = "bucket#";

pub(crate) const OCCURRENCE: &str = "occurrence#";
pub(crate) const CARRIED: &str = "carried#";
pub(crate) const MOVED: &str = "moved#";
pub(crate) const NOTE: &str = "note";
pub(crate) const SEEN: &str = "seen#";
pub(crate) const MEDIA: &str = "media";

/// The key of the cursor of the sweeps.
pub(crate) const SWEEP: &str = "sweep";
pub(crate) const SWEEP_CURSOR: &str = "cursor";

/// One series in one bucket: a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey {
    pub series: SeriesId,
    pub bucket: Bucket,
}

impl BucketKey {
    /// The ledger that `occurrence` counts in.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Self {
        Self { series: occurrence.series.id(), bucket: occurrence.bucket }
    }

    pub(crate) fn pk(self) -> String {
        format!("{BUCKET}{}#{}", self.series, self.bucket)
    }

    pub(crate) fn read(pk: &str) -> Option<Self> {
        let (series, start) = pk.strip_prefix(BUCKET)?.split_once('#')?;
        Some(Self { series: SeriesId::from_hex(series)?, bucket: Bucket::starting_at(start.parse().ok()?) })
    }
}

/// Whether an item with this sort key adds to the total of its ledger.
pub(crate) fn is_counted(sk: &str) -> bool {
    sk.starts_with(OCCURRENCE) || sk.starts_with(CARRIED)
}

pub(crate) fn conversation(id: &ConversationId) -> String {
    format!("conversation#{id}")
}

pub(crate) fn occurrence(id: OccurrenceId) -> String {
    format!("{OCCURRENCE}{id}")
}

pub(crate) fn moved(id: OccurrenceId) -> String {
    format!("{MOVED}{id}")
}

pub(crate) fn carried(id: CarryId) -> String {
    format!("{CARRIED}{}#{}#{}", id.series, id.from, id.number)
}

/// A primary key in the form of a request.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> HashMap<String, AttributeValue> {
    HashMap::from([(PK.to_owned(), AttributeValue::S(pk.into())), (SK.to_owned(), AttributeValue::S(sk.into()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_key_is_read_as_it_is_written() {
        let key = BucketKey { series: SeriesId::from_bytes([7; 16]), bucket: Bucket::starting_at(-10) };
        assert_eq!(BucketKey::read(&key.pk()), Some(key));
        assert_eq!(BucketKey::read("bucket#zz#1"), None);
        assert_eq!(BucketKey::read("conversation#x"), None);
    }
}
