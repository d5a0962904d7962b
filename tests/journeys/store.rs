//! The correlation table's promises, on any DynamoDB-compatible server.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::learn::Reading;
use cxtrace_domain::journeys::query::ListPosition;
use cxtrace_domain::journeys::{
    Claim, Clocks, CodeAct, CodeUse, EdgeId, Fact, Handoff, HandoffAct, Id, JourneySummary, Mention, Party, Progress,
    Retraction, Rule, Settled, Settlement, Source,
};
use cxtrace_privacy::Telephone;
use cxtrace_store::correlation::{
    Exported, JourneyRow, Listing, MAX_FACT_BYTES, PhoneMentions, Quarantine, RowContent, WriteOutcome,
};
use cxtrace_store::{CorrelationTable, StoreError};
use cxtrace_tests::sim::journeys::traffic::context;
use serde_json::json;

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};
use crate::pipeline::support::{correlation_table, noon};

const CALL: &str = "sip.call_id:a84b4c76e66710";
const SESSION: &str = "web.session:s7f3";

async fn anchors(table: &CorrelationTable, seed: &str) -> Vec<String> {
    let gathered = table.gather(id(seed), Clocks::default()).await.unwrap();
    gathered.anchors.keys().map(ToString::to_string).collect()
}

async fn row(table: &CorrelationTable, anchor: &Id) -> JourneyRow {
    table.rows(&[anchor.journey()]).await.unwrap().pop().unwrap()
}

fn summary(anchor: &Id, began: DateTime<Utc>) -> JourneySummary {
    let summary = json!({
        "id": anchor.journey(), "revision": 0, "status": "live", "started_at": began, "platforms": ["sbc"],
        "ids": [anchor], "phones": [{"party": "customer", "masked": "•••• 23"}],
        "legs": [{"number": 1, "platform": "sbc", "started_at": began, "ended_at": began}],
        "insights": [{"rule": "long_gap", "severity": "warning", "text": "Nothing for 4 min."}],
        "summary": "A customer called.", "duration_ms": 5, "left_out": {"legs": 3},
    });
    serde_json::from_value(summary).unwrap()
}

fn line(anchor: &Id, began: DateTime<Utc>, due_at: Option<DateTime<Utc>>) -> RowContent {
    RowContent::Listed(Listing {
        anchor: anchor.clone(),
        anchors: vec![anchor.clone()],
        summary: summary(anchor, began).into(),
        started_at: began,
        due_at,
        fact_count: 1,
        assembled_at: noon(),
    })
}

fn telephone(number: &str) -> Telephone {
    Telephone::read(number, &context().pseudonyms).unwrap()
}

#[tokio::test]
async fn a_fact_appended_twice_is_stored_once_and_read_unchanged() {
    let (table, _) = correlation_table("facts").await;
    let one = linked("sbc", CALL, at(0), "uui:6f1e");
    table.append(&[one.clone(), one.clone()]).await.unwrap();
    table.append(std::slice::from_ref(&one)).await.unwrap();
    let read = table.gather(id(CALL), Clocks::default()).await.unwrap();
    let mut expected = cxtrace_domain::journeys::Gathered::default();
    expected.take(&one);
    assert_eq!(read, expected);
}

#[tokio::test]
async fn linked_ids_are_found_from_each_other() {
    let (table, _) = correlation_table("links").await;
    table.append(&[linked("sbc", CALL, at(0), "uui:6f1e"), linked("web", SESSION, at(9), "uui:6f1e")]).await.unwrap();
    for seed in [CALL, SESSION, "uui:6f1e"] {
        assert_eq!(anchors(&table, seed).await, [CALL, SESSION], "{seed}");
    }
}

#[tokio::test]
async fn traces_that_facts_name_are_found_in_one_request() {
    let fixture = JourneyFixture::new().await;
    let trace = |number: usize| id(&format!("trace:{:032x}", 0x0af7_6519 + number));
    let own = fact("shop", &trace(1).to_string(), at(1));
    let named = linked("sbc", CALL, at(2), &trace(2).to_string());
    let mut doubtful = linked("sbc", CALL, at(3), &trace(3).to_string());
    doubtful.unconfirmed.insert(trace(3));
    fixture.table.append(&[own, named, doubtful]).await.unwrap();
    fixture.requests.take();
    let asked: BTreeSet<_> = (1..=100).map(trace).collect();
    assert_eq!(fixture.table.known_traces(&asked).await.unwrap(), BTreeSet::from([trace(1), trace(2)]));
    assert_eq!(fixture.requests.take(), "BatchGetItem×1");
    // The mark is in no reader's way.
    assert_eq!(anchors(&fixture.table, CALL).await, [CALL]);
}

#[tokio::test]
async fn a_retracted_edge_is_not_followed_from_either_side_and_still_shown() {
    let (table, _) = correlation_table("cuts").await;
    table.append(&[linked("sbc", CALL, at(0), SESSION), fact("web", SESSION, at(9))]).await.unwrap();
    table.retract(&Retraction::between(id(SESSION), id(CALL), at(60))).await.unwrap();
    table.retract(&Retraction::between(id(CALL), id(SESSION), at(61))).await.unwrap();
    assert_eq!(anchors(&table, CALL).await, [CALL]);
    assert_eq!(anchors(&table, SESSION).await, [SESSION]);
    let gathered = table.gather(id(CALL), Clocks::default()).await.unwrap();
    assert!(gathered.edges[&EdgeId::between(&id(CALL), &id(SESSION))].retracted);
}

#[tokio::test]
async fn a_code_joins_its_issue_and_its_use_within_15_minutes() {
    let (table, _) = correlation_table("codes").await;
    let code = |source: &str, anchor: &str, when: i64, act| {
        let mut fact = fact(source, anchor, at(when));
        fact.codes.push(CodeUse { code: id("web.code:AB12"), at: at(when), act });
        fact
    };
    let late = "sip.call_id:b84b4c76e66711";
    let facts = [
        code("web", SESSION, 0, CodeAct::Issued),
        code("sbc", CALL, 900, CodeAct::Used),
        code("sbc", late, 2_000, CodeAct::Used),
    ];
    table.append(&facts).await.unwrap();
    assert_eq!(anchors(&table, CALL).await, [CALL, SESSION]);
    assert_eq!(anchors(&table, late).await, [late]);
    let (from, to) = (at(0), at(900));
    let events = table.events_of_code(&id("web.code:AB12"), from, to).await.unwrap();
    assert_eq!(events.iter().map(|event| &event.anchor).collect::<Vec<_>>(), [&id(SESSION), &id(CALL)]);
}

#[tokio::test]
async fn a_hand_off_joins_by_the_known_clock_offset() {
    let (table, _) = correlation_table("handoffs").await;
    let (number, customer) = (telephone("+441134960200"), telephone("+447700900001"));
    let handoff = |source: &str, anchor: &str, when: i64, act| {
        let mut fact = fact(source, anchor, at(when));
        let (number, customer) = (number.clone(), Some(customer.clone()));
        fact.handoffs.push(Handoff { number, at: at(when), act, customer, is_withheld: false, span: None });
        fact
    };
    let there = "contact.case:c1";
    table
        .append(&[handoff("sbc", CALL, 0, HandoffAct::Left), handoff("outsourcer", there, 20, HandoffAct::Arrived)])
        .await
        .unwrap();
    assert_eq!(anchors(&table, CALL).await, [CALL]);
    let source = Source::read("outsourcer").unwrap();
    table.store_clock(&source, noon() - TimeDelta::days(1), TimeDelta::seconds(18)).await.unwrap();
    table.store_clock(&source, noon() - TimeDelta::days(1), TimeDelta::seconds(18)).await.unwrap();
    let clocks = table.clocks().await.unwrap();
    assert_eq!(clocks.corrected(&source, at(20)), at(2));
    let joined = table.gather(id(CALL), clocks).await.unwrap();
    let rules: Vec<_> = joined.edges.values().flat_map(|edge| edge.evidence.keys().map(|(rule, _)| *rule)).collect();
    assert_eq!((joined.anchors.len(), rules), (2, vec![Rule::NumberHandoff]));
    for (customer, expected) in [(&customer, 2), (&telephone("+447700900002"), 0)] {
        let touched = table.touched_by_handoff(number.hash, Some(customer.hash), at(-5), at(25)).await.unwrap();
        assert_eq!(touched.len(), expected);
    }
}

/// A number that receives hand-offs all the time. Only ends with the same customer's number are joined.
#[tokio::test]
async fn at_a_busy_number_the_ends_of_one_customer_are_found() {
    let number = telephone("+441134960200");
    let end = |source: &str, anchor: &str, when: i64, act, customer: &str| {
        let mut fact = fact(source, anchor, at(when));
        let (number, customer) = (number.clone(), Some(telephone(customer)));
        fact.handoffs.push(Handoff { number, at: at(when), act, customer, is_withheld: false, span: None });
        fact
    };
    let crowd = |n: i64| end("ai", &format!("ai.call:x-{n}"), n - 125, HandoffAct::Left, &format!("+1202555{n:04}"));
    let (there, look_alike) = ("contact.case:c1", "contact.case:c2");
    let ends = [
        end("sbc", CALL, 0, HandoffAct::Left, "+447700900001"),
        end("outsourcer", there, 2, HandoffAct::Arrived, "+447700900001"),
        end("outsourcer", look_alike, 1, HandoffAct::Arrived, "+447700900002"),
    ];
    for (name, order) in [("busy", [0, 1, 2]), ("busier", [2, 1, 0])] {
        let (table, _) = correlation_table(name).await;
        let all: Vec<_> = (0..250).map(crowd).chain(order.map(|n| ends[n].clone())).collect();
        table.append(&all).await.unwrap();
        assert_eq!(anchors(&table, CALL).await, [there, CALL]);
        assert_eq!(anchors(&table, there).await, [there, CALL]);
        assert_eq!(anchors(&table, look_alike).await, [look_alike]);
        let customer = telephone("+447700900001").hash;
        let touched = table.touched_by_handoff(number.hash, Some(customer), at(-145), at(145)).await.unwrap();
        assert_eq!(touched.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([id(CALL), id(there)]));
        // An erasure deletes the entry of an end.
        for anchor in [CALL, there] {
            table.erase_id(&id(anchor)).await.unwrap();
        }
        let touched = table.touched_by_handoff(number.hash, Some(customer), at(-145), at(145)).await.unwrap();
        assert_eq!(touched, []);
    }
}

#[tokio::test]
async fn the_latest_readings_of_a_clock_are_read_and_each_journey_counts_once() {
    let (table, _) = correlation_table("readings").await;
    let (crm, sbc) = (Source::read("crm").unwrap(), Source::read("sbc").unwrap());
    let reading = |n: i64| Reading { least: TimeDelta::milliseconds(-n), most: TimeDelta::milliseconds(n) };
    // The second journey settles again, and then once more.
    for (journey, n) in [("c", 3), ("a", 1), ("b", 2), ("b", 4), ("b", 4)] {
        let journey = id(&format!("sip.call_id:{journey}")).journey();
        let readings = [(crm.clone(), reading(n)), (sbc.clone(), reading(9))].into();
        table.store_readings(journey, at(n), &readings).await.unwrap();
    }
    assert_eq!(table.readings(&crm, 2).await.unwrap(), [reading(4), reading(3)]);
    assert_eq!(table.readings(&sbc, 50).await.unwrap().len(), 3);
    assert_eq!(table.readings(&cxtrace_sources::genesys::SOURCE, 50).await.unwrap(), []);
}

#[tokio::test]
async fn a_journey_larger_than_a_page_is_read_whole() {
    let (table, _) = correlation_table("pages").await;
    let facts: Vec<_> = (0..3_000).map(|n| fact("sbc", CALL, at(n))).collect();
    table.append(&facts).await.unwrap();
    let gathered = table.gather(id(CALL), Clocks::default()).await.unwrap();
    assert_eq!((gathered.facts.len(), gathered.spans.len()), (3_000, 3_000));
}

#[tokio::test]
async fn a_fact_that_is_too_large_is_refused_with_its_size() {
    let (table, _) = correlation_table("large").await;
    let mut large = fact("sbc", CALL, at(0));
    large.spans[0].attributes.insert("x".to_owned(), "x".repeat(MAX_FACT_BYTES));
    let error = table.append(&[large]).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { max: MAX_FACT_BYTES, .. }), "{error}");
}

#[tokio::test]
async fn a_row_replaces_only_the_version_that_was_read() {
    let (table, _) = correlation_table("versions").await;
    let anchor = id(CALL);
    let nothing = row(&table, &anchor).await;
    assert_eq!(nothing.content, RowContent::Absent);
    let first = JourneyRow { content: line(&anchor, noon(), None), ..nothing.clone() };
    let rival = JourneyRow { content: line(&anchor, at(1), None), ..nothing };
    assert_eq!(table.write(&first).await.unwrap(), WriteOutcome::Written);
    assert_eq!(table.write(&rival).await.unwrap(), WriteOutcome::Overtaken);
    assert_eq!(
        table.write(&first).await.unwrap(),
        WriteOutcome::Overtaken,
        "the same row again was read before it was written"
    );
    assert_eq!(row(&table, &anchor).await, first.clone().after_write());

    let second = JourneyRow { content: RowContent::MergedInto(id(SESSION).journey()), ..first.after_write() };
    let rivals = futures::future::join_all((0..8).map(|_| table.write(&second))).await;
    let written = rivals.iter().filter(|written| matches!(written, Ok(WriteOutcome::Written))).count();
    assert_eq!(written, 1);
    assert_eq!(row(&table, &anchor).await, second.after_write());
}

#[tokio::test]
async fn a_row_keeps_its_settlement_and_counts() {
    let (table, _) = correlation_table("settled").await;
    let anchor = id(CALL);
    let counted = BTreeMap::from([("long_gap".to_owned(), at(7)), ("dropped_call".to_owned(), at(8))]);
    let settled = Settled { revision: 3, content: Digest128::of([b"x".as_slice()]) };
    for progress in
        [Progress::Inherited, Progress::Settled, Progress::Measured, Progress::Announced, Progress::Notified]
    {
        let all = JourneyRow {
            content: line(&anchor, noon(), Some(at(5))),
            settlement: Some(Settlement { settled, progress }),
            claim: Some(Claim { at: at(6), led: settled.content }),
            counted_insights: counted.clone(),
            exported: Some(Exported { until: at(9), spans: 17 }),
            ..row(&table, &anchor).await
        };
        assert_eq!(table.write(&all).await.unwrap(), WriteOutcome::Written);
        assert_eq!(row(&table, &anchor).await, all.after_write());
    }
}

#[tokio::test]
async fn rows_come_in_the_order_in_which_they_are_asked_for_however_many() {
    let (table, _) = correlation_table("rows").await;
    let ids: Vec<_> = (0..150).map(|n| id(&format!("sip.call_id:call{n:03}x"))).collect();
    for anchor in ids.iter().step_by(2) {
        let row = JourneyRow { content: line(anchor, noon(), None), ..row(&table, anchor).await };
        table.write(&row).await.unwrap();
    }
    let journeys: Vec<_> = ids.iter().map(Id::journey).collect();
    let rows = table.rows(&journeys).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.journey).collect::<Vec<_>>(), journeys);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row.listing().is_some(), n % 2 == 0, "{n}");
    }
}

#[tokio::test]
async fn a_list_over_several_days_has_each_row_once() {
    let (table, _) = correlation_table("lists").await;
    let mut expected = BTreeSet::new();
    for n in 0..60 {
        let anchor = id(&format!("sip.call_id:call{n:03}x"));
        // Four days, with some journeys at the same time, and two days without any between them.
        let began = noon() - TimeDelta::days([0, 0, 3, 4][n % 4]) - TimeDelta::minutes((n / 8) as i64);
        let row = JourneyRow { content: line(&anchor, began, None), ..row(&table, &anchor).await };
        table.write(&row).await.unwrap();
        expected.insert((began, anchor.journey()));
    }
    let mut listed = Vec::new();
    let mut after: Option<ListPosition> = None;
    for _ in 0..100 {
        let page = table.list(noon() - TimeDelta::days(30), noon(), after.as_ref(), 7).await.unwrap();
        assert!(page.rows.len() <= 7);
        listed.extend(page.rows.iter().map(|row| (row.listing().unwrap().started_at, row.journey)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(after.is_none());
    assert!(listed.windows(2).all(|pair| pair[0].0 >= pair[1].0), "latest first");
    assert_eq!(listed.len(), expected.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn a_redirect_is_in_no_list_and_not_due() {
    let (table, _) = correlation_table("moved").await;
    let anchor = id(CALL);
    let first = JourneyRow { content: line(&anchor, noon(), Some(at(1))), ..row(&table, &anchor).await };
    table.write(&first).await.unwrap();
    let list = async || table.list(noon() - TimeDelta::days(1), at(1), None, 10).await.unwrap().rows.len();
    assert_eq!((list().await, table.due(at(1), 10).await.unwrap().rows.len()), (1, 1));
    assert_eq!(table.due(noon(), 10).await.unwrap().rows, []);
    let moved = JourneyRow { content: RowContent::MergedInto(id(SESSION).journey()), ..first.after_write() };
    table.write(&moved).await.unwrap();
    assert_eq!((list().await, table.due(at(1), 10).await.unwrap().rows.len()), (0, 0));
    assert_eq!(table.journeys().await.unwrap(), []);
}

#[tokio::test]
async fn due_journeys_come_the_longest_overdue_first() {
    let (table, _) = correlation_table("due").await;
    for (n, due) in [30, 10, 20, 40].into_iter().enumerate() {
        let anchor = id(&format!("sip.call_id:call{n:03}x"));
        let row = JourneyRow { content: line(&anchor, noon(), Some(at(due))), ..row(&table, &anchor).await };
        table.write(&row).await.unwrap();
    }
    let due = table.due(at(30), 2).await.unwrap().rows;
    let times = due.iter().map(|row| row.listing().unwrap().due_at.unwrap());
    assert_eq!(times.collect::<Vec<_>>(), [at(10), at(20)]);
    assert_eq!(table.due(at(30), 10).await.unwrap().rows.len(), 3);
}

#[tokio::test]
async fn a_phone_number_finds_each_conversation_in_which_it_was_mentioned_once() {
    let (table, _) = correlation_table("phones").await;
    let phone = telephone("+447700900001");
    let mention = |anchor: &str, when: i64| -> Fact {
        let mut fact = fact("sbc", anchor, at(when));
        fact.mentions.push(Mention { party: Party::Customer, phone: phone.clone() });
        fact
    };
    let other = "sip.call_id:b84b4c76e66711";
    table.append(&[mention(CALL, 0), mention(CALL, 60), mention(other, 7_200)]).await.unwrap();
    let found = async |from, to, most| table.latest_mentions(phone.hash, from, to, most).await.unwrap();
    let mentioned = |anchors: &[&str], complete_since| PhoneMentions {
        anchors: anchors.iter().map(|anchor| id(anchor)).collect(),
        complete_since,
    };
    assert_eq!(found(noon(), at(9_000), 10).await, mentioned(&[other, CALL], None));
    assert_eq!(found(noon(), at(3_600), 10).await, mentioned(&[CALL], None));
    // Whole hours, the latest first.
    table.append(&[mention("sip.call_id:c84b4c76e66712", 7_201)]).await.unwrap();
    let latest = mentioned(&[other, "sip.call_id:c84b4c76e66712"], Some(at(7_200)));
    assert_eq!(found(noon(), at(9_000), 1).await, latest);
    let later = table.first_mentions(phone.hash, at(1), at(9_000), 1).await.unwrap();
    assert_eq!(later, BTreeSet::from([id(other)]));
    // A number joins nothing.
    assert_eq!(anchors(&table, CALL).await, [CALL]);
}

#[tokio::test]
async fn a_quarantine_is_marked_first_and_resumes_where_it_stopped() {
    let (table, _) = correlation_table("alone").await;
    let (account, sbc) = (id("crm.account:test1"), Source::read("sbc").unwrap());
    let sbc = Some(&sbc);
    let facts = (0..230).map(|n| linked("sbc", &format!("sip.call_id:call{n:03}x"), at(n), "crm.account:test1"));
    table.append(&facts.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(table.quarantine_of(&account, sbc).await.unwrap(), None);
    let begun = Quarantine::RefreshedTo(None);
    assert_eq!(table.quarantine(&account, sbc).await.unwrap(), begun);
    let first = table.neighbours_after(&account, sbc, None, 200).await.unwrap();
    let reached = Quarantine::RefreshedTo(first.last().cloned());
    table.note_quarantine(&account, sbc, &reached).await.unwrap();
    // Who meets the mark later goes on from there.
    assert_eq!(table.quarantine(&account, sbc).await.unwrap(), reached);
    let rest = table.neighbours_after(&account, sbc, first.last(), 200).await.unwrap();
    assert_eq!((first.len(), rest.len()), (200, 30));
    assert!(first.iter().max() < rest.iter().min());
    table.note_quarantine(&account, sbc, &Quarantine::Finished).await.unwrap();
    // One that was slower finds it finished, and leaves it so.
    table.note_quarantine(&account, sbc, &reached).await.unwrap();
    assert_eq!(table.quarantine(&account, sbc).await.unwrap(), Quarantine::Finished);
    let alone = table.gather(id("sip.call_id:call007x"), Clocks::default()).await.unwrap();
    assert_eq!((alone.anchors.len(), alone.quarantined), (1, BTreeSet::from([account])));
    assert_eq!(table.anchors().await.unwrap().len(), 230);
}

/// Entries of neighbours expire, and a few strangers remain. A quarantined id joins none of them. Another source is not
/// affected, unless an earlier version has quarantined the id, which counted all sources together.
#[tokio::test]
async fn a_quarantined_id_with_few_remaining_neighbours_joins_nobody() {
    let (account, other) = ("crm.account:test1", "sip.call_id:b84b4c76e66711");
    for source in [Some("sbc"), None] {
        let (table, _) = correlation_table(source.unwrap_or("all")).await;
        table.append(&[linked("sbc", CALL, at(0), account), linked("sbc", other, at(1), account)]).await.unwrap();
        assert_eq!(anchors(&table, CALL).await.len(), 2);
        let source = source.and_then(Source::read);
        table.quarantine(&id(account), source.as_ref()).await.unwrap();
        table.append(&[fact("crm", account, at(2)), linked("sbc", CALL, at(3), account)]).await.unwrap();
        for seed in [CALL, other, account] {
            let gathered = table.gather(id(seed), Clocks::default()).await.unwrap();
            let quarantined = if seed == account && source.is_some() { vec![] } else { vec![id(account)] };
            let expected = (1, quarantined.into_iter().collect());
            assert_eq!((gathered.anchors.len(), gathered.quarantined), expected, "{seed}");
        }
        table.append(&[linked("crm", account, at(4), other)]).await.unwrap();
        let joined = if source.is_some() { vec![account, other] } else { vec![other] };
        assert_eq!(anchors(&table, other).await, joined);
    }
}

/// Entries that an earlier version wrote, without the source that links.
#[tokio::test]
async fn neighbours_of_an_earlier_version_are_read() {
    let fixture = JourneyFixture::new().await;
    let edge = async |one: &str, other: &str| {
        let item = [("pk", format!("id#{one}")), ("sk", format!("edge#{other}"))];
        let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let put = fixture.client.put_item().table_name("correlation").set_item(Some(item.into()));
        put.send().await.unwrap();
    };
    let call = |n: usize| format!("sip.call_id:call{n:03}x");
    fixture.table.append(&[fact("sbc", CALL, at(0)), fact("web", SESSION, at(9))]).await.unwrap();
    edge(CALL, SESSION).await;
    edge(SESSION, CALL).await;
    assert_eq!(anchors(&fixture.table, CALL).await, [CALL, SESSION]);
    assert_eq!(anchors(&fixture.table, SESSION).await, [CALL, SESSION]);
    // An earlier version counted all neighbours together, and the entries do not say whose they are.
    for n in 0..201 {
        edge(SESSION, &call(n)).await;
    }
    assert_eq!(anchors(&fixture.table, CALL).await, [CALL]);
}

/// A summary of another version, or a damaged one, does not hide other journeys or due times. The row keeps it until
/// the journey is assembled again.
#[tokio::test]
async fn an_unreadable_summary_hides_no_row() {
    let (fixture, other) = (JourneyFixture::new().await, "sip.call_id:b84b4c76e66711");
    fixture.append_and_assemble(&[fact("sbc", CALL, at(0)), fact("sbc", other, at(1))]).await;
    let damage = |name: &'static str| {
        let request = fixture.client.update_item().table_name("correlation");
        let key = AttributeValue::S(format!("journey#{}", id(CALL).journey()));
        let request = request.key("pk", key).key("sk", AttributeValue::S("row".to_owned()));
        let request = request.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        request.expression_attribute_values(":value", AttributeValue::S("{}".to_owned())).send()
    };
    damage("line").await.unwrap();
    let damaged = row(&fixture.table, &id(CALL)).await;
    let error = damaged.listing().unwrap().summary.as_result().unwrap_err().to_string();
    assert!(error.contains("`line`"), "{error}");
    assert_eq!(fixture.table.write(&damaged).await.unwrap(), WriteOutcome::Written);
    assert_eq!(row(&fixture.table, &id(CALL)).await, damaged.after_write(), "it is kept unchanged");
    let listed = || async { fixture.listed().await };
    assert_eq!(listed().await, [id(other).journey().to_string()]);
    assert_eq!(fixture.table.due(at(100_000), 10).await.unwrap().rows.len(), 2);

    damage("anchor").await.unwrap();
    assert_eq!(listed().await, [id(other).journey().to_string()]);
    let due = fixture.table.due(at(100_000), 10).await.unwrap();
    assert_eq!((due.rows.len(), due.unreadable.len()), (1, 1));
    // It is in nobody's way for a while.
    fixture.table.defer_unreadable(due.unreadable[0].0, at(200_000)).await.unwrap();
    assert_eq!(fixture.table.due(at(100_000), 10).await.unwrap().unreadable.len(), 0);
    assert!(fixture.table.rows(&[id(CALL).journey()]).await.is_err());
}
