//! A correlation table whose requests are counted, the functions around it, and facts for them.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine};
use cxtrace::wiring::{Handler, of_change};
use cxtrace_domain::journeys::{Fact, Id, JourneyId, Link, Observation, Role, Source, SpanKey, SpanType, Start};
use cxtrace_explorer::{Caller, Explorer, Request, Response, Settings};
use cxtrace_journeys::{Assembly, RefreshCounts};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, correlation};
use cxtrace_test_support::clock::SimClock;
use cxtrace_tests::sim::journeys::traffic::context;
use http::Method;
use http::header::CONTENT_TYPE;
use journey_assembler::JourneyAssembler;
use serde_json::{Value, json};
use span_collector::SpanCollector;

use crate::pipeline::support::{Counted, counting, noon};

/// A correlation table on the embedded engine, and the functions that use it.
pub(crate) struct JourneyFixture {
    pub(crate) engine: Engine,
    pub(crate) clock: SimClock,
    pub(crate) table: CorrelationTable,
    /// A client of the same engine, for requests that no function makes.
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) requests: Counted,
}

impl JourneyFixture {
    /// An empty table at noon.
    pub(crate) async fn new() -> Self {
        let clock = SimClock::at(noon());
        let engine = Engine::in_memory(Arc::new(clock.clone())).unwrap();
        let (client, requests) = counting(&engine);
        correlation::schema::create(&client, "correlation", false).await.unwrap();
        let table = CorrelationTable::new(client.clone(), "correlation", TimeDelta::days(30), Arc::new(clock.clone()));
        requests.take();
        Self { engine, clock, table, client, requests }
    }

    pub(crate) fn assembly(&self) -> Assembly {
        Assembly::new(self.table.clone(), cxtrace_sources::policy(), Arc::new(self.clock.clone()))
    }

    pub(crate) fn collector(&self) -> SpanCollector {
        let key = PseudonymKey::Known(Box::new(context().pseudonyms));
        SpanCollector::new(self.table.clone(), key, Allowlist::default()).with_examples(true)
    }

    /// Stores that nothing was erased in the hour before `at(0)`: the table is not new.
    pub(crate) async fn nothing_was_erased(&self) {
        self.table.mark_erased(JourneyId::of_last_erasure(), at(-3_600), |_| ()).await.unwrap();
    }

    /// Appends facts and assembles their journeys.
    pub(crate) async fn append_and_assemble(&self, facts: &[Fact]) -> RefreshCounts {
        self.table.append(facts).await.unwrap();
        self.assemble_new().await
    }

    /// Assembles the journeys of all new facts.
    pub(crate) async fn assemble_new(&self) -> RefreshCounts {
        let batch = self.batch();
        JourneyAssembler(self.assembly()).handle(&batch).await.unwrap()
    }

    /// The stream records of all new facts.
    pub(crate) fn batch(&self) -> StreamBatch {
        let changes = self.engine.take_changes(0, usize::MAX);
        let wanted =
            |change: &&Change| of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler);
        let records: Vec<_> = changes.iter().filter(wanted).map(Change::record).collect();
        serde_json::from_value(json!({"Records": records})).unwrap()
    }

    /// The explorer's response.
    pub(crate) async fn respond(&self, request: Request) -> Response {
        self.respond_to(request, Caller::Local).await
    }

    /// The explorer's response to a request of `caller`.
    pub(crate) async fn respond_to(&self, request: Request, caller: Caller) -> Response {
        let explorer = Explorer::new(self.assembly(), context().pseudonyms, Settings::default());
        explorer.respond(request, caller, self.clock.time()).await
    }

    /// The explorer's response to a GET.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
        let response = self.respond(Request { query, ..Request::get(path) }).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    /// The explorer's response to a POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut request = Request { method: Method::POST, body: body.to_string().into_bytes(), ..Request::get(path) };
        request.headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        let response = self.respond(request).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    /// The ids of the listed journeys.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let to = (self.clock.time() + TimeDelta::days(1)).to_rfc3339_opts(SecondsFormat::Millis, true);
        let from = (noon() - TimeDelta::days(1)).to_rfc3339_opts(SecondsFormat::Millis, true);
        let (status, page) = self.get(&format!("/api/journeys?limit=200&from={from}&to={to}")).await;
        assert_eq!(status, 200, "{page}");
        page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap()
}

/// This many seconds after noon.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// A fact of `source` about `anchor`, observed at `at`, with a span of the ten seconds before.
pub(crate) fn fact(source: &str, anchor: &str, at: DateTime<Utc>) -> Fact {
    let source = Source::read(source).unwrap();
    let mut fact = Fact::of(source.clone(), id(anchor), at, "span");
    let mut span = Observation::of(SpanKey::of(&[source.as_str(), anchor, &at.timestamp_millis().to_string()]));
    span.span_type = Some(SpanType::Telephony);
    span.platform = Some(source.to_string());
    span.start = Some(Start { derived: false, at: at - TimeDelta::seconds(10) });
    span.end = Some(at);
    fact.spans.push(span);
    fact
}

/// The same, with a link.
pub(crate) fn linked(source: &str, anchor: &str, at: DateTime<Utc>, other: &str) -> Fact {
    let mut fact = fact(source, anchor, at);
    fact.links.push(Link { id: id(other), role: Role::Reference });
    fact
}
