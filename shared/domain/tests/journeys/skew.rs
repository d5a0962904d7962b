//! Clocks: which offsets one journey shows, and how its times are corrected.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cxtrace_domain::journeys::document::InsightRule;
use cxtrace_domain::journeys::learn::{Reading, believed};
use cxtrace_domain::journeys::skew::Estimate;
use cxtrace_domain::journeys::{Clocks, Gathered, HandoffAct, Journey, Source, SpanType, assemble};

use crate::builder::{FactBuilder, at, conversation, gathered, id, key, policy, source};
use cxtrace_fixtures::MemoryTable;

fn ivr(from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", &conversation(1), SpanType::Ivr, "flow", from, to)
}

fn request(by: &str, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span(by, &conversation(1), SpanType::Backend, session, from, to)
        .under(key("genesys", &conversation(1), "flow"))
        .synchronous()
}

fn readings(gathered: &Gathered) -> BTreeMap<Source, Reading> {
    cxtrace_domain::journeys::learn::readings(gathered, &source("genesys"))
}

fn shift(facts: Vec<FactBuilder>, by: &str) -> i64 {
    Estimate::of(&gathered(facts), &policy()).shift_of(&source(by)).num_milliseconds()
}

fn journey(gathered: &Gathered) -> Journey {
    assemble(gathered, &policy(), None, at(10_000.0)).unwrap()
}

#[test]
fn a_child_inside_its_parent_shows_no_offset() {
    assert_eq!(shift(vec![ivr(0.0, 60.0), request("crm", "a", 0.0, 60.0)], "crm"), 0);
}

#[test]
fn a_source_is_moved_by_the_smallest_shift_that_puts_its_parts_inside() {
    assert_eq!(shift(vec![ivr(10.0, 60.0), request("crm", "a", 7.5, 20.0)], "crm"), 2_500);
    assert_eq!(shift(vec![ivr(10.0, 60.0), request("crm", "a", 50.0, 61.2)], "crm"), -1_200);
    let both = vec![ivr(10.0, 60.0), request("crm", "a", 7.5, 20.0), request("crm", "b", 9.0, 30.0)];
    assert_eq!(shift(both, "crm"), 2_500);
}

#[test]
fn a_span_that_its_parent_does_not_wait_for_may_begin_and_end_after_it() {
    let job = |from: f64, to: f64| {
        let parent = key("genesys", &conversation(1), "flow");
        FactBuilder::span("notes", &conversation(1), SpanType::Backend, "job", from, to).under(parent)
    };
    assert_eq!(shift(vec![ivr(10.0, 60.0), job(80.0, 105.0)], "notes"), 0);
    assert_eq!(shift(vec![ivr(10.0, 60.0), job(59.0, 75.0)], "notes"), 0);
    // An effect cannot precede its cause.
    assert_eq!(shift(vec![ivr(10.0, 60.0), job(8.0, 75.0)], "notes"), 2_000);
}

#[test]
fn the_majority_decides_and_impossible_spans_are_ignored() {
    let most = vec![
        ivr(10.0, 60.0),
        request("crm", "a", 7.0, 20.0),
        request("crm", "b", 8.0, 30.0),
        // This span alone fits without a shift, and does not fit with one.
        request("crm", "c", 10.0, 60.0),
    ];
    assert_eq!(shift(most, "crm"), 3_000);
    assert_eq!(shift(vec![ivr(10.0, 20.0), request("crm", "a", 0.0, 60.0)], "crm"), 0);
}

#[test]
fn no_clock_is_moved_by_more_than_a_minute() {
    assert_eq!(shift(vec![ivr(100.0, 200.0), request("crm", "a", 41.0, 50.0)], "crm"), 59_000);
    assert_eq!(shift(vec![ivr(100.0, 200.0), request("crm", "a", 39.0, 50.0)], "crm"), 0);
}

#[test]
fn a_clock_is_compared_through_another() {
    let part = FactBuilder::span("db", &conversation(1), SpanType::Backend, "query", 6.0, 6.5).under(key(
        "crm",
        &conversation(1),
        "a",
    ));
    let facts = vec![ivr(10.0, 60.0), request("crm", "a", 7.0, 9.0), part];
    assert_eq!((shift(facts.clone(), "crm"), shift(facts, "db")), (3_000, 4_000));
}

#[test]
fn an_arrival_before_the_hand_off_shows_a_clock_that_is_behind() {
    let ai = FactBuilder::span("ai", &conversation(1), SpanType::AiConversation, "talk", 0.0, 60.0);
    let arrive = |from| FactBuilder::span("other", &conversation(1), SpanType::Ivr, "flow", from, 200.0);
    let shift = |from: f64| {
        let mut gathered = gathered([ai.clone(), arrive(from)]);
        let ends = (key("ai", &conversation(1), "talk"), key("other", &conversation(1), "flow"));
        gathered.handoffs.insert(ends);
        Estimate::of(&gathered, &policy()).shift_of(&source("other")).num_milliseconds()
    };
    assert_eq!(shift(55.0), 0);
    assert_eq!(shift(48.0), 7_000);
}

#[test]
fn a_shift_is_listed_and_the_raw_times_are_kept() {
    let gathered = gathered([ivr(10.0, 60.0), request("crm", "a", 7.5, 9.0).event("retry", 8.0)]);
    let journey = journey(&gathered);
    let span = journey.spans.iter().find(|span| span.platform == "crm").unwrap();
    assert_eq!((span.started_at.0, span.ended_at.unwrap().0), (at(10.0), at(11.5)));
    let raw = span.raw.as_ref().unwrap();
    assert_eq!((raw.started_at.0, raw.ended_at.unwrap().0), (at(7.5), at(9.0)));
    assert_eq!(span.events.iter().map(|event| event.at.0).collect::<Vec<_>>(), [at(10.5)]);
    let [clock] = journey.clocks.as_slice() else { panic!("one clock") };
    assert_eq!((clock.source.as_str(), clock.shift_ms, clock.reference.as_str()), ("crm", 2_500, "genesys"));
    let [insight] = journey.insights.as_slice() else { panic!("one insight") };
    assert_eq!(insight.rule, InsightRule::ClockSkew);
    assert_eq!(
        insight.text,
        "The clock of crm is 2.5 s behind the clock of genesys. The corrected times of crm are 2.5 s later than the \
         reported ones."
    );
    assert_eq!(insight.spans, [key("crm", &conversation(1), "a")]);
}

#[test]
fn a_small_shift_is_listed_but_no_insight() {
    let journey = journey(&gathered([ivr(10.0, 60.0), request("crm", "a", 9.6, 11.0)]));
    assert_eq!((journey.clocks.len(), journey.insights.len()), (1, 0));
}

fn range(least: i64, most: i64) -> Reading {
    Reading { least: TimeDelta::milliseconds(least), most: TimeDelta::milliseconds(most) }
}

fn believe(readings: impl IntoIterator<Item = Reading>) -> Option<i64> {
    let readings: Vec<_> = readings.into_iter().collect();
    believed(&readings, TimeDelta::zero()).map(|ahead| ahead.num_milliseconds())
}

#[test]
fn a_journey_gives_bounds_for_a_clock() {
    let readings_of = |facts: Vec<FactBuilder>| readings(&gathered(facts));
    let only = |of: &str, least: i64, most: i64| [(source(of), range(least, most))].into();
    // A child of ten seconds in a parent of twelve, reported from 15 seconds on: the clock is ahead by 13 to 15.
    assert_eq!(readings_of(vec![ivr(0.0, 12.0), request("crm", "a", 15.0, 25.0)]), only("crm", 13_000, 15_000));
    // Of several bounds, the narrowest counts.
    let both = vec![ivr(0.0, 12.0), request("crm", "a", 15.0, 25.0), request("crm", "b", 17.0, 20.0)];
    assert_eq!(readings_of(both), only("crm", 13_000, 15_000));
    assert_eq!(readings_of(vec![ivr(0.0, 12.0), request("crm", "a", 15.0, 50.0)]), [].into(), "longer than its whole");
    assert_eq!(readings_of(vec![ivr(0.0, 12.0)]), [].into(), "nothing to compare with");
}

#[test]
fn an_answered_call_gives_bounds_even_if_it_is_not_joined() {
    let (there, number, ann) = (id("contact.case:c1"), "+15555550199", Some("+15555550111"));
    let sent = || ivr(0.0, 12.0).handoff(number, HandoffAct::Left, 12.0, ann);
    let answered = |seconds: f64, customer| {
        FactBuilder::of("outsourcer", &there, seconds).handoff(number, HandoffAct::Arrived, seconds, customer)
    };
    let readings_of = |facts: Vec<FactBuilder>| {
        let facts: Vec<_> = facts.into_iter().map(FactBuilder::fact).collect();
        readings(&MemoryTable::of(&facts).gather(&there, &Clocks::default()))
    };
    // A hand-off may take this long.
    let outsourcer = |least, most| [(source("outsourcer"), range(least, most))].into();
    assert_eq!(readings_of(vec![sent(), answered(15.5, ann)]), outsourcer(-1_500, 8_500));
    assert_eq!(readings_of(vec![sent(), answered(42.0, ann)]), outsourcer(25_000, 35_000), "too far to be joined");
    assert_eq!(readings_of(vec![sent(), answered(73.0, ann)]), [].into(), "no clock is off by more than a minute");
    assert_eq!(readings_of(vec![sent(), answered(15.5, None)]), [].into(), "it could be anybody");
    let again =
        FactBuilder::of("sbc", &id("sip.call_id:a84b4c76e66710"), 30.0).handoff(number, HandoffAct::Left, 30.0, ann);
    assert_eq!(readings_of(vec![sent(), again, answered(42.0, ann)]), [].into(), "either could be it");
}

#[test]
fn an_offset_is_accepted_if_nearly_all_readings_agree() {
    let narrow = || (0..20).map(|n| range(3_000 + n, 5_000 + n));
    assert_eq!(believe(narrow()), Some((3_019 + 5_000) / 2));
    assert_eq!(believe(narrow().skip(1)), None, "too few");
    assert_eq!(
        believe(narrow().chain([range(-9_000, -8_000), range(20_000, 21_000)])),
        Some(4_009),
        "two of 22 are wrong"
    );
    let third = (0..10).map(|_| range(-9_000, -8_000));
    assert_eq!(believe(narrow().chain(third)), None);
    // Both values have the same number of readings.
    assert_eq!(believe((0..20).flat_map(|_| [range(100, 1_000), range(5_000, 6_000)])), None);
}

#[test]
fn an_offset_stays_until_more_readings_agree_on_another() {
    let readings: Vec<_> = (0..20).map(|n| range(3_000 + n, 5_000 + n)).collect();
    let before = |milliseconds| believed(&readings, TimeDelta::milliseconds(milliseconds)).unwrap().num_milliseconds();
    assert_eq!([before(3_019), before(4_500), before(5_000)], [3_019, 4_500, 5_000]);
    assert_eq!([before(3_018), before(5_001)], [4_009, 4_009], "one does not agree");
}

#[test]
fn wide_bounds_move_a_clock_as_little_as_possible() {
    assert_eq!(believe((0..20).map(|_| range(-60_000, 100_000))), Some(0));
    assert_eq!(believe((0..20).map(|_| range(2_500, 100_000))), Some(2_500));
    assert_eq!(believe((0..20).map(|_| range(70_000, 71_000))), None, "no clock is off by more than a minute");
    assert_eq!(believe([]), None);
}
