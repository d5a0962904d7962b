//! Merging two journeys, and splitting one.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::super_connector::MAX_EDGES;
use cxtrace_domain::journeys::{CodeAct, CodeUse, Fact, Handoff, HandoffAct, Link, Retraction, Role, Source, code};
use cxtrace_privacy::{Pseudonyms, Telephone};
use cxtrace_store::correlation::{Quarantine, RowContent};
use serde_json::{Value, json};

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};

const CALL: &str = "sip.call_id:a84b4c76e66710";
const SESSION: &str = "web.session:s7f3";

async fn call_and_session() -> (JourneyFixture, String, String) {
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&[fact("sbc", CALL, at(60)), fact("web", SESSION, at(20))]).await;
    (fixture, id(CALL).journey().to_string(), id(SESSION).journey().to_string())
}

#[tokio::test]
async fn after_a_merge_the_older_id_stays_and_the_newer_redirects() {
    let (fixture, call, session) = call_and_session().await;
    assert_eq!(fixture.listed().await, [call.clone(), session.clone()]);

    fixture.append_and_assemble(&[linked("sbc", CALL, at(61), SESSION)]).await;
    assert_eq!(fixture.listed().await, std::slice::from_ref(&session));
    let row = fixture.table.rows(&[id(CALL).journey()]).await.unwrap().pop().unwrap();
    assert_eq!(row.content, RowContent::MergedInto(id(SESSION).journey()));
    let (status, moved) = fixture.get(&format!("/api/journeys/{call}")).await;
    assert_eq!((status, moved), (308, json!({"moved_to": session})));
    let (status, journey) = fixture.get(&format!("/api/journeys/{session}")).await;
    assert_eq!((status, journey["legs"].as_array().unwrap().len()), (200, 2));
}

#[tokio::test]
async fn a_retracted_edge_splits_a_journey_and_both_parts_are_listed_again() {
    let (fixture, call, session) = call_and_session().await;
    fixture.append_and_assemble(&[linked("sbc", CALL, at(61), SESSION)]).await;
    let (_, evidence) = fixture.get(&format!("/api/journeys/{session}/evidence")).await;
    let edge = evidence["edges"][0]["id"].as_str().unwrap().to_owned();

    let retract = format!("/api/edges/{edge}/retract");
    // A request with the journey's former id is redirected.
    let (status, answer) = fixture.post(&retract, &json!({"journey": call, "reason": "other"})).await;
    assert_eq!((status, &answer["already"]), (200, &Value::Bool(false)), "{answer}");
    fixture.assemble_new().await;
    assert_eq!(fixture.listed().await, [call.clone(), session.clone()]);
    for (journey, spans) in [(&call, 2), (&session, 1)] {
        let (status, journey) = fixture.get(&format!("/api/journeys/{journey}")).await;
        assert_eq!((status, journey["spans"].as_array().unwrap().len()), (200, spans));
    }
    // From either side: from the anchor whose source reported the edge, and from the other.
    for side in [&call, &session] {
        let (_, answer) = fixture.post(&retract, &json!({"journey": side, "reason": "other"})).await;
        assert_eq!(answer["already"], Value::Bool(true), "{answer}");
    }

    // New evidence does not join them again.
    fixture.append_and_assemble(&[linked("sbc", CALL, at(62), SESSION)]).await;
    assert_eq!(fixture.listed().await, [call, session]);
}

/// Two systems report the arrival of one call, each under its own id. When the link between the two ids is retracted, two calls
/// arrived, and nobody knows which of them was sent.
#[tokio::test]
async fn a_retracted_link_undoes_a_hand_off_that_it_made_unique_and_all_parts_are_listed_again() {
    const BOT: &str = "bot.call:b1";
    const CARRIER: &str = "carrier.call:c1";
    let end = |fact: Fact, act| {
        let pseudonyms = Pseudonyms::try_new(&[1; 32]).unwrap();
        let number = Telephone::read("+441134960200", &pseudonyms).unwrap();
        let at = fact.observed_at;
        let handoff = Handoff { number, at, act, customer: None, is_withheld: false, span: None };
        Fact { handoffs: vec![handoff], ..fact }
    };
    let mut carrier = end(fact("carrier", CARRIER, at(61)), HandoffAct::Arrived);
    carrier.links.push(Link { id: id(CALL), role: Role::Same });
    let facts =
        [end(fact("bot", BOT, at(60)), HandoffAct::Left), carrier, end(fact("sbc", CALL, at(62)), HandoffAct::Arrived)];
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&facts).await;
    let [bot, carrier, call] = [BOT, CARRIER, CALL].map(|text| id(text).journey().to_string());
    assert_eq!(fixture.listed().await, std::slice::from_ref(&bot));

    let retraction = Retraction::between(id(CARRIER), id(CALL), fixture.clock.time());
    fixture.table.retract(&retraction).await.unwrap();
    fixture.assemble_new().await;
    let listed: BTreeSet<_> = fixture.listed().await.into_iter().collect();
    assert_eq!(listed, BTreeSet::from([bot, carrier, call]));
    for journey in &listed {
        let (status, shown) = fixture.get(&format!("/api/journeys/{journey}")).await;
        assert_eq!((status, shown["legs"].as_array().unwrap().len()), (200, 1), "{shown}");
    }
}

#[tokio::test]
async fn a_fact_that_is_older_than_its_journey_gives_it_an_older_id() {
    let (fixture, call, session) = call_and_session().await;
    fixture.append_and_assemble(&[linked("sbc", CALL, at(61), SESSION)]).await;
    fixture.append_and_assemble(&[fact("sbc", CALL, at(5))]).await;
    assert_eq!(fixture.listed().await, std::slice::from_ref(&call));
    let (status, moved) = fixture.get(&format!("/api/journeys/{session}")).await;
    assert_eq!((status, moved), (308, json!({"moved_to": call})));
}

#[tokio::test]
async fn the_201st_neighbour_of_an_id_splits_the_200_joined_journeys() {
    let fixture = JourneyFixture::new().await;
    let account = "crm.account:~279c39cf15fa48e9b435f9667f4f96bb";
    let call = |n: usize| format!("genesys.conversation:279c39cf-15fa-48e9-b435-{n:012x}");
    let facts: Vec<_> = (0..MAX_EDGES).map(|n| linked("genesys", &call(n), at(n as i64), account)).collect();
    fixture.append_and_assemble(&facts).await;
    assert_eq!(fixture.listed().await.len(), 1);

    fixture.append_and_assemble(&[linked("genesys", &call(MAX_EDGES), at(300), account)]).await;
    let journeys: Vec<_> = (0..=MAX_EDGES).map(|n| id(&call(n)).journey()).collect();
    let rows = fixture.table.rows(&journeys).await.unwrap();
    assert!(rows.iter().all(|row| row.listing().is_some_and(|listing| listing.anchors.len() == 1)));
    let (_, journey) = fixture.get(&format!("/api/journeys/{}", journeys[7])).await;
    assert_eq!(journey["quarantined"], json!([account]));

    // A search by it finds journeys that have it, although it joins none.
    let to = at(86_400).format("%Y-%m-%dT%H:%M:%SZ");
    let (_, page) = fixture.get(&format!("/api/journeys?id={account}&limit=200&to={to}")).await;
    let found = page["rows"].as_array().unwrap();
    assert_eq!(found.len(), MAX_EDGES);
    assert!(found.iter().all(|row| row["matched"] == json!({"by": "native_id", "ids": [account]})), "{found:?}");

    // The next neighbour does not change the others, and does not read them.
    fixture.requests.take();
    let counts = fixture.append_and_assemble(&[linked("genesys", &call(MAX_EDGES + 1), at(301), account)]).await;
    assert_eq!(counts.refreshed, 1);
}

#[tokio::test]
async fn a_code_with_too_many_uses_splits_the_journeys_that_it_joined() {
    let fixture = JourneyFixture::new().await;
    // As a code is stored: as a hash.
    let code = "web.code:~279c39cf15fa48e9b435f9667f4f96ba";
    let coded = |source: &str, anchor: &str, seconds: i64, act| Fact {
        codes: vec![CodeUse { code: id(code), at: at(seconds), act }],
        ..fact(source, anchor, at(seconds))
    };
    fixture
        .append_and_assemble(&[coded("web", SESSION, 0, CodeAct::Issued), coded("sbc", CALL, 60, CodeAct::Used)])
        .await;
    assert_eq!(fixture.listed().await.len(), 1);

    // A search by the code finds it.
    let found = async || {
        let to = at(86_400).format("%Y-%m-%dT%H:%M:%SZ");
        let (_, page) = fixture.get(&format!("/api/journeys?id={code}&to={to}")).await;
        page["rows"].as_array().unwrap().len()
    };
    assert_eq!(found().await, 1);

    // A test uses one code repeatedly in two calls: as often as the limit, and once more.
    let tests = ["sip.call_id:b84b4c76e66711", "sip.call_id:c84b4c76e66712"];
    let uses = (2..code::MAX_EVENTS).map(|n| coded("sbc", tests[n % 2], 60 + n as i64 / 2, CodeAct::Used));
    for uses in uses.collect::<Vec<_>>().chunks(200) {
        fixture.append_and_assemble(uses).await;
    }
    assert_eq!(fixture.listed().await.len(), 3);
    let counts = fixture.append_and_assemble(&[coded("sbc", tests[0], 700, CodeAct::Used)]).await;
    let [call, session] = [CALL, SESSION].map(|anchor| id(anchor).journey().to_string());
    assert_eq!((fixture.listed().await.len(), counts.refreshed), (4, 4));
    for journey in [call, session] {
        let (_, journey) = fixture.get(&format!("/api/journeys/{journey}")).await;
        assert_eq!((&journey["quarantined"], &journey["anchors"]), (&json!([code]), &Value::Null));
    }

    assert_eq!(found().await, 4);

    // From then on it does not read any other journey.
    let counts = fixture.append_and_assemble(&[coded("sbc", tests[0], 701, CodeAct::Used)]).await;
    assert_eq!(counts.refreshed, 1);
}

/// The rows of 201 journeys are written one after the other. The quarantine mark is stored before the first of them.
#[tokio::test]
async fn a_quarantine_is_recorded_before_a_row_is_written() {
    let fixture = JourneyFixture::new().await;
    let account = id("crm.account:test1");
    let sbc = Source::read("sbc").unwrap();
    let call = |n: usize| format!("sip.call_id:call{n:03}x");
    let facts: Vec<_> = (0..=MAX_EDGES).map(|n| linked("sbc", &call(n), at(n as i64), "crm.account:test1")).collect();
    fixture.table.append(&facts).await.unwrap();
    // The assembler dies after the first journey.
    fixture.assembly().refresh(&id(&call(7)), false).await.unwrap();
    assert_eq!(fixture.listed().await, [id(&call(7)).journey().to_string()]);
    // The mark is stored, and the other journeys are not refreshed yet.
    assert_eq!(fixture.table.quarantine_of(&account, Some(&sbc)).await.unwrap(), Some(Quarantine::RefreshedTo(None)));
    fixture.assemble_new().await;
    assert_eq!(fixture.listed().await.len(), MAX_EDGES);
    assert_eq!(fixture.table.quarantine_of(&account, Some(&sbc)).await.unwrap(), Some(Quarantine::Finished));
}

/// The same events in many orders, with the operator's retraction among them.
#[tokio::test]
async fn a_split_journey_stays_split_in_any_order_of_events() {
    let coded = |source: &str, anchor: &str, seconds: i64, act| Fact {
        codes: vec![CodeUse { code: id("web.code:AB12"), at: at(seconds), act }],
        ..fact(source, anchor, at(seconds))
    };
    let facts = [
        linked("sbc", CALL, at(61), SESSION),
        linked("sbc", CALL, at(62), SESSION),
        linked("web", SESSION, at(63), CALL),
        linked("crm", CALL, at(64), SESSION),
        coded("web", SESSION, 20, CodeAct::Issued),
        coded("sbc", CALL, 60, CodeAct::Used),
    ];
    let [call, session] = [CALL, SESSION].map(|anchor| id(anchor).journey().to_string());
    for order in 0..2 * facts.len() {
        let fixture = JourneyFixture::new().await;
        let mut rest = facts.to_vec();
        rest.rotate_left(order / 2);
        if order % 2 == 1 {
            rest.reverse();
        }
        let later = rest.split_off(order % facts.len());
        fixture.append_and_assemble(&rest).await;
        let retraction = Retraction::between(id(CALL), id(SESSION), fixture.clock.time());
        fixture.table.retract(&retraction).await.unwrap();
        fixture.assemble_new().await;
        for fact in later {
            fixture.append_and_assemble(&[fact]).await;
            assert!(fixture.listed().await.len() <= 2, "order {order}");
        }
        assert_eq!(fixture.listed().await, [call.clone(), session.clone()], "order {order}");
    }
}

/// The facts join two journeys, and the assembler has not run yet.
#[tokio::test]
async fn until_rows_are_current_a_journey_keeps_its_place() {
    let (fixture, call, session) = call_and_session().await;
    let case = "crm.case:c1";
    let older = id(case).journey().to_string();
    fixture.table.append(&[linked("crm", case, at(5), CALL), linked("crm", case, at(5), SESSION)]).await.unwrap();
    // The case is now the oldest anchor, and it has no row yet.
    assert_eq!(fixture.get(&format!("/api/journeys/{older}")).await.0, 404);
    for journey in [&call, &session] {
        let (status, shown) = fixture.get(&format!("/api/journeys/{journey}")).await;
        assert_eq!((status, shown["id"].as_str()), (200, Some(journey.as_str())));
        let (status, evidence) = fixture.get(&format!("/api/journeys/{journey}/evidence")).await;
        assert_eq!((status, evidence["edges"].as_array().unwrap().len()), (200, 2));
    }
    fixture.assemble_new().await;
    for journey in [&call, &session] {
        let (status, moved) = fixture.get(&format!("/api/journeys/{journey}")).await;
        assert_eq!((status, moved), (308, json!({"moved_to": older})));
    }

    // Then the call becomes the oldest anchor. Redirects to the case still lead there, and the case still exists.
    fixture.table.append(&[fact("sbc", CALL, at(1))]).await.unwrap();
    for (journey, expected) in [(&call, 308), (&older, 200)] {
        assert_eq!(fixture.get(&format!("/api/journeys/{journey}")).await.0, expected);
    }
    let (_, evidence) = fixture.get(&format!("/api/journeys/{older}/evidence")).await;
    let retract = format!("/api/edges/{}/retract", evidence["edges"][0]["id"].as_str().unwrap());
    assert_eq!(fixture.post(&retract, &json!({"journey": session, "reason": "other"})).await.0, 200);
}
