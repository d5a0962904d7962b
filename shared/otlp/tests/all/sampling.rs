//! What went wrong is always exported; of the rest, a share that only grows with the percentage.

use chrono::TimeDelta;
use cxtrace_domain::journeys::Outcome;
use cxtrace_domain::journeys::document::{Journey, Severity};
use cxtrace_otlp::export::sampling::Sampling;

use crate::journeys::settled;

const SLOW: TimeDelta = TimeDelta::minutes(30);

fn is_notable(journey: &Journey) -> bool {
    journey.insights.iter().any(|insight| insight.severity != Severity::Info)
        || journey.spans.iter().any(|span| span.status == Some(Outcome::Error))
        || journey.duration_ms.unwrap_or_default() >= SLOW.num_milliseconds()
}

#[test]
fn what_went_wrong_or_was_slow_is_always_exported() {
    let journeys = settled(5);
    let none = Sampling { percent: 0, slow: SLOW };
    for journey in &journeys {
        assert_eq!(none.keeps(journey), is_notable(journey), "{}", journey.id);
    }
    assert!(journeys.iter().any(is_notable) && !journeys.iter().all(is_notable));
}

#[test]
fn a_larger_share_contains_every_smaller_one_and_has_about_its_size() {
    let mut journeys = settled(20);
    journeys.retain(|journey| !is_notable(journey));
    let mut before = 0;
    for percent in [0, 10, 50, 90, 100] {
        let sampling = Sampling { percent, slow: SLOW };
        let kept: Vec<_> = journeys.iter().filter(|journey| sampling.keeps(journey)).collect();
        let smaller = Sampling { percent: percent / 2, slow: SLOW };
        assert!(journeys.iter().filter(|journey| smaller.keeps(journey)).all(|journey| sampling.keeps(journey)));
        assert!(kept.len() >= before);
        before = kept.len();
        let expected = journeys.len() * usize::from(percent) / 100;
        assert!(
            kept.len().abs_diff(expected) <= journeys.len() / 10,
            "{percent} %: {} of {}",
            kept.len(),
            journeys.len()
        );
    }
    assert_eq!(before, journeys.len());
}
