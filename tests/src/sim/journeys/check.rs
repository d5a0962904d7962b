//! Checks whether a world ended correctly.
//!
//! The expected result is computed twice: by a naive pass over all stored facts in memory, and by another world that
//! processes every event once in its plain shape, in order, without faults.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use cxtrace_domain::journeys::query::Lookup;
use cxtrace_domain::journeys::{Gathered, Id, Journey, JourneyId, JourneySummary, Retraction, Rule, Source, assemble};
use cxtrace_fixtures::MemoryTable;
use cxtrace_journeys::{Assembled, Seeds};
use cxtrace_store::correlation::{JourneyRow, Listing, RowContent};
use journey_settler::{insights, measures};
use serde_json::{Value, json};

use super::deployment::{Deployment, TABLES};
use super::facts::{Facts, Stored, scan};
use super::hostile::ATTACKERS;
use super::traffic::Traffic;

/// The maximum number of anchors in a row.
const MOST_ANCHORS: usize = 100;

/// The result of checking a world.
#[derive(Debug, Clone, Default)]
pub struct CheckResult {
    /// The number of journeys.
    pub journeys: u64,
    /// The number of facts.
    pub facts: u64,
    /// Descriptions of all errors.
    pub violations: Vec<String>,
}

/// Checks a world after all work is done.
pub async fn check(deployment: &Deployment, traffic: &Traffic, rested: bool) -> CheckResult {
    let stored = Stored::of(&deployment.engine, TABLES[1]);
    let mut check = CheckResult { facts: stored.facts.len() as u64, ..CheckResult::default() };
    check.check(rested, || "the world does not come to rest".to_owned());
    check.facts(&stored, traffic);
    let clocks = traffic.known_clocks();
    let journeys = naive(stored.facts.values(), &stored.cuts).partition(&clocks);
    check.journeys = journeys.len() as u64;
    check.attackers(deployment, &stored, &journeys, &clocks);
    check.rows(deployment, &stored, &journeys).await;
    check.meaningless(deployment, &traffic.facts);
    check.notifications(deployment, &journeys).await;
    check.counted(deployment, &journeys).await;
    check.sequential(deployment, traffic, &journeys).await;
    check
}

/// A table in memory of these facts.
fn naive<'a>(
    facts: impl Iterator<Item = &'a cxtrace_domain::journeys::Fact>,
    cuts: &BTreeSet<Retraction>,
) -> MemoryTable {
    let mut table = MemoryTable::default();
    facts.for_each(|fact| table.insert(fact));
    cuts.iter().for_each(|cut| table.decide(cut));
    table
}

impl CheckResult {
    fn check(&mut self, right: bool, otherwise: impl FnOnce() -> String) {
        if !right {
            self.violations.push(otherwise());
        }
    }

    /// Every journey of another source is as it would be if the attackers had sent nothing.
    fn attackers(
        &mut self,
        deployment: &Deployment,
        stored: &Stored,
        journeys: &[Gathered],
        clocks: &cxtrace_domain::journeys::Clocks,
    ) {
        let attacks = |source: &Source| ATTACKERS.iter().any(|(_, name)| *name == source.as_str());
        let others = stored.facts.values().filter(|fact| !attacks(&fact.source));
        let without = naive(others, &stored.cuts).partition(clocks);
        let with = journeys.iter().filter(|journey| journey.sources.keys().any(|source| !attacks(source)));
        // What is kept out of them is noted.
        let plain = |gathered: &Gathered| {
            let (kept_out, super_connectors) = Default::default();
            Gathered { kept_out, super_connectors, ..gathered.clone() }
        };
        let (with, without): (Vec<_>, Vec<_>) = (with.map(plain).collect(), without.iter().map(plain).collect());
        self.check(with == without, || {
            format!("the attackers change journeys of others: {with:#?}\nwithout them: {without:#?}")
        });
        if with.len() < journeys.len() {
            deployment.world.lock().counters.add("journey beside an attacker's", with.len() as u64);
        }
    }

    /// Exactly the expected facts are stored.
    fn facts(&mut self, stored: &Stored, traffic: &Traffic) {
        let held: BTreeSet<_> = stored.facts.keys().copied().collect();
        let missing = traffic.facts.collected.difference(&held).count();
        self.check(missing == 0, || format!("{missing} facts are not stored"));
        let allowed: BTreeSet<_> = traffic.facts.attributes.values().flatten().copied().collect();
        let unknown = held.iter().filter(|id| !traffic.facts.collected.contains(id) && !allowed.contains(id)).count();
        self.check(unknown == 0, || format!("{unknown} stored facts come from no event"));
        for ((conversation, name), any) in &traffic.facts.attributes {
            self.check(!any.is_disjoint(&held), || format!("nothing is stored of {name} in {conversation}"));
        }
        for (one, other) in &traffic.cuts {
            let (a, b) = if one <= other { (one, other) } else { (other, one) };
            let is_cut = stored.cuts.iter().any(|cut| (&cut.a, &cut.b) == (a, b));
            self.check(is_cut, || format!("{one} is not cut from {other}"));
        }
        self.check(stored.largest < 100_000, || format!("an item has {} bytes", stored.largest));
    }

    /// Each placeholder id of an attribute is counted once.
    fn meaningless(&mut self, deployment: &Deployment, facts: &Facts) {
        let name = |item: &Value| item["name"]["S"].as_str() == Some("cxtrace.ids.meaningless");
        let items = scan(&deployment.engine, TABLES[0]);
        let id = |item: &Value| item["sk"]["S"].as_str()?.strip_prefix("occurrence#").map(str::to_owned);
        let counted: BTreeSet<_> = items.iter().filter(|item| name(item)).filter_map(id).collect();
        let (counted, expected) = (counted.len(), facts.meaningless.len());
        self.check(counted == expected, || format!("{counted} of {expected} placeholder ids are counted"));
        deployment.world.lock().counters.add("placeholder id counted", counted as u64);
    }

    /// Each journey has one row, which matches a naive pass, and every other anchor redirects to it.
    async fn rows(&mut self, deployment: &Deployment, stored: &Stored, journeys: &[Gathered]) {
        let mut expected = BTreeSet::new();
        for gathered in journeys {
            let (Some(journey), Some(oldest)) = (gathered.journey(), gathered.oldest()) else { continue };
            deployment.world.lock().counters.add("row moved to an older journey", gathered.anchors.len() as u64 - 1);
            note_rules(deployment, gathered);
            let read = deployment.assembly().gather(oldest).await;
            self.check(read.as_ref().is_ok_and(|read| read == gathered), || {
                format!("{oldest} is read differently than in memory: {read:?}\nin memory: {gathered:?}")
            });
            for anchor in gathered.anchors.keys() {
                expected.insert(anchor.journey().to_string());
                let row = row(deployment, anchor.journey()).await;
                match row.as_ref().map(|row| &row.content) {
                    Some(RowContent::Listed(line)) if anchor.journey() == journey => {
                        let row = row.as_ref();
                        self.line(deployment, gathered, line, row);
                    }
                    Some(RowContent::MergedInto(to)) if anchor.journey() != journey && *to == journey => {}
                    other => self.violations.push(format!("{anchor} of the journey of {oldest} stands at {other:?}")),
                }
            }
        }
        let mut held: BTreeSet<_> = stored.rows.keys().cloned().collect();
        // Not a journey: when something was erased last.
        held.remove(&JourneyId::of_last_erasure().to_string());
        self.check(held == expected, || format!("{} rows, {} anchors", held.len(), expected.len()));
    }

    fn line(&mut self, deployment: &Deployment, gathered: &Gathered, line: &Listing, row: Option<&JourneyRow>) {
        let Some(row) = row else { return };
        let anchors: Vec<_> = gathered.anchors.keys().take(MOST_ANCHORS).cloned().collect();
        let what = &line.anchor;
        self.check(line.anchors == anchors && Some(what) == gathered.oldest(), || {
            format!("the line of {what} lists {:?} and not {anchors:?}", line.anchors)
        });
        self.check(line.due_at.is_none(), || format!("the line of {what} is still due"));
        let settled = row.settled().is_some_and(|settled| settled.content == gathered.content());
        self.check(settled && !row.is_pending(), || format!("{what} has not settled, or nobody was notified: {row:?}"));
        let journey = assemble(gathered, &cxtrace_sources::policy(), row.settled(), deployment.clock.time());
        let body = journey.as_ref().map(JourneySummary::of);
        let shown = line.summary.as_result().ok().cloned();
        self.check(body == shown, || format!("{what} is shown as {shown:#?}, and is {body:#?}"));
        let mut world = deployment.world.lock();
        world.counters.hit("journey settled");
        if row.settled().is_some_and(|settled| settled.revision > 1) {
            world.counters.hit("journey settled again");
        }
    }

    /// The bus has received each journey's last revision, and each revision always has the same content.
    async fn notifications(&mut self, deployment: &Deployment, journeys: &[Gathered]) {
        let notified = deployment.world.lock().bus_events.clone();
        let settled = notified.iter().filter(|event| event.detail_type == "Journey Settled");
        let mut revisions: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
        for event in settled {
            let id = event.detail["id"].as_str().unwrap_or_default().to_owned();
            let revision = event.detail["revision"].as_u64().unwrap_or_default();
            revisions.entry((id, revision)).or_default().insert(event.detail.to_string());
        }
        for (revision, contents) in &revisions {
            self.check(contents.len() == 1, || format!("{revision:?} was notified as {contents:#?}"));
        }
        for gathered in journeys {
            let Some(journey) = gathered.journey() else { continue };
            let row = row(deployment, journey).await;
            let revision = row.and_then(|row| row.settled()).map_or(0, |settled| settled.revision);
            let key = (journey.to_string(), u64::from(revision));
            self.check(revisions.contains_key(&key), || format!("nobody was notified of {key:?}"));
        }
        // At most once for each claimed revision. A claim without a notification measures nothing.
        let measured = deployment.world.lock().measured.get(measures::DURATION).copied().unwrap_or(0);
        self.check(measured <= revisions.len() as u64, || {
            format!("{measured} durations of {} revisions", revisions.len())
        });
    }

    /// Each insight of each settled journey counts once: under its id, or under an earlier id.
    async fn counted(&mut self, deployment: &Deployment, journeys: &[Gathered]) {
        let mut held: BTreeMap<String, u64> = BTreeMap::new();
        for item in scan(&deployment.engine, TABLES[0]) {
            let id = item["sk"]["S"].as_str().and_then(|sk| sk.strip_prefix("occurrence#"));
            if let (Some(id), Some(insights::INSIGHTS)) = (id, item["name"]["S"].as_str()) {
                *held.entry(id.to_owned()).or_default() += 1;
            }
        }
        for (id, times) in &held {
            self.check(*times == 1, || format!("the insight {id} counts {times} times"));
        }
        for gathered in journeys {
            let Some(journey) = gathered.journey() else { continue };
            let Some(row) = row(deployment, journey).await else { continue };
            let now = deployment.clock.time();
            let Some(journey) = assemble(gathered, &cxtrace_sources::policy(), row.settled(), now) else { continue };
            let rules: BTreeSet<_> = journey.insights.iter().map(|insight| insight.rule).collect();
            let assembled = Assembled { journey, gathered: gathered.clone() };
            let Ok(counted) = deployment.assembly().counted(&row, &assembled).await else { continue };
            let journey = &assembled.journey;
            let expected = insights::occurrences(&counted, journey, Default::default());
            let found = expected.iter().filter(|occurrence| held.contains_key(&occurrence.id.to_string())).count();
            self.check(found == rules.len(), || format!("{found} of {} insights of {} count", rules.len(), journey.id));
            deployment.world.lock().counters.add("insight counted", found as u64);
        }
    }

    /// A world that processes every event once in its plain shape, in order, without faults, has the same result.
    async fn sequential(&mut self, deployment: &Deployment, traffic: &Traffic, journeys: &[Gathered]) {
        let Some(sequential) = in_order(traffic).await else {
            self.violations.push("the sequential pass met an error".to_owned());
            return;
        };
        let stored = Stored::of(&sequential.engine, TABLES[1]);
        let expected = naive(stored.facts.values(), &stored.cuts).partition(&traffic.known_clocks());
        let anchors = |journeys: &[Gathered]| -> BTreeSet<BTreeSet<Id>> {
            journeys.iter().map(|journey| journey.anchors.keys().cloned().collect()).collect()
        };
        let (held, expected_anchors) = (anchors(journeys), anchors(&expected));
        self.check(held == expected_anchors, || {
            let apart: Vec<_> = held.symmetric_difference(&expected_anchors).collect();
            format!("the sequential pass joins differently: {apart:#?}")
        });
        sequential.clock.advance_to(deployment.clock.time());
        let now = sequential.clock.time();
        for gathered in journeys {
            let Some(id) = gathered.journey() else { continue };
            let document = |journey: Journey| json!(Journey { revision: 0, ..journey });
            let here = assemble(gathered, &cxtrace_sources::policy(), None, now).map(document);
            let Some(Lookup::Found(there)) = sequential.assembly().read(id, now).await.ok() else {
                // Genesys repeats attributes, so the oldest of several anchors may differ.
                continue;
            };
            if there.gathered.facts == gathered.facts {
                let there = Some(document(there.journey));
                self.check(here == there, || {
                    format!("the sequential pass gives another document: {here:#?} and {there:#?}")
                });
                deployment.world.lock().counters.hit("document like the sequential pass's");
            }
        }
    }
}

async fn in_order(traffic: &Traffic) -> Option<Deployment> {
    let sequential = Deployment::without_faults(DateTime::UNIX_EPOCH, &traffic.clocks).await;
    for (handler, json) in &traffic.events {
        sequential.clock.advance_to(super::traffic::published(json)?);
        if !sequential.take(*handler, json).await {
            return None;
        }
    }
    for (one, other) in &traffic.cuts {
        sequential
            .correlation()
            .retract(&Retraction::between(one.clone(), other.clone(), sequential.clock.time()))
            .await
            .ok()?;
    }
    let mut seeds = Seeds::default();
    seeds.add_ids(sequential.correlation().anchors().await.ok()?);
    Box::pin(sequential.assembly().refresh_touched(&seeds)).await.ok()?;
    Some(sequential)
}

async fn row(deployment: &Deployment, journey: JourneyId) -> Option<JourneyRow> {
    deployment.correlation().rows(&[journey]).await.ok()?.pop()
}

fn note_rules(deployment: &Deployment, gathered: &Gathered) {
    let mut world = deployment.world.lock();
    for (rule, _) in gathered.edges.values().filter(|edge| !edge.retracted).flat_map(|edge| edge.evidence.keys()) {
        world.counters.hit(match rule {
            Rule::VerificationCode => "journey joined by a code",
            Rule::NumberHandoff => "journey joined by a hand-off",
            _ => "journey joined by what a source says",
        });
    }
}
