//! Deletes what is stored under an id, with everything that leads to it, and notes that it was erased.
//!
//! What leads to an item is deleted before the item. So a process that dies leaves enough for the next one to continue.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use cxtrace_clock::back_off;
use cxtrace_domain::journeys::{Fact, Id, JourneyId, erasure};
use cxtrace_privacy::Pseudonym;

use super::append::{Entry, earlier_keys, entries};
use super::gather::{Consistency, read_fact};
use super::key;
use super::row::{JourneyRow, RowContent, WriteOutcome};
use crate::error::StoreError;
use crate::item::{Item, Reader};
use crate::key::{PK, SK};
use crate::table::{BACK_OFF, CorrelationTable, MAX_ATTEMPTS, item};

/// How much was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    pub facts: usize,
    /// Items, with the facts. An item that several facts lead to counts for each of them.
    pub items: usize,
}

impl AddAssign for Deleted {
    fn add_assign(&mut self, other: Self) {
        self.facts += other.facts;
        self.items += other.items;
    }
}

/// An entry that says where a phone number was mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberMention {
    /// The id in whose facts it was mentioned. `None` if the entry cannot be read.
    pub anchor: Option<Id>,
    pk: String,
    sk: String,
}

impl CorrelationTable {
    /// Every mention of a number, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn mentions_of(&self, number: Pseudonym) -> Result<Vec<NumberMention>, StoreError> {
        let items = self.query("Query of a phone number", key::phone(number), "", true).await?;
        Ok(items.iter().map(mention).collect())
    }

    /// Every transfer that names a number: to it, or with it as the customer's, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn transfers_of(&self, number: Pseudonym) -> Result<Vec<NumberMention>, StoreError> {
        let items = self.query("Query of a number", key::number(number), "", true).await?;
        Ok(items.iter().map(mention).collect())
    }

    /// The ids outside of `ids` whose facts may link one of `ids`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn naming(&self, ids: &BTreeSet<Id>) -> Result<BTreeSet<Id>, StoreError> {
        let mut naming = BTreeSet::new();
        for id in ids {
            let edges = self.query("Query of neighbours", key::id(id), key::EDGES, true).await?;
            let edges = edges.iter().filter_map(|item| key::read_edge(Reader(item).text(SK).ok()?)?.1.parse().ok());
            let named = self.query("Query of what names an id", key::named(id), "", true).await?;
            let named = named.iter().filter_map(|item| mention(item).anchor);
            naming.extend(edges.chain(named).filter(|other| !ids.contains(other)));
        }
        Ok(naming)
    }

    /// Removes `ids` and `numbers` from the facts of `anchor`, which belong to somebody else. A fact that still names one of them
    /// is deleted.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn redact(&self, anchor: &Id, numbers: &[Pseudonym], ids: &BTreeSet<Id>) -> Result<Deleted, StoreError> {
        let mut deleted = Deleted::default();
        for fact in self.facts_of(anchor).await? {
            match erasure::without(&fact, numbers, ids) {
                Some(rest) if rest == fact => continue,
                Some(rest) => {
                    // The rest is stored first, so that nothing of somebody else is lost.
                    self.append_with_entries(std::slice::from_ref(&rest)).await?;
                    let key_of = |entry: Entry| (entry.pk, entry.sk);
                    let kept: BTreeSet<_> = entries(&rest).into_iter().map(key_of).collect();
                    let leading = entries(&fact).into_iter().map(key_of).filter(|key| !kept.contains(key)).collect();
                    deleted += self.delete_fact(&fact, leading).await?;
                }
                None => {
                    let leading = entries(&fact).into_iter().map(|entry| (entry.pk, entry.sk)).collect();
                    deleted += self.delete_fact(&fact, leading).await?;
                }
            }
        }
        Ok(deleted)
    }

    /// Deletes a fact, and then the entries that lead to it: an erasure that dies finds the rest by them.
    async fn delete_fact(&self, fact: &Fact, leading: BTreeSet<(String, String)>) -> Result<Deleted, StoreError> {
        let deleted = Deleted { facts: 1, items: 1 + leading.len() };
        self.delete_all(BTreeSet::from([(key::id(&fact.anchor), key::fact(fact.id()))])).await?;
        self.delete_all(leading.into_iter().chain(earlier_keys(fact)).collect()).await?;
        Ok(deleted)
    }

    /// Deletes mentions.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn delete_mentions(&self, mentions: &[NumberMention]) -> Result<(), StoreError> {
        self.delete_all(mentions.iter().map(|mention| (mention.pk.clone(), mention.sk.clone())).collect()).await
    }

    /// The ids that an unfinished erasure of a number still has to erase.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn planned_erasure(&self, number: Pseudonym) -> Result<BTreeSet<Id>, StoreError> {
        let items = self.query("Query of an erasure", key::erasing(number), "", true).await?;
        Ok(items.iter().filter_map(|item| Reader(item).text(SK).ok()?.parse().ok()).collect())
    }

    /// Stores which ids are to be erased. When their entries are deleted, nothing else says that they belong together.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn plan_erasure(&self, number: Pseudonym, ids: &BTreeSet<Id>) -> Result<(), StoreError> {
        let planned = |id: &Id| {
            let mut planned = item(key::erasing(number), id.to_string());
            planned.insert("expires_at".to_owned(), self.expiry());
            planned
        };
        self.put_all(ids.iter().map(planned).collect()).await
    }

    /// Removes ids from the plan, because they are erased.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn finish_erasure(&self, number: Pseudonym, ids: &BTreeSet<Id>) -> Result<(), StoreError> {
        self.delete_all(ids.iter().map(|id| (key::erasing(number), id.to_string())).collect()).await
    }

    /// Replaces the row of `journey` by a note that it was erased at `at`. No other writer replaces the note. `replacing` gets the
    /// row before that.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or other writers are met at every attempt.
    pub async fn mark_erased(
        &self,
        journey: JourneyId,
        at: DateTime<Utc>,
        replacing: impl Fn(&JourneyRow),
    ) -> Result<(), StoreError> {
        for attempt in 0..MAX_ATTEMPTS {
            back_off(&self.clock, BACK_OFF, attempt).await;
            let row = match self.rows(&[journey]).await {
                // A row that cannot be read may also hold something about the person.
                Err(StoreError::Unreadable { .. }) => {
                    self.delete_all(BTreeSet::from([(key::journey(journey), key::ROW.to_owned())])).await?;
                    continue;
                }
                rows => rows?.pop(),
            };
            let Some(row) = row else { continue };
            replacing(&row);
            let JourneyRow { content, version, .. } = row;
            let at = match content {
                RowContent::Erased(before) => at.max(before),
                _ => at,
            };
            let erased = JourneyRow::erased(journey, at, version);
            if self.write(&erased).await? == WriteOutcome::Written {
                return Ok(());
            }
        }
        let operation = "PutItem of an erased row";
        Err(StoreError::Contended { operation, table: self.name.clone(), attempts: MAX_ATTEMPTS })
    }

    /// Deletes everything that is stored under `id`, with the entries that lead there, until a read finds nothing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn erase_id(&self, id: &Id) -> Result<Deleted, StoreError> {
        let mut deleted = Deleted::default();
        loop {
            let (items, _) = self.page("Query of an id", key::id(id), None, None, None, Consistency::Strong).await?;
            if items.is_empty() {
                let named = self.query("Query of what names an id", key::named(id), "", true).await?;
                let named: BTreeSet<_> = named.iter().map(|item| (attribute(item, PK), attribute(item, SK))).collect();
                deleted.items += named.len();
                self.delete_all(named).await?;
                return Ok(deleted);
            }
            let own: BTreeSet<_> = items.iter().map(|item| (attribute(item, PK), attribute(item, SK))).collect();
            let facts: Vec<_> = items.iter().filter(|item| attribute(item, SK).starts_with(key::FACT)).collect();
            let read: Vec<_> = facts.iter().filter_map(|fact| read_fact(fact).ok()).collect();
            let mut leading: BTreeSet<_> = read.iter().flat_map(entries).map(|entry| (entry.pk, entry.sk)).collect();
            leading.extend(own.iter().filter_map(|(_, sk)| other_side(id, sk)));
            leading.retain(|key| !own.contains(key));
            deleted += Deleted { facts: facts.len(), items: own.len() + leading.len() };
            self.delete_all(leading.into_iter().chain(read.iter().flat_map(earlier_keys)).collect()).await?;
            self.delete_all(own).await?;
        }
    }

    /// Deletes `facts`, with the entries that lead to them. The mentions of numbers come last: an erasure that dies finds the
    /// rest by them.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn erase_facts(&self, facts: &[&Fact]) -> Result<(), StoreError> {
        let leading = facts.iter().flat_map(|fact| entries(fact)).map(|entry| (entry.pk, entry.sk));
        let leading = leading.chain(facts.iter().flat_map(|fact| earlier_keys(fact)));
        let (mentions, others): (BTreeSet<_>, BTreeSet<_>) = leading.partition(|(pk, _)| key::is_phone(pk));
        self.delete_all(others).await?;
        self.delete_all(facts.iter().map(|fact| (key::id(&fact.anchor), key::fact(fact.id()))).collect()).await?;
        self.delete_all(mentions).await
    }
}

/// The key of the same entry under the other id, if there is one.
fn other_side(id: &Id, sk: &str) -> Option<(String, String)> {
    let other = |text: &str| Some(key::id(&text.parse().ok()?));
    if let Some((source, text)) = key::read_edge(sk) {
        return Some((other(text)?, key::edge(source.as_ref(), id)));
    }
    if let Some(text) = sk.strip_prefix(key::CUT) {
        return Some((other(text)?, format!("{}{id}", key::CUT)));
    }
    let (at, act, text) = key::read_decision(sk)?;
    Some((other(text)?, key::decision(at, act, id)))
}

fn mention(item: &Item) -> NumberMention {
    NumberMention {
        anchor: Reader(item).text("anchor").ok().and_then(|anchor| anchor.parse().ok()),
        pk: attribute(item, PK),
        sk: attribute(item, SK),
    }
}

fn attribute(item: &Item, name: &str) -> String {
    Reader(item).text(name).map(str::to_owned).unwrap_or_default()
}
