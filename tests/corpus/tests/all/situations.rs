//! Recorded situations under `events/situations/`, and their insights. `docs/insights.md` has the rules.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::document::{GapClass, Status};
use cxtrace_domain::journeys::{Clocks, InsightRule, Journey, assemble};
use cxtrace_fixtures::MemoryTable;

/// The journey of a recording, this long after its first event.
fn journey(name: &str, later: TimeDelta) -> Journey {
    let path = format!("{}/../../events/situations/{name}.ndjson", env!("CARGO_MANIFEST_DIR"));
    let facts = Reader::new().unwrap().facts(std::fs::read_to_string(path).unwrap().lines()).unwrap();
    let start: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
    let table = MemoryTable::of(&facts);
    let journeys = table.partition(&Clocks::default());
    let [gathered] = journeys.as_slice() else { panic!("{} journeys in {name}", journeys.len()) };
    assemble(gathered, &cxtrace_sources::policy(), None, start + later).unwrap()
}

fn days_later(name: &str) -> Journey {
    journey(name, TimeDelta::days(2))
}

fn rules(journey: &Journey) -> Vec<InsightRule> {
    journey.insights.iter().map(|insight| insight.rule).collect()
}

#[test]
fn a_transfer_outside_reaches_somebody_when_the_customers_line_stays_up() {
    for name in ["transfer-outside-blind", "transfer-outside-consult"] {
        let journey = days_later(name);
        assert!(!rules(&journey).contains(&InsightRule::FailedTransfer), "{name} {:?}", journey.insights);
        assert!(!journey.summary.contains("nobody"), "{name} {}", journey.summary);
    }
    let journey = days_later("transfer-outside-unanswered");
    assert_eq!(rules(&journey), [InsightRule::FailedTransfer], "{:?}", journey.insights);
}

#[test]
fn messages_stay_open_for_days() {
    let journey = journey("messages-open-for-days", TimeDelta::hours(30));
    assert_eq!((journey.status, journey.ended_at), (Status::Live, None));
    assert_eq!(rules(&journey), []);
    assert!(journey.summary.starts_with("In progress: the customer is with an agent."), "{}", journey.summary);
    // Nobody closes it, and nothing is reported for weeks: it has ended, without an insight.
    let journey = self::journey("messages-open-for-days", TimeDelta::days(40));
    assert_eq!((journey.status, rules(&journey)), (Status::Provisional, vec![]));
}

#[test]
fn the_wait_until_a_call_back_is_agreed() {
    let journey = days_later("call-back-scheduled");
    assert_eq!(rules(&journey), []);
    let long = journey.gaps.iter().find(|gap| gap.ended_at.0 - gap.started_at.0 > TimeDelta::hours(1)).unwrap();
    assert_eq!(long.class, GapClass::ExpectedTransition);
    assert_eq!(long.reason, "This is the time before the call-back that was scheduled for 2 Mar 2026, 14:00 UTC.");
}

#[test]
fn one_agent_in_many_sessions_is_one_agent() {
    let journey = days_later("email-one-agent");
    assert_eq!(rules(&journey), []);
    assert!(journey.summary.contains("with an agent"), "{}", journey.summary);
}

#[test]
fn a_job_after_the_call_moves_no_clock() {
    let journey = days_later("job-after-the-call");
    assert!(journey.clocks.is_empty() && journey.insights.is_empty(), "{:?}", journey.insights);
    assert!(journey.spans.iter().all(|span| span.raw.is_none()));
}

#[test]
fn a_drop_that_two_systems_see_is_one_and_names_the_first_ending() {
    let journey = days_later("drop-seen-twice");
    assert_eq!(rules(&journey), [InsightRule::DroppedCall]);
    assert_eq!(
        journey.insights[0].text,
        "The call dropped with an agent, 4 min 20 s after the start. genesys (reason TRANSPORT_FAILURE) saw the call end."
    );
    let journey = days_later("normal-end-then-sip-timeout");
    assert_eq!(rules(&journey), [], "{:?}", journey.insights);
}
