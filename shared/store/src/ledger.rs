//! A ledger as stored: one item collection, read completely with strong consistency.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{Carried, Ledger, OccurrenceId};

use crate::carry::read_carried;
use crate::error::StoreError;
use crate::item::{Item, Reader, number};
use crate::key::{self, BucketKey, CARRIED, MOVED, NOTE, OCCURRENCE, PK, SK};
use crate::redirect::{MoveReason, read_mark};
use crate::table::{Projection, StateTable};

/// The stored content of a ledger.
#[derive(Debug, Default)]
pub struct BucketContents {
    /// The occurrences that count here, and the total that Datadog holds.
    pub ledger: Ledger,
    /// The greatest total that Datadog has refused permanently.
    pub rejected: u64,
    /// The conversation and the own time of each occurrence; if the ledger was read by [`StateTable::contents`], only of
    /// those that another bucket counts.
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
        self.add(item, |contents, sk, item| {
            contents.read(sk, item)?;
            contents.read_details(sk, item)
        });
    }

    /// The same for an item that has only the attributes that the total follows from.
    pub(crate) fn count(&mut self, item: &Item) {
        self.add(item, Self::read);
    }

    fn add(&mut self, item: &Item, read: impl FnOnce(&mut Self, &str, &Item) -> Result<(), StoreError>) {
        let reader = Reader(item);
        let sk = reader.text(SK).unwrap_or_default();
        if let Err(error) = read(self, sk, item) {
            self.is_incomplete |= !sk.starts_with(OCCURRENCE);
            self.unreadable.push(error);
        }
    }

    fn read(&mut self, sk: &str, item: &Item) -> Result<(), StoreError> {
        if let Some(hex) = sk.strip_prefix(OCCURRENCE) {
            // The key alone is enough for it to count.
            self.ledger.occurrences.insert(id(item, hex)?);
        } else if let Some(hex) = sk.strip_prefix(MOVED) {
            let (to, reason) = read_mark(item)?;
            let id = id(item, hex)?;
            self.ledger.redirects.insert(id, to);
            self.reasons.insert(id, reason);
        } else if sk.starts_with(CARRIED) {
            self.ledger.received += Reader(item).required_number::<u64>("count")?;
        } else if sk == NOTE {
            let (accepted, attempted, carried) = read_note(item)?;
            self.rejected = Reader(item).number("rejected")?.unwrap_or(0);
            (self.ledger.accepted, self.ledger.attempted, self.ledger.carried) = (accepted, attempted, carried);
        }
        Ok(())
    }

    fn read_details(&mut self, sk: &str, item: &Item) -> Result<(), StoreError> {
        let Some(hex) = sk.strip_prefix(OCCURRENCE) else { return Ok(()) };
        let reader = Reader(item);
        let at = match item.get("at") {
            None => None,
            Some(_) => Some(reader.text("at")?.parse().map_err(|_| reader.unreadable("`at` must be a time"))?),
        };
        self.details.insert(id(item, hex)?, (reader.text("conversation")?.to_owned(), at));
        Ok(())
    }
}

fn id(item: &Item, hex: &str) -> Result<OccurrenceId, StoreError> {
    OccurrenceId::from_hex(hex).ok_or_else(|| Reader(item).unreadable("its sort key must contain an occurrence id"))
}

/// The attributes that a ledger's total follows from, and the keys of its items.
const NEEDED: [&str; 15] = [
    PK,
    SK,
    "to",
    "reason",
    "count",
    "accepted",
    "attempted",
    "rejected",
    "carried",
    "uncertain",
    "carries",
    "carry_to",
    "carry_count",
    "carry_uncertain",
    "finished",
];

/// A projection to what a ledger's total follows from, and to `others`. An occurrence is only its key then. DynamoDB
/// charges for whole items, but they need not be sent and read.
pub(crate) fn projection(others: &[&str]) -> Projection {
    let attributes = NEEDED.iter().chain(others);
    let names: HashMap<_, _> = attributes.map(|name| (format!("#{name}"), (*name).to_owned())).collect();
    (names.keys().cloned().collect::<Vec<_>>().join(", "), names)
}

fn read_note(item: &Item) -> Result<(u64, u64, Carried), StoreError> {
    let reader = Reader(item);
    let count = |name| Ok(reader.number(name)?.unwrap_or(0));
    Ok((count("accepted")?, count("attempted")?, read_carried(item)?))
}

impl StateTable {
    /// The ledger of `key`, strongly consistent. Only what its total follows from is read, and the details of occurrences
    /// that another bucket counts.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn contents(&self, key: BucketKey) -> Result<BucketContents, StoreError> {
        let mut contents = BucketContents::default();
        let needed = Some(projection(&[]));
        self.query_each("Query of a ledger", key.pk(), "", true, needed, |item| contents.count(&item)).await?;
        let redirected: Vec<_> = contents.ledger.redirected().map(|(id, _)| key::occurrence(id)).collect();
        for sk in redirected {
            self.query("Query of an occurrence", key.pk(), &sk, true)
                .await?
                .iter()
                .for_each(|item| contents.take(item));
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

    /// Notes that Datadog refuses `total` permanently, and that it may hold `attempted` of an earlier attempt.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn note_rejected(&self, key: BucketKey, total: u64, attempted: u64) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key.pk(), NOTE)))
            .update_expression("SET #rejected = :total, #attempted = :attempted, #expiry = :expiry")
            .expression_attribute_names("#rejected", "rejected")
            .expression_attribute_names("#attempted", "attempted")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":total", number(total))
            .expression_attribute_values(":attempted", number(attempted))
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await
            .map_err(|e| StoreError::request("UpdateItem of a rejection", &self.name, e))?;
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
