//! The reference of attribute names: every kind that is accepted or refused, and the series and bucket that
//! the accepted ones count in. The snapshot beside this file is the document.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use cxtrace_domain::metrics::{Attribute, AttributeName, BucketWidth, Placement, SeriesTemplate};

const PUBLISHED: &str = "2023-03-05T08:18:05Z";

fn read(name: &str) -> String {
    let shown = AttributeName::new(name);
    let metric = match Attribute::read(shown.as_str()) {
        Attribute::Ordinary => return "ordinary".to_owned(),
        Attribute::Malformed { flow } => return format!("malformed, flow {flow:?}"),
        Attribute::Metric(metric) => metric,
    };
    let (series, _) = SeriesTemplate::try_new("genesys.flow.{flow}.{metric}", Vec::new()).unwrap().series(
        metric.flow,
        metric.metric,
        None,
    );
    let published: DateTime<Utc> = PUBLISHED.parse().unwrap();
    let placed = Placement::of(metric.at, published, published, BucketWidth::default());
    let bucket = placed.redirect.unwrap_or(placed.home).start();
    let bucket = DateTime::from_timestamp(bucket, 0).unwrap().to_rfc3339_opts(SecondsFormat::Secs, true);
    let skewed = if placed.redirect.is_some() { ", skewed" } else { "" };
    format!("{} {{{}}} at {bucket}{skewed}", series.name(), series.tags().collect::<Vec<_>>().join(", "))
}

#[test]
fn reference_of_attribute_names() {
    let time = "2023-03-05T08:18:04.568Z";
    let times = [
        time,
        "2023-03-05T08:18:04Z",
        "2023-03-05T08:18:04.5Z",
        "2023-03-05T08:18:04.123456789Z",
        "2023-03-05T08:18:04.1234567890Z",
        "2023-03-05t08:18:04z",
        "2023-03-05 08:18:04",
        " 2023-03-05T08:18:04Z ",
        "2023-03-05T09:18:04+01:00",
        "2023-03-05T09:18:04+0100",
        "2023-03-05T09:18:04+01",
        "2023-03-05T08:18:04 Z",
        "2023-03-05T08:18:60Z",
        "2023-03-05T08:23:05Z",
        "2023-03-05T08:23:06Z",
        "2023-03-05T07:28:05Z",
        "2023-03-05T07:28:04Z",
        "1800-01-01T00:00:00Z",
        "2200-12-31T23:59:59Z",
        "2023-02-30T00:00:00Z",
        "2023-03-05T24:00:00Z",
        "2023-03-05",
        "08:18:04",
        "1678004284",
        "1678004284568",
        "05/03/2023 08:18:04",
        "now",
        "",
        " ",
    ];
    let whole_names = [
        format!("Customer RoutingMetric_Queue (EU) entered({time})"),
        format!(" Customer-Routing v1.2 Metric_ Paid ({time})"),
        format!("AMetric_BMetric_C({time})"),
        format!("Bill (EU)Metric_X(1)({time})"),
        format!("ÜberweisungMetric_Geprüft({time})"),
        format!("€Metric_€({time})"),
        format!("料金Metric_支払い済み({time})"),
        format!("दिनMetric_Done({time})"),
        format!("दीनMetric_Done({time})"),
        format!("İstanbul①Metric_m²({time})"),
        format!("Metric_Unknown({time})"),
        format!(" Metric_Unknown({time})"),
        format!("CustomerRoutingMetric_({time})"),
        format!("CustomerRoutingMetric_Unknown{time}"),
        format!("CustomerRoutingMetric_Unknown({time}"),
        format!("CustomerRoutingMetric_Unknown({time}) "),
        format!("\u{feff}Customer\u{200b}RoutingMetric_Unknown({time})\u{a0}\u{200e}"),
        format!("Customer\u{a0}RoutingMetric_Unknown(\u{2007}{time})"),
        format!("CustomerRoutingMetric_Unknown({time})."),
        format!("CustomerRoutingMetric_Unknown({time})1"),
        format!("CustomerRoutingMetric_Unknown（{time}）"),
        format!("CustomerRouting(Metric_Unknown{time})"),
        format!("CustomerRoutingmetric_Unknown({time})"),
        format!("CustomerRoutingMetric Unknown({time})"),
        format!("({time})"),
        format!("{}Metric_{}({time})", "f".repeat(300), "m".repeat(300)),
        "CustomerRoutingMetric_Unknown".to_owned(),
        "CustomerRoutingMetric_".to_owned(),
        "LLM (AW) question".to_owned(),
        " ani_in_identity_platform".to_owned(),
        "Numero  VIP".to_owned(),
        "conversationDetails.participantData.Account Balance".to_owned(),
        String::new(),
    ];

    let mut reference = format!("default METRIC_NAME; published {PUBLISHED}\n\n");
    let names = times.iter().map(|time| format!("CustomerRoutingMetric_Unknown({time})")).chain(whole_names);
    for name in names {
        let shown = if name.len() > 100 { format!("{}… ({} bytes)", &name[..40], name.len()) } else { name.clone() };
        let reading = read(&name);
        let reading =
            if reading.len() > 160 { format!("{}… ({} bytes)", &reading[..100], reading.len()) } else { reading };
        writeln!(reference, "{shown:?}\n    {reading}").unwrap();
    }
    insta::assert_snapshot!(reference);
}
