//! A journey as one line of a list. The store keeps rows as JSON, so a row has a largest size.

use std::collections::BTreeSet;

use chrono::DateTime;
use cxtrace_domain::journeys::document::{
    Insight, InsightRule, Journey, Leg, NativeId, PhoneLine, Severity, Status, Time,
};
use cxtrace_domain::journeys::{Id, JourneyId};
use serde::{Deserialize, Serialize};

use crate::search::ListQuery;

/// What a list shows of a journey. As JSON it has less than [`Row::MOST_BYTES`]: long lists are cut, and
/// [`Row::left_out`] says by how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: JourneyId,
    /// How often it has been settled.
    pub revision: u32,
    /// How final it is.
    pub status: Status,
    /// The start of its first span.
    pub started_at: Time,
    /// The end of its last; absent while one is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// From start to end, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Its platforms, in the order in which they appear; at most 24.
    pub platforms: Vec<String>,
    /// Sources' own ids of it, `namespace:value`; at most 10.
    pub ids: Vec<Id>,
    /// Phone numbers, as they may be read; at most 4.
    pub phones: Vec<PhoneLine>,
    /// The runs of one platform; at most 32.
    pub legs: Vec<Leg>,
    /// What is worth knowing; at most 12, of which at least one of each rule that found something.
    pub insights: Vec<InsightLine>,
    /// What happened, in plain words; at most 600 bytes.
    pub summary: String,
    /// How many were left out of the lists.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
}

/// An insight without the spans that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InsightLine {
    /// Which rule found it.
    pub rule: InsightRule,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in plain words; at most 200 bytes.
    pub text: String,
}

/// How many entries a row's lists leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Platforms: a filter by one of these does not find the row.
    pub platforms: usize,
    /// Ids.
    pub ids: usize,
    /// Phone numbers.
    pub phones: usize,
    /// Legs.
    pub legs: usize,
    /// Insights.
    pub insights: usize,
}

impl LeftOut {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

const PLATFORMS: usize = 24;
const IDS: usize = 10;
const PHONES: usize = 4;
const LEGS: usize = 32;
const INSIGHTS: usize = 12;

/// Bytes of texts, as they are written in JSON.
const PLATFORM_BYTES: usize = 80;
/// A namespace of 40, a colon and a value of [`Id::MAX_BYTES`].
const ID_BYTES: usize = 40 + 1 + Id::MAX_BYTES;
const MASK_BYTES: usize = 32;
const INSIGHT_BYTES: usize = 200;
const SUMMARY_BYTES: usize = 600;

impl Row {
    /// A row has less than this, as JSON.
    pub const MOST_BYTES: usize = 16 * 1024;

    /// The row of a journey.
    #[must_use]
    pub fn of(journey: &Journey) -> Self {
        let own = journey.ids.iter().filter(|id| id.role == "self");
        let ids: Vec<_> = own.clone().filter_map(id_of).take(IDS).collect();
        let left_out = |all: usize, most: usize| all.saturating_sub(most);
        Self {
            id: journey.id,
            revision: journey.revision,
            status: journey.status,
            started_at: millis(journey.started_at),
            ended_at: journey.ended_at.map(millis),
            duration_ms: journey.duration_ms,
            platforms: journey.platforms.iter().take(PLATFORMS).map(|name| cut(name, PLATFORM_BYTES)).collect(),
            phones: journey.phones.iter().take(PHONES).map(phone_line).collect(),
            legs: journey.legs.iter().take(LEGS).map(leg).collect(),
            insights: chosen(&journey.insights),
            summary: cut(&journey.summary, SUMMARY_BYTES),
            left_out: LeftOut {
                platforms: left_out(journey.platforms.len(), PLATFORMS),
                ids: left_out(own.count(), ids.len()),
                phones: left_out(journey.phones.len(), PHONES),
                legs: left_out(journey.legs.len(), LEGS),
                insights: left_out(journey.insights.len(), INSIGHTS),
            },
            ids,
        }
    }

    /// Whether it is one of those that the filters of `query` mean: its time, platform, insight and status. By which
    /// phone number or id it was found is the store's to know.
    #[must_use]
    pub fn passes(&self, query: &ListQuery) -> bool {
        query.from <= self.started_at.0
            && self.started_at.0 < query.to
            && query.platform.as_ref().is_none_or(|platform| self.platforms.contains(platform))
            && query.insight.is_none_or(|rule| self.insights.iter().any(|insight| insight.rule == rule))
            && query.status.is_none_or(|status| self.status == status)
    }
}

fn id_of(id: &NativeId) -> Option<Id> {
    let text = format!("{}:{}", id.namespace, id.value);
    (text.chars().map(written).sum::<usize>() <= ID_BYTES).then(|| text.parse().ok())?
}

fn leg(leg: &Leg) -> Leg {
    Leg {
        number: leg.number,
        platform: cut(&leg.platform, PLATFORM_BYTES),
        started_at: millis(leg.started_at),
        ended_at: leg.ended_at.map(millis),
    }
}

fn phone_line(line: &PhoneLine) -> PhoneLine {
    PhoneLine { party: line.party, masked: cut(&line.masked, MASK_BYTES) }
}

/// As it is written and read again.
fn millis(time: Time) -> Time {
    Time(DateTime::from_timestamp_millis(time.0.timestamp_millis()).unwrap_or(time.0))
}

/// The first of each rule, then others, in their order: a filter by a rule finds every row that it should.
fn chosen(insights: &[Insight]) -> Vec<InsightLine> {
    let mut rules = BTreeSet::new();
    let mut order: Vec<_> =
        insights.iter().enumerate().map(|(at, insight)| (!rules.insert(insight.rule), at, insight)).collect();
    order.sort_by_key(|(again, at, _)| (*again, *at));
    order.truncate(INSIGHTS);
    order.sort_by_key(|(_, at, _)| *at);
    let line = |insight: &Insight| InsightLine {
        rule: insight.rule,
        severity: insight.severity,
        text: cut(&insight.text, INSIGHT_BYTES),
    };
    order.into_iter().map(|(_, _, insight)| line(insight)).collect()
}

/// The beginning of a text that takes at most `most` bytes in JSON, with `…` where it was cut.
fn cut(text: &str, most: usize) -> String {
    const MARK: char = '…';
    if text.chars().map(written).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(MARK.len_utf8());
    let fits = |c: &char| {
        let taken = written(*c);
        let fits = taken <= left;
        left = left.saturating_sub(taken);
        fits
    };
    text.chars().take_while(fits).chain([MARK]).collect()
}

/// How many bytes a character takes in JSON.
fn written(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}
