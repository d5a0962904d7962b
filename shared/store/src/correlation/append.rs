//! Appending facts. The entries that lead to a fact are written before the fact itself. So a function that the fact
//! wakes finds all of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Id, Link, Namespace, Retraction};

use super::key;
use crate::error::StoreError;
use crate::item::{Item, text};
use crate::table::{CorrelationTable, item};

/// The largest fact, in bytes of JSON. DynamoDB's limit is 400 KB.
pub const MAX_FACT_BYTES: usize = 100_000;

impl CorrelationTable {
    /// Appends `facts`, each with the entries that lead to it. Appending a fact again changes nothing.
    ///
    /// # Errors
    /// When the request to DynamoDB fails, or one is larger than [`MAX_FACT_BYTES`]. Some may have been written.
    pub async fn append(&self, facts: &[Fact]) -> Result<(), StoreError> {
        // By key, because a batch must not contain a key twice.
        let mut found_by = BTreeMap::new();
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
            for Entry { pk, sk, attributes } in entries(fact) {
                found_by.insert((pk.clone(), sk.clone()), self.entry(pk, sk, attributes));
            }
            let (pk, sk) = (key::id(&fact.anchor), key::fact(id));
            bodies.insert((pk.clone(), sk.clone()), self.entry(pk, sk, vec![("body", body)]));
        }
        self.put_all(found_by.into_values().collect()).await?;
        self.put_all(bodies.into_values().collect()).await
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
            let mut side = self.entry(key::id(one), key::decision(decision.at, decision.act, other), said());
            side.remove("expires_at");
            side
        };
        self.put_all(vec![side(a, b), side(b, a)]).await
    }

    fn entry(&self, pk: String, sk: String, attributes: Vec<(&str, String)>) -> Item {
        let mut entry = item(pk, sk);
        entry.extend(attributes.into_iter().map(|(name, value)| (name.to_owned(), text(value))));
        entry.insert("expires_at".to_owned(), self.expiry());
        entry
    }
}

/// An item by which a fact is found.
pub(super) struct Entry {
    pub(super) pk: String,
    pub(super) sk: String,
    attributes: Vec<(&'static str, String)>,
}

/// The entries that lead to `fact`.
pub(super) fn entries(fact: &Fact) -> Vec<Entry> {
    let id = fact.id();
    let mut all = Vec::new();
    let mut found = |pk: String, sk: String, attributes| all.push(Entry { pk, sk, attributes });
    // An unconfirmed link leads nobody anywhere but an erasure.
    let proved = |link: &&Link| link.id != fact.anchor && !fact.unconfirmed.contains(&link.id);
    let linked = fact.links.iter().filter(proved).map(|link| &link.id);
    for trace in linked.chain([&fact.anchor]).filter(|id| *id.namespace() == Namespace::TRACE) {
        found(key::id(trace), key::KNOWN.to_owned(), Vec::new());
    }
    for link in fact.links.iter().filter(proved) {
        found(key::id(&fact.anchor), key::edge(Some(&fact.source), &link.id), Vec::new());
        found(key::id(&link.id), key::edge(Some(&fact.source), &fact.anchor), Vec::new());
    }
    let anchor = fact.anchor.to_string();
    for link in fact.links.iter().filter(|link| fact.unconfirmed.contains(&link.id)) {
        found(key::named(&link.id), key::naming(&fact.source, &fact.anchor), vec![("anchor", anchor.clone())]);
    }
    let origin = || vec![("anchor", anchor.clone()), ("source", fact.source.to_string())];
    for usage in &fact.codes {
        found(key::code(&usage.code), key::code_event(usage.at, usage.act, id), origin());
    }
    for handoff in &fact.handoffs {
        let customer = handoff.customer.as_ref().map(|customer| ("customer", customer.hash.to_string()));
        let withheld = handoff.is_withheld.then(|| ("withheld", "true".to_owned()));
        let same: Vec<_> = fact.same_ids().iter().map(Id::to_string).collect();
        let same = (!same.is_empty()).then(|| ("same", serde_json::json!(same).to_string()));
        let attributes = origin().into_iter().chain(customer).chain(withheld).chain(same).collect();
        found(key::number(handoff.number.hash), key::handoff_event(handoff.at, handoff.act, id), attributes);
        let customer = handoff.customer.as_ref().map(|customer| customer.hash);
        let is_mentioned = |hash| fact.mentions.iter().any(|mention| mention.phone.hash == hash);
        if let Some(customer) = customer.filter(|hash| !is_mentioned(*hash)) {
            found(key::number(customer), key::shown_customer(id), vec![("anchor", anchor.clone())]);
        }
    }
    for mention in &fact.mentions {
        // One entry for each conversation and hour instead of one for each event.
        let sk = key::mention(hour(fact.observed_at), &fact.anchor);
        found(key::phone(mention.phone.hash), sk, vec![("anchor", anchor.clone())]);
    }
    all
}

fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = at.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(at)
}
