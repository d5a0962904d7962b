//! Checks whether a world ended with the correct counts.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace::engine::Engine;
use serde_json::{Value, json};

use super::traffic::{self, Truth};
use super::world::World;

/// The counts, compared with the truth.
#[derive(Debug, Clone, Default)]
pub struct CheckResult {
    /// Distinct metric attributes.
    pub distinct: u64,
    /// How many of them Datadog holds.
    pub held: u64,
    /// Attributes that were not counted.
    pub missing: u64,
    /// Counts without an attribute, beyond those that are reported as uncertain.
    pub spurious: u64,
    /// Counts without an attribute that are reported as uncertain.
    pub doubled: u64,
    /// How many of the occurrences that were compared are reported as uncertain.
    pub uncertain: u64,
    /// Descriptions of all errors.
    pub violations: Vec<String>,
}

/// The table's content of one ledger at the end.
#[derive(Debug, Default)]
struct Ledger {
    name: String,
    tags: Vec<String>,
    start: i64,
    occurrences: BTreeSet<String>,
    redirected: BTreeSet<String>,
    /// The counts that were carried here, by the sort keys of the items.
    received: BTreeMap<String, u64>,
    note: Note,
}

/// The note of a ledger.
#[derive(Debug, Default)]
struct Note {
    accepted: u64,
    attempted: u64,
    rejected: u64,
    carries: u64,
    finished: u64,
    carried: u64,
    uncertain: u64,
}

impl Ledger {
    /// The number of occurrences that count here.
    fn total(&self) -> u64 {
        let stored = self.occurrences.difference(&self.redirected).count() as u64;
        (stored + self.received.values().sum::<u64>()).saturating_sub(self.note.carried)
    }
}

/// Checks a world after all work is done.
pub fn check(world: &mut World, engine: &Engine, truth: &Truth, dead_letters: &[String]) -> CheckResult {
    let ledgers = ledgers(engine);
    let held: Vec<_> =
        world.intake.points().map(|p| (p.metric.to_owned(), p.tags.to_vec(), p.timestamp, p.value)).collect();
    let mut check = CheckResult { distinct: truth.distinct(), ..CheckResult::default() };

    let poisoned = world.faults.poisoned.map(|n| {
        let (flow, metric) = traffic::series(n);
        format!("genesys.flow.{flow}.{metric}")
    });
    let uncertain_of = |wanted: &dyn Fn(&str) -> bool| -> u64 {
        ledgers.values().filter(|l| wanted(&l.name)).map(|l| l.note.uncertain).sum()
    };
    let held_of =
        |wanted: &dyn Fn(&str) -> bool| -> u64 { held.iter().filter(|p| wanted(&p.0)).map(|p| whole(p.3)).sum() };

    let budgeted = world.faults.max_series < 9;
    if budgeted && poisoned.is_none() {
        // Which series were admitted is random; the total is not.
        let flow = |name: &str| name.starts_with("genesys.flow.");
        check.compare("all series", truth.distinct(), held_of(&flow), uncertain_of(&flow));
        let distinct = held
            .iter()
            .filter(|p| flow(&p.0) && !p.0.contains("__other__"))
            .map(|p| (&p.0, p.1.iter().filter(|tag| !is_part(tag)).collect::<Vec<_>>()))
            .collect::<BTreeSet<_>>();
        if distinct.len() > world.faults.max_series as usize {
            check.violations.push(format!("{} series where {} are allowed", distinct.len(), world.faults.max_series));
        }
    } else if !budgeted {
        for ((flow, metric), names) in &truth.metrics {
            let name = format!("genesys.flow.{flow}.{metric}");
            if poisoned.as_deref() == Some(name.as_str()) {
                continue;
            }
            let is = |other: &str| other == name;
            check.compare(&name, names.len() as u64, held_of(&is), uncertain_of(&is));
        }
    }
    let malformed = |name: &str| name == "cxtrace.attributes.malformed";
    check.compare("malformed", truth.malformed.len() as u64, held_of(&malformed), uncertain_of(&malformed));

    let unreadable = |name: &str| name == "cxtrace.fields.unreadable";
    check.compare("unreadable", truth.unreadable.len() as u64, held_of(&unreadable), uncertain_of(&unreadable));

    // The self-metrics are as exact as the others.
    let of_flows = |name: &str| name.starts_with("genesys.") || malformed(name);
    let late = ledgers.values().filter(|l| l.name.starts_with("genesys.")).map(|l| l.note.carried).sum();
    let uncertain = uncertain_of(&|name| name.starts_with("genesys."));
    let overflow: BTreeSet<_> =
        ledgers.values().filter(|l| l.name.contains("__other__")).flat_map(|l| &l.occurrences).collect();
    for (name, expected) in [
        ("cxtrace.occurrences.late", late),
        ("cxtrace.occurrences.uncertain", uncertain),
        ("cxtrace.series.overflow", overflow.len() as u64),
    ] {
        let is = |other: &str| other == name;
        let before = (check.doubled, check.uncertain);
        check.compare(name, expected, held_of(&is), uncertain_of(&is));
        (check.doubled, check.uncertain) = before;
    }
    check.check_republished(&ledgers, held_of(&|name| name == "cxtrace.ledgers.republished"));
    let refused = ledgers.values().filter(|l| l.total() > l.note.accepted && l.total() <= l.note.rejected).count();
    world.counters.add("refused total was not found again", refused as u64);
    world.counters.add("occurrence carried late", late);
    let again = ledgers.values().filter(|l| !l.received.is_empty() && l.note.carried > 0).count();
    world.counters.add("occurrence carried again", again as u64);
    let repeated = ledgers.values().filter(|l| l.note.carries > 1).count();
    world.counters.add("ledger carried out of more than once", repeated as u64);
    let redirected: BTreeSet<_> = ledgers.values().flat_map(|ledger| &ledger.redirected).collect();
    for ledger in ledgers.values().filter(|ledger| ledger.tags.iter().any(|tag| is_part(tag))) {
        let copies = ledger.occurrences.iter().filter(|id| redirected.contains(id)).count();
        world.counters.add("occurrence in a further part", ledger.occurrences.len() as u64);
        world.counters.add("redirected occurrence in a further part", copies as u64);
        world.counters.add("carry out of a further part", ledger.note.carries);
        let woken = ledger.received.values().filter(|count| **count == 0).count();
        world.counters.add("sweep woke a further part", woken as u64);
    }
    world.counters.add("occurrence uncertain", uncertain);
    world.counters.add("series beyond the budget", held_of(&|name| name == "cxtrace.series.overflow"));

    if world.unanswered.is_empty() && world.notes_were_sure() && uncertain_of(&of_flows) > 0 {
        check.violations.push("occurrences are uncertain although every submission was answered".to_owned());
    }
    if world.intake.dropped() > 0 {
        check.violations.push(format!("{} points were sent too late for Datadog", world.intake.dropped()));
    }
    check.conservation(&ledgers);
    for ledger in ledgers.values() {
        check.check_ledger(ledger, world, poisoned.as_deref(), dead_letters);
    }
    check
}

impl CheckResult {
    /// Whether all promises hold.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.violations.is_empty() && self.missing == 0 && self.spurious == 0
    }

    fn compare(&mut self, what: &str, expected: u64, held: u64, uncertain: u64) {
        self.held += held;
        self.uncertain += uncertain;
        let (missing, beyond) = (expected.saturating_sub(held), held.saturating_sub(expected));
        let spurious = beyond.saturating_sub(uncertain);
        self.missing += missing;
        self.spurious += spurious;
        self.doubled += beyond - spurious;
        if missing > 0 || spurious > 0 {
            self.violations.push(format!("{what}: {expected} expected, {held} held, {uncertain} uncertain"));
        }
    }

    /// Checks that all counts that were carried out of a series' ledgers have arrived in its ledgers, and that every
    /// carry is finished.
    fn conservation(&mut self, ledgers: &BTreeMap<String, Ledger>) {
        let mut balance: BTreeMap<(&str, &[String]), (u64, u64)> = BTreeMap::new();
        for ledger in ledgers.values() {
            let (left, received) = balance.entry((&ledger.name, &ledger.tags)).or_default();
            *left += ledger.note.carried;
            *received += ledger.received.values().sum::<u64>();
            if ledger.note.finished != ledger.note.carries {
                self.violations.push(format!("{} at {}: a carry is not finished", ledger.name, ledger.start));
            }
        }
        for ((name, _), (left, received)) in balance {
            // Self-metrics of late occurrences receive counts from other series.
            if left > received || (left < received && !name.starts_with("cxtrace.occurrences.")) {
                self.violations.push(format!("{name}: {left} were carried away and {received} received"));
            }
        }
    }

    /// Checks that every ledger that a sweep woke is counted. A sweep that died between the two has counted one more.
    fn check_republished(&mut self, ledgers: &BTreeMap<String, Ledger>, held: u64) {
        let woken = |ledger: &&Ledger| !ledger.name.starts_with("cxtrace.");
        let empty = |ledger: &Ledger| ledger.received.values().filter(|count| **count == 0).count() as u64;
        let woken: u64 = ledgers.values().filter(woken).map(empty).sum();
        if held < woken {
            self.violations.push(format!("{woken} ledgers were woken by sweeps, and {held} are counted"));
        }
    }

    fn check_ledger(&mut self, ledger: &Ledger, world: &World, poisoned: Option<&str>, dead_letters: &[String]) {
        let key = (ledger.name.clone(), ledger.tags.clone(), ledger.start);
        let flagged = ledger.note.uncertain;
        let unanswered = world.unanswered.get(&key).copied().unwrap_or(0);
        if flagged > unanswered && world.notes_were_sure() {
            self.violations.push(format!(
                "{key:?}: {flagged} are uncertain, but at most {unanswered} were sent without an answer"
            ));
        }
        let remaining = ledger.total();
        let held = world.intake.points().find(|p| p.metric == key.0 && p.tags == key.1 && p.timestamp == key.2);
        let held = held.map_or(0, |p| whole(p.value));
        if held < remaining && poisoned != Some(ledger.name.as_str()) && ledger.start != 0 {
            self.violations.push(format!(
                "{key:?}: {remaining} count here, {held} held, {} accepted, {} attempted",
                ledger.note.accepted, ledger.note.attempted
            ));
        }
        if poisoned == Some(ledger.name.as_str()) && remaining > 0 && ledger.start != 0 {
            let set_aside = dead_letters.iter().filter_map(|dead_letter| {
                let dead_letter: Value = serde_json::from_str(dead_letter).ok()?;
                let same = dead_letter["metric"] == json!(ledger.name)
                    && dead_letter["timestamp"] == json!(ledger.start)
                    && dead_letter["tags"] == json!(ledger.tags);
                same.then(|| dead_letter["value"].as_u64()).flatten()
            });
            if set_aside.max().unwrap_or(0) < remaining {
                self.violations.push(format!("{key:?}: Datadog refuses it, and no dead letter holds all {remaining}"));
            }
        }
    }
}

impl World {
    /// Whether every note of an attempt, and every removal of such a note, was written when it should be. A process
    /// that dies between the note and the submission leaves a note of a total that was never sent. Then more is
    /// reported as uncertain than is uncertain.
    fn notes_were_sure(&self) -> bool {
        let unsure = [
            "publisher crashed before a request",
            "publisher crashed after a request",
            "publisher crashed while Datadog answered",
            "request throttled",
            "request answered 500",
            "request timed out, not applied",
            "request timed out, applied",
        ];
        unsure.iter().all(|kind| self.counters.count(kind) == 0)
    }
}

/// Whether `tag` names a part of a series other than the first.
fn is_part(tag: &str) -> bool {
    tag.starts_with("part:")
}

fn ledgers(engine: &Engine) -> BTreeMap<String, Ledger> {
    let mut ledgers: BTreeMap<String, Ledger> = BTreeMap::new();
    let mut start = Value::Null;
    loop {
        let mut request = json!({"TableName": "state"});
        if !start.is_null() {
            request["ExclusiveStartKey"] = start;
        }
        let (_, page) = engine.execute("Scan", request.to_string().as_bytes());
        let page: Value = serde_json::from_str(&page).unwrap_or_default();
        for item in page["Items"].as_array().into_iter().flatten() {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            let number = |name: &str| item[name]["N"].as_str().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            let (pk, sk) = (text("pk"), text("sk"));
            let Some(bucket) = pk.strip_prefix("bucket#").and_then(|rest| rest.split('#').nth(1)) else { continue };
            let start = bucket.parse().unwrap_or_default();
            let ledger = ledgers.entry(pk).or_default();
            ledger.start = start;
            if let Some(id) = sk.strip_prefix("occurrence#") {
                ledger.name = text("name");
                ledger.tags = texts(item);
                ledger.occurrences.insert(id.to_owned());
            } else if let Some(id) = sk.strip_prefix("moved#") {
                ledger.redirected.insert(id.to_owned());
            } else if sk.starts_with("carried#") {
                (ledger.name, ledger.tags) = (text("name"), texts(item));
                ledger.received.insert(sk, number("count"));
            } else if sk == "note" {
                ledger.note = Note {
                    accepted: number("accepted"),
                    attempted: number("attempted"),
                    rejected: number("rejected"),
                    carries: number("carries"),
                    finished: number("finished"),
                    carried: number("carried"),
                    uncertain: number("uncertain"),
                };
            }
        }
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            return ledgers;
        }
    }
}

fn texts(item: &Value) -> Vec<String> {
    item["tags"]["L"].as_array().into_iter().flatten().filter_map(|tag| tag["S"].as_str().map(str::to_owned)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small whole numbers")]
fn whole(value: f64) -> u64 {
    value as u64
}
