//! Reads all facts of one journey: a walk from id to id that reads all known ids concurrently.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::code::{self, CodeEvent};
use cxtrace_domain::journeys::handoff::{self, HandoffEvent};
use cxtrace_domain::journeys::source_limits::MAX_BYTES_OF_SOURCE;
use cxtrace_domain::journeys::super_connector::{MAX_EDGES, Neighbours};
use cxtrace_domain::journeys::walk_limits::KnownLimits;
use cxtrace_domain::journeys::{
    Clocks, CodeAct, Decision, DecisionAct, Fact, FactId, Gathered, HandoffAct, Id, Need, Reason, Source, Verdict, Walk,
};
use cxtrace_privacy::Pseudonym;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::key::{self, BODY};
use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::SK;
use crate::packed::unpack;
use crate::set_aside::SetAside;
use crate::table::{CONCURRENCY, CorrelationTable};

/// The largest number of spans of one journey. A function has memory for this many spans and for [`MAX_BYTES`] of facts.
/// No customer's journey reaches them; only an id that a sender adds to every event does.
pub const MAX_SPANS: usize = 40_000;
/// The largest size of all facts of one journey, in bytes of JSON.
pub const MAX_BYTES: usize = 48_000_000;

/// A number with more entries in the minutes of a time range has too many ends, even if most of them are outside of the range. So
/// a sender who stores many in a minute makes no read expensive.
const MAX_ENTRIES_READ: usize = 10 * handoff::MAX_ENDS;

/// Ends of hand-offs, by what distinguishes them. An end may also be stored as an earlier version stored it.
type Ends = BTreeMap<(DateTime<Utc>, HandoffAct, FactId, Option<Pseudonym>), HandoffEvent>;

/// What a read may miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Nothing that was written before.
    Strong,
    /// Some of the latest writes. Such a read costs half.
    Eventual,
}

/// The table's response to one need of the walk.
enum Fetched {
    /// The items of an id that sort before its facts, the first page of its facts, and where the next page starts.
    Neighbours {
        decisions: Vec<(Id, Decision)>,
        neighbours: Neighbours,
        facts: Vec<Item>,
        next: Option<Item>,
    },
    Decisions(Vec<(Id, Decision)>),
    Codes(Vec<CodeEvent>),
    Handoffs(Vec<HandoffEvent>),
}

impl CorrelationTable {
    /// All facts of the journey of `seed`, strongly consistent. Unreadable items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the journey exceeds [`MAX_SPANS`] or [`MAX_BYTES`].
    pub async fn gather(&self, seed: Id, clocks: Clocks) -> Result<Gathered, StoreError> {
        self.gather_knowing(seed, clocks, Arc::default(), Consistency::Strong).await
    }

    /// The same with reads of this `consistency`, and without reading again what has reached a limit before.
    ///
    /// # Errors
    /// As [`Self::gather`].
    pub async fn gather_knowing(
        &self,
        seed: Id,
        clocks: Clocks,
        known: Arc<KnownLimits>,
        consistency: Consistency,
    ) -> Result<Gathered, StoreError> {
        let walk = Walk::from(seed.clone(), clocks).knowing(known);
        self.read_all(Folding { consistency, ..Folding::of(walk, seed) }).await
    }

    /// The ids of the journey of `seed`, however large it is, with the links, numbers, codes and transfers of its facts.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn gather_ids(&self, seed: Id, clocks: Clocks) -> Result<Gathered, StoreError> {
        let walk = Walk::from(seed.clone(), clocks);
        self.read_all(Folding { ids_only: true, ..Folding::of(walk, seed) }).await
    }

    async fn read_all(&self, mut folding: Folding) -> Result<Gathered, StoreError> {
        loop {
            let is_narrowed = folding.walk.is_narrowed();
            let needs = folding.walk.needs();
            if folding.walk.is_narrowed() != is_narrowed {
                // The walk has begun again.
                (folding.bytes, folding.bytes_of) = (0, BTreeMap::new());
            }
            if needs.is_empty() {
                return Ok(folding.walk.finish());
            }
            let reads: Vec<_> = needs.iter().map(|need| self.fetch(need, folding.consistency)).collect();
            // Each response is folded before the next is awaited. So only a few pages are in memory, however many ids
            // there are.
            let mut fetched = stream::iter(reads).buffered(CONCURRENCY);
            for need in &needs {
                let Some(one) = fetched.try_next().await? else { break };
                self.fold(&mut folding, need, one).await?;
            }
        }
    }

    /// The facts of one anchor, by the time of observation. Unreadable items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn facts_of(&self, anchor: &Id) -> Result<Vec<Fact>, StoreError> {
        let items = self.query("Query of facts", key::id(anchor), key::FACT, true).await?;
        let mut facts: Vec<_> =
            items.iter().filter_map(|fact| self.set_aside.unless_readable(read_fact(fact))).collect();
        facts.sort_by_key(|fact| (fact.observed_at, fact.id()));
        Ok(facts)
    }

    async fn fold(&self, folding: &mut Folding, need: &Need, fetched: Fetched) -> Result<(), StoreError> {
        match (need, fetched) {
            (Need::Id(id), Fetched::Neighbours { decisions, neighbours, facts, mut next }) => {
                for (other, decision) in decisions {
                    folding.walk.decided(id, &other, decision);
                }
                if folding.walk.neighbours(id, neighbours) == Verdict::Quarantined {
                    return Ok(());
                }
                folding.facts(&self.set_aside, &facts)?;
                // Each page is folded before the next is read: a long journey is never in memory as a whole.
                while let Some(start) = next {
                    let (items, further) =
                        self.page("Query of facts", key::id(id), None, Some(start), None, folding.consistency).await?;
                    folding.facts(&self.set_aside, &items)?;
                    next = further;
                }
            }
            (Need::Decisions(id), Fetched::Decisions(decisions)) => folding.walk.decisions(id, decisions),
            (_, Fetched::Codes(events)) => folding.walk.codes(need, &events),
            (_, Fetched::Handoffs(events)) => folding.walk.handoffs(need, &events),
            (_, Fetched::Neighbours { .. } | Fetched::Decisions(_)) => {}
        }
        Ok(())
    }

    async fn fetch(&self, need: &Need, consistency: Consistency) -> Result<Fetched, StoreError> {
        match need {
            Need::Id(id) => self.neighbours(id, consistency).await,
            Need::Decisions(id) => self.decisions(id, consistency).await.map(Fetched::Decisions),
            Need::Code { code, from, to } => self.uses_of_code(code, *from, *to, consistency).await.map(Fetched::Codes),
            Need::Number { number, customer, from, to } => {
                let ends = self.ends_of_handoffs(*number, *customer, (*from, *to), consistency).await?;
                Ok(Fetched::Handoffs(ends))
            }
        }
    }

    /// The hand-offs to a number in this time range, or only those of one customer, by time: all of them, or more than
    /// [`handoff::MAX_ENDS`], which is enough to detect that there are too many. Unreadable items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ends_of_handoffs(
        &self,
        number: Pseudonym,
        customer: Option<Pseudonym>,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        consistency: Consistency,
    ) -> Result<Vec<HandoffEvent>, StoreError> {
        let pk = key::number(number);
        let Some(customer) = customer else { return self.ends_of_all(pk, (from, to), consistency).await };
        let read = |range| self.range("Query of a number", pk.clone(), range, handoff::MAX_ENDS + 1, consistency);
        let reads: Vec<_> = key::handoffs_of(customer, from, to).into_iter().map(read).collect();
        let pages: Vec<_> = stream::iter(reads).buffered(CONCURRENCY).try_collect().await?;
        let mut ends = Ends::new();
        pages.iter().flatten().for_each(|item| self.take_end(item, |_| &mut ends));
        Ok(ends.into_values().collect())
    }

    /// The same for all customers. The keys tell only the minute, so what is read of the first and the last minute may be outside of
    /// the time range.
    async fn ends_of_all(
        &self,
        pk: String,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        consistency: Consistency,
    ) -> Result<Vec<HandoffEvent>, StoreError> {
        let minutes = key::handoff_minutes(from, to);
        let window = key::time(from)..=key::time(to);
        let limit = i32::try_from(handoff::MAX_ENDS + 1).ok();
        let (mut ends, mut outside) = (Ends::new(), Ends::new());
        let (mut read, mut next) = (0, None);
        loop {
            let (items, further) =
                self.page("Query of a number", pk.clone(), Some(&minutes), next, limit, consistency).await?;
            for item in &items {
                self.take_end(item, |at| if window.contains(&key::time(at)) { &mut ends } else { &mut outside });
            }
            read += items.len();
            next = further;
            if next.is_none() || ends.len() > handoff::MAX_ENDS {
                return Ok(ends.into_values().collect());
            }
            if read >= MAX_ENTRIES_READ {
                return Ok(ends.into_values().chain(outside.into_values()).take(handoff::MAX_ENDS + 1).collect());
            }
        }
    }

    /// Adds the end of `item` to those that `to` chooses by its time.
    fn take_end<'a>(&self, item: &Item, to: impl FnOnce(DateTime<Utc>) -> &'a mut Ends) {
        let Some(end) = self.set_aside.unless_readable(handoff_event(item)) else { return };
        to(end.at).entry((end.at, end.act, end.fact, end.customer)).or_insert(end);
    }

    /// The events of a code in `from..=to`, by time: all of them, or more than [`code::MAX_EVENTS`]. Unreadable items
    /// are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn events_of_code(
        &self,
        code: &Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<CodeEvent>, StoreError> {
        self.uses_of_code(code, from, to, Consistency::Strong).await
    }

    async fn uses_of_code(
        &self,
        code: &Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        consistency: Consistency,
    ) -> Result<Vec<CodeEvent>, StoreError> {
        let max = code::MAX_EVENTS + 1;
        let items = self.between("Query of a code", key::code(code), from, to, max, consistency).await?;
        Ok(items.iter().filter_map(|item| self.set_aside.unless_readable(code_event(item))).collect())
    }

    /// Reads a partition up to and including its first facts. Of a source with too many neighbours, the pages after the one that
    /// shows it are left out, so however many a sender stores, they cost one page.
    async fn neighbours(&self, id: &Id, consistency: Consistency) -> Result<Fetched, StoreError> {
        let (mut decisions, mut neighbours, mut facts) = (Vec::new(), Neighbours::default(), Vec::new());
        let mut counts: BTreeMap<Option<Source>, usize> = BTreeMap::new();
        let mut next = None;
        loop {
            let (items, further) = self.page("Query of an id", key::id(id), None, next, None, consistency).await?;
            for item in items {
                let reader = Reader(&item);
                let sk = reader.text(SK)?;
                if let Some(source) = key::read_quarantine(sk) {
                    neighbours.quarantined.insert(source);
                } else if let Some(decision) = decision(&item, sk) {
                    decisions.extend(self.set_aside.unless_readable(decision));
                } else if let Some((source, other)) = key::read_edge(sk) {
                    let count = counts.entry(source.clone()).or_default();
                    *count += 1;
                    if *count <= MAX_EDGES + 1 {
                        let other = self.set_aside.unless_readable(read_id(&item, other));
                        neighbours.edges.extend(other.map(|other| (source, other)));
                    }
                } else if sk.starts_with(key::FACT) {
                    facts.push(item);
                }
            }
            next = further;
            if next.is_none() || !facts.is_empty() {
                let are_many = counts.values().any(|count| *count > MAX_EDGES / 2);
                if are_many && consistency == Consistency::Eventual {
                    // Whoever sees the neighbour that is one too many refreshes the journeys of the others. So it must be seen.
                    return Box::pin(self.neighbours(id, Consistency::Strong)).await;
                }
                return Ok(Fetched::Neighbours { decisions, neighbours, facts, next });
            }
            next = next.map(|last| past_too_many(last, &counts));
        }
    }

    /// What was decided about the edges of an id. Unreadable items are set aside.
    async fn decisions(&self, id: &Id, consistency: Consistency) -> Result<Vec<(Id, Decision)>, StoreError> {
        let range = (key::CUT.to_owned(), key::after(key::DECISION));
        let items = self.range("Query of decisions", key::id(id), range, usize::MAX, consistency).await?;
        let read = items.iter().filter_map(|item| decision(item, Reader(item).text(SK).ok()?));
        Ok(read.filter_map(|decision| self.set_aside.unless_readable(decision)).collect())
    }

    /// The items of a partition whose sort keys begin with a time in `from..=to`, at most `max`.
    pub(super) async fn between(
        &self,
        operation: &'static str,
        pk: String,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max: usize,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        self.range(operation, pk, (key::time(from), key::after(&key::time(to))), max, consistency).await
    }

    /// The items of a partition whose sort keys are in a range, at most `max`.
    pub(super) async fn range(
        &self,
        operation: &'static str,
        pk: String,
        range: (String, String),
        max: usize,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let mut all = Vec::new();
        let mut next = None;
        loop {
            let left = i32::try_from(max - all.len()).ok();
            let (items, further) = self.page(operation, pk.clone(), Some(&range), next, left, consistency).await?;
            all.extend(items);
            next = further;
            if next.is_none() || all.len() >= max {
                return Ok(all);
            }
        }
    }

    /// One page of a partition with at most this many items, and the position of the next page.
    pub(super) async fn page(
        &self,
        operation: &'static str,
        pk: String,
        range: Option<&(String, String)>,
        start: Option<Item>,
        limit: Option<i32>,
        consistency: Consistency,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(consistency == Consistency::Strong)
            .expression_attribute_values(":pk", text(pk))
            .set_exclusive_start_key(start)
            .set_limit(limit);
        request = match range {
            None => request.key_condition_expression("pk = :pk"),
            Some((from, to)) => request
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to)),
        };
        let page = request.send().await.map_err(|e| StoreError::request(operation, &self.name, e))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}

/// `None` if the item is no decision.
fn decision(item: &Item, sk: &str) -> Option<Result<(Id, Decision), StoreError>> {
    match sk.strip_prefix(key::CUT) {
        Some(other) => Some(retraction_of_an_earlier_version(item, other)),
        None => sk.starts_with(key::DECISION).then(|| read_decision(item, sk)),
    }
}

/// Where to read on after `last`: behind all neighbours of its source if they are too many.
fn past_too_many(last: Item, counts: &BTreeMap<Option<Source>, usize>) -> Item {
    let source = Reader(&last).text(SK).ok().and_then(key::read_edge).map(|(source, _)| source);
    let Some(source) = source.filter(|source| counts.get(source).is_some_and(|count| *count > MAX_EDGES)) else {
        return last;
    };
    let mut behind = last;
    behind.insert(SK.to_owned(), text(key::after(&key::edges_of(source.as_ref()))));
    behind
}

/// A walk, and the size of the facts that it has folded, in bytes.
struct Folding {
    walk: Walk,
    seed: Id,
    bytes: usize,
    /// The same, by source, up to [`MAX_BYTES_OF_SOURCE`].
    bytes_of: BTreeMap<Source, usize>,
    /// Whether spans are left out. Then there are no limits of size.
    ids_only: bool,
    consistency: Consistency,
}

impl Folding {
    /// A walk that has read nothing yet.
    fn of(walk: Walk, seed: Id) -> Self {
        let consistency = Consistency::Strong;
        Self { walk, seed, bytes: 0, bytes_of: BTreeMap::new(), ids_only: false, consistency }
    }

    /// Folds the facts of `items` into the walk. An unreadable fact is set aside, and the journey is assembled without
    /// it. The limits do not depend on the id at which the walk began.
    fn facts(&mut self, set_aside: &SetAside, items: &[Item]) -> Result<(), StoreError> {
        for item in items {
            // Other entries may come after the facts.
            if !Reader(item).text(SK)?.starts_with(key::FACT) {
                continue;
            }
            let body = body_of(item);
            let bytes = body.as_ref().map_or(0, |body| body.len());
            self.bytes += bytes;
            let fact = body.and_then(|body| parse_fact(item, &body));
            let Some(mut fact) = set_aside.unless_readable(fact) else { continue };
            if self.ids_only {
                fact.spans.clear();
                fact.point_events.clear();
                self.walk.fact(&fact);
                continue;
            }
            let of_source = self.bytes_of.entry(fact.source.clone()).or_default();
            if *of_source + bytes > MAX_BYTES_OF_SOURCE {
                self.walk.keep_out(&fact.source);
                continue;
            }
            *of_source += bytes;
            self.walk.fact(&fact);
        }
        let limit = match (self.bytes > MAX_BYTES && !self.ids_only, self.walk.spans() > MAX_SPANS) {
            (true, _) => "48 MB of facts",
            (_, true) => "40,000 spans",
            _ => return Ok(()),
        };
        Err(StoreError::TooMuch { id: self.seed.to_string(), limit })
    }
}

/// Reads a fact as it was appended.
pub(super) fn read_fact(item: &Item) -> Result<Fact, StoreError> {
    parse_fact(item, &body_of(item)?)
}

fn body_of(item: &Item) -> Result<Cow<'_, str>, StoreError> {
    match item.get(BODY) {
        Some(AttributeValue::B(packed)) => {
            let body = unpack(packed.as_ref()).map(Cow::Owned);
            body.map_err(|error| Reader(item).unreadable(format!("`{BODY}`: {error}")))
        }
        Some(AttributeValue::S(text)) => Ok(Cow::Borrowed(text)),
        _ => Err(Reader(item).unreadable(format!("`{BODY}` is missing"))),
    }
}

fn parse_fact(item: &Item, body: &str) -> Result<Fact, StoreError> {
    serde_json::from_str(body).map_err(|error| Reader(item).unreadable(error.to_string()))
}

fn retraction_of_an_earlier_version(item: &Item, other: &str) -> Result<(Id, Decision), StoreError> {
    // Without its time it counts nevertheless, before every other decision.
    let at = Reader(item).text("at").ok().and_then(|at| at.parse().ok()).unwrap_or(DateTime::UNIX_EPOCH);
    Ok((read_id(item, other)?, Decision { at, act: DecisionAct::Retract, by: None, reason: None }))
}

fn read_decision(item: &Item, sk: &str) -> Result<(Id, Decision), StoreError> {
    let unreadable = || Reader(item).unreadable("its sort key must hold a time, an act and an id");
    let (at, act, other) = key::read_decision(sk).ok_or_else(unreadable)?;
    let said = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    // A reason of a later version is not known here. The decision counts nevertheless.
    let (by, reason) = (said("by").map(str::to_owned), said("reason").and_then(Reason::read));
    Ok((read_id(item, other)?, Decision { at, act, by, reason }))
}

fn read_id(item: &Item, text: &str) -> Result<Id, StoreError> {
    text.parse().map_err(|_| Reader(item).unreadable("its sort key must hold an id"))
}

/// The last parts of an event's sort key: its time, its act, and its fact.
fn event_key<A>(item: &Item, act: impl Fn(&str) -> Option<A>) -> Result<(DateTime<Utc>, A, FactId), StoreError> {
    let reader = Reader(item);
    let mut parts = reader.text(SK)?.rsplit('#');
    let mut read = || {
        let fact = FactId::from_hex(parts.next()?)?;
        let act = act(parts.next()?)?;
        Some((parts.next()?.parse().ok()?, act, fact))
    };
    read().ok_or_else(|| reader.unreadable("its sort key must hold a time, an act and a fact"))
}

fn origin(item: &Item) -> Result<(Id, Source), StoreError> {
    let reader = Reader(item);
    let anchor = Id::from_str(reader.text("anchor")?).map_err(|_| reader.unreadable("`anchor` must be an id"))?;
    let source = Source::read(reader.text("source")?)
        .ok_or_else(|| reader.unreadable("`source` must be the name of a source"))?;
    Ok((anchor, source))
}

fn code_event(item: &Item) -> Result<CodeEvent, StoreError> {
    let act = |text: &str| match text {
        "issued" => Some(CodeAct::Issued),
        "used" => Some(CodeAct::Used),
        _ => None,
    };
    let (at, act, fact) = event_key(item, act)?;
    let (anchor, source) = origin(item)?;
    Ok(CodeEvent { at, anchor, act, source, fact })
}

fn handoff_event(item: &Item) -> Result<HandoffEvent, StoreError> {
    let act = |text: &str| match text {
        "left" => Some(HandoffAct::Left),
        "arrived" => Some(HandoffAct::Arrived),
        _ => None,
    };
    let (at, act, fact) = event_key(item, act)?;
    let (anchor, source) = origin(item)?;
    let customer = match item.get("customer") {
        Some(AttributeValue::S(hash)) => Pseudonym::from_hex(hash),
        _ => None,
    };
    let is_withheld = item.contains_key("withheld");
    let same = match item.get("same") {
        Some(AttributeValue::S(ids)) => serde_json::from_str::<Vec<String>>(ids)
            .ok()
            .and_then(|ids| ids.iter().map(|id| id.parse().ok()).collect())
            .ok_or_else(|| Reader(item).unreadable("`same` must be a list of ids"))?,
        _ => BTreeSet::new(),
    };
    Ok(HandoffEvent { at, anchor, act, customer, source, fact, is_withheld, same })
}
