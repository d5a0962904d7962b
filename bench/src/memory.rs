//! The peak memory of the functions that take events.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::deployed::Function;
use crate::events::{Metric, of_every_series, with_metrics, with_names};
use crate::process::{self, peak};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{megabytes, thousands};
use crate::traffic::{Class, event, hour};

/// The maximum memory of such a function, in bytes.
const MAX: u64 = 12_000_000;

/// The size of the largest event that EventBridge accepts, in bytes.
const LARGEST: usize = 1_000_000;

/// The maximum length of a span's `detail` in bytes, with a margin for the fields around its spans.
const LARGEST_DETAIL: usize = cxtrace_sources::cxtrace_span::MAX_BYTES - 1_000;

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Peak memory");
    let now = SystemClock.now();
    let count = bench.effort.events as u64;
    let mut row = |what: String, peak| section.at_most(what, peak, MAX, megabytes);

    let world = process::world().await?;
    let flow_metrics = bench.start(Function::FLOW_METRICS, &world).await?;
    process::take(&flow_metrics, of_every_series(0, now)).await?;
    let at = |n: u64| now - TimeDelta::milliseconds(i64::try_from(n % 600_000).unwrap_or(0));
    process::take(&flow_metrics, (0..count).map(|n| with_metrics(n + 1, now, &[Metric { series: n, at: at(n) }])))
        .await?;
    let what = format!("`flow-metrics`, after {} events with a new metric each", thousands(count));
    row(what, peak(&flow_metrics)?);
    process::take(&flow_metrics, [largest(now)]).await?;
    row("`flow-metrics`, after an event of 1 MB besides, of ordinary attributes".to_owned(), peak(&flow_metrics)?);

    let world = process::world().await?;
    let collector = bench.start(Function::SPAN_COLLECTOR, &world).await?;
    let mut events = hour(bench.effort.journeys, now - TimeDelta::hours(30));
    events.retain(|event| event.class != Class::Attributes);
    process::take(&collector, events.iter().map(|event| &event.json)).await?;
    let what = format!("`span-collector`, after {} events of the corpus", thousands(events.len() as u64));
    row(what, peak(&collector)?);
    process::take(&collector, [many_spans(now)?]).await?;
    let what = "`span-collector`, after an event of 64 KB besides, the largest that is taken".to_owned();
    row(what, peak(&collector)?);
    section.how("The peak of resident memory that Linux keeps for each process (VmHWM).");
    bench.report.add(section);
    Ok(())
}

/// The largest event that EventBridge accepts, without anything to count.
fn largest(now: DateTime<Utc>) -> String {
    let empty = with_names(0, now, Vec::new()).len();
    let name = |n: usize| format!("Ordinary attribute number {n:09}");
    // The JSON around an attribute's name: two pairs of quotation marks, a colon, a comma and the value.
    let each = name(0).len() + 7;
    with_names(0, now, (0..(LARGEST - empty) / each).map(name).collect())
}

/// The largest event with spans. What many small spans leave of its 64 KB is a field that nothing reads.
fn many_spans(now: DateTime<Utc>) -> Result<String, Failure> {
    let mut event: Value = serde_json::from_str(&event(1, 1, now - TimeDelta::hours(1)))?;
    let detail = event["detail"].as_object_mut().ok_or("an event has no detail")?;
    let span = detail.remove("span").unwrap_or_default();
    let keyed = |n: usize| {
        let mut span = span.clone();
        span["key"] = json!(format!("s{n}"));
        span
    };
    let count = (LARGEST_DETAIL / (span.to_string().len() + 1)).min(cxtrace_sources::cxtrace_span::MAX_SPANS);
    let spans = Value::Array((0..count).map(keyed).collect());
    let fill = LARGEST_DETAIL.saturating_sub(spans.to_string().len());
    detail.insert("spans".to_owned(), spans);
    detail.insert("comment".to_owned(), json!("x".repeat(fill)));
    Ok(event.to_string())
}
