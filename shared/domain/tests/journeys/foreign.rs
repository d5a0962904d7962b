//! What spans of a source of less authority change about a journey of others: nothing about when it ended and settles.

use chrono::TimeDelta;
use cxtrace_domain::journeys::document::Status;
use cxtrace_domain::journeys::{
    Clocks, Fact, HandoffAct, Id, Journey, Outcome, Policy, Role, SpanType, assemble, settles_at,
};
use cxtrace_fixtures::MemoryTable;

use crate::builder::{FactBuilder, at, conversation, id, key, policy, source};

const DAY: f64 = 86_400.0;

fn ranked() -> Policy {
    let authorities = [("genesys", 80), ("sbc", 60), ("crm", 40), ("web", 40)];
    Policy { authorities: authorities.map(|(name, rank)| (source(name), rank)).into(), ..policy() }
}

fn own() -> Id {
    id("crm.case:evil-1")
}

/// A call that its own platform reports from start to end.
fn call() -> Vec<Fact> {
    let span =
        |span_type, session, from, to| FactBuilder::span("genesys", &conversation(1), span_type, session, from, to);
    vec![span(SpanType::Telephony, "s1", 0.0, 60.0).fact(), span(SpanType::AgentInteraction, "a1", 10.0, 60.0).fact()]
}

fn foreign(fact: FactBuilder) -> Fact {
    fact.linking(&conversation(1), Role::Same).fact()
}

/// An open span of another sender.
fn open(span_type: SpanType, from: f64) -> Fact {
    foreign(FactBuilder::start("crm", &own(), span_type, &format!("{from}"), from))
}

fn journey(facts: &[Fact], now: f64) -> Journey {
    let gathered = MemoryTable::of(facts).gather(&conversation(1), &Clocks::default());
    assemble(&gathered, &ranked(), None, at(now)).unwrap()
}

const FACING: [SpanType; 6] = [
    SpanType::Telephony,
    SpanType::Message,
    SpanType::AgentInteraction,
    SpanType::Queue,
    SpanType::Web,
    SpanType::PlatformHandoff,
];

#[test]
fn a_foreign_open_span_does_not_keep_a_journey_live_or_unsettled() {
    for span_type in FACING {
        for from in [5.0, 30.0, 61.0, 600.0] {
            let facts = [call(), vec![open(span_type, from)]].concat();
            for now in [700.0, 1_000.0, 5.0 * DAY] {
                let (with, without) = (journey(&facts, now), journey(&call(), now));
                assert_eq!(with.spans.len(), 3, "it is shown");
                let fields =
                    |journey: &Journey| (journey.status, journey.started_at, journey.ended_at, journey.settles_at);
                assert_eq!(fields(&with), fields(&without), "{span_type:?} from {from} at {now}");
                assert_eq!(with.outcome, without.outcome, "{span_type:?} from {from} at {now}");
            }
        }
    }
}

#[test]
fn foreign_reports_do_not_postpone_settling_however_many_there_are() {
    let mut facts = call();
    for n in 0..40 {
        let from = 100.0 + 600.0 * f64::from(n);
        facts.push(open(SpanType::Telephony, from));
        facts.push(foreign(FactBuilder::span("crm", &own(), SpanType::Crm, &format!("c{n}"), from, from + 1.0)));
        // Ids of the victim's platform about which the platform reports nothing.
        facts.push(foreign(FactBuilder::of("crm", &own(), from).linking(&conversation(100 + n), Role::Related)));
    }
    let gathered = MemoryTable::of(&facts).gather(&conversation(1), &Clocks::default());
    let mut policy = ranked();
    assert_eq!(settles_at(&gathered, &policy), Some(at(60.3 + 900.0)));
    // It has its own delay, which a definition declares, after the call.
    policy.delays.insert(source("crm"), TimeDelta::hours(2));
    assert_eq!(settles_at(&gathered, &policy), Some(at(60.3 + 7_200.0)));
}

#[test]
fn a_foreign_span_moves_the_end_by_at_most_a_day() {
    let until = |to: f64| foreign(FactBuilder::span("crm", &own(), SpanType::Telephony, "long", 50.0, to));
    let end = |to| journey(&[call(), vec![until(to)]].concat(), 60.0 * DAY).ended_at.unwrap().0;
    assert_eq!(end(30.0 * DAY), at(60.0));
    assert_eq!(end(300.0), at(300.0), "somebody else went on with the customer");
}

#[test]
fn a_foreign_span_does_not_move_the_clock_of_a_source_of_more_authority() {
    let sip = id("sip.call_id:c-1");
    let ours = FactBuilder::span("sbc", &sip, SpanType::Telephony, "s1", 0.0, 60.0).fact();
    let request = |n: u32| {
        let from = -20.0 + f64::from(n) / 100.0;
        let fact = FactBuilder::span("crm", &own(), SpanType::Backend, &format!("r{n}"), from, from + 1.0);
        fact.under(key("sbc", &sip, "s1")).synchronous().linking(&sip, Role::Same).fact()
    };
    let facts: Vec<_> = (0..50).map(request).chain([ours]).collect();
    let gathered = MemoryTable::of(&facts).gather(&sip, &Clocks::default());
    let journey = assemble(&gathered, &Policy { reference: None, ..ranked() }, None, at(1_000.0)).unwrap();
    let own = journey.spans.iter().find(|span| span.sources == [source("sbc")]).unwrap();
    assert_eq!((own.started_at.0, own.ended_at.map(|end| end.0)), (at(0.0), Some(at(60.0))));
    assert!(journey.clocks.iter().all(|clock| clock.source == source("crm")), "{:?}", journey.clocks);
}

/// The sources of the journey may say themselves that the customer goes on elsewhere. Then the other span counts.
#[test]
fn a_foreign_open_span_counts_if_a_leading_source_points_to_it() {
    let status = |facts: &[Fact], now| journey(facts, now).status;
    let other = open(SpanType::Telephony, 61.0);
    assert_eq!(status(&[call(), vec![other.clone()]].concat(), 100.0), Status::Provisional);
    // It links the other id.
    let link = FactBuilder::of("genesys", &conversation(1), 62.0).linking(&own(), Role::Related).fact();
    assert_eq!(status(&[call(), vec![other.clone(), link]].concat(), 100.0), Status::Live);
    // Its own span is open.
    let span = FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "q", 20.0).fact();
    assert_eq!(status(&[span, other.clone()], 100.0), Status::Live);
    // It transferred the customer, for up to a day.
    let transfer = FactBuilder::span("genesys", &conversation(1), SpanType::AgentInteraction, "a1", 10.0, 60.0);
    let transferred = [transfer.ended(Outcome::Ok, "TRANSFER").fact(), other];
    assert_eq!(status(&transferred, 100.0), Status::Live);
    assert_eq!(status(&transferred, 2.0 * DAY), Status::Provisional);
    // Both report a transfer to one number.
    let left = FactBuilder::span("genesys", &conversation(1), SpanType::AgentInteraction, "a1", 10.0, 60.0);
    let left = left.handoff("+441134960200", HandoffAct::Left, 60.0, None).fact();
    let arrived = FactBuilder::start("crm", &own(), SpanType::Telephony, "in", 61.0);
    let arrived = arrived.handoff("+441134960200", HandoffAct::Arrived, 61.0, None).fact();
    assert_eq!(status(&[left, arrived], 100.0), Status::Live);
}

/// Sources of one authority: `web` names the call, or `web` and the call name each other, or both name one case.
#[test]
fn of_two_sources_of_one_authority_one_that_only_names_the_other_moves_neither_its_start_nor_its_end() {
    let policy = Policy { authorities: ["genesys", "web", "crm"].map(|name| (source(name), 80)).into(), ..policy() };
    let extent = |facts: &[Fact]| {
        let gathered = MemoryTable::of(facts).gather(&conversation(1), &Clocks::default());
        let journey = assemble(&gathered, &policy, None, at(900.0 * DAY)).unwrap();
        (journey.started_at.0, journey.ended_at.unwrap().0)
    };
    let web = id("web.session:s-1");
    let case = id("crm.case:c-1");
    let span = |from: f64, to: f64| FactBuilder::span("web", &web, SpanType::Web, &format!("{from}"), from, to);
    let link = |from: &str, anchor: &Id, to: &Id| FactBuilder::of(from, anchor, 1.0).linking(to, Role::Related).fact();
    let call_to = |to: &Id| link("genesys", &conversation(1), to);
    let odd = [span(-365.0 * DAY, -364.0 * DAY).fact(), span(1.0, 365.0 * DAY).fact()];
    let with = |links: &[Fact]| extent(&[call(), odd.to_vec(), links.to_vec()].concat());
    let (own, whole) = ((at(0.0), at(60.0)), (at(-365.0 * DAY), at(365.0 * DAY)));
    let to_call = link("web", &web, &conversation(1));
    assert_eq!(with(std::slice::from_ref(&to_call)), own);
    assert_eq!(with(&[to_call.clone(), call_to(&web)]), whole, "each names the other");
    assert_eq!(with(&[call_to(&web)]), whole, "the call names it");
    assert_eq!(with(&[link("web", &web, &case), call_to(&case)]), whole, "both name one case");
    // A third source in between, which reports the case.
    let reported = FactBuilder::span("crm", &case, SpanType::Crm, "c", 5.0, 9.0).fact();
    let chain = [link("web", &web, &case), link("crm", &case, &conversation(1)), reported];
    assert_eq!(with(&chain), own);
    // Whoever only adds may begin a day before, and end a day after.
    let near = [span(-0.5 * DAY, -0.4 * DAY).fact(), span(1.0, 0.5 * DAY).fact(), to_call];
    assert_eq!(extent(&[call(), near.to_vec()].concat()), (at(-0.5 * DAY), at(0.5 * DAY)));
}
