//! Every sentence about a journey, with examples, as one text. People read the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::InsightRule;
use cxtrace_domain::journeys::assemble::sentences;
use cxtrace_domain::journeys::document::{EndingKind, GapClass};
use cxtrace_domain::journeys::source_limits::Kind;

use crate::{answers, rare};

/// Lists every variant of an enumeration. It does not compile while one is missing.
macro_rules! every {
    ($name:ident = $of:ident: $($variant:ident),*) => {
        pub(crate) const $name: &[$of] = &[$($of::$variant),*];
        const _: fn($of) = |one| match one { $($of::$variant => (),)* };
    };
}
pub(crate) use every;

every!(ENDINGS = EndingKind: InProgress, Ended, Dropped, Abandoned, FailedTransfer, Fault, Unknown);
every!(CLASSES = GapClass: ExpectedTransition, QueueOrHold, DataDelay, MissingData, ClockArtefact);
every!(LEFT_OUT = Kind: Links, LinksOfId, Spans, Facts);

#[test]
fn every_sentence_can_be_read() {
    let mut examples: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    let mut note = |place: &'static str, text: &str| {
        said.insert(name_of(text).unwrap_or_else(|| panic!("no sentence is worded like this: {text}")));
        examples.entry((place, pattern(text))).or_insert_with(|| text.to_owned());
    };
    let (mut endings, mut rules, mut classes, mut kinds) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for journey in answers::journeys().into_iter().chain(rare::journeys()) {
        let (outcome, summary) = (&journey.outcome.text, &journey.summary);
        endings.insert(journey.outcome.kind);
        note("1 outcome", outcome);
        let rest = summary.strip_prefix(outcome.as_str()).unwrap().trim();
        let rest = sentences_of(rest).unwrap_or_else(|| panic!("no sentences are worded like this: {rest}"));
        rest.iter().for_each(|sentence| note("2 summary", sentence));
        for insight in &journey.insights {
            rules.insert(insight.rule);
            note("3 insights", &insight.text);
        }
        for gap in &journey.gaps {
            classes.insert(gap.class);
            note("4 gaps", &gap.reason);
        }
        for line in &journey.kept_out {
            kinds.insert(line.what);
            note("5 left out", &line.text);
        }
        // One time is the same in every sentence about it.
        if journey.outcome.kind == EndingKind::Dropped {
            let (_, after) = outcome.split_once(", ").unwrap();
            let drops = journey.insights.iter().filter(|insight| insight.rule == InsightRule::DroppedCall);
            assert!(drops.map(|drop| &drop.text).any(|text| text.contains(after)), "{after} {:?}", journey.insights);
        }
    }
    let missing: Vec<_> = sentences::ALL.iter().filter(|(name, _)| !said.contains(name)).collect();
    assert!(missing.is_empty(), "no journey of the table says {missing:#?}");
    assert_eq!(endings, ENDINGS.iter().copied().collect());
    assert_eq!(rules, InsightRule::ALL.into());
    assert_eq!(classes, CLASSES.iter().copied().collect());
    assert_eq!(kinds, LEFT_OUT.iter().copied().collect());
    let mut text = String::new();
    let mut heading = "";
    for ((place, _), sentence) in &examples {
        if *place != heading {
            text += &format!("\n{place}\n");
            heading = place;
        }
        text += &format!("  {sentence}\n");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_text_is_recognised_by_its_fixed_words() {
    assert_eq!(name_of("Ended, 3 s after the start."), Some("ended"));
    assert_eq!(name_of("Ended by a fault in the IVR, 3 s after the start."), Some("ended_by_a_fault"));
    assert_eq!(name_of("Ended after 3 s."), None);
    let two = "On web, then on genesys. The clock of a is 2 s behind the clock of b. The corrected times of a are 2 s later than the reported ones.";
    assert_eq!(sentences_of(two).map(|found| found.len()), Some(2));
    assert_eq!(sentences_of("On web, then on genesys. Something else."), None);
}

/// The name of the sentence that the whole text is: of those that fit, the one with the most fixed words.
fn name_of(text: &str) -> Option<&'static str> {
    let fixed = |sentence: &str| fixed_parts(sentence).iter().map(|part| part.len()).sum::<usize>();
    let fitting = sentences::ALL.iter().filter(|(_, sentence)| fits(text, &fixed_parts(sentence)));
    fitting.max_by_key(|(_, sentence)| fixed(sentence)).map(|(name, _)| *name)
}

/// What stands around the values of a sentence.
fn fixed_parts(sentence: &str) -> Vec<&str> {
    sentence
        .split('{')
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once('}').unwrap().1 })
        .collect()
}

/// Whether a text begins and ends as the parts do, with the other parts in between. A value is less than a sentence.
fn fits(text: &str, parts: &[&str]) -> bool {
    let [first, others @ ..] = parts else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let [between @ .., last] = others else { return rest.is_empty() };
    let is_value = |value: &str| !value.contains(". ");
    for part in between {
        let Some((_, after)) = rest.split_once(part).filter(|(value, _)| is_value(value)) else { return false };
        rest = after;
    }
    rest.strip_suffix(last).is_some_and(is_value)
}

/// The sentences of a text. `None` if a part of it is no sentence.
fn sentences_of(text: &str) -> Option<Vec<&str>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let ends = text.match_indices(". ").map(|(at, _)| at + 1).chain([text.len()]);
    ends.into_iter().find_map(|end| {
        let (sentence, rest) = text.split_at(end);
        name_of(sentence)?;
        Some([vec![sentence], sentences_of(rest.trim_start())?].concat())
    })
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
