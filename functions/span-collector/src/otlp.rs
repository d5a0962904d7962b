//! A request of OTLP: which of its traces belong to a journey, what is stored of them, and what waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Id, Namespace};
use cxtrace_otlp::Encoding;
use cxtrace_otlp::receive::{self, Other, Received, Refusal};
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::{Context, ids};
use cxtrace_store::StoreError;

use crate::traces::{self, TracesTaken};
use crate::waiting::Waiting;
use crate::{CollectError, Outcome, SpanCollector};

impl SpanCollector {
    /// Stores the traces of one OTLP request that belong to a journey.
    ///
    /// # Errors
    /// When the request cannot be read, or its facts cannot be stored. Taking it again changes nothing.
    pub async fn take_traces(&self, delivery: &Delivery) -> Result<TracesTaken, CollectError> {
        let header = |name: &str| delivery.headers.get(name).map(String::as_str).unwrap_or_default();
        // Recordings need not say that they are JSON.
        let encoding = match header("content-type") {
            "" => Encoding::Json,
            given => Encoding::of_content_type(given).ok_or(Refusal::ContentType)?,
        };
        let request = receive::read(encoding, header("content-encoding"), &delivery.body)?;
        let context = self.context().await?;
        let names = self.names.get_or_init(|| traces::names(&self.interactions, context.registry));
        let received = Received::of(&request, names);
        let mut asked = received.unknown();
        let due = delivery.received_at.map(|now| self.waiting(|waiting| waiting.due(now))).unwrap_or_default();
        asked.extend(due.traces);
        let mut known = self.known(asked, context).await?;
        self.waiting(|waiting| waiting.asked(due.before));
        let relevant = received.relevant(&known);
        let mut taken = TracesTaken {
            irrelevant: received.irrelevant(&relevant),
            left_out: relevant.iter().map(|trace| trace.left_out).sum(),
            invalid: received.invalid,
            ..TracesTaken::default()
        };
        let around = Delivery {
            transport: delivery.transport,
            source: String::new(),
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            body: Vec::new(),
            received_at: delivery.received_at,
            envelope: None,
        };
        let mut facts = Vec::new();
        for trace in &relevant {
            let (found, unreadable) = traces::facts_of(trace, &around, context);
            facts.extend(found);
            taken.invalid += unreadable;
        }
        for trace in &relevant {
            known.extend(trace.related.iter().chain([&trace.id]).cloned());
        }
        let late = self.waiting(|waiting| waiting.find(&known));
        for request in &late.requests {
            let (found, count) = self.late(request, &mut known, &around, context);
            facts.extend(found);
            taken.late += count;
        }
        if !facts.is_empty()
            && let Outcome::Stored(count) = self.store(&facts).await?
        {
            taken.facts = count;
        }
        self.waiting(|waiting| waiting.forget(&late));
        self.keep(received.others(&relevant), delivery.received_at);
        Ok(taken)
    }

    /// Those of `traces` that a fact names.
    async fn known(&self, traces: BTreeSet<String>, context: &Context) -> Result<BTreeSet<String>, StoreError> {
        // An id whose digits could be somebody's number is stored as a keyed hash.
        let read = |trace: String| Some((ids::read(Namespace::TRACE, &trace, &context.pseudonyms).ok()?, trace));
        let asked: BTreeMap<Id, String> = traces.into_iter().filter_map(read).collect();
        if asked.is_empty() {
            return Ok(BTreeSet::new());
        }
        let known = self.table.known_traces(&asked.keys().cloned().collect()).await?;
        Ok(known.iter().filter_map(|id| asked.get(id)).cloned().collect())
    }

    /// The facts of a trace of an earlier request, and whether it has any. It is known from now on.
    fn late(
        &self,
        body: &[u8],
        known: &mut BTreeSet<String>,
        around: &Delivery,
        context: &Context,
    ) -> (Vec<Fact>, usize) {
        let Ok(request) = receive::read(Encoding::Protobuf, "", body) else { return (Vec::new(), 0) };
        let traces = Received::of(&request, self.names.get().unwrap_or(&self.interactions)).relevant(known);
        for trace in &traces {
            known.extend(trace.related.iter().chain([&trace.id]).cloned());
        }
        let facts = traces.iter().flat_map(|trace| traces::facts_of(trace, around, context).0).collect();
        (facts, traces.len())
    }

    fn keep(&self, others: Vec<Other>, now: Option<DateTime<Utc>>) {
        if let Some(now) = now {
            self.waiting(|waiting| waiting.add(others, now));
        }
    }

    fn waiting<R>(&self, change: impl FnOnce(&mut Waiting) -> R) -> R {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
