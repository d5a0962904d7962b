//! Measures each rule: compares the findings in simulated journeys with the truth.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Clocks, InsightRule, Journey, assemble};
use cxtrace_fixtures::MemoryTable;

use super::recording::Recording;
use super::{CLEAN, OTHERS, Situation};
use crate::reading::{self, Reader, ReadingError};

/// The seed of the measurement on the page.
pub const SEED: u64 = 1;

/// How many journeys of most situations the page measures.
pub const JOURNEYS: u32 = 100;

/// The precision that is promised for each rule.
pub const PRECISION: f64 = 0.99;

/// The recall that is promised for each rule.
pub const RECALL: f64 = 0.95;

/// Counted journeys of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleScore {
    /// Correct findings.
    pub found: u64,
    /// Wrong findings, and repeated ones.
    pub wrong: u64,
    /// Missed insights.
    pub missed: u64,
}

impl RuleScore {
    /// The share of findings that are correct; 1 if there are none.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.wrong)
    }

    /// The share of true insights that are found; 1 if there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.found, self.found + self.missed)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The scores of all rules.
#[derive(Debug, Clone, Default)]
pub struct InsightScores {
    /// How many journeys were simulated.
    pub journeys: u64,
    /// How many of them have nothing to find.
    pub without: u64,
    /// The score of each rule.
    pub rules: BTreeMap<InsightRule, RuleScore>,
    /// Wrong and missed findings, with the situation and the text.
    pub mistakes: Vec<String>,
}

impl InsightScores {
    /// Simulates `count` journeys of each situation and compares.
    ///
    /// # Errors
    /// When a simulated event cannot be read, which is a fault of this crate or of a reader.
    pub fn of(seed: u64, count: u32, start: DateTime<Utc>) -> Result<Self, ReadingError> {
        let reader = Reader::new()?;
        let mut scores =
            Self { rules: InsightRule::ALL.map(|rule| (rule, RuleScore::default())).into(), ..Self::default() };
        for situation in CLEAN.iter().chain(&OTHERS) {
            for number in 0..situation.recordings(count) {
                let mut recording = situation.record(seed, number, start);
                let found = findings(&mut recording, &reader)?;
                scores.compare(situation, number, &recording, &found);
            }
        }
        Ok(scores)
    }

    /// Whether every rule has the promised precision and recall.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rules.values().all(|score| score.precision() >= PRECISION && score.recall() >= RECALL)
    }

    fn compare(&mut self, situation: &Situation, number: u32, recording: &Recording, found: &[(InsightRule, String)]) {
        self.journeys += 1;
        self.without += u64::from(recording.truth().is_empty());
        for rule in InsightRule::ALL {
            let texts: Vec<_> = found.iter().filter(|(other, _)| *other == rule).map(|(_, text)| text).collect();
            let true_ones = usize::from(recording.truth().contains(&rule));
            let score = self.rules.entry(rule).or_default();
            score.found += texts.len().min(true_ones) as u64;
            score.wrong += texts.len().saturating_sub(true_ones) as u64;
            score.missed += true_ones.saturating_sub(texts.len()) as u64;
            if texts.len() != true_ones {
                let name = rule.as_str();
                self.mistakes.push(format!("{} {number}: {name} should be {true_ones}, is {texts:?}", situation.title));
            }
        }
    }
}

/// The findings of the product in a recording.
///
/// # Errors
/// When a simulated event cannot be read.
pub fn findings(recording: &mut Recording, reader: &Reader) -> Result<Vec<(InsightRule, String)>, ReadingError> {
    let insights = journey(recording, reader)?.map(|journey| journey.insights).unwrap_or_default();
    Ok(insights.into_iter().map(|insight| (insight.rule, insight.text)).collect())
}

/// The journey of a recording when it is examined. `None` without a fact.
///
/// # Errors
/// When a simulated event cannot be read.
pub fn journey(recording: &mut Recording, reader: &Reader) -> Result<Option<Journey>, ReadingError> {
    let deliveries = recording.deliveries();
    let facts = reader.facts(deliveries.iter().map(String::as_str))?;
    let anchor = reading::id(&recording.anchor()).ok_or(ReadingError::Setting("the conversation's id"))?;
    let gathered = MemoryTable::of(&facts).gather(&anchor, &Clocks::default());
    Ok(assemble(&gathered, &cxtrace_sources::policy(), None, recording.seen_at()))
}
