//! A conversation's seen set: the occurrences that its events have contained. It only saves writes. Counts are correct
//! without it.
//!
//! The set is cut into items. A few new entries are added to the latest small item. Many new entries get an item of
//! their own, named by a hash of its content, so writing it again changes nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{Bucket, ConversationId, MediaType, Occurrence, OccurrenceId, SeriesId};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::{self, BucketKey, MEDIA, SEEN, SK};
use crate::table::StateTable;

/// A small item with this many entries is full: about 2 KB, two write units for each update.
const MAX_SMALL_ENTRIES: usize = 48;

/// The maximum number of entries in an item: about 85 KB.
const MAX_ENTRIES: usize = 2_048;

/// One member of a seen set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeenEntry {
    /// An occurrence was counted.
    Counted {
        id: OccurrenceId,
        /// Its home, or the ledger to which this event redirected it. `cxtrace explain` shows it.
        at: BucketKey,
    },
    /// An attribute named an id, and the fact is stored.
    Named {
        /// The hash of the attribute and its value.
        id: OccurrenceId,
        /// When the event that named it was published.
        published: DateTime<Utc>,
    },
}

/// Takes the place of the series in entries for ids.
const NAMED: [u8; 16] = [0; 16];

impl SeenEntry {
    /// The entry for an occurrence that has been stored.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Self {
        Self::Counted { id: occurrence.id, at: BucketKey::of(occurrence) }
    }

    fn to_bytes(self) -> Vec<u8> {
        let (id, series, time) = match self {
            Self::Counted { id, at } => (id, *at.series.as_bytes(), at.bucket.start()),
            Self::Named { id, published } => (id, NAMED, published.timestamp_millis()),
        };
        [id.as_bytes().as_slice(), &series, &time.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (series, rest) = rest.split_first_chunk::<16>()?;
        let id = OccurrenceId::from_bytes(*id);
        let time = i64::from_be_bytes(rest.try_into().ok()?);
        if *series == NAMED {
            return Some(Self::Named { id, published: DateTime::from_timestamp_millis(time)? });
        }
        let at = BucketKey { series: SeriesId::from_bytes(*series), bucket: Bucket::starting_at(time) };
        Some(Self::Counted { id, at })
    }
}

/// A conversation's seen set, as read.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    counted: HashMap<OccurrenceId, BucketKey>,
    named: HashMap<OccurrenceId, DateTime<Utc>>,
    parts: Vec<Part>,
    /// The conversation's media type, if one has been decided.
    pub media: Option<MediaType>,
    /// When each of the conversation's items expires, by its sort key.
    expiries: Vec<(String, DateTime<Utc>)>,
}

#[derive(Debug, Clone)]
struct Part {
    sk: String,
    entries: usize,
}

impl Part {
    /// The number of a small item. `None` if it is named by its content: 32 digits do not fit a `u32`.
    fn number(&self) -> Option<u32> {
        self.sk.strip_prefix(SEEN)?.parse().ok()
    }
}

impl Seen {
    /// Whether `id` has been counted. `false` may be out of date.
    #[must_use]
    pub fn contains(&self, id: OccurrenceId) -> bool {
        self.counted.contains_key(&id)
    }

    /// Whether the id `id` is stored from an event that was published at `published` or before. `false` may be out of
    /// date.
    #[must_use]
    pub fn names(&self, id: OccurrenceId, published: DateTime<Utc>) -> bool {
        self.named.get(&id).is_some_and(|earliest| *earliest <= published)
    }

    /// Every counted occurrence, and where it counts.
    pub fn counted(&self) -> impl ExactSizeIterator<Item = (OccurrenceId, BucketKey)> {
        self.counted.iter().map(|(id, at)| (*id, *at))
    }

    fn take(&mut self, item: &Item) -> Result<(), StoreError> {
        let reader = Reader(item);
        let sk = reader.text(SK)?;
        if sk == MEDIA {
            self.media = Some(MediaType::read(reader.text("media_type")?));
        } else if sk.starts_with(SEEN) {
            let members = reader.binaries("entries")?;
            self.parts.push(Part { sk: sk.to_owned(), entries: members.len() });
            for member in members {
                match SeenEntry::from_bytes(member)
                    .ok_or_else(|| reader.unreadable("an entry of the seen set has the wrong length"))?
                {
                    SeenEntry::Counted { id, at } => {
                        self.counted.insert(id, at);
                    }
                    SeenEntry::Named { id, published } => {
                        let earliest = self.named.entry(id).or_insert(published);
                        *earliest = published.min(*earliest);
                    }
                }
            }
        }
        if let Some(expiry) = reader.number::<i64>("expires_at")?.and_then(|s| DateTime::from_timestamp(s, 0)) {
            self.expiries.push((sk.to_owned(), expiry));
        }
        Ok(())
    }

    /// The small item to which new entries are added: the latest, or a new one if that is full. Older items may have
    /// expired, so the number of items does not give the next item's number.
    fn small_part(&self, new: usize) -> String {
        let small = self.parts.iter().filter_map(|part| Some((part.number()?, part)));
        match small.max_by_key(|(number, _)| *number) {
            Some((_, part)) if part.entries + new <= MAX_SMALL_ENTRIES => part.sk.clone(),
            Some((number, _)) => format!("{SEEN}{:06}", number + 1),
            None => format!("{SEEN}{:06}", 0),
        }
    }

    /// Distributes the `new` entries to items.
    fn parts_for<'a>(&self, new: &'a [SeenEntry]) -> Vec<(String, &'a [SeenEntry])> {
        match new.len() {
            0 => Vec::new(),
            1..=MAX_SMALL_ENTRIES => vec![(self.small_part(new.len()), new)],
            _ => new.chunks(MAX_ENTRIES).map(|part| (named_by_content(part), part)).collect(),
        }
    }
}

/// The name of an item that holds `entries`, in any order.
fn named_by_content(entries: &[SeenEntry]) -> String {
    let mut entries: Vec<_> = entries.iter().map(|entry| entry.to_bytes()).collect();
    entries.sort();
    let mut hash = Sha256::new();
    entries.iter().for_each(|entry| hash.update(entry));
    format!("{SEEN}{}", hex::encode(&hash.finalize()[..16]))
}

impl StateTable {
    /// The seen set of `conversation`: one request, eventually consistent. A stale response only costs writes that
    /// change nothing.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn seen(&self, conversation: &ConversationId) -> Result<Seen, StoreError> {
        let mut seen = Seen::default();
        for item in self.query("Query of a conversation", key::conversation(conversation), "", false).await? {
            seen.take(&item)?;
        }
        Ok(seen)
    }

    /// Adds `new` entries to the seen set of `conversation`, and renews its older items. Call this only after the
    /// occurrences are stored, because an entry here means that they are.
    ///
    /// A conversation may last for months, and each of its events contains every attribute that was ever set. So every
    /// event renews the items that are past half of their life, even if it adds nothing. Renewal is the last step. If
    /// it fails, the next attempt of the event finds nothing new and renews them.
    ///
    /// # Errors
    /// When the request to DynamoDB fails. The occurrences count nevertheless.
    pub async fn add_seen(
        &self,
        conversation: &ConversationId,
        seen: &Seen,
        new: &[SeenEntry],
    ) -> Result<(), StoreError> {
        let parts = seen.parts_for(new);
        for (sk, entries) in &parts {
            self.extend_part(conversation, sk, entries).await?;
        }
        for (sk, expiry) in &seen.expiries {
            let is_written = parts.iter().any(|(written, _)| written == sk);
            if !is_written && self.is_past_half_life(*expiry) {
                self.renew(conversation, sk).await?;
            }
        }
        Ok(())
    }

    async fn extend_part(&self, conversation: &ConversationId, sk: &str, new: &[SeenEntry]) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key::conversation(conversation), sk)))
            .update_expression("ADD #entries :new SET #expiry = :expiry")
            .expression_attribute_names("#entries", "entries")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(
                ":new",
                AttributeValue::Bs(new.iter().map(|entry| Blob::new(entry.to_bytes())).collect()),
            )
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await
            .map_err(|e| StoreError::request("UpdateItem of a seen set", &self.name, e))?;
        Ok(())
    }

    /// Renews one item of a conversation. An item that has expired in the meantime is not created again, because it
    /// would have no entries.
    async fn renew(&self, conversation: &ConversationId, sk: &str) -> Result<(), StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key::conversation(conversation), sk)))
            .update_expression("SET #expiry = :expiry")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await;
        self.is_written("UpdateItem of an expiry", outcome).map(drop)
    }

    /// Decides the media type of `conversation`: `media`, unless another event has decided before.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn decide_media(&self, conversation: &ConversationId, media: MediaType) -> Result<MediaType, StoreError> {
        let response = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(key::conversation(conversation), MEDIA)))
            .update_expression("SET #media = if_not_exists(#media, :media), #expiry = :expiry")
            .expression_attribute_names("#media", "media_type")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":media", text(media.as_str()))
            .expression_attribute_values(":expiry", self.expiry())
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|e| StoreError::request("UpdateItem of a media type", &self.name, e))?;
        Ok(MediaType::read(Reader(&response.attributes.unwrap_or_default()).text("media_type")?))
    }
}
