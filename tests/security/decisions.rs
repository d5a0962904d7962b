//! A retraction is somebody's decision: who and why are kept, and another decision withdraws it.

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::journeys::access::Scopes;
use cxtrace_domain::journeys::{Clocks, Decision, DecisionAct, EdgeId, Reason, Retraction};
use cxtrace_explorer::{Caller, Request};
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};

const CALL: &str = "sbc.call:c-1";
const SESSION: &str = "web.session:s-1";
const USER: &str = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

/// A call and a session that a link joins.
async fn joined() -> JourneyFixture {
    let fixture = JourneyFixture::new().await;
    fixture.append_and_assemble(&[linked("sbc", CALL, at(60), SESSION), fact("web", SESSION, at(9))]).await;
    assert_eq!(fixture.listed().await.len(), 1);
    fixture
}

async fn decide(fixture: &JourneyFixture, act: &str, reason: &str) -> Value {
    decide_from(fixture, CALL, act, reason).await
}

/// A decision from the page of the journey of `anchor`.
async fn decide_from(fixture: &JourneyFixture, anchor: &str, act: &str, reason: &str) -> Value {
    let edge = EdgeId::between(&id(CALL), &id(SESSION));
    let body = json!({"journey": id(anchor).journey(), "reason": reason});
    let path = format!("/api/edges/{edge}/{act}");
    let mut request = Request { method: Method::POST, body: body.to_string().into_bytes(), ..Request::get(&path) };
    request.headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let response = fixture.respond_to(request, Caller::verified(Some(USER), Scopes::all())).await;
    assert_eq!(response.status(), 200, "{}", String::from_utf8_lossy(response.body()));
    fixture.assemble_new().await;
    serde_json::from_slice(response.body()).unwrap()
}

/// The edge of the call's journey, as the API shows it.
async fn edge(fixture: &JourneyFixture) -> Value {
    for journey in [id(CALL).journey(), id(SESSION).journey()] {
        let (status, evidence) = fixture.get(&format!("/api/journeys/{journey}/evidence")).await;
        if status == 200 && evidence["edges"][0].is_object() {
            return evidence["edges"][0].clone();
        }
    }
    panic!("no journey shows the edge")
}

#[tokio::test]
async fn a_retraction_says_who_and_why_and_is_withdrawn_by_a_decision_of_its_own() {
    let fixture = joined().await;
    assert_eq!(decide(&fixture, "retract", "shared_id").await["already"], false);
    assert_eq!(fixture.listed().await.len(), 2);
    let retracted = edge(&fixture).await;
    let line = &retracted["decisions"][0];
    assert_eq!((&line["act"], &line["by"], &line["reason"]), (&json!("retract"), &json!(USER), &json!("shared_id")));
    assert_eq!(retracted["retracted"], true);

    let answer = decide(&fixture, "restore", "mistake").await;
    assert_eq!((&answer["already"], &answer["retracted"]), (&json!(false), &json!(false)));
    assert_eq!(fixture.listed().await.len(), 1, "the two are one journey again");
    let restored = edge(&fixture).await;
    let acts: Vec<_> = restored["decisions"].as_array().unwrap().iter().map(|line| line["act"].clone()).collect();
    assert_eq!(acts, [json!("restore"), json!("retract")], "nothing is forgotten");
    assert_eq!(restored["retracted"], false);

    // At the same time by the clock, and a third decision still comes after the others.
    assert_eq!(decide(&fixture, "retract", "wrong_evidence").await["already"], false);
    assert_eq!(fixture.listed().await.len(), 2);
}

/// The call's source reports the edge, and the session's does not.
#[tokio::test]
async fn a_retraction_is_shown_and_withdrawn_from_both_sides() {
    for anchor in [CALL, SESSION] {
        let fixture = joined().await;
        decide(&fixture, "retract", "mistake").await;
        assert_eq!(fixture.listed().await.len(), 2);
        let (_, evidence) = fixture.get(&format!("/api/journeys/{}/evidence", id(anchor).journey())).await;
        assert_eq!(
            (&evidence["edges"][0]["retracted"], &evidence["edges"][1]),
            (&json!(true), &Value::Null),
            "{anchor}"
        );
        assert_eq!(evidence["edges"][0]["decisions"][0]["by"], json!(USER), "{anchor}");
        assert_eq!(decide_from(&fixture, anchor, "retract", "other").await["already"], true);
        assert_eq!(decide_from(&fixture, anchor, "restore", "mistake").await["already"], false, "{anchor}");
        assert_eq!(fixture.listed().await.len(), 1, "{anchor}");
    }
}

#[tokio::test]
async fn decisions_count_in_whatever_order_they_are_written() {
    let decision = |seconds: i64, act| {
        let decision = Decision { at: at(seconds), act, by: None, reason: Some(Reason::Other) };
        Retraction::decided(id(CALL), id(SESSION), decision)
    };
    let (first, second) = (decision(100, DecisionAct::Retract), decision(200, DecisionAct::Restore));
    let tie = decision(200, DecisionAct::Retract);
    for (order, retracted) in [
        (vec![&first, &second], false),
        (vec![&second, &first], false),
        (vec![&first], true),
        (vec![&tie, &second], true),
        (vec![&second, &tie], true),
    ] {
        let fixture = joined().await;
        for retraction in &order {
            fixture.table.retract(retraction).await.unwrap();
        }
        let gathered = fixture.table.gather(id(CALL), Clocks::default()).await.unwrap();
        assert_eq!(gathered.edges[&EdgeId::between(&id(CALL), &id(SESSION))].retracted, retracted, "{order:?}");
    }
}

#[tokio::test]
async fn a_retraction_of_an_earlier_version_counts_and_can_be_withdrawn() {
    let fixture = joined().await;
    for (one, other) in [(CALL, SESSION), (SESSION, CALL)] {
        let text = |text: String| AttributeValue::S(text);
        let put = fixture.client.put_item().table_name("correlation");
        let put = put.item("pk", text(format!("id#{one}"))).item("sk", text(format!("cut#{other}")));
        put.item("at", text("2023-11-15T12:00:00.000Z".to_owned())).send().await.unwrap();
    }
    fixture.assemble_new().await;
    assert_eq!(fixture.listed().await.len(), 2);
    assert_eq!(decide(&fixture, "restore", "mistake").await["already"], false);
    assert_eq!(fixture.listed().await.len(), 1);
}

#[tokio::test]
async fn a_decision_that_reached_one_side_only_is_completed_by_repeating_it() {
    let fixture = joined().await;
    decide(&fixture, "retract", "other").await;
    let items = fixture.client.scan().table_name("correlation").send().await.unwrap().items.unwrap();
    let text =
        |item: &std::collections::HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    let lost = items
        .iter()
        .find(|item| text(item, "pk") == format!("id#{SESSION}") && text(item, "sk").starts_with("decision#"));
    let lost = lost.unwrap();
    let delete = fixture.client.delete_item().table_name("correlation");
    delete.key("pk", lost["pk"].clone()).key("sk", lost["sk"].clone()).send().await.unwrap();
    fixture.clock.advance_to(at(500));
    assert_eq!(decide(&fixture, "retract", "other").await["already"], true);
    let again = fixture.client.get_item().table_name("correlation").key("pk", lost["pk"].clone());
    let again = again.key("sk", lost["sk"].clone()).send().await.unwrap();
    assert!(again.item.is_some(), "the other side has the first decision again");
}
