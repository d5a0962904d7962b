//! The peak memory of a `span-collector` process.

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::traffic::{Class, event, hour};
use crate::binaries::Binaries;
use crate::deployed::Function;
use crate::memory::row;
use crate::process;
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::thousands;

/// The maximum length of `detail` in bytes, with a margin for the fields around its spans.
const LARGEST: usize = cxtrace_sources::cxtrace_span::MAX_BYTES - 1_000;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Peak memory: journeys");
    let world = process::world().await?;
    let collector = process::started(&binaries.of(Function::SPAN_COLLECTOR), &world).await?;
    let events = hour(effort.journeys, SystemClock.now() - TimeDelta::hours(30));
    let mut taken = 0;
    for event in events.iter().filter(|event| event.class != Class::Attributes) {
        process::take(&collector, &event.json).await?;
        taken += 1;
    }
    row(&mut section, format!("`span-collector`, after {} events of the corpus", thousands(taken)), &collector)?;
    process::take(&collector, &largest()).await?;
    row(&mut section, "`span-collector`, after an event of 64 KB besides, the largest that is taken", &collector)?;
    section.how("The peak of resident memory that Linux keeps for each process (VmHWM).");
    report.add(section);
    Ok(())
}

/// An event of many spans.
fn largest() -> String {
    let at = SystemClock.now() - TimeDelta::hours(1);
    let mut event: Value = serde_json::from_str(&event(1, 1, at)).unwrap_or_default();
    let span = event["detail"]["span"].take();
    let each = span.to_string().len() + 1;
    let count = (LARGEST / each).min(cxtrace_sources::cxtrace_span::MAX_SPANS);
    let spans: Vec<_> = (0..count)
        .map(|n| {
            let mut span = span.clone();
            span["key"] = json!(format!("s{n}"));
            span
        })
        .collect();
    if let Some(detail) = event["detail"].as_object_mut() {
        detail.remove("span");
        // The rest of the 64 KB is a field that nothing reads.
        let fill = LARGEST.saturating_sub(spans.iter().map(|span| span.to_string().len() + 1).sum());
        detail.insert("spans".to_owned(), json!(spans));
        detail.insert("comment".to_owned(), json!("x".repeat(fill)));
    }
    event.to_string()
}
