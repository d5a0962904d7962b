//! What an event asks of DynamoDB, by what is in it, and what that consumes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::Failure;
use crate::events::{Metric, event, event_of, of_every_series};
use crate::metered::Meter;
use crate::pipeline::{Pipeline, Stream};
use crate::report::{Report, Section};

/// Measures it.
pub(crate) async fn measure(report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Requests to DynamoDB");
    section.means("What counting asks of DynamoDB, by what is in an event: DynamoDB bills units, not time.");
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let stream = Stream { shards: 1, window: Duration::from_secs(2), batch: 1_000 };
    let mut pipeline = Pipeline::new(start, stream).await?;
    let at = start - TimeDelta::seconds(1);
    let metrics = |count: u64| -> Vec<_> { (0..count).map(|series| Metric { series, at }).collect() };

    let first = event(0, start, &metrics(1));
    section.row("the first event of an instance, with a new series", show(&pipeline.ingest(&first).await?.1));
    for event in of_every_series(1, start) {
        pipeline.ingest(&event).await?;
    }
    let skewed = Metric { series: 0, at: start - TimeDelta::hours(3) };
    for (what, event) in [
        ("no metric", event(2, start, &[])),
        ("one new metric", event(3, start, &metrics(1))),
        ("nothing new", event(3, start, &metrics(1))),
        ("25 new metrics", event(4, start, &metrics(25))),
        ("100 new metrics", event(5, start, &metrics(100))),
        ("one skewed metric", event(6, start, &[skewed])),
        ("one malformed attribute", event_of(7, start, vec!["CustomerRouting0Metric_Outcome 0(soon)".to_owned()])),
    ] {
        section.row(what, show(&pipeline.ingest(&event).await?.1));
    }
    pipeline.drain().await?;

    let mut published = async |at: DateTime<Utc>, events: &[String]| {
        pipeline.advance_to(at).await?;
        pipeline.published = Default::default();
        for event in events {
            pipeline.ingest(event).await?;
        }
        pipeline.drain().await?;
        Ok::<_, Failure>(pipeline.published.clone())
    };
    let minute = |n| start + TimeDelta::minutes(n);
    let one = published(minute(1), &[event(8, minute(1), &[Metric { series: 0, at: minute(1) }])]).await?;
    section.row("publishing one occurrence", show(&one.meter));
    let ten: Vec<_> = (0..10).map(|n| event(10 + n, minute(2), &[Metric { series: 0, at: minute(2) }])).collect();
    section.row("publishing ten occurrences of one series and bucket", show(&published(minute(2), &ten).await?.meter));
    let late = event(30, minute(3), &[Metric { series: 0, at: minute(3) }]);
    let moved = published(minute(120), &[late]).await?;
    section.row(format!("publishing one occurrence late, in {} invocations", moved.invocations), show(&moved.meter));
    section.how(
        "Counted below the AWS SDK. Units follow from the sizes of the items, by DynamoDB's rules for on-demand tables: a \
         write unit for each 1 KB of the larger of the item before and after, two in a transaction; a read unit for \
         each 4 KB of what a query reads, half of that if it is eventually consistent.",
    );
    report.add(section);
    Ok(())
}

fn show(meter: &Meter) -> String {
    if meter.requests.is_empty() {
        return "none".to_owned();
    }
    let requests: Vec<_> = meter.requests.iter().map(|(operation, count)| format!("{count} {operation}")).collect();
    format!("{}: {} read units, {} write units", requests.join(", "), meter.units.read, meter.units.write)
}
