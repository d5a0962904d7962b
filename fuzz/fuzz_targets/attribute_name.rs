//! Any text as an attribute's name: no panic, and what comes of it is what Datadog takes.
#![no_main]

use chrono::DateTime;
use cxtrace_domain::metrics::{Attribute, BucketWidth, Placement, SeriesTemplate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &str| {
    let Attribute::Metric(metric) = Attribute::read(name) else { return };
    let (series, _) = SeriesTemplate::try_new("genesys.flow.{flow}.{metric}", Vec::new()).unwrap().series(metric.flow, metric.metric, None);
    assert!(series.name().len() <= 200);
    assert!(series.tags().all(|tag| tag.chars().count() <= 200 && !tag.ends_with(':')));
    let published = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
    let placed = Placement::of(metric.at, published, published, BucketWidth::default());
    assert!(placed.redirect.unwrap_or(placed.home).is_open(published));
});
