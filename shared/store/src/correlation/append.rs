//! Appending facts. The entries that lead to a fact are written before the fact itself. So a function that the fact
//! wakes finds all of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Fact, Id, Link, Namespace, Retraction};

use super::key::{self, BODY};
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{PK, SK};
use crate::packed::pack;
use crate::table::{CorrelationTable, item};

/// The largest fact, in bytes of JSON. DynamoDB's limit is 400 KB.
pub const MAX_FACT_BYTES: usize = 100_000;

/// An entry lives this much longer than the facts that it leads to at first. So within this time it need not be written again
/// for further facts.
const SPARE_LIFE: TimeDelta = TimeDelta::days(1);

impl CorrelationTable {
    /// Appends `facts`, each with the entries that lead to it. Appending a fact again changes nothing.
    ///
    /// Many facts of a conversation have the same entries. A read costs a tenth of a write, so those that exist and live as
    /// long as the facts are not written again. The read is eventually consistent: a stale response costs writes. Only an
    /// erasure deletes entries, and it erases the facts that still need them.
    ///
    /// # Errors
    /// When the request to DynamoDB fails, or one is larger than [`MAX_FACT_BYTES`]. Some may have been written.
    pub async fn append(&self, facts: &[Fact]) -> Result<(), StoreError> {
        let bodies = self.bodies(facts)?;
        let mut leading = leading_to(facts);
        for key in self.lasting(&leading).await? {
            leading.remove(&key);
        }
        self.store(leading, bodies).await
    }

    /// Appends `facts` with all entries that lead to them.
    pub(super) async fn append_with_entries(&self, facts: &[Fact]) -> Result<(), StoreError> {
        let bodies = self.bodies(facts)?;
        self.store(leading_to(facts), bodies).await
    }

    fn bodies(&self, facts: &[Fact]) -> Result<Vec<Item>, StoreError> {
        // By key, because a batch must not contain a key twice.
        let mut bodies = BTreeMap::new();
        for fact in facts {
            let id = fact.id();
            let body = serde_json::to_string(fact).unwrap_or_default();
            if body.len() > MAX_FACT_BYTES {
                return Err(StoreError::TooLarge {
                    what: format!("fact {id}"),
                    bytes: body.len(),
                    max: MAX_FACT_BYTES,
                });
            }
            let (pk, sk) = (key::id(&fact.anchor), key::fact(id));
            let mut item = self.entry(pk.clone(), sk.clone(), Vec::new(), self.expiry());
            item.insert(BODY.to_owned(), pack(&body));
            bodies.insert((pk, sk), item);
        }
        Ok(bodies.into_values().collect())
    }

    /// The keys of those of `entries` that exist, and live as long as a fact that is written now.
    async fn lasting(&self, entries: &Entries) -> Result<BTreeSet<(String, String)>, StoreError> {
        let keys: BTreeSet<_> =
            entries.iter().filter(|(_, entry)| entry.is_shared).map(|(key, _)| key.clone()).collect();
        let items = self.get_all("BatchGetItem of entries", keys, false, Some("pk, sk, expires_at")).await?;
        let needed = self.expires_at().timestamp();
        let lasts =
            |item: &Item| Reader(item).number("expires_at").is_ok_and(|at| at.is_some_and(|at: i64| at >= needed));
        let key = |item: &Item| Some((Reader(item).text(PK).ok()?.to_owned(), Reader(item).text(SK).ok()?.to_owned()));
        Ok(items.iter().filter(|item| lasts(item)).filter_map(key).collect())
    }

    async fn store(&self, leading: Entries, bodies: Vec<Item>) -> Result<(), StoreError> {
        let expiry = || number((self.expires_at() + SPARE_LIFE).timestamp());
        let entry = |Entry { pk, sk, attributes, .. }| self.entry(pk, sk, attributes, expiry());
        self.put_all(leading.into_values().map(entry).collect()).await?;
        self.put_all(bodies).await
    }

    /// Appends what was decided about two ids. It never expires, because a later fact would join them again.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn retract(&self, retraction: &Retraction) -> Result<(), StoreError> {
        let Retraction { a, b, decision } = retraction;
        let said = || {
            let by = decision.by.clone().map(|by| ("by", by));
            by.into_iter().chain(decision.reason.map(|reason| ("reason", reason.as_str().to_owned()))).collect()
        };
        let side = |one: &Id, other: &Id| {
            let mut side = item(key::id(one), key::decision(decision.at, decision.act, other));
            side.extend(texts(said()));
            side
        };
        self.put_all(vec![side(a, b), side(b, a)]).await
    }

    fn entry(&self, pk: String, sk: String, attributes: Vec<(&str, String)>, expiry: AttributeValue) -> Item {
        let mut entry = item(pk, sk);
        entry.extend(texts(attributes));
        entry.insert("expires_at".to_owned(), expiry);
        entry
    }
}

fn texts(attributes: Vec<(&str, String)>) -> impl Iterator<Item = (String, AttributeValue)> {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), text(value)))
}

/// Entries by key, because a batch must not contain a key twice.
type Entries = BTreeMap<(String, String), Entry>;

fn leading_to(facts: &[Fact]) -> Entries {
    facts.iter().flat_map(entries).map(|entry| ((entry.pk.clone(), entry.sk.clone()), entry)).collect()
}

/// An item by which a fact is found.
pub(super) struct Entry {
    pub(super) pk: String,
    pub(super) sk: String,
    attributes: Vec<(&'static str, String)>,
    /// Whether other facts have the same entry.
    is_shared: bool,
}

/// The entries that lead to `fact`.
pub(super) fn entries(fact: &Fact) -> Vec<Entry> {
    let id = fact.id();
    let mut all = Vec::new();
    let (shared, own) = (true, false);
    let mut found = |is_shared, pk: String, sk: String, attributes| {
        all.push(Entry { pk, sk, attributes, is_shared });
    };
    // An unconfirmed link leads nobody anywhere but an erasure.
    let proved = |link: &&Link| link.id != fact.anchor && !fact.unconfirmed.contains(&link.id);
    let linked = fact.links.iter().filter(proved).map(|link| &link.id);
    for trace in linked.chain([&fact.anchor]).filter(|id| *id.namespace() == Namespace::TRACE) {
        found(shared, key::id(trace), key::KNOWN.to_owned(), Vec::new());
    }
    for link in fact.links.iter().filter(proved) {
        found(shared, key::id(&fact.anchor), key::edge(Some(&fact.source), &link.id), Vec::new());
        found(shared, key::id(&link.id), key::edge(Some(&fact.source), &fact.anchor), Vec::new());
    }
    let anchor = fact.anchor.to_string();
    for link in fact.links.iter().filter(|link| fact.unconfirmed.contains(&link.id)) {
        found(shared, key::named(&link.id), key::naming(&fact.source, &fact.anchor), vec![("anchor", anchor.clone())]);
    }
    let origin = || vec![("anchor", anchor.clone()), ("source", fact.source.to_string())];
    for usage in &fact.codes {
        found(own, key::code(&usage.code), key::code_event(usage.at, usage.act, id), origin());
    }
    for handoff in &fact.handoffs {
        let customer = handoff.customer.as_ref().map(|customer| ("customer", customer.hash.to_string()));
        let withheld = handoff.is_withheld.then(|| ("withheld", "true".to_owned()));
        let same: Vec<_> = fact.same_ids().iter().map(Id::to_string).collect();
        let same = (!same.is_empty()).then(|| ("same", serde_json::json!(same).to_string()));
        let attributes: Vec<_> = origin().into_iter().chain(customer).chain(withheld).chain(same).collect();
        let customer = handoff.customer.as_ref().map(|customer| customer.hash);
        let event = key::handoff_event(handoff.at, handoff.act, customer, id);
        found(own, key::number(handoff.number.hash), event, attributes);
        let is_mentioned = |hash| fact.mentions.iter().any(|mention| mention.phone.hash == hash);
        if let Some(customer) = customer.filter(|hash| !is_mentioned(*hash)) {
            found(own, key::number(customer), key::shown_customer(id), vec![("anchor", anchor.clone())]);
        }
    }
    for mention in &fact.mentions {
        // One entry for each conversation and hour instead of one for each event.
        let sk = key::mention(hour(fact.observed_at), &fact.anchor);
        found(shared, key::phone(mention.phone.hash), sk, vec![("anchor", anchor.clone())]);
    }
    all
}

/// The keys of the entries that only an earlier version wrote: two for each end of a hand-off. An erasure deletes them, too.
pub(super) fn earlier_keys(fact: &Fact) -> impl Iterator<Item = (String, String)> {
    fact.handoffs.iter().flat_map(|handoff| {
        let event = key::earlier_handoff_event(handoff.at, handoff.act, fact.id());
        let of = handoff.customer.as_ref().map(|customer| key::earlier_handoff_of(customer.hash, &event));
        of.into_iter().chain([event]).map(|sk| (key::number(handoff.number.hash), sk))
    })
}

fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = at.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(at)
}
