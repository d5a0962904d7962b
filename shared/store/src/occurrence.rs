//! Stores occurrences as items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::metrics::Occurrence;

use crate::error::StoreError;
use crate::item::{Item, number, text};
use crate::key::{self, BucketKey};
use crate::table::{StateTable, item};

impl StateTable {
    /// Puts occurrences into their ledgers. An occurrence that exists already only gets a new expiry.
    ///
    /// # Errors
    /// When DynamoDB does not accept all of them. Some may be written: putting them again is harmless.
    pub async fn put_occurrences(&self, occurrences: &[Occurrence]) -> Result<(), StoreError> {
        // One batch must not contain a key twice.
        let items: BTreeMap<_, _> =
            occurrences.iter().map(|o| ((BucketKey::of(o), o.id), self.occurrence_item(o))).collect();
        self.put_all(items.into_values().collect()).await
    }

    fn occurrence_item(&self, occurrence: &Occurrence) -> Item {
        let mut item = item(BucketKey::of(occurrence).pk(), key::occurrence(occurrence.id));
        let tags = occurrence.series.tags().map(text).collect();
        item.extend([
            ("name".to_owned(), text(occurrence.series.name())),
            ("tags".to_owned(), AttributeValue::L(tags)),
            ("interval".to_owned(), number(occurrence.interval)),
            ("conversation".to_owned(), text(concealed(occurrence.conversation.as_str()))),
            ("expires_at".to_owned(), self.expiry()),
        ]);
        if let Some(at) = occurrence.at {
            item.insert("at".to_owned(), text(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)));
        }
        item
    }
}

/// A hash of a conversation's id: counts name nothing that a platform knows a person by. A hash stays as it is.
fn concealed(conversation: &str) -> String {
    match conversation.strip_prefix('~').and_then(Digest128::from_hex) {
        Some(_) => conversation.to_owned(),
        None => format!("~{}", Digest128::of([b"conversation".as_slice(), conversation.as_bytes()])),
    }
}
