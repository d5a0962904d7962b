//! Erasing a person: nothing of the person is left in either table, nothing comes back, and everybody else stays.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport, ErasureStatus};
use cxtrace_domain::journeys::{Fact, Id, Link, Namespace, Observation, Retraction, Role, SpanKey};
use cxtrace_privacy::{Pseudonym, Telephone};
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::actor::{Running, Step};
use cxtrace_tests::sim::journeys::deployment::{Deployment, TABLES};
use cxtrace_tests::sim::journeys::facts::{Stored, scan};
use cxtrace_tests::sim::journeys::traffic::context;
use cxtrace_tests::sim::world::Actor;
use journey_assembler::JourneyAssembler;
use serde_json::{Value, json};

use crate::journeys::support::{JourneyFixture, at, fact, linked};
use crate::pipeline::support::{attribute, event, noon};

const PERSON: &str = "+447700900161";
const STRANGER: &str = "+447700900274";
const LINE: &str = "+441134960200";

const CONVERSATION: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";
const CALL: &str = "sip.call_id:a84b4c76e66710";
const CASE: &str = "crm.case:c1";
const SESSION: &str = "web.session:s7f3";

/// A call of somebody else.
const OTHER: &str = "sip.call_id:c84b4c76e66712";

/// An id that hundreds of calls share.
const SHARED: &str = "crm.account:hub";

/// A span of `id` that began a minute before `observed_at`.
fn span(source: &str, id: &str, observed_at: DateTime<Utc>, more: &Value) -> String {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let envelope = if source == "sbc" { "com.example.sbc" } else { "example.telemetry" };
    let mut detail = json!({
        "source": source,
        "id": id,
        "observed_at": time(observed_at),
        "span": {
            "key": id,
            "type": "telephony",
            "started_at": time(observed_at - TimeDelta::minutes(1)),
            "ended_at": time(observed_at),
            "status": "ok",
        },
    });
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"detail-type": "Cxtrace Span", "source": envelope, "time": time(observed_at), "detail": detail}).to_string()
}

fn phones(customer: &str) -> Value {
    json!([{"party": "customer", "number": customer}, {"party": "centre", "number": LINE}])
}

/// What the collector gets of the person: a call with the number, and parts that name only other ids.
fn of_the_person() -> Vec<String> {
    let conversation = format!("genesys.conversation:{CONVERSATION}");
    let handoff = json!({"number": LINE, "act": "left"});
    vec![
        span(
            "sbc",
            CALL,
            at(0),
            &json!({"phones": phones(PERSON), "links": [{"id": conversation}], "handoff": handoff}),
        ),
        span("crm", CASE, at(10), &json!({"links": [{"id": conversation}]})),
        span("web", SESSION, at(-30), &json!({"links": [{"id": CASE}], "code": {"value": "AB12", "act": "issued"}})),
    ]
}

fn of_a_stranger() -> String {
    span("sbc", OTHER, at(5), &json!({"phones": phones(STRANGER)}))
}

/// The person's attributes, which hold a metric.
fn counted() -> String {
    event(CONVERSATION, noon(), [attribute("A", "B", noon()).as_str()])
}

fn numbers(text: &str) -> Vec<Pseudonym> {
    Telephone::hashes(text, &context().pseudonyms).unwrap()
}

fn erasure(number: &str, at: DateTime<Utc>) -> Erasure {
    Erasure { numbers: numbers(number), at, most_journeys: 100, with_centre: false, is_dry_run: false }
}

async fn collect(deployment: &Deployment, events: &[String]) {
    for json in events {
        deployment.collector().handle(json).await.unwrap();
    }
    assemble(deployment).await;
}

async fn assemble(deployment: &Deployment) {
    while let Some(batch) = deployment.batch(0, usize::MAX) {
        JourneyAssembler(deployment.assembly()).handle(&batch).await.unwrap();
    }
}

/// A deployment with the person's journey and a stranger's, ten minutes later.
async fn filled(harness: &Harness) -> Deployment {
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    deployment.flow_metrics().handle(&counted()).await.unwrap();
    collect(&deployment, &of_the_person()).await;
    collect(&deployment, &[of_a_stranger()]).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(10));
    deployment
}

/// The id as the collector stores it.
fn stored(text: &str) -> Id {
    let (namespace, value) = text.split_once(':').unwrap();
    cxtrace_sources::ids::read(Namespace::read(namespace).unwrap(), value, &context().pseudonyms).unwrap()
}

/// Every text by which the person could be recognised: the hash and the visible digits of the number, and each id of the
/// journey, as the facts hold them.
fn traces_of_the_person(deployment: &Deployment) -> BTreeSet<String> {
    let number = Telephone::read(PERSON, &context().pseudonyms).unwrap();
    let codes = Stored::of(&deployment.engine, TABLES[1]).facts.into_values().flat_map(|fact| fact.codes);
    let ids = [CALL, CASE, SESSION].map(stored).into_iter().chain(codes.map(|usage| usage.code));
    let traces: BTreeSet<_> = ids.map(|id| id.value().to_owned()).collect();
    assert_eq!(traces.len(), 4, "three ids and a code");
    let others = [CONVERSATION.to_owned(), number.hash.to_string(), number.masked];
    let traces: BTreeSet<_> = traces.into_iter().chain(others).collect();
    let items: String =
        TABLES.iter().flat_map(|table| scan(&deployment.engine, table)).map(|i| i.to_string()).collect();
    assert!(traces.iter().all(|trace| items.contains(trace.as_str())), "each of them is stored before the erasure");
    traces
}

/// Asserts that no byte of either table has one of `traces`. The seen set of a conversation keeps the conversation's id as
/// its key: without it, events that are sent again would count twice.
fn assert_gone(deployment: &Deployment, traces: &BTreeSet<String>, when: &str) {
    for (table, kept) in [(TABLES[0], "conversation#"), (TABLES[1], "\0")] {
        for mut item in scan(&deployment.engine, table) {
            if item["pk"]["S"].as_str().unwrap().starts_with(kept) {
                item.as_object_mut().unwrap().remove("pk");
            }
            let text = item.to_string();
            for trace in traces {
                assert!(!text.contains(trace.as_str()), "{when}: {trace} is in {text}");
            }
        }
    }
}

/// What the table holds of everybody else, without the times of expiry.
fn rest(deployment: &Deployment, traces: &BTreeSet<String>) -> BTreeSet<String> {
    let conversation: Id = format!("genesys.conversation:{CONVERSATION}").parse().unwrap();
    let own = [CALL, CASE, SESSION].map(stored).into_iter().chain([conversation]);
    let own: BTreeSet<_> = own.map(|id| format!("journey#{}", id.journey())).collect();
    let is_others = |item: &Value| item["erased_at"].is_null() && !own.contains(item["pk"]["S"].as_str().unwrap());
    let items = scan(&deployment.engine, TABLES[1]).into_iter().filter(is_others);
    items.map(|item| item.to_string()).filter(|text| !traces.iter().any(|trace| text.contains(trace))).collect()
}

fn counts(deployment: &Deployment) -> Vec<Value> {
    let mut items = scan(&deployment.engine, TABLES[0]);
    items.iter_mut().for_each(|item| drop(item.as_object_mut().unwrap().remove("expires_at")));
    items.sort_by_key(Value::to_string);
    items
}

async fn erase(deployment: &Deployment, number: &str) -> ErasureReport {
    deployment.assembly().erase_journeys(&erasure(number, deployment.clock.time())).await.unwrap()
}

#[tokio::test]
async fn an_erasure_leaves_no_byte_of_the_person_and_everything_of_everybody_else() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    // Hundreds of calls share an id with the person, and an operator has taken the stranger's journey away from theirs.
    let calls = (0..210).map(|n| linked("sbc", &format!("sip.call_id:hub{n:03}x"), at(20), SHARED));
    deployment.correlation().append(&calls.collect::<Vec<_>>()).await.unwrap();
    let (call, other) = (stored(CALL), stored(OTHER));
    deployment.correlation().append(&[linked("sbc", &call.to_string(), at(21), SHARED)]).await.unwrap();
    deployment.correlation().retract(&Retraction::between(call.clone(), other.clone(), at(22))).await.unwrap();
    deployment.correlation().append(&[linked("sbc", &call.to_string(), at(23), &other.to_string())]).await.unwrap();
    assemble(&deployment).await;
    let traces = traces_of_the_person(&deployment);
    let (before, counted) = (rest(&deployment, &traces), counts(&deployment));
    assert!(before.len() > 400, "{}", before.len());

    let dry = Erasure { is_dry_run: true, ..erasure(PERSON, deployment.clock.time()) };
    let planned = deployment.assembly().erase_journeys(&dry).await.unwrap();
    assert_eq!((planned.status, planned.journeys, planned.items), (ErasureStatus::Complete, 1, 0));
    assert_eq!(rest(&deployment, &traces), before, "a dry run changes nothing");

    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.journeys, report.remaining), (ErasureStatus::Complete, 1, 0));
    assert_eq!(report.facts, planned.facts, "as the dry run says");
    assert!(report.items > report.facts, "{report:?}");
    assert_gone(&deployment, &traces, "after the erasure");
    assert_eq!(rest(&deployment, &traces), before, "everybody else is as before");
    assert_eq!(counts(&deployment), counted, "counts stay");
    let journeys = deployment.correlation().journeys().await.unwrap();
    assert!(journeys.contains(&other.journey()) && !journeys.contains(&call.journey()));

    let again = erase(&deployment, PERSON).await;
    assert_eq!(again, ErasureReport::default(), "there is nothing left to erase");
}

#[tokio::test]
async fn an_erasure_killed_after_any_request_is_finished_by_the_next() {
    let harness = Harness::set_up().await;
    let mut requests = 1;
    loop {
        let deployment = filled(&harness).await;
        let traces = traces_of_the_person(&deployment);
        let (assembly, request) = (deployment.assembly(), erasure(PERSON, deployment.clock.time()));
        let mut running: Running<bool> =
            Running::new(Actor::Settler(0), async move { Box::pin(assembly.erase_journeys(&request)).await.is_ok() });
        let mut ended = false;
        for _ in 0..requests {
            tokio::task::yield_now().await;
            ended = matches!(running.step(&deployment.world).await, Step::Ended(_));
            if ended {
                break;
            }
        }
        // Dropping the future kills the erasure: it never reads the response that it waits for.
        drop(running);
        deployment.world.lock().actor = Actor::Observer;
        // The functions go on in the meantime.
        assemble(&deployment).await;
        let report = erase(&deployment, PERSON).await;
        assert_eq!((report.status, report.remaining), (ErasureStatus::Complete, 0), "after {requests}");
        assert_gone(&deployment, &traces, &format!("after {requests} requests"));
        assert!(deployment.correlation().journeys().await.unwrap().contains(&stored(OTHER).journey()));
        if ended {
            break;
        }
        requests += 1;
    }
    assert!(requests >= 20, "an erasure of four ids takes more than {requests} requests");
}

#[tokio::test]
async fn events_that_are_sent_again_or_late_do_not_bring_the_person_back() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    let traces = traces_of_the_person(&deployment);
    let counted_before = counts(&deployment);
    erase(&deployment, PERSON).await;
    let erased_at = deployment.clock.time();

    // The vendor's retries, the retry queue, and a dead-letter queue that somebody empties weeks later.
    for days in [0, 1, 13, 29] {
        deployment.clock.advance_to(erased_at + TimeDelta::days(days));
        collect(&deployment, &of_the_person()).await;
        deployment.flow_metrics().handle(&counted()).await.unwrap();
        assemble(&deployment).await;
        assert_gone(&deployment, &traces, &format!("sent again after {days} days"));
    }
    assert_eq!(counts(&deployment), counted_before, "nothing counts twice");

    // A contact record that comes late and names only the conversation, under its own id and under another.
    let conversation = format!("genesys.conversation:{CONVERSATION}");
    let late = erased_at + TimeDelta::minutes(2);
    let mut own = fact("genesys", &conversation, late);
    own.spans.clear();
    let mut record = linked("connect", "connect.contact:late", late, &conversation);
    record.spans[0].start.as_mut().unwrap().at = at(0);
    deployment.correlation().append(&[own, record]).await.unwrap();
    // A carrier's record of the call under an id that nobody has seen before.
    let carrier = span("sbc", "sip.call_id:e84b4c76e66714", at(1), &json!({"phones": phones(PERSON)}));
    collect(&deployment, &[carrier]).await;
    assert_gone(&deployment, &traces, "late records");
    assert!(!scan(&deployment.engine, TABLES[1]).iter().any(|item| item.to_string().contains("connect.contact:late")));

    // The stream delivers old records again.
    let stale: Vec<_> = of_the_person().iter().flat_map(|json| facts_of(json)).collect();
    let mut seeds = cxtrace_journeys::Seeds::default();
    for fact in stale {
        seeds.add(cxtrace_store::correlation::change::JourneyChange::Fact(Box::new(fact)));
    }
    deployment.assembly().refresh_touched(&seeds).await.unwrap();
    assert_gone(&deployment, &traces, "a replay of the stream");
}

fn facts_of(json: &str) -> Vec<Fact> {
    cxtrace_tests::sim::journeys::facts::collected(json, &context())
}

#[tokio::test]
async fn a_call_that_begins_after_the_erasure_is_a_new_journey() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    erase(&deployment, PERSON).await;
    let new = "sip.call_id:f84b4c76e66715";
    let began = deployment.clock.time() + TimeDelta::hours(2);
    deployment.clock.advance_to(began);
    collect(&deployment, &[span("sbc", new, began, &json!({"phones": phones(PERSON)}))]).await;
    assert!(deployment.correlation().journeys().await.unwrap().contains(&stored(new).journey()));
    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.journeys), (ErasureStatus::Complete, 1));
    assert!(!deployment.correlation().journeys().await.unwrap().contains(&stored(new).journey()));
}

#[tokio::test]
async fn a_large_erasure_continues_with_the_next_request() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let calls: Vec<_> = (0..5).map(|n| format!("sip.call_id:call{n:02}x")).collect();
    let events = calls.iter().map(|call| span("sbc", call, at(0), &json!({"phones": phones(PERSON)})));
    collect(&deployment, &events.collect::<Vec<_>>()).await;
    let request = Erasure { most_journeys: 2, ..erasure(PERSON, at(60)) };
    let mut erased = Vec::new();
    loop {
        let report = deployment.assembly().erase_journeys(&request).await.unwrap();
        erased.push((report.journeys, report.remaining));
        if report.status == ErasureStatus::Complete {
            break;
        }
    }
    assert_eq!(erased, [(2, 3), (2, 1), (1, 0)]);
    assert!(deployment.correlation().journeys().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_centres_own_number_erases_nothing_unless_that_is_meant() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    let before = scan(&deployment.engine, TABLES[1]).len();
    let report = erase(&deployment, LINE).await;
    assert_eq!((report.status, report.journeys), (ErasureStatus::CentresOwn, 0));
    assert_eq!(scan(&deployment.engine, TABLES[1]).len(), before + 1, "only the mark of the number is new");
    let meant = Erasure { with_centre: true, ..erasure(LINE, deployment.clock.time()) };
    let report = deployment.assembly().erase_journeys(&meant).await.unwrap();
    assert_eq!((report.status, report.journeys), (ErasureStatus::Complete, 2));
    assert!(deployment.correlation().journeys().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_id_that_many_share_loses_only_what_names_the_person() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let note = |number: &str, seconds: i64| span("crm", SHARED, at(seconds), &json!({"phones": phones(number)}));
    collect(&deployment, &[note(PERSON, 0), note(STRANGER, 30)]).await;
    let shared = Stored::of(&deployment.engine, TABLES[1]);
    let anchor = shared.facts.values().find(|fact| fact.source.as_str() == "crm").unwrap().anchor.clone();
    let links = (0..210).map(|n| linked("sbc", &format!("sip.call_id:more{n:03}x"), at(21), &anchor.to_string()));
    deployment.correlation().append(&links.collect::<Vec<_>>()).await.unwrap();
    assemble(&deployment).await;
    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.facts), (ErasureStatus::Complete, 1), "{report:?}");
    let facts = deployment.correlation().facts_of(&anchor).await.unwrap();
    assert_eq!(facts.len(), 1, "the stranger's is there");
    assert!(facts[0].mentions.iter().any(|mention| numbers(STRANGER).contains(&mention.phone.hash)));
    assert!(deployment.correlation().mentions_of(numbers(PERSON)[0]).await.unwrap().is_empty());
}

/// Facts of others that name an erased id: an id that many share, the other side of a retracted link, and a sender that may not
/// prove its link. They stay without it.
#[tokio::test]
async fn facts_of_others_that_name_an_erased_id_are_kept_without_it() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    let (call, other) = (stored(CALL), stored(OTHER));
    let calls = (0..210).map(|n| linked("sbc", SHARED, at(n), &format!("sip.call_id:hub{n:03}x")));
    let mut facts: Vec<_> = calls.collect();
    facts.push(linked("sbc", SHARED, at(300), &call.to_string()));
    facts.push(linked("sbc", &other.to_string(), at(301), &call.to_string()));
    let mut unconfirmed = linked("nobody", "nobody.thing:n1", at(302), &call.to_string());
    unconfirmed.unconfirmed.insert(call.clone());
    facts.push(unconfirmed);
    let mut child = linked("sbc", &other.to_string(), at(303), "crm.case:unrelated");
    child.spans[0].parent = Some(SpanKey::of(&["sbc", &call.to_string(), "x"]));
    child.links.push(Link { id: call.clone(), role: Role::Related });
    facts.push(child);
    deployment.correlation().retract(&Retraction::between(call.clone(), other.clone(), at(304))).await.unwrap();
    deployment.correlation().append(&facts).await.unwrap();
    assemble(&deployment).await;
    let traces = traces_of_the_person(&deployment);
    let count = async |anchor: &str| deployment.correlation().facts_of(&anchor.parse().unwrap()).await.unwrap().len();
    let anchors = [SHARED, &other.to_string(), "nobody.thing:n1"];
    let before = [count(anchors[0]).await, count(anchors[1]).await, count(anchors[2]).await];
    assert_eq!(before, [211, 3, 1]);

    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.remaining), (ErasureStatus::Complete, 0));
    assert_gone(&deployment, &traces, "after the erasure");
    let after = [count(anchors[0]).await, count(anchors[1]).await, count(anchors[2]).await];
    assert_eq!(after, before, "everybody else keeps their facts");
    let other = deployment.correlation().facts_of(&other).await.unwrap();
    assert!(other.iter().any(|fact| fact.links.len() == 1 && fact.spans[0].parent.is_none()), "{other:?}");
}

/// Transfers to the number in somebody else's journey, and a call that shows the number in a transfer alone.
#[tokio::test]
async fn transfers_that_name_the_number_are_kept_without_it() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    let to_person = json!({"number": PERSON, "act": "left", "customer": STRANGER});
    let of_person = json!({"number": LINE, "act": "arrived", "customer": PERSON});
    let (transferred, shown) = ("sip.call_id:d84b4c76e66713", "sip.call_id:e84b4c76e66714");
    let events = [
        span("sbc", transferred, at(7), &json!({"phones": phones(STRANGER), "handoff": to_person})),
        span("sbc", shown, at(4_000), &json!({"handoff": of_person})),
    ];
    collect(&deployment, &events).await;
    let traces = traces_of_the_person(&deployment);

    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.remaining), (ErasureStatus::Complete, 0));
    assert_gone(&deployment, &traces, "after the erasure");
    let facts = deployment.correlation().facts_of(&stored(transferred)).await.unwrap();
    assert_eq!((facts.len(), facts[0].handoffs.len(), facts[0].mentions.len()), (1, 0, 2), "{facts:?}");
    assert_eq!(deployment.correlation().facts_of(&stored(shown)).await.unwrap().len(), 1);
}

/// A number to which calls were transferred, and which no event calls a customer's, may be the centre's own.
#[tokio::test]
async fn a_number_that_only_transfers_name_is_refused_unless_that_is_meant() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let to_desk = json!({"number": LINE, "act": "left"});
    let phones = json!([{"party": "customer", "number": STRANGER}]);
    collect(&deployment, &[span("sbc", OTHER, at(5), &json!({"phones": phones, "handoff": to_desk}))]).await;
    let before = deployment.correlation().facts_of(&stored(OTHER)).await.unwrap();
    assert_eq!(erase(&deployment, LINE).await.status, ErasureStatus::CentresOwn);
    assert_eq!(deployment.correlation().facts_of(&stored(OTHER)).await.unwrap(), before);
    let meant = Erasure { with_centre: true, ..erasure(LINE, deployment.clock.time()) };
    let report = deployment.assembly().erase_journeys(&meant).await.unwrap();
    assert_eq!((report.status, report.remaining), (ErasureStatus::Complete, 0));
    let after = deployment.correlation().facts_of(&stored(OTHER)).await.unwrap();
    assert_eq!((after.len(), after[0].handoffs.len(), after[0].mentions.len()), (1, 0, 1));
}

/// A journey with more spans than a function has memory for.
#[tokio::test]
async fn a_journey_that_is_too_large_to_be_shown_is_erased_as_a_whole() {
    let harness = Harness::set_up().await;
    let deployment = filled(&harness).await;
    let (call, case) = (stored(CALL), stored(CASE));
    let traces = traces_of_the_person(&deployment);
    let large = |source: &str, n: i64| {
        let mut large = linked(source, &case.to_string(), at(n), &call.to_string());
        let key = |span: u32| SpanKey::of(&[source, &case.to_string(), &format!("{n}-{span}")]);
        let spans = (0..600).map(|span| Observation { start: large.spans[0].start, ..Observation::of(key(span)) });
        large.spans = spans.collect();
        large
    };
    for source in ["crm", "web", "sbc"] {
        let facts: Vec<_> = (0..24).map(|n| large(source, n)).collect();
        deployment.correlation().append(&facts).await.unwrap();
    }
    let gathered = deployment.assembly().gather(&call).await;
    assert!(gathered.is_err(), "it is too large");

    let report = erase(&deployment, PERSON).await;
    assert_eq!((report.status, report.remaining, report.too_large), (ErasureStatus::Complete, 0, 0));
    assert!(report.facts > 72, "{report:?}");
    assert_gone(&deployment, &traces, "after the erasure");
}

#[tokio::test]
async fn the_notes_of_what_a_fact_names_are_read_only_if_something_was_erased_since() {
    let fixture = JourneyFixture::new().await;
    let reads = async |call: &str, seconds: i64| {
        let call = format!("sip.call_id:{call}");
        fixture.append_and_assemble(&[linked("sbc", &call, at(seconds), &format!("{call}x"))]).await;
        fixture.table.append(&[linked("sbc", &call, at(seconds + 1), &format!("{call}x"))]).await.unwrap();
        fixture.requests.take();
        fixture.assemble_new().await;
        fixture.requests.take()
    };
    // The first batch of a table notes its own time: an earlier version may have erased something.
    let (before, later) = (reads("a84b4c76e66710", -60).await, reads("b84b4c76e66711", 60).await);
    assert!(before.starts_with("BatchGetItem×3 ") && later.starts_with("BatchGetItem×2 "), "{before}; {later}");
    fixture.assembly().erase_journeys(&erasure(PERSON, at(600))).await.unwrap();
    let (before, later) = (reads("c84b4c76e66712", 120).await, reads("d84b4c76e66713", 700).await);
    assert!(before.starts_with("BatchGetItem×3 ") && later.starts_with("BatchGetItem×2 "), "{before}; {later}");
}
