//! A ledger as stored: one item collection, read completely with strong consistency.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{Carried, Ledger, OccurrenceId};

use crate::carry::read_carried;
use crate::error::StoreError;
use crate::item::{Item, Reader, number};
use crate::key::{self, BucketKey, CARRIED, MOVED, NOTE, OCCURRENCE, SK};
use crate::redirect::{MoveReason, read_mark};
use crate::table::StateTable;

/// The stored content of a ledger.
#[derive(Debug, Default)]
pub struct BucketContents {
    /// The occurrences that count here, and the total that Datadog holds.
    pub ledger: Ledger,
    /// The conversation and the own time of each occurrence.
    pub details: BTreeMap<OccurrenceId, (String, Option<DateTime<Utc>>)>,
    /// Why an occurrence counts elsewhere, for each of them.
    pub reasons: BTreeMap<OccurrenceId, MoveReason>,
    /// The unreadable items, each as [`StoreError::Unreadable`].
    pub unreadable: Vec<StoreError>,
    /// Whether an unreadable item is a note, a mark or a carried count. Then the ledger's total is unknown.
    pub is_incomplete: bool,
}

impl BucketContents {
    /// Adds an item of the ledger. Items of an unknown kind were written by a newer version and are skipped.
    pub(crate) fn take(&mut self, item: &Item) {
        let reader = Reader(item);
        let sk = reader.text(SK).unwrap_or_default();
        if let Err(error) = self.read(sk, item) {
            self.is_incomplete |= !sk.starts_with(OCCURRENCE);
            self.unreadable.push(error);
        }
    }

    fn read(&mut self, sk: &str, item: &Item) -> Result<(), StoreError> {
        let reader = Reader(item);
        let id = |hex: &str| {
            OccurrenceId::from_hex(hex).ok_or_else(|| reader.unreadable("its sort key must contain an occurrence id"))
        };
        if let Some(hex) = sk.strip_prefix(OCCURRENCE) {
            // The key alone is enough for it to count.
            let id = id(hex)?;
            self.ledger.occurrences.insert(id);
            let at = match item.get("at") {
                None => None,
                Some(_) => Some(reader.text("at")?.parse().map_err(|_| reader.unreadable("`at` must be a time"))?),
            };
            self.details.insert(id, (reader.text("conversation")?.to_owned(), at));
        } else if let Some(hex) = sk.strip_prefix(MOVED) {
            let (to, reason) = read_mark(item)?;
            self.ledger.redirects.insert(id(hex)?, to);
            self.reasons.insert(id(hex)?, reason);
        } else if sk.starts_with(CARRIED) {
            self.ledger.received += reader.required_number::<u64>("count")?;
        } else if sk == NOTE {
            let (accepted, attempted, carried) = read_note(item)?;
            (self.ledger.accepted, self.ledger.attempted, self.ledger.carried) = (accepted, attempted, carried);
        }
        Ok(())
    }
}

fn read_note(item: &Item) -> Result<(u64, u64, Carried), StoreError> {
    let reader = Reader(item);
    let count = |name| Ok(reader.number(name)?.unwrap_or(0));
    Ok((count("accepted")?, count("attempted")?, read_carried(item)?))
}

impl StateTable {
    /// The ledger of `key`, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn contents(&self, key: BucketKey) -> Result<BucketContents, StoreError> {
        let mut contents = BucketContents::default();
        for item in self.query("Query of a ledger", key.pk(), "", true).await? {
            contents.take(&item);
        }
        Ok(contents)
    }

    /// Notes that `total` is being sent. Noting the previous value takes this back.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn note_attempted(&self, key: BucketKey, total: u64) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key.pk(), NOTE)))
            .update_expression("SET #attempted = :total, #expiry = :expiry")
            .expression_attribute_names("#attempted", "attempted")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":total", number(total))
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await
            .map_err(|e| StoreError::request("UpdateItem of an attempt", &self.name, e))?;
        Ok(())
    }

    /// Notes that Datadog has accepted `total`. The note never shrinks.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn note_accepted(&self, key: BucketKey, total: u64) -> Result<(), StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key.pk(), NOTE)))
            .update_expression("SET #accepted = :total, #expiry = :expiry")
            .condition_expression("attribute_not_exists(#accepted) OR #accepted < :total")
            .expression_attribute_names("#accepted", "accepted")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":total", number(total))
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await;
        self.is_written("UpdateItem of an acceptance", outcome).map(drop)
    }
}
