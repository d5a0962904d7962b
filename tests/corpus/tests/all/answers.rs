//! What readers of a journey get: its account of time adds up, and its sentences can be read as a text.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_corpus::demo::scenarios;
use cxtrace_corpus::insights::score::journey;
use cxtrace_corpus::insights::{CLEAN, OTHERS};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::document::{EndingKind, GapClass};
use cxtrace_domain::journeys::{Clocks, InsightRule, Journey, assemble};
use cxtrace_fixtures::MemoryTable;

use crate::quality::start;

/// How often each situation is recorded.
const EACH: u32 = 12;

/// The journeys of every situation and of the demo, while they go on and afterwards.
fn journeys() -> Vec<Journey> {
    let reader = Reader::new().unwrap();
    let mut all = Vec::new();
    for (number, situation) in (0..EACH).flat_map(|n| CLEAN.iter().chain(&OTHERS).map(move |s| (n, s))) {
        all.extend(journey(&mut situation.record(7, number, start()), &reader).unwrap());
    }
    for scenario in scenarios(start()) {
        let facts = reader.facts(scenario.events.iter().map(String::as_str)).unwrap();
        let mut seen = facts.iter().map(|fact| fact.observed_at).collect::<Vec<_>>();
        seen.sort_unstable();
        // As it is seen after each fact, and long afterwards.
        for (known, at) in (1..).zip(&seen) {
            let table =
                MemoryTable::of(&facts.iter().filter(|fact| fact.observed_at <= *at).cloned().collect::<Vec<_>>());
            let gathered = table.gather(&scenario.anchor, &Clocks::default());
            if known % 3 == 0 {
                all.extend(assemble(&gathered, &cxtrace_sources::policy(), None, *at));
            }
        }
        let gathered = MemoryTable::of(&facts).gather(&scenario.anchor, &Clocks::default());
        all.extend(assemble(&gathered, &cxtrace_sources::policy(), None, start() + chrono::TimeDelta::days(60)));
    }
    all
}

#[test]
fn each_moment_is_one_kind_of_time_and_they_add_up() {
    let journeys = journeys();
    assert!(journeys.len() > 500, "{}", journeys.len());
    for journey in journeys {
        let sum: i64 = journey.time.parts.iter().map(|part| part.duration_ms).sum();
        assert!(journey.duration_ms.is_none_or(|total| total == sum), "{sum} is not {:?}", journey.duration_ms);
        let stretches = &journey.time.stretches;
        assert_eq!(
            stretches.first().map(|stretch| stretch.started_at),
            Some(journey.started_at),
            "{}",
            journey.summary
        );
        assert_eq!(stretches.last().and_then(|stretch| stretch.ended_at), journey.ended_at, "{}", journey.summary);
        for pair in stretches.windows(2) {
            assert_eq!(pair[0].ended_at, Some(pair[1].started_at));
        }
    }
}

#[test]
fn every_sentence_can_be_read() {
    let mut sentences: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut note = |place: &'static str, text: &str| {
        sentences.entry((place, pattern(text))).or_insert_with(|| text.to_owned());
    };
    let (mut endings, mut rules, mut classes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for journey in journeys() {
        endings.insert(journey.outcome.kind);
        note("1 outcome", &journey.outcome.text);
        let rest = journey.summary.strip_prefix(&journey.outcome.text).unwrap().trim();
        split(rest).iter().for_each(|sentence| note("2 summary", sentence));
        for insight in &journey.insights {
            rules.insert(insight.rule);
            note("3 insights", &insight.text);
        }
        for gap in &journey.gaps {
            classes.insert(gap.class);
            note("4 gaps", &gap.reason);
        }
    }
    // A table without some of them would not be a table of all.
    assert_eq!(rules.len(), InsightRule::ALL.len(), "{rules:?}");
    assert!(
        [
            EndingKind::Ended,
            EndingKind::Dropped,
            EndingKind::Abandoned,
            EndingKind::FailedTransfer,
            EndingKind::InProgress
        ]
        .iter()
        .all(|kind| endings.contains(kind)),
        "{endings:?}"
    );
    for class in [GapClass::ExpectedTransition, GapClass::DataDelay, GapClass::MissingData] {
        assert!(classes.contains(&class), "{classes:?}");
    }
    let mut text = String::new();
    let mut heading = "";
    for ((place, _), sentence) in &sentences {
        if *place != heading {
            text += &format!("\n{place}\n");
            heading = place;
        }
        text += &format!("  {sentence}\n");
    }
    insta::assert_snapshot!(text);
}

/// The sentences of a summary.
fn split(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for word in text.split_inclusive(". ") {
        sentences.push(word.trim().to_owned());
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// The text without its durations, numbers and names, so that one example of each sentence is enough.
fn pattern(text: &str) -> String {
    const UNITS: [&str; 5] = ["ms", "s", "min", "h", "d"];
    const PLATFORMS: [&str; 9] = ["genesys", "sbc", "web", "voiceai", "ai", "backend", "crm", "outsourcer", "webbot"];
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let kind = if bare.starts_with(|c: char| c.is_ascii_digit()) || UNITS.contains(&bare) {
            "#"
        } else if PLATFORMS.contains(&bare) {
            "platform"
        } else if bare.len() > 3 && bare.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
            "REASON"
        } else {
            word
        };
        if kind != "#" || words.last() != Some(&"#") {
            words.push(kind);
        }
    }
    words.join(" ")
}
