//! The durations of each revision are sent, or a line of the log says that they may be missing.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use cxtrace_domain::journeys::erasure::Erasure;
use cxtrace_domain::journeys::{Fact, Mention, Party};
use cxtrace_privacy::{Pseudonyms, Telephone};
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::actor::{Running, Step};
use cxtrace_tests::sim::faults::Faults;
use cxtrace_tests::sim::journeys::deployment::Deployment;
use cxtrace_tests::sim::world::Actor;

use super::{CALL, EARLIER, append_and_assemble, due, durations, row, row_of};
use crate::journeys::support::{at, fact, id, linked};
use crate::pipeline::support::noon;

/// How often the SDK attempts a request.
const ATTEMPTS: usize = 4;

/// The lines about durations that may be missing.
const LOSSES: [&str; 5] = [
    "a settler ended between noting that it sends durations and noting that it has",
    "the durations of a revision were not sent before the journey got another one",
    "the durations of a revision are not sent any more",
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

/// Applies the `nth` request without a response, and loses the `failing` requests after it.
fn lost_response(nth: usize, failing: usize) -> impl Fn(usize, &mut Faults) {
    let lost_until = nth + ATTEMPTS;
    move |step, faults| {
        faults.applied = if (nth..lost_until).contains(&step) { 1.0 } else { 0.0 };
        faults.lost = if (lost_until..lost_until + failing).contains(&step) { 1.0 } else { 0.0 };
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

/// Writes the log of everything that this thread does, until the guard is dropped.
fn logging() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || lines.clone()).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// Request number `nth` of a settler is applied, and its responses are lost. The `failing` requests after it are neither
/// applied nor answered, such as the read that asks whether the row is stored. Returns whether there was such a request.
async fn is_sent_or_logged(harness: &Harness, nth: usize, failing: usize, is_revised: bool) -> bool {
    let (log, _logging) = logging();
    let deployment = due(harness).await;
    let steps = run(harness, &deployment, lost_response(nth, failing)).await;
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

/// A world in which [`EARLIER`] has settled and [`CALL`] is due.
async fn settled_and_due(harness: &Harness) -> Deployment {
    let deployment = Deployment::without_faults(noon(), &[]).await;
    harness.enter(&deployment.world);
    append_and_assemble(&deployment, &[fact("sbc", EARLIER, at(5))]).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(30));
    run(harness, &deployment, |_, _| {}).await;
    assert_eq!(durations(&deployment), 1);
    append_and_assemble(&deployment, &[fact("sbc", CALL, at(10)), fact("sbc", CALL, at(300))]).await;
    deployment.clock.advance_to(noon() + TimeDelta::minutes(60));
    deployment
}

fn customer() -> Telephone {
    Telephone::read("+447700900001", &Pseudonyms::try_new(&[1; 32]).unwrap()).unwrap()
}

fn refuse(_: usize, faults: &mut Faults) {
    faults.refuse = 1.0;
}

async fn run_calmly(harness: &Harness, deployment: &Deployment) {
    for minutes in [6, 30, 30] {
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(minutes));
        run(harness, deployment, |_, _| {}).await;
    }
}

#[tokio::test]
async fn a_line_says_that_durations_were_pending_when_their_journey_became_part_of_another() {
    let harness = Harness::set_up().await;
    for is_refused in [true, false] {
        let (log, _logging) = logging();
        let deployment = settled_and_due(&harness).await;
        run(&harness, &deployment, |step, faults| {
            if is_refused {
                refuse(step, faults);
            }
        })
        .await;
        assert_eq!(row(&deployment).await.is_pending(), is_refused);
        append_and_assemble(&deployment, &[linked("sbc", EARLIER, at(6), CALL)]).await;
        run_calmly(&harness, &deployment).await;
        let merged = row_of(&deployment, EARLIER).await;
        assert_eq!((merged.is_pending(), merged.settled().unwrap().revision), (false, 2));
        assert_eq!((durations(&deployment), log.losses()), if is_refused { (2, 1) } else { (3, 0) });
    }
}

/// The merged journey has the highest revision of its parts, so that no revision is used twice. Its own may be lower.
#[tokio::test]
async fn a_line_says_that_durations_were_pending_when_their_journey_took_a_higher_revision_over() {
    let harness = Harness::set_up().await;
    for is_refused in [true, false] {
        let (log, _logging) = logging();
        let deployment = due(&harness).await;
        run(&harness, &deployment, |_, _| {}).await;
        append_and_assemble(&deployment, &[fact("sbc", CALL, at(320))]).await;
        run_calmly(&harness, &deployment).await;
        append_and_assemble(&deployment, &[fact("sbc", EARLIER, at(5))]).await;
        run(&harness, &deployment, |step, faults| {
            if is_refused {
                refuse(step, faults);
            }
        })
        .await;
        append_and_assemble(&deployment, &[linked("sbc", EARLIER, at(6), CALL)]).await;
        run_calmly(&harness, &deployment).await;
        let merged = row_of(&deployment, EARLIER).await;
        assert_eq!((merged.is_pending(), merged.settled().unwrap().revision), (false, 3));
        assert_eq!((durations(&deployment), log.losses()), if is_refused { (3, 1) } else { (4, 0) });
    }
}

/// Request number `nth` of the settler that joins two journeys is applied, and its responses are lost. Then the assembler runs.
#[tokio::test]
async fn a_line_says_that_durations_were_pending_whichever_response_is_lost() {
    let harness = Harness::set_up().await;
    let mut nth = 0;
    loop {
        let (log, _logging) = logging();
        let deployment = settled_and_due(&harness).await;
        run(&harness, &deployment, refuse).await;
        // The settler is the one that finds the merge.
        let facts = [linked("sbc", EARLIER, at(6), CALL), fact("sbc", CALL, at(330))];
        deployment.correlation().append(&facts).await.unwrap();
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(40));
        let steps = run(&harness, &deployment, lost_response(nth, 3 * ATTEMPTS)).await;
        append_and_assemble(&deployment, &[]).await;
        run_calmly(&harness, &deployment).await;
        let merged = row_of(&deployment, EARLIER).await;
        assert_eq!((merged.is_pending(), merged.settled().unwrap().revision), (false, 2), "request {nth}");
        let sent = durations(&deployment);
        assert!(sent <= 2 && sent + log.losses() >= 3, "request {nth}: {sent} sent, {} lines", log.losses());
        if steps <= nth {
            break;
        }
        nth += 1;
    }
    assert!(nth >= 8, "a settler makes more than {nth} requests");
}

#[tokio::test]
async fn a_line_says_that_durations_were_pending_when_another_revision_was_claimed_and_its_response_was_lost() {
    let harness = Harness::set_up().await;
    let mut nth = 0;
    loop {
        let (log, _logging) = logging();
        let deployment = due(&harness).await;
        run(&harness, &deployment, refuse).await;
        append_and_assemble(&deployment, &[fact("sbc", CALL, at(320))]).await;
        deployment.clock.advance_to(deployment.clock.time() + TimeDelta::minutes(40));
        let steps = run(&harness, &deployment, lost_response(nth, 3 * ATTEMPTS)).await;
        run_calmly(&harness, &deployment).await;
        let row = row(&deployment).await;
        assert_eq!((row.is_pending(), row.settled().unwrap().revision), (false, 2), "request {nth}");
        let sent = durations(&deployment);
        assert!(sent <= 1 && sent + log.losses() >= 2, "request {nth}: {sent} sent, {} lines", log.losses());
        if steps <= nth {
            break;
        }
        nth += 1;
    }
    assert!(nth >= 8, "a settler makes more than {nth} requests");
}

#[tokio::test]
async fn a_line_says_that_durations_were_pending_when_their_journey_was_erased_or_expired() {
    let harness = Harness::set_up().await;
    for is_erased in [true, false] {
        let (log, _logging) = logging();
        let deployment = due(&harness).await;
        let mention = Mention { phone: customer(), party: Party::Customer };
        append_and_assemble(&deployment, &[Fact { mentions: vec![mention], ..fact("sbc", CALL, at(12)) }]).await;
        run(&harness, &deployment, refuse).await;
        assert_eq!(log.losses(), 0);
        let at = deployment.clock.time();
        if is_erased {
            let numbers = vec![customer().hash];
            let erasure = Erasure { numbers, at, most_journeys: 9, with_centre: false, is_dry_run: false };
            assert_eq!(deployment.assembly().erase_journeys(&erasure).await.unwrap().journeys, 1);
        } else {
            deployment.correlation().erase_id(&id(CALL)).await.unwrap();
        }
        run_calmly(&harness, &deployment).await;
        assert_eq!((durations(&deployment), log.losses()), (0, 1), "erased: {is_erased}");
    }
}
