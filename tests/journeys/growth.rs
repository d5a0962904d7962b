//! Requests and items do not grow, however many journeys there are and however large one is.

use std::collections::BTreeMap;

use chrono::{SecondsFormat, TimeDelta};
use cxtrace_domain::journeys::{Fact, Mention, Party, SpanKey, SpanType, Start};
use cxtrace_journeys::{RefreshCounts, Refreshed};
use cxtrace_privacy::Telephone;
use cxtrace_store::correlation::{JourneyRow, Listing, MAX_SPANS, RowContent, WriteOutcome};
use cxtrace_tests::sim::journeys::facts::Stored;
use cxtrace_tests::sim::journeys::traffic::context;
use serde_json::{Value, json};

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};
use crate::pipeline::support::noon;

#[tokio::test]
async fn a_page_of_50_among_2000_journeys_is_one_query_of_each_partition_and_a_read_of_its_rows() {
    let fixture = JourneyFixture::new().await;
    let call = |n: usize| format!("sip.call_id:call{n:04}x");
    fixture.append_and_assemble(&[fact("sbc", &call(0), at(0))]).await;
    let first = fixture.table.rows(&[id(&call(0)).journey()]).await.unwrap().pop().unwrap();
    let listing = line(&first).clone();
    for chunk in (1..2_000).collect::<Vec<_>>().chunks(100) {
        let journeys: Vec<_> = chunk.iter().map(|n| id(&call(*n)).journey()).collect();
        for (n, row) in chunk.iter().zip(fixture.table.rows(&journeys).await.unwrap()) {
            let anchor = id(&call(*n));
            let started_at = noon() - TimeDelta::seconds(*n as i64);
            let listing = Listing { anchors: vec![anchor.clone()], anchor, started_at, ..listing.clone() };
            let row = JourneyRow { content: RowContent::Listed(listing), ..row };
            assert_eq!(fixture.table.write(&row).await.unwrap(), WriteOutcome::Written);
        }
    }
    fixture.requests.take();
    let (status, page) = fixture.get("/api/journeys?limit=50").await;
    assert_eq!((status, page["rows"].as_array().unwrap().len()), (200, 50));
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 Query×33");
    let (status, page) =
        fixture.get(&format!("/api/journeys?limit=50&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((status, page["rows"].as_array().unwrap().len()), (200, 50));
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 Query×33");
}

/// This many facts of one conversation, one second apart.
fn many(facts: usize) -> Vec<Fact> {
    (0..facts).map(|n| fact("sbc", "sip.call_id:a84b4c76e66710", at(n as i64))).collect()
}

#[tokio::test]
async fn one_more_fact_costs_the_same_in_a_journey_of_10_facts_and_of_400() {
    for facts in [10, 400] {
        let fixture = JourneyFixture::new().await;
        fixture.append_and_assemble(&many(facts)).await;
        fixture.table.append(&[fact("sbc", "sip.call_id:a84b4c76e66710", at(5_000))]).await.unwrap();
        fixture.requests.take();
        fixture.assemble_new().await;
        assert_eq!(fixture.requests.take(), "BatchGetItem×1 PutItem×1 Query×2", "{facts} facts");
    }
}

/// A fact about one span of a conversation: it began at second `start`, and has ended if `end` is there.
fn reported(kind: SpanType, start: i64, end: Option<i64>, observed: i64) -> Fact {
    let mut fact = fact("genesys", CONVERSATION, at(observed));
    fact.spans.truncate(1);
    let span = &mut fact.spans[0];
    span.key = SpanKey::of(&["genesys", CONVERSATION, &format!("{kind:?}")]);
    span.span_type = Some(kind);
    span.start = Some(Start { derived: false, at: at(start) });
    span.end = end.map(at);
    fact
}

const CONVERSATION: &str = "genesys.conversation:0f1e2d3c-0000-4000-8000-000000000001";

#[tokio::test]
async fn while_a_journey_goes_on_only_a_step_of_the_customer_writes_its_row() {
    let fixture = JourneyFixture::new().await;
    fixture.clock.advance_to(at(100));
    let summary = async || {
        let row = fixture.table.rows(&[id(CONVERSATION).journey()]).await.unwrap().pop().unwrap();
        line(&row).summary.as_result().unwrap().clone()
    };
    fixture.append_and_assemble(&[reported(SpanType::Queue, 0, None, 0)]).await;
    fixture.append_and_assemble(&[reported(SpanType::AgentInteraction, 60, None, 60)]).await;
    let with_an_agent = summary().await;
    // The queue's own end is three seconds earlier than the agent's start.
    fixture.table.append(&[reported(SpanType::Queue, 0, Some(57), 61)]).await.unwrap();
    fixture.requests.take();
    fixture.assemble_new().await;
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 Query×2", "no write");
    assert_eq!(summary().await, with_an_agent);
    // The next step writes it, and all durations with it.
    fixture.append_and_assemble(&[reported(SpanType::AgentInteraction, 60, Some(90), 91)]).await;
    let after = summary().await;
    assert_eq!((with_an_agent.waited_ms, after.waited_ms), (60_000, 57_000));
    assert_ne!(after.outcome, with_an_agent.outcome);
}

#[tokio::test]
async fn a_journey_of_2000_facts_is_read_once_in_four_seconds() {
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&many(2_000)).await;
    let more = |n: i64| fact("sbc", "sip.call_id:a84b4c76e66710", at(5_000 + n));
    fixture.table.append(&[more(0)]).await.unwrap();
    fixture.requests.take();
    assert_eq!(fixture.assemble_new().await, RefreshCounts { deferred: 1, ..RefreshCounts::default() });
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 PutItem×1", "the row is read, and noted as due");
    for n in 1..20 {
        fixture.table.append(&[more(n)]).await.unwrap();
        fixture.requests.take();
        assert_eq!(fixture.assemble_new().await, RefreshCounts { deferred: 1, ..RefreshCounts::default() });
        assert_eq!(fixture.requests.take(), "BatchGetItem×1");
    }
    fixture.clock.advance_to(noon() + TimeDelta::seconds(4));
    let due = fixture.table.due(fixture.clock.time(), 10).await.unwrap().rows;
    let [row] = due.as_slice() else { panic!("{due:?}") };
    fixture.requests.take();
    let Refreshed::UpToDate { row, .. } = fixture.assembly().refresh(&line(row).anchor, true).await.unwrap() else {
        panic!()
    };
    assert_eq!(line(&row).fact_count, 2_020);
    // The facts take more than one page of 1 MB.
    assert_eq!(fixture.requests.take(), "BatchGetItem×1 PutItem×1 Query×2");
}

fn line(row: &JourneyRow) -> &Listing {
    row.listing().unwrap_or_else(|| panic!("{row:?}"))
}

#[tokio::test]
async fn no_item_is_larger_than_100_kb_however_large_a_journey_is() {
    let fixture = JourneyFixture::new().await;
    let mut facts = many(2_000);
    for fact in &mut facts {
        for span in &mut fact.spans {
            span.attributes.extend((0..20).map(|n| (format!("attribute.{n}"), "x".repeat(200))));
        }
    }
    // Also 300 calls about one case, linked through two accounts with fewer neighbours than the limit.
    facts.extend((0..300).map(|n| {
        let account = format!("crm.account:a{}", n / 150);
        linked("sbc", &format!("sip.call_id:{n:03}{}1", "y".repeat(200)), at(n), &account)
    }));
    facts.extend((0..2).map(|n| linked("crm", &format!("crm.account:a{n}"), at(400), "crm.case:c1")));
    fixture.append_and_assemble(&facts).await;
    let stored = Stored::of(&fixture.engine, "correlation");
    assert!(stored.largest < 100_000, "{} bytes", stored.largest);
    let line =
        |row: &Value| serde_json::from_str::<Value>(row["line"]["S"].as_str().unwrap_or_default()).unwrap_or_default();
    let rows = stored.rows.values().filter(|row| line(row)["anchors"].as_array().is_some_and(|all| all.len() == 100));
    assert_eq!(rows.count(), 1, "one journey with more anchors than a row lists");
}

/// A conversation of 1,000 facts, and a trace that names it.
const LONG: &str = "sip.call_id:a84b4c76e66710";
const TRACE: &str = "trace:0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn an_id_that_joins_a_large_journey_reads_it_once_and_not_for_each_of_its_own_facts() {
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&many(2_000)).await;
    fixture.requests.take();
    let first = linked("backend", TRACE, at(100), LONG);
    assert_eq!(fixture.append_and_assemble(&[first]).await, RefreshCounts { deferred: 1, ..RefreshCounts::default() });
    let read = fixture.requests.take();
    assert!(read.contains("Query×3"), "{read}");
    for n in 101..110 {
        fixture.table.append(&[fact("backend", TRACE, at(n))]).await.unwrap();
        fixture.requests.take();
        assert_eq!(fixture.assemble_new().await, RefreshCounts { deferred: 1, ..RefreshCounts::default() });
        assert_eq!(fixture.requests.take(), "BatchGetItem×2");
    }
    // Until then the trace's page shows the whole journey, and soon lists show it there too.
    let [journey, trace] = [LONG, TRACE].map(|anchor| id(anchor).journey().to_string());
    let (status, moved) = fixture.get(&format!("/api/journeys/{trace}")).await;
    assert_eq!((status, moved["moved_to"].as_str()), (308, Some(journey.as_str())));
    fixture.clock.advance_to(noon() + TimeDelta::seconds(4));
    let [due] = fixture.table.due(fixture.clock.time(), 10).await.unwrap().rows.try_into().unwrap();
    let Refreshed::UpToDate { row, .. } = fixture.assembly().refresh(&line(&due).anchor, true).await.unwrap() else {
        panic!()
    };
    assert_eq!((line(&row).fact_count, line(&row).anchors.len()), (2_010, 2));
}

#[tokio::test]
async fn an_edge_of_a_large_journey_is_retracted_at_once() {
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&[linked("backend", TRACE, at(100), LONG)]).await;
    fixture.append_and_assemble(&many(2_000)).await;
    let [journey, trace] = [LONG, TRACE].map(|anchor| id(anchor).journey().to_string());
    let (_, evidence) = fixture.get(&format!("/api/journeys/{journey}/evidence")).await;
    let edge = evidence["edges"][0]["id"].as_str().unwrap();
    let (status, _) =
        fixture.post(&format!("/api/edges/{edge}/retract"), &json!({"journey": journey, "reason": "other"})).await;
    assert_eq!(status, 200);
    fixture.assemble_new().await;
    assert_eq!(fixture.listed().await, [trace, journey]);
}

#[tokio::test]
async fn an_oversized_journey_blocks_no_other_and_gives_the_reason() {
    let fixture = JourneyFixture::new().await;
    let other = "sip.call_id:b84b4c76e66711";
    // All under one id, one call after the other, a hundred in each fact. No source sends more than one source may.
    let source = |n: usize| ["sbc", "web", "voicebot"][n / 150];
    let spans = |from: usize, count: usize| -> Vec<Fact> {
        let calls =
            |n: usize| (n * 100..(n + 1) * 100).map(move |call| fact(source(n), LONG, at(call as i64 - 42_000)));
        let facts = (from..from + count).map(|n| {
            let spans = calls(n).flat_map(|call| call.spans).collect();
            Fact { spans, ..fact(source(n), LONG, at(n as i64)) }
        });
        facts.collect()
    };
    fixture.append_and_assemble(&spans(0, MAX_SPANS / 100)).await;
    let [journey] = fixture.listed().await.try_into().unwrap();
    let (status, _) = fixture.get(&format!("/api/journeys/{journey}")).await;
    assert_eq!(status, 200);

    fixture.clock.advance_to(noon() + TimeDelta::hours(1));
    let counts =
        fixture.append_and_assemble(&[spans(MAX_SPANS / 100, 1), vec![fact("sbc", other, at(3_600))]].concat()).await;
    assert_eq!(counts, RefreshCounts { refreshed: 1, too_large: 1, ..RefreshCounts::default() });
    // The list shows the old row. Opening the journey gives the reason why it cannot be read.
    assert_eq!(fixture.listed().await.len(), 2);
    let (status, refused) = fixture.get(&format!("/api/journeys/{journey}")).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (507, Some("journey_too_large")));
    // It does not block others: it is no longer due.
    fixture.clock.advance_to(noon() + TimeDelta::days(2));
    let due = fixture.table.due(fixture.clock.time(), 10).await.unwrap();
    assert_eq!(due.rows.iter().map(|row| row.journey).collect::<Vec<_>>(), [id(other).journey()]);
}

#[tokio::test]
async fn a_search_by_a_busy_number_also_finds_earlier_calls() {
    let fixture = JourneyFixture::new().await;
    let centre = Telephone::read("+441134960200", &context().pseudonyms).unwrap();
    let name = |n: i64| format!("sip.call_id:call{n:04}x");
    let call = |n: i64, seconds: i64| Fact {
        mentions: vec![Mention { party: Party::Centre, phone: centre.clone() }],
        ..fact("sbc", &name(n), at(seconds))
    };
    // One mention long before, one whose fact arrived hours after the journey began, and very many within one hour.
    let mut late = call(1, 7_200);
    late.spans = fact("sbc", &name(1), at(-60_000)).spans;
    let mut calls = vec![call(0, -70_000), late];
    calls.extend((2..1_010).map(|n| call(n, 3_600 + n)));
    for calls in calls.chunks(200) {
        fixture.append_and_assemble(calls).await;
    }
    let ask = async |from: i64, to: i64, cursor: &str| {
        let [from, to] = [from, to].map(|time| at(time).to_rfc3339_opts(SecondsFormat::Millis, true));
        let (status, page) =
            fixture.get(&format!("/api/journeys?phone=%2B441134960200&limit=200&from={from}&to={to}{cursor}")).await;
        assert_eq!(status, 200, "{page}");
        page
    };
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(-72_000, 36_000, &cursor).await;
        listed.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let number: BTreeMap<_, _> = (0..1_010).map(|n| (id(&name(n)).journey().to_string(), n)).collect();
    let listed: Vec<_> = listed.iter().map(|id| number[id]).collect();
    assert!(listed.iter().copied().eq((2..1_010).rev().chain([1, 0])), "{listed:?}");

    // A search of that time alone finds it at once.
    let page = ask(-72_000, -65_000, "").await;
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["next"]), (1, &serde_json::Value::Null));
}
