//! The durations of each revision are sent, or a line of the log says that they may be missing.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::actor::{Running, Step};
use cxtrace_tests::sim::faults::Faults;
use cxtrace_tests::sim::journeys::deployment::Deployment;
use cxtrace_tests::sim::world::Actor;

use super::{CALL, append_and_assemble, due, durations, row};
use crate::journeys::support::{at, fact};

/// How often the SDK attempts a request.
const ATTEMPTS: usize = 4;

/// The lines about durations that may be missing.
const LOSSES: [&str; 4] = [
    "a settler ended between noting that it sends durations and noting that it has",
    "the durations of a revision were not sent before the journey got another one",
    "Datadog did not answer when durations were sent",
    "Datadog rejected the durations of a journey",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn losses(&self) -> u64 {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        LOSSES.iter().map(|message| text.matches(message).count() as u64).sum()
    }
}

/// Runs a settler to its end. `fault` gets the number of each step, and the faults of its request.
async fn run(harness: &Harness, deployment: &Deployment, fault: impl Fn(usize, &mut Faults)) -> usize {
    let (settler, deadline) = (deployment.settler(harness), deployment.clock.time() + TimeDelta::seconds(120));
    // A run that cannot read what is due ends with an error, after the journeys before it.
    let mut running: Running<()> =
        Running::new(Actor::Settler(0), async move { drop(Box::pin(settler.run(deadline)).await) });
    for step in 0.. {
        tokio::task::yield_now().await;
        {
            let mut world = deployment.world.lock();
            let mut faults = world.faults.healed();
            fault(step, &mut faults);
            world.faults = faults;
        }
        if matches!(running.step(&deployment.world).await, Step::Ended(())) {
            let mut world = deployment.world.lock();
            world.faults = world.faults.healed();
            world.actor = Actor::Observer;
            return step;
        }
    }
    unreachable!("the settler ends")
}

/// Request number `nth` of a settler is applied, and its responses are lost. The `failing` requests after it are neither
/// applied nor answered, such as the read that asks whether the row is stored. Returns whether there was such a request.
async fn is_sent_or_logged(harness: &Harness, nth: usize, failing: usize, is_revised: bool) -> bool {
    let log = Log::default();
    let lines = log.clone();
    let _logging =
        tracing::subscriber::set_default(tracing_subscriber::fmt().json().with_writer(move || lines.clone()).finish());
    let deployment = due(harness).await;
    let lost_until = nth + ATTEMPTS;
    let steps = run(harness, &deployment, |step, faults| {
        faults.applied = if (nth..lost_until).contains(&step) { 1.0 } else { 0.0 };
        faults.lost = if (lost_until..lost_until + failing).contains(&step) { 1.0 } else { 0.0 };
    })
    .await;
    if is_revised {
        append_and_assemble(&deployment, &[fact("sbc", CALL, at(320))]).await;
    }
    for minutes in [6, 30, 30] {
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(minutes));
        run(harness, &deployment, |_, _| {}).await;
    }
    let row = row(&deployment).await;
    let case = format!("request {nth}, {failing} more fail, revised: {is_revised}");
    assert!(!row.is_pending(), "{case}: {row:?}");
    let (revisions, sent) = (u64::from(row.settled().unwrap().revision), durations(&deployment));
    assert!(sent <= revisions, "{case}: {sent} durations of {revisions} revisions");
    assert!(
        sent + log.losses() >= revisions,
        "{case}: {revisions} revisions, {sent} durations, {} logged losses",
        log.losses()
    );
    steps > nth
}

#[tokio::test]
async fn durations_are_sent_or_a_line_says_that_they_may_be_missing() {
    let harness = Harness::set_up().await;
    for is_revised in [false, true] {
        for failing in [0, ATTEMPTS, 3 * ATTEMPTS] {
            let mut nth = 0;
            while is_sent_or_logged(&harness, nth, failing, is_revised).await {
                nth += 1;
            }
            assert!(nth >= 8, "a settler makes more than {nth} requests");
        }
    }
}
