//! The assembler's reads may miss the latest writes, as DynamoDB's eventually consistent reads do.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::TimeDelta;
use cxtrace::engine::{Engine, EngineHttp, answer, operation, sdk_config};
use cxtrace_domain::journeys::super_connector::MAX_EDGES;
use cxtrace_domain::journeys::{Fact, Id};
use cxtrace_journeys::{Assembly, Due, Seeds};
use cxtrace_store::CorrelationTable;
use cxtrace_store::correlation::change::JourneyChange;
use cxtrace_store::correlation::{Listing, RowContent};
use cxtrace_tests::connector::{Connector, Respond};
use journey_assembler::JourneyAssembler;
use serde_json::Value;

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};

const CALL: &str = "sip.call_id:a84b4c76e66710";
const SESSION: &str = "web.session:s7f3";
const CASE: &str = "crm.case:c-1";

/// DynamoDB whose eventually consistent reads miss every item with `missed` in its key.
#[derive(Debug, Clone)]
struct Stale {
    engine: Engine,
    missed: String,
    reads: Arc<Mutex<Reads>>,
}

/// How often items were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Reads {
    strong: usize,
    eventual: usize,
}

impl Respond for Stale {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap();
        let asked: Value = serde_json::from_slice(body).unwrap();
        let is_read = ["Query", "BatchGetItem"].contains(&operation(&request).unwrap().as_str());
        let tables = asked["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values());
        let is_strong = tables.chain([&asked]).any(|read| read["ConsistentRead"] == true);
        // The offsets of the sources' clocks change slowly.
        let is_of_a_journey = asked["ExpressionAttributeValues"][":pk"]["S"] != "clocks";
        if !is_read || !is_of_a_journey {
            return EngineHttp(self.engine.clone()).call(request);
        }
        let (status, response) = self.engine.execute(&operation(&request).unwrap(), body);
        let mut response: Value = serde_json::from_str(&response).unwrap();
        let mut reads = self.reads.lock().unwrap();
        if is_strong {
            reads.strong += 1;
        } else {
            reads.eventual += 1;
            let is_seen = |item: &Value| !format!("{} {}", item["pk"], item["sk"]).contains(&self.missed);
            response["Items"].as_array_mut().into_iter().for_each(|items| items.retain(is_seen));
            let tables = response["Responses"].as_object_mut().into_iter().flat_map(|tables| tables.values_mut());
            tables.filter_map(Value::as_array_mut).for_each(|items| items.retain(is_seen));
        }
        HttpConnectorFuture::ready(answer(status, response.to_string()))
    }
}

/// A table, and functions whose reads may miss items.
struct Fixture {
    journeys: JourneyFixture,
    assembly: Assembly,
    reads: Arc<Mutex<Reads>>,
}

impl Fixture {
    /// After the assembler has got these facts, a batch for each list. `reads` are those of the last batch. They miss items with
    /// `missed` in their key.
    async fn assembled(batches: &[Vec<Fact>], missed: &str) -> Self {
        let journeys = JourneyFixture::new().await;
        let reads = Arc::new(Mutex::new(Reads::default()));
        let http = Stale { engine: journeys.engine.clone(), missed: missed.to_owned(), reads: reads.clone() };
        let client = aws_sdk_dynamodb::Client::new(&sdk_config(Connector(http)));
        let clock = Arc::new(journeys.clock.clone());
        let table = CorrelationTable::new(client, "correlation", TimeDelta::days(30), clock.clone());
        let assembly = Assembly::new(table, cxtrace_sources::policy(), clock);
        for facts in batches {
            journeys.table.append(facts).await.unwrap();
            *reads.lock().unwrap() = Reads::default();
            JourneyAssembler(assembly.clone()).handle(&journeys.batch()).await.unwrap();
        }
        Self { journeys, assembly, reads }
    }

    fn reads(&self) -> Reads {
        *self.reads.lock().unwrap()
    }

    /// The rows of the three ids.
    async fn rows(&self) -> Vec<RowContent> {
        let rows = self.journeys.table.rows(&[CALL, SESSION, CASE].map(|anchor| id(anchor).journey())).await.unwrap();
        rows.into_iter().map(|row| without_time(row.content)).collect()
    }
}

/// The content without the time of assembly.
fn without_time(content: RowContent) -> RowContent {
    match content {
        RowContent::Listed(listing) => RowContent::Listed(Listing { assembled_at: at(0), ..listing }),
        other => other,
    }
}

fn growing() -> Vec<Vec<Fact>> {
    vec![
        vec![fact("sbc", CALL, at(60)), fact("web", SESSION, at(20))],
        vec![linked("sbc", CALL, at(61), SESSION)],
        vec![linked("crm", CASE, at(62), SESSION)],
        vec![fact("sbc", CALL, at(63))],
    ]
}

#[tokio::test]
async fn a_known_journey_is_read_eventually_consistent_without_its_redirects() {
    let fixture = Fixture::assembled(&growing(), "nothing").await;
    // The rows of the call, which is a redirect, and of the session, and the ids of three systems. The case's row is not read.
    assert_eq!(fixture.reads(), Reads { strong: 0, eventual: 5 });
}

#[tokio::test]
async fn reads_that_miss_what_is_known_to_be_there_are_repeated() {
    let expected = Fixture::assembled(&growing(), "nothing").await.rows().await;
    assert_eq!(listed(&expected), [BTreeSet::from([CALL, SESSION, CASE].map(id))]);
    for missed in ["fact#", "journey#", CALL, CASE, ""] {
        let fixture = Fixture::assembled(&growing(), missed).await;
        assert_eq!(fixture.rows().await, expected, "{missed}");
        assert!(fixture.reads().strong > 0, "{missed} is in no key of the last refresh");
    }
}

#[tokio::test]
async fn what_reads_miss_beyond_that_is_there_when_the_journey_settles() {
    let fixture = Fixture::assembled(&growing()[..3], "edge:").await;
    let apart = [[CASE], [CALL], [SESSION]].map(|ids| BTreeSet::from(ids.map(id)));
    assert_eq!(listed(&fixture.rows().await).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(apart));
    fixture.journeys.clock.advance_to(at(100_000));
    let mut settled = 0;
    for due in fixture.assembly.due(9).await.unwrap() {
        settled += usize::from(matches!(fixture.assembly.claim(&due).await.unwrap(), Due::Settled(_)));
    }
    assert!(settled > 0);
    assert_eq!(listed(&fixture.rows().await), [BTreeSet::from([CALL, SESSION, CASE].map(id))]);
}

/// One refresh may bring several ids up to date. If it may miss nothing at one of them, it may miss nothing at all.
#[tokio::test]
async fn journeys_are_read_together_as_the_strictest_of_them_needs() {
    let fixture = Fixture::assembled(&growing()[..3], "nothing").await;
    let new = linked("crm", CASE, at(70), SESSION);
    fixture.journeys.table.append(std::slice::from_ref(&new)).await.unwrap();
    for (touched, are_cheap) in [(None, true), (Some(id(SESSION)), false)] {
        let mut seeds = Seeds::default();
        seeds.add(JourneyChange::Fact(new.clone().into()));
        seeds.add_ids(touched);
        *fixture.reads.lock().unwrap() = Reads::default();
        fixture.assembly.refresh_touched(&seeds).await.unwrap();
        // Whether somebody is erased is read strongly consistent for each link, in any case.
        let reads = fixture.reads();
        assert_eq!(reads.eventual > 0, are_cheap, "{reads:?}");
    }
}

/// An id with many neighbours of one source: the next one may be one too many.
#[tokio::test]
async fn the_neighbour_that_is_one_too_many_is_not_missed() {
    let calls: Vec<_> = (0..=MAX_EDGES).map(|n| format!("sip.call_id:c-{n}")).collect();
    let mut facts: Vec<_> = calls.iter().map(|call| linked("sbc", call, at(0), SESSION)).collect();
    let last = facts.pop().unwrap();
    let batches = [facts, vec![last]];
    let entry = format!(r#"id#{SESSION}"}} {{"S":"edge:sbc#{}"#, calls[MAX_EDGES]);
    let fixture = Fixture::assembled(&batches, &entry).await;
    for call in &calls {
        let row = fixture.journeys.table.rows(&[id(call).journey()]).await.unwrap().pop().unwrap();
        assert_eq!(listed(&[row.content]), [BTreeSet::from([id(call)])], "{call} is still joined with others");
    }
}

/// The ids of each row in lists.
fn listed(rows: &[RowContent]) -> Vec<BTreeSet<Id>> {
    let ids = |content: &RowContent| match content {
        RowContent::Listed(listing) => Some(listing.anchors.iter().cloned().collect()),
        _ => None,
    };
    rows.iter().filter_map(ids).collect()
}
