//! Reading all that belongs to one journey: a walk from id to id, as many at once as are known.

use std::collections::BTreeSet;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::code::{self, CodeEvent};
use cxtrace_domain::journeys::handoff::{self, HandoffEvent};
use cxtrace_domain::journeys::walk::MAX_EDGES;
use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, FactId, Gathered, HandoffAct, Id, Need, Source, Verdict, Walk};
use cxtrace_privacy::Pseudonym;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::key;
use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::SK;
use crate::table::{CONCURRENCY, CorrelationTable};

/// The most spans of one journey that are read, and the most bytes of facts: what a function has memory for. More than
/// any story has; but an id that a sender puts on everything it does gathers more in the end.
pub const MOST_SPANS: usize = 40_000;
/// See [`MOST_SPANS`].
pub const MOST_BYTES: usize = 48_000_000;

/// What was read for one need.
enum Answer {
    /// What stands under an id before its facts, and where the facts begin.
    Neighbours {
        cut: Vec<Id>,
        neighbours: BTreeSet<Id>,
        facts: Vec<Item>,
        next: Option<Item>,
    },
    Codes(Vec<CodeEvent>),
    Handoffs(Vec<HandoffEvent>),
}

impl CorrelationTable {
    /// All that belongs to the journey of `seed`, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer, an item cannot be read, or there is more than a function has memory for.
    pub async fn gather(&self, seed: Id, clocks: Clocks) -> Result<Gathered, StoreError> {
        let mut folding = Folding { walk: Walk::from(seed.clone(), clocks), seed, bytes: 0 };
        loop {
            let needs = folding.walk.needs();
            if needs.is_empty() {
                return Ok(folding.walk.finish());
            }
            let reads: Vec<_> = needs.iter().map(|need| self.answer(need)).collect();
            // Each is folded before the next is waited for: what is read and not folded yet is a few pages, however many
            // ids there are.
            let mut answers = stream::iter(reads).buffered(CONCURRENCY);
            for need in &needs {
                let Some(answer) = answers.try_next().await? else { break };
                self.tell(&mut folding, need, answer).await?;
            }
        }
    }

    /// The facts of one anchor, by when they were observed.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn facts_of(&self, anchor: &Id) -> Result<Vec<Fact>, StoreError> {
        let items = self.query("Query of facts", key::id(anchor), key::FACT, true).await?;
        let mut facts = items.iter().map(read_fact).collect::<Result<Vec<_>, _>>()?;
        facts.sort_by_key(|fact| (fact.observed_at, fact.id()));
        Ok(facts)
    }

    async fn tell(&self, folding: &mut Folding, need: &Need, answer: Answer) -> Result<(), StoreError> {
        match (need, answer) {
            (Need::Id(id), Answer::Neighbours { cut, neighbours, facts, mut next }) => {
                if folding.walk.neighbours(id, cut, neighbours) == Verdict::Quarantined {
                    return Ok(());
                }
                folding.facts(&facts)?;
                // Page by page, and each is folded before the next: a long journey never stands in memory whole.
                while let Some(start) = next {
                    let (items, further) = self.page("Query of facts", key::id(id), None, Some(start), None).await?;
                    folding.facts(&items)?;
                    next = further;
                }
            }
            (_, Answer::Codes(events)) => folding.walk.codes(need, &events),
            (_, Answer::Handoffs(events)) => folding.walk.handoffs(need, &events),
            (_, Answer::Neighbours { .. }) => {}
        }
        Ok(())
    }

    async fn answer(&self, need: &Need) -> Result<Answer, StoreError> {
        match need {
            Need::Id(id) => self.neighbours(id).await,
            Need::Code { code, from, to } => self.events_of_code(code, *from, *to).await.map(Answer::Codes),
            Need::Number { number, from, to } => {
                // One more than can be told apart is enough to know that there are too many.
                let most = handoff::MAX_ENDS + 1;
                let items = self.between("Query of a number", key::number(*number), *from, *to, most).await?;
                items.iter().map(handoff_event).collect::<Result<_, _>>().map(Answer::Handoffs)
            }
        }
    }

    /// What happened with a code in `from..=to`, by time: all of it, or more than [`code::MAX_EVENTS`].
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn events_of_code(
        &self,
        code: &Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<CodeEvent>, StoreError> {
        let items = self.between("Query of a code", key::code(code), from, to, code::MAX_EVENTS + 1).await?;
        items.iter().map(code_event).collect()
    }

    /// Reads a partition up to and with its first facts, or until there are too many neighbours.
    async fn neighbours(&self, id: &Id) -> Result<Answer, StoreError> {
        let (mut cut, mut neighbours, mut facts) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut next = None;
        loop {
            let (items, further) = self.page("Query of an id", key::id(id), None, next, None).await?;
            for item in items {
                let reader = Reader(&item);
                let sk = reader.text(SK)?;
                if let Some(other) = sk.strip_prefix(key::CUT) {
                    cut.push(read_id(&item, other)?);
                } else if let Some(other) = sk.strip_prefix(key::EDGE) {
                    neighbours.insert(read_id(&item, other)?);
                } else if sk.starts_with(key::FACT) {
                    facts.push(item);
                }
            }
            next = further;
            if next.is_none() || !facts.is_empty() || neighbours.len() > MAX_EDGES {
                return Ok(Answer::Neighbours { cut, neighbours, facts, next });
            }
        }
    }

    /// The items of a partition whose sort keys begin with a time in `from..=to`, at most `most`.
    pub(super) async fn between(
        &self,
        operation: &'static str,
        pk: String,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let range = (key::time(from), key::after(&key::time(to)));
        let mut all = Vec::new();
        let mut next = None;
        loop {
            let left = i32::try_from(most - all.len()).ok();
            let (items, further) = self.page(operation, pk.clone(), Some(&range), next, left).await?;
            all.extend(items);
            next = further;
            if next.is_none() || all.len() >= most {
                return Ok(all);
            }
        }
    }

    /// One page of a partition, strongly consistent, of at most so many items, and where the next begins.
    async fn page(
        &self,
        operation: &'static str,
        pk: String,
        range: Option<&(String, String)>,
        start: Option<Item>,
        most: Option<i32>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(pk))
            .set_exclusive_start_key(start)
            .set_limit(most);
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

/// A walk, and how much it has read.
struct Folding {
    walk: Walk,
    seed: Id,
    bytes: usize,
}

impl Folding {
    /// Tells the walk the facts that `items` hold. Whichever id the walk began with, it is too much of the same journeys.
    fn facts(&mut self, items: &[Item]) -> Result<(), StoreError> {
        for item in items {
            self.bytes += Reader(item).text("body")?.len();
            self.walk.fact(&read_fact(item)?);
        }
        let most = match (self.bytes > MOST_BYTES, self.walk.spans() > MOST_SPANS) {
            (true, _) => "48 MB of facts",
            (_, true) => "40,000 spans",
            _ => return Ok(()),
        };
        Err(StoreError::TooMuch { id: self.seed.to_string(), most })
    }
}

/// A fact as it was appended.
pub(super) fn read_fact(item: &Item) -> Result<Fact, StoreError> {
    let reader = Reader(item);
    serde_json::from_str(reader.text("body")?).map_err(|error| reader.unreadable(error.to_string()))
}

fn read_id(item: &Item, text: &str) -> Result<Id, StoreError> {
    text.parse().map_err(|_| Reader(item).unreadable("its key holds no id"))
}

/// The parts of the key of something that happened at a time: when, what, in which fact.
fn happened<A>(item: &Item, act: impl Fn(&str) -> Option<A>) -> Result<(DateTime<Utc>, A, FactId), StoreError> {
    let reader = Reader(item);
    let mut parts = reader.text(SK)?.split('#');
    let mut read = || {
        let at = parts.next()?.parse().ok()?;
        Some((at, act(parts.next()?)?, FactId::from_hex(parts.next()?)?))
    };
    read().ok_or_else(|| reader.unreadable("its key holds no time, act and fact"))
}

fn origin(item: &Item) -> Result<(Id, Source), StoreError> {
    let reader = Reader(item);
    let anchor = Id::from_str(reader.text("anchor")?).map_err(|_| reader.unreadable("`anchor` is no id"))?;
    let source = Source::read(reader.text("source")?).ok_or_else(|| reader.unreadable("`source` is no source"))?;
    Ok((anchor, source))
}

fn code_event(item: &Item) -> Result<CodeEvent, StoreError> {
    let act = |text: &str| match text {
        "issued" => Some(CodeAct::Issued),
        "used" => Some(CodeAct::Used),
        _ => None,
    };
    let (at, act, fact) = happened(item, act)?;
    let (anchor, source) = origin(item)?;
    Ok(CodeEvent { at, anchor, act, source, fact })
}

fn handoff_event(item: &Item) -> Result<HandoffEvent, StoreError> {
    let act = |text: &str| match text {
        "left" => Some(HandoffAct::Left),
        "arrived" => Some(HandoffAct::Arrived),
        _ => None,
    };
    let (at, act, fact) = happened(item, act)?;
    let (anchor, source) = origin(item)?;
    let customer = match item.get("customer") {
        Some(AttributeValue::S(hash)) => Pseudonym::from_hex(hash),
        _ => None,
    };
    Ok(HandoffEvent { at, anchor, act, customer, source, fact })
}

/// The anchors of what happened with a code, or at a number, in a time.
pub(super) fn anchor_of(item: &Item) -> Result<Id, StoreError> {
    origin(item).map(|(anchor, _)| anchor)
}
