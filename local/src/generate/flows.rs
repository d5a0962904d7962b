//! The flows, the metrics that they count, and the attribute names that they write.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Timelike, Utc};

use super::expected::{ExpectedMetric, GeneratedAttribute};
use cxtrace_fixtures::SeededRng;

/// An Architect flow.
#[derive(Debug)]
pub(super) struct Flow {
    /// Its name, as an author might have chosen it.
    pub(super) name: &'static str,
    metrics: &'static [&'static str],
    /// Its relative frequency.
    weight: u32,
}

static FLOWS: [Flow; 8] = [
    Flow {
        name: "CustomerRouting",
        metrics: &["Unknown", "Identified", "Transferred", "Callback offered", "Callback accepted"],
        weight: 30,
    },
    Flow { name: "Billing Disputes", metrics: &["Entered", "Paid (card)", "Paid (bank)", "Agent wanted"], weight: 18 },
    Flow { name: "Order-Status", metrics: &["Found", "Not-found", "Delivery.late", "Self-served"], weight: 16 },
    Flow { name: "auth.bot.v2", metrics: &["started", "passed", "failed.pin", "failed.voice-print"], weight: 14 },
    Flow { name: "Claims (EU)", metrics: &["Opened", "Documents sent", "Fraud check (manual)"], weight: 9 },
    Flow { name: "Survey - After Call (v1.3)", metrics: &["Offered", "Score 1-2", "Score 3", "Score 4-5"], weight: 7 },
    Flow { name: "Rückruf", metrics: &["Gewünscht", "Außerhalb der Öffnungszeit"], weight: 4 },
    Flow { name: "Emergency_Overflow", metrics: &["On", "Queue full"], weight: 2 },
];

impl Flow {
    /// A random flow.
    pub(super) fn pick(rng: &mut SeededRng) -> &'static Self {
        &FLOWS[rng.weighted(FLOWS.iter().map(|flow| flow.weight))]
    }

    /// The attribute name that this flow writes for one of its metrics when its clock shows `at`, with its meaning. In
    /// 15 of 1,000 names the author made a mistake.
    pub(super) fn attribute(&self, at: DateTime<Utc>, rng: &mut SeededRng) -> GeneratedAttribute {
        let metric = self.metrics[rng.index(self.metrics.len())];
        if rng.chance(15) {
            return GeneratedAttribute { name: self.mistaken(metric, at, rng), metric: None };
        }
        let (time, at) = spell(at, rng);
        GeneratedAttribute {
            name: format!("{}Metric_{metric}({time})", self.name),
            metric: Some(ExpectedMetric { flow: self.name, metric, at }),
        }
    }

    /// A name that was meant as a metric but cannot be read as one.
    fn mistaken(&self, metric: &str, at: DateTime<Utc>, rng: &mut SeededRng) -> String {
        let flow = self.name;
        let wrongly = |pattern: &str| format!("{flow}Metric_{metric}({})", at.format(pattern));
        match rng.below(8) {
            0 => wrongly("%Y-%m-%dT%H:%MZ"),
            1 => wrongly("%d/%m/%Y %H:%M:%S"),
            2 => wrongly("%Y-%m-%dT%H.%M.%SZ"),
            3 => wrongly("%Y-13-%dT%H:%M:%SZ"),
            4 => wrongly("%Y-%m-%dT%H:%M:%S.%3fZZ"),
            5 => format!("{flow}Metric_{metric}()"),
            6 => format!("{flow}Metric_({})", canonical(at)),
            _ => format!("Metric_{metric}({})", canonical(at)),
        }
    }
}

/// A time as Architect's `ToString` writes it.
fn canonical(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A notation of `at`, mostly Architect's own, and the time that it means.
fn spell(at: DateTime<Utc>, rng: &mut SeededRng) -> (String, DateTime<Utc>) {
    let second = at.with_nanosecond(0).unwrap_or(at);
    match rng.below(100) {
        0 => (second.format("%Y-%m-%dT%H:%M:%SZ").to_string(), second),
        1 => (second.format("%Y-%m-%d %H:%M:%S").to_string(), second),
        2 => (at.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string(), at),
        3 => match FixedOffset::east_opt(2 * 3_600) {
            Some(zone) => (at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(), at),
            None => (canonical(at), at),
        },
        4 => (canonical(at).to_lowercase(), at),
        _ => (canonical(at), at),
    }
}

/// The offset of the clock of a conversation's flows. Some authors add hours to get the local time, and Architect still
/// appends `Z` (30 of 1,000). Others are about a minute off (40 of 1,000).
pub(super) fn clock_error(rng: &mut SeededRng) -> TimeDelta {
    let size = match rng.below(1_000) {
        0..30 => TimeDelta::hours(rng.between(1, 11).cast_signed()),
        30..70 => rng.millis(30_000, 90_000),
        _ => TimeDelta::zero(),
    };
    if rng.chance(500) { -size } else { size }
}
