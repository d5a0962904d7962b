//! The promised precision and recall, and that the measurement can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use cxtrace_corpus::reading::Reader;
use cxtrace_corpus::report::{PRECISION, Plan, RECALL, Report, filled};
use cxtrace_corpus::{Corpus, Hour, Kind, Label, Quality, Score, Truth};
use cxtrace_domain::journeys::gathered::Edge;
use cxtrace_domain::journeys::{Clocks, EdgeId, Fact, Gathered, Id, Party};
use cxtrace_fixtures::MemoryTable;
use cxtrace_privacy::Pseudonym;
use cxtrace_sources::genesys::TOPICS;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

/// The hour of [`moderate`], read once.
static HOUR: LazyLock<(Corpus, Vec<Fact>, MemoryTable)> = LazyLock::new(|| {
    let corpus = moderate().corpus();
    let (facts, table) = read(&corpus);
    (corpus, facts, table)
});

fn moderate() -> Hour {
    Hour { seed: 42, journeys: 400, distractors: 250, test_calls: 220, start: start() }
}

pub(crate) fn read(corpus: &Corpus) -> (Vec<Fact>, MemoryTable) {
    let facts = Reader::new().unwrap().facts(corpus.events.iter().map(String::as_str)).unwrap();
    let mut table = MemoryTable::default();
    facts.iter().for_each(|fact| table.insert(fact));
    (facts, table)
}

#[test]
fn a_moderate_hour_is_joined_as_promised() {
    let report = Report::of(&Plan { seeds: 1, first: moderate() }).unwrap();
    let Score { joined, .. } = report.learned.overall;
    assert!(joined > 1_000, "only {joined} pairs are joined: too few for a measurement");
    assert!(report.learned.overall.precision() >= PRECISION, "{}", report.table());
    assert!(report.learned.overall.recall() >= RECALL, "{}", report.table());
    assert_eq!(report.learned.by_number_alone, 0);
    assert_eq!(report.unlearned.by_number_alone, 0);
    assert!(report.unlearned.overall.precision() >= PRECISION, "{}", report.table());
    assert!(report.holds());
}

#[test]
fn every_kind_of_scenario_occurs_and_every_anchor_is_labelled() {
    let (corpus, _, table) = &*HOUR;
    let unlabelled: Vec<_> = table.anchors().filter(|anchor| !corpus.truth.contains_key(anchor)).collect();
    assert!(unlabelled.is_empty(), "{unlabelled:?}");
    let kinds: BTreeSet<_> = corpus.truth.values().map(|label| label.kind).collect();
    assert_eq!(kinds, BTreeSet::from(Kind::ALL));
    // Faults in delivery happen here.
    let distinct: BTreeSet<_> = corpus.events.iter().collect();
    assert!(distinct.len() < corpus.events.len(), "nothing is delivered twice");
    assert!(!corpus.events.is_sorted_by_key(|json| json.split("\"time\":\"").nth(1).map(|rest| &rest[..20])));
}

#[test]
fn every_topic_of_genesys_occurs_in_an_hour() {
    let document: BTreeSet<_> =
        TOPICS.iter().filter(|topic| HOUR.0.events.iter().any(|json| json.contains(*topic))).collect();
    assert_eq!(document, TOPICS.iter().collect());
}

#[test]
fn the_page_has_a_place_for_the_measurement() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/joins.md")).unwrap();
    let page = filled(&page, "the table").unwrap();
    assert_eq!(filled(&page, "the table").as_ref(), Some(&page));
    assert!(page.contains("\nthe table\n") && page.contains("## What is missed"));
    assert_eq!(filled("a page without marks", "the table"), None);
}

#[test]
fn an_hour_is_decided_by_its_seed() {
    let small = |seed| Hour { seed, journeys: 30, distractors: 10, test_calls: 3, start: start() }.corpus();
    assert_eq!(small(1).events, small(1).events);
    assert_eq!(small(1).truth, small(1).truth);
    assert_ne!(small(1).events, small(2).events);
}

#[test]
fn a_test_account_of_hundreds_joins_nobody() {
    let (corpus, _, table) = &*HOUR;
    let tests = |journey: &Gathered| {
        let labels = journey.anchors.keys().filter_map(|anchor| corpus.truth.get(anchor));
        labels.filter(|label| label.kind == Kind::TestCall).map(|label| label.journey).collect::<BTreeSet<_>>().len()
    };
    let journeys = table.partition(&corpus.clocks);
    assert!(journeys.iter().all(|journey| tests(journey) <= 1));
    let quarantined = journeys.iter().filter(|journey| !journey.quarantined.is_empty()).count();
    assert!(quarantined > 200, "{quarantined}");
}

/// The result if a customer's number joined.
fn joined_by_number(journeys: &[Gathered], facts: &[Fact]) -> Vec<Gathered> {
    let mut numbers: BTreeMap<&Id, Vec<Pseudonym>> = BTreeMap::new();
    for fact in facts {
        let customers = fact.mentions.iter().filter(|mention| mention.party == Party::Customer);
        numbers.entry(&fact.anchor).or_default().extend(customers.map(|mention| mention.phone.hash));
    }
    let mut by_number: BTreeMap<Pseudonym, usize> = BTreeMap::new();
    let mut all: Vec<Gathered> = Vec::new();
    for journey in journeys {
        let mentioned: Vec<_> = journey.anchors.keys().filter_map(|anchor| numbers.get(anchor)).flatten().collect();
        match mentioned.iter().find_map(|number| by_number.get(number)) {
            Some(&place) => {
                let (a, b) = (all[place].anchors.keys().next().unwrap(), journey.anchors.keys().next().unwrap());
                let edge = Edge { a: a.clone(), b: b.clone(), evidence: BTreeMap::new(), retracted: false };
                all[place].edges.insert(EdgeId::between(&edge.a, &edge.b), edge);
                all[place].anchors.extend(journey.anchors.clone());
            }
            None => {
                by_number.extend(mentioned.iter().map(|number| (**number, all.len())));
                all.push(journey.clone());
            }
        }
    }
    all
}

#[test]
fn joins_by_a_number_alone_are_detected() {
    let (corpus, facts, table) = &*HOUR;
    let journeys = joined_by_number(&table.partition(&corpus.clocks), facts);
    let quality = Quality::of(&journeys, facts, &corpus.clocks, &corpus.truth);
    assert!(quality.overall.precision() < 0.9, "{:?}", quality.overall);
    assert!(quality.by_number_alone > 50, "{}", quality.by_number_alone);
    let report = Report { hours: 1, learned: quality, ..Report::default() };
    assert!(!report.holds());
}

#[test]
fn a_hand_off_that_nobody_sent_is_detected() {
    let (corpus, facts, table) = &*HOUR;
    let journeys = table.partition(&corpus.clocks);
    // The same journeys, evaluated without the reports that a call was sent to a number.
    let mut silent = facts.clone();
    silent.iter_mut().for_each(|fact| fact.handoffs.clear());
    let quality = Quality::of(&journeys, &silent, &corpus.clocks, &corpus.truth);
    assert!(quality.by_number_alone > 0);
}

#[test]
fn joining_nothing_has_no_recall_and_joining_everything_no_precision() {
    let corpus = Hour { seed: 3, journeys: 60, distractors: 20, test_calls: 0, start: start() }.corpus();
    let (facts, table) = read(&corpus);
    let alone = |id: &Id| Gathered { anchors: BTreeMap::from([(id.clone(), start())]), ..Gathered::default() };
    let apart: Vec<_> = table.anchors().map(alone).collect();
    let of = |journeys: &[Gathered]| Quality::of(journeys, &facts, &Clocks::default(), &corpus.truth).overall;
    let none = of(&apart);
    assert_eq!((none.joined, none.wrong), (0, 0));
    assert!(none.missed > 0 && none.recall() == 0.0 && none.precision() == 1.0);
    let together =
        Gathered { anchors: table.anchors().map(|id| (id.clone(), start())).collect(), ..Gathered::default() };
    let all = of(&[together]);
    assert_eq!((all.missed, all.hidden), (0, 0));
    assert!(all.recall() == 1.0 && all.precision() < 0.1);
}

#[test]
fn pairs_are_counted_by_their_truth() {
    let id = |text: &str| -> Id { text.parse().unwrap() };
    let label = |journey, part, kind| Label { journey, part, kind };
    let truth: Truth = [
        ("crm.case:a1", label(1, 0, Kind::Plain)),
        ("crm.case:a2", label(1, 0, Kind::Plain)),
        ("crm.case:a3", label(1, 7, Kind::Plain)),
        ("crm.case:b1", label(2, 0, Kind::Distractor)),
    ]
    .map(|(text, label)| (id(text), label))
    .into();
    let journey = |texts: &[&str]| Gathered {
        anchors: texts.iter().map(|text| (id(text), start())).collect(),
        ..Gathered::default()
    };
    let journeys = [journey(&["crm.case:a1", "crm.case:b1"]), journey(&["crm.case:a2"]), journey(&["crm.case:a3"])];
    let quality = Quality::of(&journeys, &[], &Clocks::default(), &truth);
    assert_eq!(quality.overall, Score { joined: 0, wrong: 1, missed: 1, hidden: 2 });
    assert_eq!(quality.kinds[&Kind::Distractor], Score { wrong: 1, ..Score::default() });
    assert_eq!((quality.true_journeys, quality.journeys, quality.anchors), (2, 3, 4));
}
