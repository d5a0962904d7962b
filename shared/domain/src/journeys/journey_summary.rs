//! The summary of a journey, which lists show, the store keeps next to the key, and the journey bus carries. Every list
//! and text in it has a limit, so a summary has a largest size. It does not know how it is stored or sent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::document::{
    Ending, Insight, InsightRule, Journey, Leg, NativeId, PhoneLine, Severity, Status, Time, TimePart,
};
use super::flow_metric::FlowMetric;
use super::id::{Id, JourneyId};

/// What a list shows of a journey. As JSON it has less than [`JourneySummary::MAX_BYTES`]: long lists are cut, and
/// [`JourneySummary::left_out`] says by how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JourneySummary {
    /// The journey.
    pub id: JourneyId,
    /// How often it has been settled.
    pub revision: u32,
    /// How final it is.
    pub status: Status,
    /// When the customer came.
    pub started_at: Time,
    /// When the customer left; absent while the customer is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// From start to end, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Its platforms, in the order in which they appear; at most 24.
    pub platforms: Vec<String>,
    /// The sources' own ids, `namespace:value`; at most 10.
    pub ids: Vec<Id>,
    /// Masked phone numbers; at most 4.
    pub phones: Vec<PhoneLine>,
    /// The flow metrics that were set, each once, such as `CustomerRouting.Unknown`; at most 16. Summaries of earlier
    /// versions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<String>,
    /// The legs; at most 32.
    pub legs: Vec<Leg>,
    /// At most 12 insights: at least one of each rule that found something.
    pub insights: Vec<InsightSummary>,
    /// How it ended, in one sentence of at most 200 bytes. Summaries of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Ending>,
    /// The time in queues and on hold, in milliseconds.
    #[serde(default)]
    pub waited_ms: i64,
    /// The customer's time of each kind that occurs.
    #[serde(default)]
    pub time: Vec<TimePart>,
    /// What happened, in plain words; at most 600 bytes.
    pub summary: String,
    /// How many entries the lists leave out.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
}

/// An insight without the spans that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InsightSummary {
    pub rule: InsightRule,
    pub severity: Severity,
    /// A sentence for people; at most 200 bytes.
    pub text: String,
}

/// How many entries a summary's lists leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Platforms: a filter by one of these does not find the journey.
    pub platforms: usize,
    pub ids: usize,
    pub phones: usize,
    pub legs: usize,
    pub insights: usize,
    /// Flow metrics: a search by one of these does not find the journey.
    pub metrics: usize,
}

impl LeftOut {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

const MAX_PLATFORMS: usize = 24;
const MAX_IDS: usize = 10;
const MAX_PHONES: usize = 4;
const MAX_METRICS: usize = 16;
const MAX_LEGS: usize = 32;
const MAX_INSIGHTS: usize = 12;

/// Limits of texts, in bytes as JSON writes them.
const MAX_PLATFORM_BYTES: usize = 80;
/// A namespace of 40, a colon and a value of [`Id::MAX_BYTES`].
const MAX_ID_BYTES: usize = 40 + 1 + Id::MAX_BYTES;
const MAX_MASK_BYTES: usize = 32;
const MAX_METRIC_BYTES: usize = 100;
const MAX_INSIGHT_BYTES: usize = 200;
const MAX_SUMMARY_BYTES: usize = 600;

impl JourneySummary {
    /// A summary has less than this, as JSON.
    pub const MAX_BYTES: usize = 18 * 1024;

    /// The summary of a journey.
    #[must_use]
    pub fn of(journey: &Journey) -> Self {
        let own = journey.ids.iter().filter(|id| id.role == "self");
        let ids: Vec<_> = own.clone().filter_map(id_of).take(MAX_IDS).collect();
        let metrics = metrics(journey);
        let left_out = |all: usize, max: usize| all.saturating_sub(max);
        Self {
            id: journey.id,
            revision: journey.revision,
            status: journey.status,
            started_at: millis(journey.started_at),
            ended_at: journey.ended_at.map(millis),
            duration_ms: journey.duration_ms,
            platforms: journey.platforms.iter().take(MAX_PLATFORMS).map(|name| cut(name, MAX_PLATFORM_BYTES)).collect(),
            phones: journey.phones.iter().take(MAX_PHONES).map(phone_line).collect(),
            metrics: metrics.iter().take(MAX_METRICS).map(|name| cut(name, MAX_METRIC_BYTES)).collect(),
            legs: journey.legs.iter().take(MAX_LEGS).map(leg).collect(),
            insights: selected(&journey.insights),
            outcome: Some(Ending { kind: journey.outcome.kind, text: cut(&journey.outcome.text, MAX_INSIGHT_BYTES) }),
            waited_ms: journey.time.waited_ms,
            time: journey.time.parts.clone(),
            summary: cut(&journey.summary, MAX_SUMMARY_BYTES),
            left_out: LeftOut {
                platforms: left_out(journey.platforms.len(), MAX_PLATFORMS),
                ids: left_out(own.count(), ids.len()),
                phones: left_out(journey.phones.len(), MAX_PHONES),
                legs: left_out(journey.legs.len(), MAX_LEGS),
                insights: left_out(journey.insights.len(), MAX_INSIGHTS),
                metrics: left_out(metrics.len(), MAX_METRICS),
            },
            ids,
        }
    }
}

fn id_of(id: &NativeId) -> Option<Id> {
    let text = format!("{}:{}", id.namespace, id.value);
    (text.chars().map(json_bytes).sum::<usize>() <= MAX_ID_BYTES).then(|| text.parse().ok())?
}

/// The flow metrics of a journey, each once, in the order of their names.
fn metrics(journey: &Journey) -> BTreeSet<String> {
    let points = journey.spans.iter().flat_map(|span| &span.events);
    let name = |attributes: &BTreeMap<String, String>| {
        Some(FlowMetric::name(attributes.get("flow")?, attributes.get("metric")?))
    };
    points.filter_map(|point| name(&point.attributes)).collect()
}

fn leg(leg: &Leg) -> Leg {
    Leg {
        number: leg.number,
        platform: cut(&leg.platform, MAX_PLATFORM_BYTES),
        started_at: millis(leg.started_at),
        ended_at: leg.ended_at.map(millis),
    }
}

fn phone_line(line: &PhoneLine) -> PhoneLine {
    PhoneLine { party: line.party, masked: cut(&line.masked, MAX_MASK_BYTES) }
}

/// Rounds a time down to the milliseconds that are written, so that a summary equals itself when it is read again.
fn millis(time: Time) -> Time {
    Time(DateTime::from_timestamp_millis(time.0.timestamp_millis()).unwrap_or(time.0))
}

/// The first insight of each rule, then others, in their order. So a filter by a rule finds every journey that has one.
fn selected(insights: &[Insight]) -> Vec<InsightSummary> {
    let mut rules = BTreeSet::new();
    let mut order: Vec<_> =
        insights.iter().enumerate().map(|(at, insight)| (!rules.insert(insight.rule), at, insight)).collect();
    order.sort_by_key(|(again, at, _)| (*again, *at));
    order.truncate(MAX_INSIGHTS);
    order.sort_by_key(|(_, at, _)| *at);
    let summary = |insight: &Insight| InsightSummary {
        rule: insight.rule,
        severity: insight.severity,
        text: cut(&insight.text, MAX_INSIGHT_BYTES),
    };
    order.into_iter().map(|(_, _, insight)| summary(insight)).collect()
}

/// The beginning of a text that takes at most `max` bytes in JSON. It ends with `…` where it was cut.
fn cut(text: &str, max: usize) -> String {
    const MARK: char = '…';
    if text.chars().map(json_bytes).sum::<usize>() <= max {
        return text.to_owned();
    }
    let mut left = max.saturating_sub(MARK.len_utf8());
    let fits = |c: &char| {
        let taken = json_bytes(*c);
        let fits = taken <= left;
        left = left.saturating_sub(taken);
        fits
    };
    text.chars().take_while(fits).chain([MARK]).collect()
}

/// How many bytes a character takes in JSON.
fn json_bytes(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}
