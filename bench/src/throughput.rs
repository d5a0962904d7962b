//! Events a second that one core reads and compares.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use cxtrace::generate::{GeneratedEvent, Traffic};
use cxtrace_domain::metrics::{ConversationId, OccurrenceId, diff};
use cxtrace_sources::genesys::attributes::{self, Incoming};

use crate::bench::Bench;
use crate::metered::thread_cpu;
use crate::report::Section;
use crate::run::{Failure, START};
use crate::stats::{median, thousands};

/// The minimum number of events for each second and core.
const MIN: u64 = 200_000;

/// The number of repetitions; the median counts.
const ROUNDS: usize = 9;

/// Measures it.
pub(crate) fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Throughput");
    let start: DateTime<Utc> = START.parse()?;
    let traffic = Traffic { seed: 1, conversations: bench.effort.conversations, hours: 2, start };
    let events: Vec<_> = traffic.events().collect();
    let bytes: usize = events.iter().map(|event| event.json.len()).sum();
    let mut rounds = Vec::new();
    let mut new = 0;
    for _ in 0..ROUNDS {
        let begun = thread_cpu();
        new = read_and_compare(&events)?;
        rounds.push(thread_cpu() - begun);
    }
    let nanoseconds = u64::try_from(median(&rounds).as_nanos())?.max(1);
    let rate = |count: usize| u128::from(count as u64) * 1_000_000_000 / u128::from(nanoseconds);
    let events_a_second = u64::try_from(rate(events.len()))?;
    section.target(
        "reading an event and finding what is new in it, events a second and core",
        format!("{} ({} MB/s)", thousands(events_a_second), rate(bytes) / 1_000_000),
        format!("at least {}", thousands(MIN)),
        events_a_second >= MIN,
    );
    section.how(format!(
        "{} generated events, {} bytes each on average; {} occurrences in them are new. This is what `flow-metrics` does \
         before and after its first request: parse, find the metrics, look up what the conversation has had. The middle \
         of {ROUNDS} rounds.",
        thousands(events.len() as u64),
        thousands((bytes / events.len().max(1)) as u64),
        thousands(new as u64),
    ));
    bench.report.add(section);
    Ok(())
}

/// Reads every event and looks up each candidate among those of its conversation. Returns how many were new.
fn read_and_compare(events: &[GeneratedEvent]) -> Result<usize, Failure> {
    let mut seen: HashMap<ConversationId, HashSet<OccurrenceId>> = HashMap::new();
    let mut new = 0;
    for event in events {
        let Incoming::Attributes(event) = attributes::read(&event.json, &|_| false)? else { continue };
        let candidates = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
        if candidates.is_empty() {
            continue;
        }
        let seen = seen.entry(event.conversation).or_default();
        new += candidates.iter().filter(|candidate| seen.insert(candidate.id)).count();
    }
    Ok(new)
}
