//! The number of requests for a journey. These numbers are a promise, because they determine the cost.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_tests::sim::journeys::facts::correlations;
use cxtrace_tests::sim::journeys::traffic::context;
use flow_metrics::Correlator;
use serde_json::{Value, json};
use span_collector::Outcome;

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};
use crate::pipeline::support::{attribute, event, noon};

const CALL: &str = "sip.call_id:a84b4c76e66710";
const CONVERSATION: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";

fn span(more: Value) -> String {
    let mut detail = json!({
        "source": "sbc",
        "id": CALL,
        "observed_at": "2023-11-15T12:00:00Z",
        "span": {"key": "s1", "type": "telephony", "started_at": "2023-11-15T11:59:00Z", "status": "ok"},
    });
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"detail-type": "Cxtrace Span", "source": "com.example.sbc", "time": "2023-11-15T12:00:00Z", "detail": detail}).to_string()
}

#[tokio::test]
async fn an_event_costs_the_collector_one_write_and_another_for_its_new_entries() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    let code = json!({"value": "AB12", "act": "issued"});
    let handoff = json!({"number": "+441134960200", "act": "left"});
    let phones = json!([{"party": "customer", "number": "+447700900001"}]);
    let read = |writes: u32| format!("BatchGetItem×1 BatchWriteItem×{writes}");
    let write = |writes: u32| format!("BatchWriteItem×{writes}");
    for (more, first, again) in [
        (json!({}), write(1), write(1)),
        (json!({"links": [{"id": "uui:6f1e"}]}), read(2), read(1)),
        (json!({"links": [{"id": "uui:6f1e"}, {"id": "crm.case:c1"}], "phones": phones}), read(2), read(1)),
        // No other fact has these entries, so nothing is read.
        (json!({"code": code}), write(2), write(2)),
        (json!({"handoff": handoff}), write(2), write(2)),
    ] {
        assert_eq!(collector.handle(&span(more.clone())).await.unwrap(), Outcome::Stored(1));
        assert_eq!(fixture.requests.take(), first, "{more}");
        collector.handle(&span(more.clone())).await.unwrap();
        assert_eq!(fixture.requests.take(), again, "again: {more}");
    }
}

#[tokio::test]
async fn a_genesys_event_of_a_call_costs_the_collector_a_read_and_a_write_and_the_first_one_another_write() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    // Each event contains the numbers by which the conversation is found.
    for (json, expected) in [
        (include_str!("../../events/genesys/conversation/acd-start.json"), "BatchGetItem×1 BatchWriteItem×2"),
        (include_str!("../../events/genesys/conversation/acw.json"), "BatchGetItem×1 BatchWriteItem×1"),
        (include_str!("../../events/genesys/conversation/acd-end.json"), "BatchGetItem×1 BatchWriteItem×1"),
    ] {
        assert_eq!(collector.handle(json).await.unwrap(), Outcome::Stored(1));
        assert_eq!(fixture.requests.take(), expected, "{json}");
    }
    let foreign = json!({"detail-type": "v2.users.{id}.activity", "detail": {}}).to_string();
    assert!(matches!(collector.handle(&foreign).await.unwrap(), Outcome::Ignored { .. }));
    assert_eq!(fixture.requests.take(), "");
}

#[tokio::test]
async fn the_assembler_reads_row_clocks_and_facts_and_writes_a_changed_row() {
    let fixture = JourneyFixture::new().await;
    fixture.table.append(&[fact("sbc", CALL, at(0))]).await.unwrap();
    fixture.requests.take();
    let batch = fixture.batch();
    let assembler = journey_assembler::JourneyAssembler(fixture.assembly());
    assembler.handle(&batch).await.unwrap();
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 PutItem×1 Query×2", "a new journey");
    assembler.handle(&batch).await.unwrap();
    assert_eq!(
        fixture.requests.take(),
        "BatchGetItem×1 Query×1",
        "the same batch again, with the clocks of a moment ago"
    );
}

#[tokio::test]
async fn ten_facts_of_one_journey_in_one_batch_cost_as_much_as_one() {
    let fixture = JourneyFixture::new().await;
    let facts: Vec<_> = (0..10).map(|n| fact("sbc", CALL, at(n))).collect();
    fixture.table.append(&facts).await.unwrap();
    fixture.requests.take();
    fixture.assemble_new().await;
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 PutItem×1 Query×2");
}

/// Each move in an index costs a write for the old place and one for the new. While a conversation goes on, each of its facts makes
/// it due later.
#[tokio::test]
async fn a_conversation_moves_in_the_index_of_due_rows_when_the_settler_finds_it_and_not_for_each_fact() {
    let fixture = JourneyFixture::new().await;
    let anchor = format!("genesys.conversation:{CONVERSATION}");
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let key = [key("pk", format!("journey#{}", id(&anchor).journey())), key("sk", "row".to_owned())];
    let (mut places, mut due_times, mut found) = (Vec::new(), BTreeSet::new(), 0);
    // Thirty minutes with a fact every ten seconds, and a settler every minute.
    for n in 0..180 {
        fixture.clock.advance_to(at(10 * n));
        fixture.append_and_assemble(&[fact("genesys", &anchor, at(10 * n))]).await;
        if n % 6 == 0 {
            found += fixture.assembly().due(9).await.unwrap().len();
        }
        let request = fixture.client.get_item().table_name("correlation").consistent_read(true);
        let item = request.set_key(Some(key.clone().into())).send().await.unwrap().item.unwrap();
        places.push(["due", "due_at"].map(|name| item[name].as_s().unwrap().clone()));
        let row = fixture.table.rows(&[id(&anchor).journey()]).await.unwrap().pop().unwrap();
        due_times.insert(row.listing().unwrap().due_at.unwrap());
    }
    assert_eq!((due_times.len(), found), (180, 0), "each fact makes it due later, and the settler waits");
    places.dedup();
    assert!((2..=8).contains(&places.len()), "{} places: {places:?}", places.len());
}

#[tokio::test]
async fn each_id_of_a_journey_costs_the_assembler_one_read() {
    let fixture = JourneyFixture::new().await;
    fixture.nothing_was_erased().await;
    for (ids, expected) in [(1, "BatchGetItem×2 PutItem×1 Query×3"), (3, "BatchGetItem×2 PutItem×1 Query×5")] {
        let call = format!("{CALL}{ids}");
        let links = (0..ids).map(|n| linked("sbc", &call, at(0), &format!("uui:{ids}f{n}")));
        fixture.table.append(&links.collect::<Vec<_>>()).await.unwrap();
        fixture.requests.take();
        fixture.assemble_new().await;
        assert_eq!(fixture.requests.take(), expected, "{ids} ids");
    }
}

#[tokio::test]
async fn joining_two_journeys_costs_the_assembler_one_more_pass_and_two_rows() {
    let fixture = JourneyFixture::new().await;
    fixture.nothing_was_erased().await;
    fixture.append_and_assemble(&[fact("sbc", CALL, at(60)), fact("web", "web.session:s7f3", at(20))]).await;
    fixture.table.append(&[linked("sbc", CALL, at(61), "web.session:s7f3")]).await.unwrap();
    fixture.requests.take();
    fixture.assemble_new().await;
    assert_eq!(fixture.requests.take(), "BatchGetItem×3 PutItem×2 Query×5");
}

#[tokio::test]
async fn a_new_metric_costs_one_more_write_for_its_journey_and_an_old_one_none() {
    let fixture = JourneyFixture::new().await;
    let ingest = crate::pipeline::support::Ingest::with(&[]).await;
    let key = PseudonymKey::Known(Box::new(context().pseudonyms));
    let correlator = Correlator::new(fixture.table.clone(), correlations(), key);
    let handler = ingest.handler.with_journeys(Some(correlator));
    let json = event(CONVERSATION, noon(), [attribute("A", "B", noon()).as_str()]);
    handler.handle(&json).await.unwrap();
    assert_eq!(fixture.requests.take(), "BatchWriteItem×1");
    handler.handle(&json).await.unwrap();
    assert_eq!(fixture.requests.take(), "");
}
