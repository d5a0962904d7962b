//! The most memory that a process of a function of journeys has ever held.

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::runtime_api::Process;
use serde_json::{Value, json};

use super::latency::{days, get, row_ids};
use super::traffic::{Class, hour};
use crate::binaries::Binaries;
use crate::functions::Function;
use crate::memory::{MOST, peak, show};
use crate::report::Section;
use crate::stats::thousands;
use crate::{Effort, Failure, process};

/// The longest `detail` that is taken, in bytes, with a margin for what stands around its spans.
const LARGEST: usize = cxtrace_sources::cxtrace_span::MAX_BYTES - 1_000;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, section: &mut Section) -> Result<(), Failure> {
    let world = process::world().await?;
    let started = async |function: Function| process::started(&binaries.of(function), &world).await;
    let events = hour(effort.journeys, SystemClock.now() - TimeDelta::hours(30));

    let collector = started(Function::SpanCollector).await?;
    section.row("`span-collector`, before its first event", show(peak(&collector)?));
    let mut taken = 0;
    for event in events.iter().filter(|event| event.class != Class::Attributes) {
        process::take(&collector, &event.json).await?;
        taken += 1;
    }
    let mut row = |what: String, process: &Process| {
        let peak = peak(process)?;
        section.target(what, show(peak), format!("at most {} MB", MOST / 1_000_000), peak <= MOST);
        Ok::<_, Failure>(())
    };
    row(format!("`span-collector`, after {} events of the corpus", thousands(taken)), &collector)?;
    process::take(&collector, &largest()).await?;
    row("`span-collector`, after an event of 64 KB besides, the largest that is taken".to_owned(), &collector)?;
    drop(collector);

    let assembler = started(Function::JourneyAssembler).await?;
    let records = process::facts(world.engine());
    let mut largest = 0;
    for records in records.chunks(200) {
        let batch = process::batch(records);
        largest = largest.max(batch.len() as u64);
        process::take(&assembler, &batch).await?;
    }
    let what =
        format!("`journey-assembler`, after {} facts in batches of up to {} bytes", records.len(), thousands(largest));
    section.row(what, show(peak(&assembler)?));
    drop(assembler);

    let explorer = started(Function::JourneyExplorer).await?;
    let query = format!("limit=200&{}", days(3));
    let mut page = get(&explorer, "/api/journeys", &query).await?;
    let mut ids = row_ids(&page);
    // A page is of one day.
    while let Some(next) = page["next"].as_str().map(|next| format!("{query}&cursor={next}")) {
        page = get(&explorer, "/api/journeys", &next).await?;
        ids.extend(row_ids(&page));
    }
    for id in &ids {
        get(&explorer, &format!("/api/journeys/{id}"), "").await?;
    }
    let what = format!("`journey-explorer`, after the list of {} journeys, and all of them opened", ids.len());
    section.row(what, show(peak(&explorer)?));
    drop(explorer);

    let settler = started(Function::JourneySettler).await?;
    process::take(&settler, "{}").await?;
    section.row("`journey-settler`, after it has settled all of these", show(peak(&settler)?));
    Ok(())
}

/// An event of many spans.
fn largest() -> String {
    let at = SystemClock.now() - TimeDelta::hours(1);
    let mut event: Value = serde_json::from_str(&super::traffic::event(1, 1, at)).unwrap_or_default();
    let span = event["detail"]["span"].take();
    let each = span.to_string().len() + 1;
    let spans = (LARGEST / each).min(cxtrace_sources::cxtrace_span::MAX_SPANS);
    let spans: Vec<_> = (0..spans)
        .map(|n| {
            let mut span = span.clone();
            span["key"] = json!(format!("s{n}"));
            span
        })
        .collect();
    if let Some(detail) = event["detail"].as_object_mut() {
        detail.remove("span");
        // What is left of the 64 KB is something that nobody reads.
        let fill = LARGEST.saturating_sub(spans.iter().map(|span| span.to_string().len() + 1).sum());
        detail.insert("spans".to_owned(), json!(spans));
        detail.insert("comment".to_owned(), json!("x".repeat(fill)));
    }
    event.to_string()
}
