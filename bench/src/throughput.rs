//! Events a second of one core: through reading and comparing alone, and through everything.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace::generate::{GeneratedEvent, Traffic};
use cxtrace_domain::metrics::{ConversationId, OccurrenceId, diff};
use flow_metrics::event::{self, Incoming};

use crate::clock::thread_cpu;
use crate::pipeline::{Pipeline, Stream};
use crate::report::{Report, Section};
use crate::stats::{percentile, thousands};
use crate::{Effort, Failure};

/// The least events a second and core through reading and comparing.
const LEAST: u64 = 200_000;

/// How often the same traffic is read; the middle one counts.
const ROUNDS: usize = 9;

/// Measures it.
pub(crate) async fn measure(effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Throughput");
    section.means(
        "How fast one core is, for who replays recorded traffic or sizes a machine. Lambda adds cores by itself.",
    );
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let traffic = Traffic { seed: 1, conversations: effort.conversations, hours: 2, start };
    let events: Vec<_> = traffic.events().collect();
    let bytes: usize = events.iter().map(|event| event.json.len()).sum();

    let mut rounds = Vec::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let begun = thread_cpu();
        found = read_and_compare(&events)?;
        rounds.push(thread_cpu() - begun);
    }
    let rate = rate(events.len(), percentile(&rounds, 0.5));
    section.target(
        "reading an event and finding what is new in it, events a second and core",
        format!("{} ({} MB/s)", thousands(rate), thousands(rate * bytes as u64 / events.len() as u64 / 1_000_000)),
        format!("at least {}", thousands(LEAST)),
        rate >= LEAST,
    );

    let stream = Stream { shards: 1, window: Duration::from_secs(2), batch: 1_000 };
    let mut pipeline = Pipeline::new(start, stream).await?;
    let begun = thread_cpu();
    let mut engine = Duration::ZERO;
    for event in &events {
        pipeline.advance_to(event.published).await?;
        engine += pipeline.ingest(&event.json).await?.1.engine;
    }
    pipeline.drain().await?;
    let all = thread_cpu() - begun;
    engine += pipeline.published.meter.engine;
    section.row("the whole pipeline, events a second and core", thousands(self::rate(events.len(), all)));
    section.row(
        "the whole pipeline without the embedded engine, events a second and core",
        thousands(self::rate(events.len(), all.saturating_sub(engine))),
    );
    section.how(format!(
        "{} events of {} generated conversations, {} bytes each on average; {} occurrences in them are new. Reading is \
         what `flow-metrics` does before its first request and with the answer: parse, find the metrics, ask a set \
         what the conversation has shown; the middle of {ROUNDS} rounds. The whole pipeline is ingest, store, stream \
         and publication with a batching window of 2 s of the events' own time, on one thread over the embedded \
         engine; the fake Datadog has a thread of its own, which is not counted.",
        thousands(events.len() as u64),
        thousands(effort.conversations.into()),
        thousands(bytes as u64 / events.len().max(1) as u64),
        thousands(found as u64),
    ));
    report.add(section);
    Ok(())
}

/// Reads every event and looks up each candidate among what its conversation has shown. Gives how many were new.
fn read_and_compare(events: &[GeneratedEvent]) -> Result<usize, Failure> {
    let mut shown: HashMap<ConversationId, HashSet<OccurrenceId>> = HashMap::new();
    let mut new = 0;
    for event in events {
        let Incoming::Attributes(event) = event::read(&event.json)? else { continue };
        let candidates = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
        if candidates.is_empty() {
            continue;
        }
        let shown = shown.entry(event.conversation).or_default();
        new += candidates.iter().filter(|candidate| shown.insert(candidate.id)).count();
    }
    Ok(new)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number is precise enough"
)]
fn rate(events: usize, took: Duration) -> u64 {
    (events as f64 / took.as_secs_f64()) as u64
}
