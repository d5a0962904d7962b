//! What readers of a journey get: its account of time adds up.

use cxtrace_corpus::demo::scenarios;
use cxtrace_corpus::insights::score::journey;
use cxtrace_corpus::insights::{CLEAN, OTHERS};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::{Clocks, Journey, assemble};
use cxtrace_fixtures::MemoryTable;

use crate::quality::start;

/// How often each situation is recorded.
const EACH: u32 = 12;

/// The journeys of every situation and of the demo, while they go on and afterwards.
pub(crate) fn journeys() -> Vec<Journey> {
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
