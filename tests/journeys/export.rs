//! The export of settled journeys: whatever the receiver does, nothing is lost and nobody is notified again.

mod receiver;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Fact;
use cxtrace_otlp::Encoding;
use cxtrace_otlp::export::Window;
use cxtrace_otlp::export::sampling::Sampling;
use cxtrace_store::correlation::JourneyRow;
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::actor::{Running, Step};
use cxtrace_tests::sim::journeys::bus::FaultyBus;
use cxtrace_tests::sim::journeys::deployment::Deployment;
use cxtrace_tests::sim::world::Actor;
use cxtrace_trace_exporter::{Headers, TraceExporter};
use journey_assembler::JourneyAssembler;
use journey_settler::{CircuitBreaker, Export, JourneySettler, Run, measures};

use self::receiver::{Answer, Receiver};
use crate::journeys::support::{at, fact, id};
use crate::pipeline::support::noon;

const CALL: &str = "sip.call_id:a84b4c76e66710";
const OTHER: &str = "sip.call_id:b84b4c76e66711";

/// A world with due journeys of these calls. Each has a long gap.
async fn due(harness: &Harness, calls: &[&str]) -> Deployment {
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let facts: Vec<_> = calls.iter().flat_map(|call| [fact("sbc", call, at(10)), fact("sbc", call, at(300))]).collect();
    append_and_assemble(&deployment, &facts).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(30));
    deployment
}

async fn append_and_assemble(deployment: &Deployment, facts: &[Fact]) {
    deployment.correlation().append(facts).await.unwrap();
    let batch = deployment.batch(0, usize::MAX).unwrap();
    JourneyAssembler(deployment.assembly()).handle(&batch).await.unwrap();
}

/// A settler of the deployment that exports to `receiver`.
fn settler(harness: &Harness, deployment: &Deployment, receiver: &Receiver) -> Arc<JourneySettler<FaultyBus>> {
    let exporter = TraceExporter {
        http: cxtrace_lambda::http::client().unwrap(),
        endpoint: receiver.url(),
        headers: Headers::read("").unwrap(),
        encoding: Encoding::Protobuf,
        clock: Arc::new(deployment.clock.clone()),
    };
    let export = Export {
        exporter,
        sampling: Sampling { percent: 100, slow: TimeDelta::hours(1) },
        window: Window { max_age: TimeDelta::hours(17) },
        resource: std::collections::BTreeMap::new(),
        breaker: CircuitBreaker::default(),
    };
    Arc::new(JourneySettler { export: Some(export), ..deployment.settler(harness) })
}

async fn run(settler: &Arc<JourneySettler<FaultyBus>>, deployment: &Deployment) -> Run {
    let run = run_for(settler, deployment, usize::MAX).await.unwrap();
    assert_eq!(run.failed, 0);
    run
}

/// Runs the settler for this many requests, and then kills it, unless it ended by itself.
async fn run_for(settler: &Arc<JourneySettler<FaultyBus>>, deployment: &Deployment, requests: usize) -> Option<Run> {
    let (settler, deadline) = (Arc::clone(settler), deployment.clock.time() + TimeDelta::seconds(120));
    let mut running: Running<Run> =
        Running::new(Actor::Settler(0), async move { Box::pin(settler.run(deadline)).await.unwrap() });
    let mut ended = None;
    for _ in 0..requests {
        tokio::task::yield_now().await;
        if let Step::Ended(run) = running.step(&deployment.world).await {
            ended = Some(run);
            break;
        }
    }
    drop(running);
    deployment.world.lock().actor = Actor::Observer;
    ended
}

/// How often the bus was notified, and how many journeys' durations Datadog has.
fn notified(deployment: &Deployment) -> (usize, u64) {
    let world = deployment.world.lock();
    let settled = world.bus_events.iter().filter(|event| event.detail_type == "Journey Settled").count();
    (settled, world.measured.get(measures::DURATION).copied().unwrap_or(0))
}

fn measured(deployment: &Deployment, metric: &str) -> u64 {
    deployment.world.lock().measured.get(metric).copied().unwrap_or(0)
}

async fn row(deployment: &Deployment, call: &str) -> JourneyRow {
    deployment.correlation().rows(&[id(call).journey()]).await.unwrap().pop().unwrap()
}

fn due_at(row: &JourneyRow) -> Option<DateTime<Utc>> {
    row.listing().unwrap().due_at
}

#[tokio::test]
async fn a_receiver_that_is_down_for_an_hour_loses_nothing_and_settles_nothing_twice() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL, OTHER]).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Answer::Status(503));
    let settler = settler(&harness, &deployment, &receiver);
    for _ in 0..60 {
        run(&settler, &deployment).await;
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(1));
        assert_eq!(notified(&deployment), (2, 2));
    }
    assert!(row(&deployment, CALL).await.export_attempts.is_some_and(|attempts| attempts > 1));
    let asked = receiver.requests();
    assert!((2..20).contains(&asked), "{asked} requests in an hour");
    assert!(receiver.spans().is_empty());

    receiver.answer_always(Answer::Take);
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::hours(1));
    run(&settler, &deployment).await;
    assert_eq!(receiver.journeys().len(), 2);
    for call in [CALL, OTHER] {
        let row = row(&deployment, call).await;
        assert!(!row.is_pending() && row.export_attempts.is_none() && due_at(&row).is_none(), "{row:?}");
    }
    let asked = receiver.requests();
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::hours(2));
    run(&settler, &deployment).await;
    assert_eq!((notified(&deployment), receiver.requests()), ((2, 2), asked));
}

#[tokio::test]
async fn a_receiver_gets_the_pause_that_it_asks_for() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL]).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Answer::Busy(1_800));
    let before = deployment.clock.time();
    let run = run(&settler(&harness, &deployment, &receiver), &deployment).await;
    assert_eq!((run.settled, run.unexported), (1, 1));
    let due = due_at(&row(&deployment, CALL).await).unwrap();
    assert!(due >= before + TimeDelta::seconds(1_800), "{due}");
}

#[tokio::test]
async fn one_journey_that_the_receiver_rejects_stops_no_other() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL, OTHER]).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Answer::RejectJourney(id(CALL).journey().to_string()));
    let settler = settler(&harness, &deployment, &receiver);
    run(&settler, &deployment).await;
    assert_eq!(receiver.journeys(), BTreeSet::from([id(OTHER).journey().to_string()]));
    for call in [CALL, OTHER] {
        assert!(!row(&deployment, call).await.is_pending());
    }
    assert!(measured(&deployment, "cxtrace.export.journeys") > 0);
}

#[tokio::test]
async fn what_a_receiver_refuses_within_a_request_is_not_sent_again() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL]).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Answer::Partly(1));
    let settler = settler(&harness, &deployment, &receiver);
    run(&settler, &deployment).await;
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::hours(2));
    run(&settler, &deployment).await;
    assert_eq!(receiver.requests(), 1);
    assert!(measured(&deployment, "cxtrace.export.spans") > 0);
}

#[tokio::test]
async fn a_receiver_that_dies_after_taking_a_request_gets_the_same_ids_again() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL]).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Answer::TakeAndHangUp);
    let settler = settler(&harness, &deployment, &receiver);
    run(&settler, &deployment).await;
    let first = receiver.spans();
    assert!(!first.is_empty() && row(&deployment, CALL).await.is_pending());
    receiver.answer_always(Answer::Take);
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::hours(1));
    run(&settler, &deployment).await;
    assert_eq!((receiver.spans(), receiver.requests()), (first, 2));
    assert!(!row(&deployment, CALL).await.is_pending());
}

#[tokio::test]
async fn a_settler_killed_at_any_request_leaves_nothing_unexported() {
    let harness = Harness::set_up().await;
    let mut requests = 1;
    loop {
        let deployment = due(&harness, &[CALL]).await;
        let receiver = Receiver::start().await;
        let ended = run_for(&settler(&harness, &deployment, &receiver), &deployment, requests).await.is_some();
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(6));
        run(&settler(&harness, &deployment, &receiver), &deployment).await;
        assert_eq!(receiver.journeys().len(), 1, "after {requests}");
        let (times, durations) = notified(&deployment);
        assert!(times <= 2 && durations <= 1, "after {requests}");
        assert!(!row(&deployment, CALL).await.is_pending(), "after {requests}");
        if ended {
            break;
        }
        requests += 1;
    }
    assert!(requests >= 9, "the settler made {requests} requests");
}

#[tokio::test]
async fn a_revised_journey_is_exported_again_with_the_same_ids() {
    let harness = Harness::set_up().await;
    let deployment = due(&harness, &[CALL]).await;
    let receiver = Receiver::start().await;
    let settler = settler(&harness, &deployment, &receiver);
    run(&settler, &deployment).await;
    let first = receiver.spans();
    append_and_assemble(&deployment, &[fact("sbc", CALL, at(500))]).await;
    deployment.clock.advance_to(deployment.clock.time() + TimeDelta::hours(1));
    run(&settler, &deployment).await;
    assert_eq!((receiver.requests(), notified(&deployment).0), (2, 2));
    assert!(first.is_subset(&receiver.spans()));
    assert_eq!(receiver.traces().len(), 1);
}

#[tokio::test]
async fn a_journey_that_goes_on_is_exported_day_by_day_before_its_days_are_too_old() {
    let harness = Harness::set_up().await;
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    let mut open = fact("sbc", CALL, at(10));
    open.spans[0].end = None;
    append_and_assemble(&deployment, &[open, fact("sbc", CALL, at(300))]).await;
    let receiver = Receiver::start().await;
    let settler = settler(&harness, &deployment, &receiver);
    let hour = |hours: i64| noon() + TimeDelta::hours(hours);

    // The receiver is down when the first part is due. Nothing is lost, and the journey is not settled.
    receiver.answer_always(Answer::Status(503));
    deployment.clock.advance_to(hour(5));
    run(&settler, &deployment).await;
    assert_eq!((receiver.requests(), receiver.spans().len(), notified(&deployment)), (1, 0, (0, 0)));
    receiver.answer_always(Answer::Take);
    deployment.clock.advance_to(hour(6));
    run(&settler, &deployment).await;
    let first = receiver.spans();
    assert!(first.len() >= 4 && receiver.traces().len() == 1, "{first:?}");
    // Nothing is sent again while nothing happens.
    run(&settler, &deployment).await;
    deployment.clock.advance_to(hour(11));
    run(&settler, &deployment).await;
    assert_eq!(receiver.spans(), first);
    assert_eq!(row(&deployment, CALL).await.exported.map(|exported| exported.spans), Some(2));

    // The next day is a trace of its own.
    deployment.clock.advance_to(hour(30));
    append_and_assemble(&deployment, &[fact("sbc", CALL, hour(30))]).await;
    let before = receiver.requests();
    run(&settler, &deployment).await;
    assert_eq!((receiver.traces().len(), receiver.requests()), (2, before + 1));
    let both = receiver.spans();
    assert!(first.is_subset(&both) && both.len() > first.len());
    assert_eq!(notified(&deployment), (0, 0));

    // When it settles, everything is too old for the receiver, which has it all.
    deployment.clock.advance_to(hour(60));
    let run = run(&settler, &deployment).await;
    assert_eq!((run.settled, notified(&deployment)), (1, (1, 1)));
    assert_eq!((receiver.spans(), receiver.requests()), (both, before + 1));
    let row = row(&deployment, CALL).await;
    assert!(!row.is_pending() && due_at(&row).is_none(), "{row:?}");
}
