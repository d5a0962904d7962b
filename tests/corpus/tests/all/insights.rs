//! The correctness of insights: the promised precision and recall, the page, and no findings in clean journeys.

use std::collections::BTreeSet;

use cxtrace_corpus::insights::page::page;
use cxtrace_corpus::insights::score::{InsightScores, JOURNEYS, SEED, findings};
use cxtrace_corpus::insights::{CLEAN, OTHERS};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::InsightRule;

use crate::quality::start;

#[test]
fn every_rule_is_as_correct_as_the_page_says() {
    let scores = InsightScores::of(SEED, JOURNEYS, start()).unwrap();
    assert!(scores.holds(), "{:#?}\n{}", scores.rules, scores.mistakes.join("\n"));
    for (rule, score) in &scores.rules {
        assert!(score.found >= 20, "{} is hardly ever simulated: {score:?}", rule.as_str());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/insights.md");
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == page(&scores), "docs/insights.md is not current: run `cargo run -p cxtrace-corpus -- --write`");
}

#[test]
fn another_seed_has_the_promised_scores() {
    let scores = InsightScores::of(SEED + 1, JOURNEYS, start()).unwrap();
    assert!(scores.holds(), "{:#?}\n{}", scores.rules, scores.mistakes.join("\n"));
}

#[test]
fn a_thousand_clean_journeys_of_every_medium_have_no_insight() {
    let reader = Reader::new().unwrap();
    let mut media = BTreeSet::new();
    for number in 0..1_000 {
        let situation = CLEAN[number as usize % CLEAN.len()];
        let mut recording = situation.record(7, number, start());
        assert_eq!(recording.truth(), &BTreeSet::new(), "{}", situation.title);
        let deliveries = recording.deliveries();
        for medium in ["VOICE", "CALLBACK", "CHAT", "MESSAGE", "EMAIL", "OUTBOUND"] {
            let named = |json: &String| json.contains(&format!("\"{medium}\""));
            media.extend(deliveries.iter().any(named).then_some(medium));
        }
        let mut recording = situation.record(7, number, start());
        assert_eq!(findings(&mut recording, &reader).unwrap(), [], "{} {number}", situation.title);
    }
    assert_eq!(media.len(), 6, "{media:?}");
}

#[test]
fn a_wrong_rule_lowers_the_score() {
    // The simulation decides which waits are long. No rule is used.
    let long = OTHERS.iter().find(|situation| situation.title == "a long wait for an agent").unwrap();
    assert_eq!(long.record(1, 0, start()).truth(), &BTreeSet::from([InsightRule::LongQueue]));
}
