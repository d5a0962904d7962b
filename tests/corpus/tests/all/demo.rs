//! The demo's scenarios become the intended journeys.

use cxtrace_corpus::demo::{DemoScenario, scenarios, stories};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::document::{InsightRule, Severity};
use cxtrace_domain::journeys::{Clocks, Gathered, Journey, assemble};
use cxtrace_fixtures::MemoryTable;

use crate::quality::start;

fn gathered(scenario: &DemoScenario) -> (MemoryTable, Gathered) {
    let facts = Reader::new().unwrap().facts(scenario.events.iter().map(String::as_str)).unwrap();
    let mut table = MemoryTable::default();
    facts.iter().for_each(|fact| table.insert(fact));
    let journey = table.gather(&scenario.anchor, &Clocks::default());
    (table, journey)
}

#[test]
fn each_scenario_is_one_journey_without_learned_offsets() {
    for scenario in scenarios(start()) {
        let (table, journey) = gathered(&scenario);
        let anchors: Vec<_> = table.anchors().collect();
        assert_eq!(journey.anchors.keys().collect::<Vec<_>>(), anchors, "{}", scenario.kind);
        assert!(journey.sources.len() >= 2 && journey.spans.len() >= 5, "{} {}", scenario.kind, journey.spans.len());
    }
}

#[test]
fn scenarios_are_separate_and_repeatable() {
    let all = scenarios(start());
    assert_eq!(all, scenarios(start()));
    assert_eq!(all.len(), 8);
    let reader = Reader::new().unwrap();
    let facts = reader.facts(all.iter().flat_map(|scenario| &scenario.events).map(String::as_str)).unwrap();
    let mut table = MemoryTable::default();
    facts.iter().for_each(|fact| table.insert(fact));
    assert_eq!(table.partition(&Clocks::default()).len(), all.len());
}

#[test]
fn names_in_scenarios_are_kept() {
    for scenario in scenarios(start()) {
        let (_, journey) = gathered(&scenario);
        for (key, span) in &journey.spans {
            if !key.as_str().starts_with("genesys:") {
                assert!(span.name().is_some(), "{} {key} has lost its name", scenario.kind);
                assert!(span.events.iter().all(|event| event.name != "event"), "{} {key}", scenario.kind);
            }
        }
    }
}

#[test]
fn no_id_in_a_scenario_looks_personal() {
    for scenario in scenarios(start()) {
        let (_, journey) = gathered(&scenario);
        let concealed: Vec<_> = journey.ids.keys().filter(|id| id.value().starts_with('~')).collect();
        assert!(concealed.is_empty(), "{} {concealed:?}", scenario.kind);
    }
}

fn journey(kind: &str) -> Journey {
    let scenarios = scenarios(start());
    let scenario = scenarios.iter().find(|scenario| scenario.kind == kind).unwrap();
    let now = start() + chrono::TimeDelta::hours(3);
    assemble(&gathered(scenario).1, &cxtrace_sources::policy(), None, now).unwrap()
}

fn found(kind: &str) -> Vec<InsightRule> {
    journey(kind).insights.iter().map(|insight| insight.rule).collect()
}

#[test]
fn each_scenario_has_its_insights() {
    for (kind, rules) in [
        ("dropped_transfer", vec![InsightRule::DroppedCall]),
        ("abandoned_queue", vec![InsightRule::AbandonedInQueue, InsightRule::LongQueue]),
        ("slow_backend", vec![InsightRule::SlowBackend]),
        ("ai_escalation", vec![InsightRule::AiEscalation, InsightRule::ClockSkew]),
        ("long", vec![InsightRule::LongQueue]),
        ("unanswered_transfer", vec![InsightRule::FailedTransfer]),
    ] {
        let found = found(kind);
        assert!(rules.iter().all(|rule| found.contains(rule)), "{kind} {found:?}");
    }
    assert_eq!(found("clean"), []);
    assert!(journey("web_to_voice").insights.iter().all(|insight| insight.severity == Severity::Info));
}

#[test]
fn only_the_wrong_clock_is_corrected() {
    let clocks = journey("ai_escalation").clocks;
    assert_eq!(clocks.iter().map(|clock| clock.source.as_str()).collect::<Vec<_>>(), ["voiceai"]);
    assert!(clocks.iter().all(|clock| (-2_600..=-2_000).contains(&clock.shift_ms)), "{clocks:?}");
}

#[test]
fn a_flows_metrics_are_points_on_the_flow() {
    let journey = journey("slow_backend");
    let flow = journey.spans.iter().find(|span| span.events.iter().any(|event| event.name == "Order-Status Not-found"));
    assert!(flow.is_some_and(|flow| flow.platform == "genesys"));
}

#[test]
fn a_story_begins_at_its_new_time_and_keeps_no_recorded_one() {
    let begin = "2031-11-18T07:00:00Z".parse().unwrap();
    let all = stories(begin);
    assert_eq!(all.len(), 4);
    for (number, story) in (0..).zip(&all) {
        let text = story.events.concat();
        for recorded in ["2026-03-0", "Mar+2026", "Mar 05 2026", "\"17727", " 17727", "=17727"] {
            assert!(!text.contains(recorded), "{}: {recorded}", story.kind);
        }
        let first = (begin + chrono::TimeDelta::minutes(4) * number).format("%Y-%m-%dT%H:%M:0").to_string();
        assert!(story.events[0].contains(&first), "{}: {}", story.kind, story.events[0]);
    }
}
