//! Settling: a revision has one content, whatever happens during its notifications.

mod bus;
mod lost_responses;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::document::Status;
use cxtrace_domain::journeys::{Fact, Source};
use cxtrace_store::correlation::{JourneyRow, RowContent};
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::actor::{Running, Step};
use cxtrace_tests::sim::faults::{Faults, Outage};
use cxtrace_tests::sim::journeys::deployment::{Deployment, TABLES};
use cxtrace_tests::sim::journeys::facts::scan;
use cxtrace_tests::sim::world::Actor;
use journey_assembler::JourneyAssembler;
use journey_settler::{insights, measures};
use serde_json::json;

use crate::journeys::support::{at, fact, id, linked};
use crate::pipeline::support::noon;

const CALL: &str = "sip.call_id:a84b4c76e66710";

/// A call that began before [`CALL`].
const EARLIER: &str = "sip.call_id:b84b4c76e66711";

/// A world with a due journey that has a long gap and therefore an insight.
async fn due(harness: &Harness) -> Deployment {
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    append_and_assemble(&deployment, &[fact("sbc", CALL, at(10)), fact("sbc", CALL, at(300))]).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(30));
    deployment
}

async fn append_and_assemble(deployment: &Deployment, facts: &[Fact]) {
    deployment.correlation().append(facts).await.unwrap();
    let batch = deployment.batch(0, usize::MAX).unwrap();
    JourneyAssembler(deployment.assembly()).handle(&batch).await.unwrap();
}

/// Runs the settler for this many requests; returns whether it ended by itself.
async fn settle(harness: &Harness, deployment: &Deployment, requests: usize) -> bool {
    let failed = settled(harness, deployment, requests).await;
    assert_eq!(failed.unwrap_or(0), 0);
    failed.is_some()
}

/// Runs the settler for this many requests; returns how many journeys could not be settled, if it ended by itself.
async fn settled(harness: &Harness, deployment: &Deployment, requests: usize) -> Option<usize> {
    let (settler, deadline) = (deployment.settler(harness), deployment.clock.time() + TimeDelta::seconds(120));
    let mut running: Running<usize> =
        Running::new(Actor::Settler(0), async move { Box::pin(settler.run(deadline)).await.unwrap().failed });
    let mut ended = None;
    for _ in 0..requests {
        tokio::task::yield_now().await;
        match running.step(&deployment.world).await {
            Step::Waiting => {}
            Step::Ended(failed) => {
                ended = Some(failed);
                break;
            }
            Step::Died => unreachable!("nothing kills this settler"),
        }
    }
    // Dropping the future kills the settler: it never reads the response that it waits for.
    drop(running);
    deployment.world.lock().actor = Actor::Observer;
    ended
}

/// Puts something else in the place of an item of the table.
fn put(deployment: &Deployment, item: serde_json::Value) {
    let request = json!({"TableName": TABLES[1], "Item": item});
    assert_eq!(deployment.engine.execute("PutItem", request.to_string().as_bytes()).0, 200);
}

#[tokio::test]
async fn an_unreadable_fact_is_left_out_and_its_journey_settles() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness).await;
    let (pk, sk) = (json!({"S": format!("id#{CALL}")}), json!({"S": "fact#0"}));
    put(&deployment, json!({"pk": pk, "sk": sk, "body": {"S": "no fact"}}));
    assert_eq!(settled(&harness, &deployment, 1_000).await, Some(0));
    assert_eq!((notified(&deployment).1, durations(&deployment)), (1, 1));
}

#[tokio::test]
async fn an_unreadable_record_of_the_stream_is_counted_and_the_others_are_assembled() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    put(&deployment, json!({"pk": {"S": "id#sip.call_id:poison"}, "sk": {"S": "fact#0"}, "body": {"S": "no fact"}}));
    deployment.correlation().append(&[fact("sbc", CALL, at(10))]).await.unwrap();
    let batch = deployment.batch(0, usize::MAX).unwrap();
    let assembler = JourneyAssembler(deployment.assembly());
    assert_eq!(assembler.handle(&batch).await.unwrap().refreshed, 1);
    assert_eq!(assembler.0.table().set_aside().take(), 1);
}

#[tokio::test]
async fn an_unreadable_row_blocks_no_other_journey() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness).await;
    append_and_assemble(&deployment, &[fact("sbc", EARLIER, at(5))]).await;
    let key = json!({"S": format!("journey#{}", id(CALL).journey())});
    let (due, due_at) = (json!({"S": "due"}), json!({"S": "2023-11-15T00:00:00.000Z"}));
    put(&deployment, json!({"pk": key, "sk": {"S": "row"}, "due": due, "due_at": due_at, "version": {"S": "newer"}}));
    assert_eq!(settled(&harness, &deployment, 1_000).await, Some(0));
    assert_eq!(notified(&deployment).1, 1, "the other journey is settled");
    // A new fact of the journey does not stop the shard either, and the row is as it was but for its time.
    deployment.correlation().append(&[fact("sbc", CALL, at(20))]).await.unwrap();
    let batch = deployment.batch(0, usize::MAX).unwrap();
    let counts = JourneyAssembler(deployment.assembly()).handle(&batch).await.unwrap();
    assert_eq!((counts.refreshed, counts.unreadable), (0, 1));
    let rows = scan(&deployment.engine, TABLES[1]);
    assert!(rows.iter().any(|row| row["version"]["S"] == "newer"));
}

#[tokio::test]
async fn the_bus_is_notified_of_every_journey_while_datadog_is_gone() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let calls: Vec<_> = (0..40).map(|n| fact("sbc", &format!("sip.call_id:call{n:02}x"), at(n))).collect();
    append_and_assemble(&deployment, &calls).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(30));
    let gone = Outage { minutes: 3, is_silent: false };
    deployment.world.lock().outage = Some((deployment.clock.time(), gone));
    assert!(settled(&harness, &deployment, usize::MAX).await.is_some_and(|failed| failed > 0));
    assert_eq!((notified(&deployment).1, durations(&deployment)), (40, 0));
    let asked = deployment.world.lock().counters.count(gone.kind());
    assert!(asked <= 5, "Datadog was asked {asked} times: the attempts of one request");
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));
    assert!(settle(&harness, &deployment, usize::MAX).await);
    assert_eq!((notified(&deployment).1, durations(&deployment)), (40, 40));
}

/// The revisions that the bus received, each with its content and the number of its events.
fn notified(deployment: &Deployment) -> (BTreeSet<(u64, String)>, usize) {
    let events = deployment.world.lock().bus_events.clone();
    let settled = events.iter().filter(|event| event.detail_type == "Journey Settled");
    let all: Vec<_> =
        settled.map(|event| (event.detail["revision"].as_u64().unwrap(), event.detail.to_string())).collect();
    (all.iter().cloned().collect(), all.len())
}

fn durations(deployment: &Deployment) -> u64 {
    deployment.world.lock().measured.get(measures::DURATION).copied().unwrap_or(0)
}

/// The rules that count in the state table, each with its count.
fn counted(deployment: &Deployment) -> Vec<String> {
    let items = scan(&deployment.engine, TABLES[0]);
    let ours = items.iter().filter(|item| item["name"]["S"] == insights::INSIGHTS && item["conversation"].is_object());
    let mut rules: Vec<_> = ours.map(|item| item["tags"]["L"][0]["S"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

fn status(row: &JourneyRow) -> Status {
    row.listing().unwrap().summary.as_result().unwrap().status
}

async fn row(deployment: &Deployment) -> JourneyRow {
    row_of(deployment, CALL).await
}

async fn row_of(deployment: &Deployment, anchor: &str) -> JourneyRow {
    deployment.correlation().rows(&[id(anchor).journey()]).await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_journey_settles_once_and_a_late_fact_gives_it_another_revision() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness).await;
    for _ in 0..3 {
        assert!(settle(&harness, &deployment, usize::MAX).await);
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(10));
    }
    let (revisions, times) = notified(&deployment);
    assert_eq!((revisions.iter().map(|(revision, _)| *revision).collect::<Vec<_>>(), times), (vec![1], 1));
    assert_eq!((durations(&deployment), counted(&deployment)), (1, vec!["rule:long_gap".to_owned()]));

    append_and_assemble(&deployment, &[fact("sbc", CALL, at(320))]).await;
    let listed = row(&deployment).await;
    assert_eq!(status(&listed), Status::Revised);
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(30));
    assert!(settle(&harness, &deployment, usize::MAX).await);
    let (revisions, times) = notified(&deployment);
    assert_eq!((revisions.iter().map(|(revision, _)| *revision).collect::<Vec<_>>(), times), (vec![1, 2], 2));
    assert_eq!((durations(&deployment), counted(&deployment)), (2, vec!["rule:long_gap".to_owned()]));
    let listed = row(&deployment).await;
    assert_eq!((status(&listed), listed.listing().unwrap().due_at), (Status::Settled, None));
}

#[tokio::test]
async fn a_settler_killed_after_any_request_leaves_one_revision_with_all_notifications() {
    let harness = Harness::set_up().await;
    let mut notified_again = 0;
    let mut requests = 1;
    loop {
        let deployment = due(&harness).await;
        let ended = settle(&harness, &deployment, requests).await;
        // Another settler looks for due journeys after the first one's lease has ended.
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));
        assert!(settle(&harness, &deployment, usize::MAX).await, "after {requests}");
        let (revisions, times) = notified(&deployment);
        assert_eq!(revisions.len(), 1, "after {requests}: {revisions:?}");
        assert!(revisions.iter().all(|(revision, _)| *revision == 1), "after {requests}");
        assert!(times <= 2, "after {requests}: notified {times} times");
        assert_eq!(durations(&deployment), 1, "after {requests}");
        assert_eq!(counted(&deployment), ["rule:long_gap"], "after {requests}");
        let row = row(&deployment).await;
        assert!(!row.is_pending(), "after {requests}: {row:?}");
        assert_eq!(row.settled().unwrap().revision, 1, "after {requests}");
        notified_again += usize::from(times == 2);
        if ended {
            break;
        }
        requests += 1;
    }
    // A second notification follows only if the settler dies after the bus took the events and before its note.
    assert!(notified_again >= 1 && requests >= 8, "notified again after {notified_again} of {requests}");
}

/// Runs a settler repeatedly with `fault` after the bus has taken its events. Returns the durations at that time, and
/// after another settler ran in a world without faults. The bus is notified once.
async fn measured_with(harness: &Harness, fault: impl Fn(&mut Faults)) -> (u64, u64) {
    let deployment = due(harness).await;
    for round in 0..3 {
        settle_with(harness, &deployment, &fault).await;
        assert_eq!(notified(&deployment).1, 1, "after round {round}");
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));
    }
    let with_faults = durations(&deployment);
    {
        let mut world = deployment.world.lock();
        world.faults = world.faults.healed();
        world.actor = Actor::Observer;
    }
    assert!(settle(harness, &deployment, usize::MAX).await);
    let row = row(&deployment).await;
    assert!(!row.is_pending() && row.settled().unwrap().revision == 1, "{row:?}");
    assert_eq!((notified(&deployment).1, counted(&deployment)), (1, vec!["rule:long_gap".to_owned()]));
    let healed = durations(&deployment);
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));
    assert!(settle(harness, &deployment, usize::MAX).await);
    assert_eq!((notified(&deployment).1, durations(&deployment)), (1, healed));
    (with_faults, healed)
}

async fn settle_with(harness: &Harness, deployment: &Deployment, fault: impl Fn(&mut Faults)) {
    let (settler, deadline) = (deployment.settler(harness), deployment.clock.time() + TimeDelta::seconds(120));
    let mut running: Running<()> = Running::new(Actor::Settler(0), async move {
        Box::pin(settler.run(deadline)).await.unwrap();
    });
    loop {
        tokio::task::yield_now().await;
        if matches!(running.step(&deployment.world).await, Step::Ended(())) {
            break;
        }
        let mut world = deployment.world.lock();
        if !world.bus_events.is_empty() {
            fault(&mut world.faults);
        }
    }
}

#[tokio::test]
async fn unanswered_durations_are_not_sent_again_and_refused_ones_are() {
    let harness = Harness::set_up().await;
    assert_eq!(measured_with(&harness, |faults| faults.unanswered = 1.0).await, (1, 1));
    assert_eq!(measured_with(&harness, |faults| faults.refuse = 1.0).await, (0, 1));
}

/// An insight that counted under one id does not count under the other. This holds even if the settler died before it
/// stored the occurrence.
#[tokio::test]
async fn an_insight_counts_once_although_its_journey_gets_an_older_id() {
    let harness = Harness::set_up().await;
    for requests in (1..60).step_by(3).chain([usize::MAX]) {
        let deployment = due(&harness).await;
        settle(&harness, &deployment, requests).await;
        let before = row(&deployment).await;
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));

        append_and_assemble(&deployment, &[linked("sbc", EARLIER, at(5), CALL)]).await;
        assert_eq!(row(&deployment).await.content, RowContent::MergedInto(id(EARLIER).journey()));
        assert!(settle(&harness, &deployment, usize::MAX).await, "after {requests}");
        let now = row_of(&deployment, EARLIER).await;
        let settled = now.settled().unwrap().revision;
        assert_eq!(settled, before.settled().map_or(0, |settled| settled.revision) + 1, "after {requests}");
        assert!(!now.is_pending(), "after {requests}: {now:?}");
        assert_eq!(counted(&deployment), ["rule:long_gap"], "after {requests}");
        let events = deployment.world.lock().bus_events.clone();
        let mut gaps = events.iter().filter(|event| event.detail["rule"] == "long_gap");
        assert_eq!(gaps.next_back().unwrap().detail["revision"], settled, "after {requests}");
    }
}

#[tokio::test]
async fn an_insight_counted_by_two_journeys_stays_counted_after_a_merge() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness).await;
    append_and_assemble(&deployment, &[fact("sbc", EARLIER, at(5)), fact("sbc", EARLIER, at(290))]).await;
    assert!(settle(&harness, &deployment, usize::MAX).await);
    assert_eq!(counted(&deployment), ["rule:long_gap"; 2]);
    append_and_assemble(&deployment, &[linked("sbc", EARLIER, at(6), CALL)]).await;
    assert!(settle(&harness, &deployment, usize::MAX).await);
    assert_eq!(row_of(&deployment, EARLIER).await.settled().unwrap().revision, 2);
    assert_eq!(counted(&deployment), ["rule:long_gap"; 2]);
    // Each journey was sent when it settled, and the merged one again.
    assert_eq!(durations(&deployment), 3);
}

#[tokio::test]
async fn two_settlers_at_once_give_a_journey_one_revision() {
    let harness = Harness::set_up().await;
    for lead in (0..50).step_by(4) {
        let deployment = due(&harness).await;
        let deadline = deployment.clock.time() + TimeDelta::seconds(120);
        let mut both: Vec<Running<bool>> = (0..2)
            .map(|n| {
                let settler = deployment.settler(&harness);
                Running::new(Actor::Settler(n), async move { Box::pin(settler.run(deadline)).await.is_ok() })
            })
            .collect();
        // The first settler is this many requests ahead, then they alternate.
        let mut turns = vec![0; lead];
        turns.extend([0, 1].repeat(120));
        let mut over = [false; 2];
        for turn in turns {
            if !over[turn] {
                tokio::task::yield_now().await;
                over[turn] = matches!(both[turn].step(&deployment.world).await, Step::Ended(_));
            }
        }
        assert_eq!(over, [true; 2]);
        deployment.world.lock().actor = Actor::Observer;
        let (revisions, _) = notified(&deployment);
        assert_eq!(revisions.iter().map(|(revision, _)| *revision).collect::<Vec<_>>(), [1], "{lead} ahead");
        assert_eq!(
            (durations(&deployment), counted(&deployment)),
            (1, vec!["rule:long_gap".to_owned()]),
            "{lead} ahead"
        );
    }
}

#[tokio::test]
async fn settled_journeys_show_how_far_a_clock_is_ahead() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let (crm, mut now) = (Source::read("crm").unwrap(), noon());
    let ahead = async |at| deployment.correlation().clocks().await.unwrap().ahead(&crm, at).num_milliseconds();
    for (journeys, learned) in [(0..19, 0), (19..20, 3_000), (20..21, 3_000)] {
        for n in journeys {
            let call = format!("genesys.conversation:00000000-0000-4000-8000-{n:012}");
            let whole = fact("genesys", &call, now + TimeDelta::seconds(60));
            // These spans happened in the same ten seconds, on a clock that is three seconds ahead.
            let mut part = fact("crm", &call, now + TimeDelta::seconds(63));
            part.spans[0].parent = Some(whole.spans[0].key.clone());
            part.spans[0].traits.synchronous = Some(true);
            append_and_assemble(&deployment, &[whole, part]).await;
        }
        deployment.clock.advance_to(now + TimeDelta::minutes(30));
        assert!(settle(&harness, &deployment, usize::MAX).await);
        now = deployment.clock.time();
        assert_eq!(ahead(now + TimeDelta::minutes(10)).await, learned);
    }
    // The offset applies to later times, and is stored once.
    assert_eq!(ahead(noon() + TimeDelta::minutes(30)).await, 0);
    let noted = scan(&deployment.engine, TABLES[1]).iter().filter(|item| item["pk"]["S"] == "clocks").count();
    assert_eq!(noted, 1);
}

/// The times at which the bus was notified of a new revision.
async fn revise(
    harness: &Harness,
    deployment: &Deployment,
    reports: impl IntoIterator<Item = Vec<Fact>>,
    every: TimeDelta,
) -> Vec<TimeDelta> {
    let (mut times, begin) = (Vec::new(), deployment.clock.time());
    let mut known = notified(deployment).1;
    for facts in reports {
        deployment.clock.advance_to(deployment.clock.time() + every);
        if !facts.is_empty() {
            append_and_assemble(deployment, &facts).await;
        }
        assert!(settle(harness, deployment, usize::MAX).await);
        let now = notified(deployment).1;
        times.extend((known < now).then(|| deployment.clock.time() - begin));
        known = now;
    }
    times
}

/// A call of a contact-centre platform, settled once.
async fn settled_call(harness: &Harness) -> Deployment {
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    append_and_assemble(&deployment, &[fact("genesys", CONVERSATION, at(10))]).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(30));
    assert!(settle(harness, &deployment, usize::MAX).await);
    assert_eq!(notified(&deployment).1, 1);
    deployment
}

const CONVERSATION: &str = "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96ba";

#[tokio::test]
async fn a_sender_that_reports_without_end_makes_few_revisions_of_somebody_elses_journey() {
    let harness = Harness::set_up().await;
    let deployment = settled_call(&harness).await;
    // Each report has an id of its own, which is older than those before it.
    let report = |n: i64| linked("crm", &format!("crm.case:c{n}"), at(-20 - n), CONVERSATION);
    let times = revise(&harness, &deployment, (0..90).map(|n| vec![report(n)]), TimeDelta::minutes(30)).await;
    let hours: Vec<_> = times.iter().map(|time| time.num_hours()).collect();
    assert!(hours.len() <= 9, "{hours:?}");
    assert!(hours.last().is_some_and(|last| *last > 24), "what it reports shows nevertheless: {hours:?}");

    // The platform's own late record does not wait.
    let own = fact("genesys", CONVERSATION, at(20));
    let next = revise(&harness, &deployment, [vec![own], vec![]], TimeDelta::minutes(15)).await;
    assert_eq!(next.len(), 1);
    // When the sender stops, the last revision shows everything.
    let calm = revise(&harness, &deployment, (0..30).map(|_| vec![]), TimeDelta::hours(1)).await;
    assert!(calm.len() <= 1, "{calm:?}");
    let row = row_of(&deployment, "crm.case:c89").await;
    assert_eq!(status(&row), Status::Settled);
}

#[tokio::test]
async fn the_platform_itself_makes_at_most_one_revision_an_hour_after_twenty() {
    let harness = Harness::set_up().await;
    let deployment = settled_call(&harness).await;
    let report = |n: i64| vec![fact("genesys", CONVERSATION, at(20 + n))];
    let times = revise(&harness, &deployment, (0..60).map(report), TimeDelta::minutes(15)).await;
    assert_eq!(times.len(), 19 + 10, "{times:?}");
}
