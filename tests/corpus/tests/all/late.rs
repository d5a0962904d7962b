//! What a live journey shows, no report takes back that comes within the delay of its source.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_corpus::demo::scenarios;
use cxtrace_corpus::insights::{CLEAN, OTHERS};
use cxtrace_corpus::reading::{self, Reader};
use cxtrace_domain::journeys::document::Status;
use cxtrace_domain::journeys::{Clocks, Fact, Id, InsightRule, Journey, SpanKey, assemble};
use cxtrace_fixtures::{MemoryTable, SeededRng};
use proptest::prelude::*;

use crate::quality::start;

/// An insight, by its rule and its spans. Its text may change: a wait gets longer.
type Shown = (InsightRule, BTreeSet<SpanKey>);

/// A story: a name, the id by which its journey is found, and its facts.
type Story = (String, Id, Vec<Fact>);

/// How often each situation is recorded.
const EACH: u32 = 3;

/// The demo's journeys, and some of each situation.
fn stories(seed: u64) -> Vec<Story> {
    let reader = Reader::new().unwrap();
    let mut all = Vec::new();
    for scenario in scenarios(start()) {
        let facts = reader.facts(scenario.events.iter().map(String::as_str)).unwrap();
        all.push((scenario.title.to_owned(), scenario.anchor.clone(), facts));
    }
    for (number, situation) in (0..EACH).flat_map(|n| CLEAN.iter().chain(&OTHERS).map(move |s| (n, s))) {
        let mut recording = situation.record(seed % 1_000, number, start());
        let deliveries = recording.deliveries();
        let facts = reader.facts(deliveries.iter().map(String::as_str)).unwrap();
        all.push((situation.title.to_owned(), reading::id(&recording.anchor()).unwrap(), facts));
    }
    all
}

fn shown(journey: &Journey) -> BTreeSet<Shown> {
    let insights = journey.insights.iter();
    insights.map(|insight| (insight.rule, insight.spans.iter().cloned().collect())).collect()
}

/// Whether `later` still has what was `shown`: the same rule, about one of the same spans.
fn still_shows(later: &BTreeSet<Shown>, (rule, spans): &Shown) -> bool {
    later.iter().any(|(other, about)| other == rule && (spans.is_empty() || !spans.is_disjoint(about)))
}

/// Delivers the facts of a story at random times within their sources' delays. Returns what the live journey showed, and
/// what was taken back: a line for each.
fn play((name, anchor, facts): &Story, rng: &mut SeededRng) -> (usize, Vec<String>) {
    let policy = cxtrace_sources::policy();
    let assembled = |known: &[Fact], now: DateTime<Utc>| {
        let gathered = MemoryTable::of(known).gather(anchor, &Clocks::default());
        assemble(&gathered, &policy, None, now)
    };
    let mut arrivals: Vec<(DateTime<Utc>, Fact)> = Vec::new();
    for fact in facts {
        let delay = policy.delay_of(&fact.source).num_milliseconds().max(0) as u64;
        // Most reports are quick.
        let late = if rng.below(3) == 0 { rng.below(delay + 1) } else { rng.below(2_000.min(delay + 1)) };
        arrivals.push((fact.observed_at + TimeDelta::milliseconds(late as i64), fact.clone()));
    }
    arrivals.sort_by_key(|(at, fact)| (*at, fact.id()));
    let mut seen: BTreeMap<Shown, DateTime<Utc>> = BTreeMap::new();
    let mut known = Vec::new();
    for (place, (at, fact)) in arrivals.iter().enumerate() {
        known.push(fact.clone());
        // Readers look when something arrives, and just before the next arrival.
        let next = arrivals.get(place + 1).map_or(*at, |(next, _)| *next - TimeDelta::milliseconds(1));
        for now in [*at, next.max(*at)] {
            let Some(journey) = assembled(&known, now) else { continue };
            if journey.status == Status::Live {
                for insight in shown(&journey) {
                    seen.entry(insight).or_insert(now);
                }
            }
        }
    }
    let end = arrivals.last().map_or(start(), |(at, _)| *at) + TimeDelta::days(60);
    let last = assembled(&known, end).map(|journey| shown(&journey)).unwrap_or_default();
    let lost = seen.iter().filter(|(insight, _)| !still_shows(&last, insight));
    let line = |((rule, spans), at): (&Shown, &DateTime<Utc>)| {
        format!("{name}: {} of {spans:?}, shown at {at}", rule.as_str())
    };
    (seen.len(), lost.map(line).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn no_late_report_takes_back_what_a_live_journey_showed(seed: u64) {
        let mut rng = SeededRng::new(seed, 2);
        for story in stories(seed) {
            let (_, lost) = play(&story, &mut rng);
            prop_assert!(lost.is_empty(), "{lost:#?}");
        }
    }
}

#[test]
fn live_journeys_show_insights_at_all() {
    let mut rng = SeededRng::new(1, 2);
    let shown: usize = stories(1).iter().map(|story| play(story, &mut rng).0).sum();
    assert!(shown > 1, "{shown}");
}
