//! What does not grow: requests and items, however many journeys there are and however large one is.

use chrono::TimeDelta;
use cxtrace_assembly::{Refreshed, Woken};
use cxtrace_domain::journeys::Fact;
use cxtrace_store::correlation::{Line, Row, Standing, Written};
use cxtrace_tests::sim::journeys::facts::Stored;

use crate::journeys_support::{Room, at, fact, id, linked};
use crate::support::noon;

#[tokio::test]
async fn a_page_of_50_among_2000_journeys_is_one_query() {
    let room = Room::new().await;
    let call = |n: usize| format!("sip.call_id:call{n:04}x");
    room.tell(&[fact("sbc", &call(0), at(0))]).await;
    let first = room.table.rows(&[id(&call(0)).journey()]).await.unwrap().pop().unwrap();
    let Standing::Line(line) = first.standing else { panic!("{first:?}") };
    for chunk in (1..2_000).collect::<Vec<_>>().chunks(100) {
        let journeys: Vec<_> = chunk.iter().map(|n| id(&call(*n)).journey()).collect();
        for (n, row) in chunk.iter().zip(room.table.rows(&journeys).await.unwrap()) {
            let anchor = id(&call(*n));
            let began = noon() - TimeDelta::seconds(*n as i64);
            let line = Line { anchors: vec![anchor.clone()], anchor, began, ..line.clone() };
            let row = Row { standing: Standing::Line(line), ..row };
            assert_eq!(room.table.write(&row).await.unwrap(), Written::Yes);
        }
    }
    room.requests.take();
    let (status, page) = room.get("/api/journeys?limit=50").await;
    assert_eq!((status, page["rows"].as_array().unwrap().len()), (200, 50));
    assert_eq!(room.requests.take(), "Query×1");
    let (status, page) = room.get(&format!("/api/journeys?limit=50&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((status, page["rows"].as_array().unwrap().len()), (200, 50));
    assert_eq!(room.requests.take(), "Query×1");
}

/// So many facts of one conversation, a second apart.
fn many(facts: usize) -> Vec<Fact> {
    (0..facts).map(|n| fact("sbc", "sip.call_id:a84b4c76e66710", at(n as i64))).collect()
}

#[tokio::test]
async fn a_fact_more_costs_the_same_in_a_journey_of_10_facts_and_of_400() {
    for facts in [10, 400] {
        let room = Room::new().await;
        room.tell(&many(facts)).await;
        room.table.append(&[fact("sbc", "sip.call_id:a84b4c76e66710", at(5_000))]).await.unwrap();
        room.requests.take();
        room.wake().await;
        assert_eq!(room.requests.take(), "BatchGetItem×1 PutItem×1 Query×2", "{facts} facts");
    }
}

#[tokio::test]
async fn a_journey_of_2000_facts_is_read_once_in_four_seconds() {
    let room = Room::new().await;
    room.tell(&many(2_000)).await;
    let more = |n: i64| fact("sbc", "sip.call_id:a84b4c76e66710", at(5_000 + n));
    room.table.append(&[more(0)]).await.unwrap();
    room.requests.take();
    assert_eq!(room.wake().await, Woken { refreshed: 0, later: 1 });
    assert_eq!(room.requests.take(), "BatchGetItem×1 PutItem×1", "the row is read, and noted as due");
    for n in 1..20 {
        room.table.append(&[more(n)]).await.unwrap();
        room.requests.take();
        assert_eq!(room.wake().await, Woken { refreshed: 0, later: 1 });
        assert_eq!(room.requests.take(), "BatchGetItem×1");
    }
    room.clock.advance_to(noon() + TimeDelta::seconds(4));
    let due = room.table.due(room.clock.time(), 10).await.unwrap();
    let [row] = due.as_slice() else { panic!("{due:?}") };
    room.requests.take();
    let Refreshed::Done { row, .. } = room.assembly().refresh(&line(row).anchor, true).await.unwrap() else { panic!() };
    assert_eq!(line(&row).facts, 2_020);
    // The facts take more than one page of 1 MB.
    assert_eq!(room.requests.take(), "BatchGetItem×1 PutItem×1 Query×2");
}

fn line(row: &Row) -> &Line {
    match &row.standing {
        Standing::Line(line) => line,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_item_is_larger_than_100_kb_however_large_a_journey_is() {
    let room = Room::new().await;
    let mut facts = many(2_000);
    for fact in &mut facts {
        for span in &mut fact.spans {
            span.attributes.extend((0..20).map(|n| (format!("attribute.{n}"), "x".repeat(200))));
        }
    }
    // And 300 calls about one case, by way of two accounts with fewer neighbours than are too many.
    facts.extend((0..300).map(|n| {
        let account = format!("crm.account:a{}", n / 150);
        linked("sbc", &format!("sip.call_id:{n:03}{}1", "y".repeat(200)), at(n), &account)
    }));
    facts.extend((0..2).map(|n| linked("crm", &format!("crm.account:a{n}"), at(400), "crm.case:c1")));
    room.tell(&facts).await;
    let stored = Stored::of(&room.engine, "correlation");
    assert!(stored.largest < 100_000, "{} bytes", stored.largest);
    let rows = stored.rows.values().filter(|row| row["anchors"]["L"].as_array().is_some_and(|all| all.len() == 100));
    assert_eq!(rows.count(), 1, "one journey with more anchors than a row lists");
}
