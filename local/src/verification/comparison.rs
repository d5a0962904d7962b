//! What was counted beside what Datadog shows, by series and hour.
//!
//! A difference has one or more reasons, each with a number. What no reason explains is `missing` or `surplus`, and needs a
//! person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::metrics::Bucket;
use serde::Serialize;

use super::ledger_total::LedgerTotal;

/// The seconds of an hour.
pub(crate) const HOUR: i64 = 3_600;

/// How long Datadog may need until a point can be queried. Datadog documents no limit.
const INDEXING: TimeDelta = TimeDelta::minutes(10);

/// A metric with its tags, sorted.
type Series = (String, Vec<String>);

/// What Datadog shows: a count of each series in each hour, which is named by its start.
pub(crate) type Shown = BTreeMap<(Series, i64), f64>;

/// The whole hours that are compared, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first second.
    pub(crate) from: i64,
    /// The first second that is not part of it.
    pub(crate) to: i64,
}

impl Window {
    /// The hour of `now`, and the `hours` - 1 hours before it.
    pub(crate) fn of(now: DateTime<Utc>, hours: u16) -> Self {
        let to = hour(now.timestamp()) + HOUR;
        Self { from: to - i64::from(hours) * HOUR, to }
    }

    /// The last hours of this window, without its first.
    fn holds(self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

fn hour(at: i64) -> i64 {
    at - at.rem_euclid(HOUR)
}

/// Why Datadog shows another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It has not been published yet.
    Unpublished,
    /// Its bucket closed before Datadog accepted it. It will count in a later bucket.
    Outage,
    /// Datadog has accepted it in the last minutes.
    Indexing,
    /// Datadog accepts points of any age and shows old ones hours later.
    Historical,
    /// Datadog did not answer, and may have counted it twice.
    Uncertain,
    /// Datadog has accepted it and does not show it.
    Missing,
    /// Datadog shows what was not counted.
    Surplus,
}

impl Reason {
    /// Whether a person must look at it.
    pub(crate) fn is_unexplained(self) -> bool {
        matches!(self, Self::Missing | Self::Surplus)
    }

    /// What it means, for a number of occurrences.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unpublished => "not published yet",
            Self::Outage => "late: Datadog did not accept them in time; they will count in a later bucket",
            Self::Indexing => "accepted less than 10 minutes ago; Datadog shows them soon",
            Self::Historical => "historical: Datadog shows old points up to 14 hours later",
            Self::Uncertain => "uncertain: Datadog did not answer, and may have counted them twice",
            Self::Missing => "MISSING: Datadog accepted them and does not show them",
            Self::Surplus => "SURPLUS: Datadog shows what the state table does not have",
        }
    }
}

/// One series in one hour in which Datadog shows another number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// The start of the hour, in seconds since the epoch.
    pub(crate) hour: i64,
    /// The metric.
    pub(crate) metric: String,
    /// Its tags.
    pub(crate) tags: Vec<String>,
    /// What the state table has.
    pub(crate) counted: u64,
    /// What Datadog shows.
    pub(crate) datadog: f64,
    /// Why, each with how many occurrences.
    pub(crate) reasons: Vec<(Reason, u64)>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Comparison {
    /// How many series there are.
    pub(crate) series: usize,
    /// How many pairs of series and hour were compared.
    pub(crate) compared: usize,
    /// How many occurrences were counted, Cxtrace's own counts included.
    pub(crate) counted: u64,
    /// How many occurrences were late and count in a later bucket than the one in which they happened.
    pub(crate) late: u64,
    /// How many occurrences count under `__other__`, because `MAX_SERIES` was reached.
    pub(crate) overflow: u64,
    /// The differences, by hour and series.
    pub(crate) differences: Vec<Row>,
}

/// The sums of one series in one hour.
#[derive(Default)]
struct Sums {
    total: u64,
    open: u64,
    closed: u64,
    recent: u64,
    uncertain: u64,
}

impl Comparison {
    /// Compares `ledgers` with what Datadog shows at `now`.
    pub(crate) fn of(
        ledgers: &[LedgerTotal],
        shown: &Shown,
        window: Window,
        now: DateTime<Utc>,
        historical: bool,
    ) -> Self {
        let mut sums: BTreeMap<(Series, i64), Sums> = BTreeMap::new();
        let mut comparison = Self::default();
        for ledger in ledgers.iter().filter(|ledger| window.holds(ledger.timestamp)) {
            let series = (ledger.metric.clone(), ledger.tags.clone());
            let sum = sums.entry((series, hour(ledger.timestamp))).or_default();
            let is_open = historical || Bucket::starting_at(ledger.timestamp).is_open(now);
            let waiting = ledger.total.saturating_sub(ledger.accepted);
            sum.total += ledger.total;
            *(if is_open { &mut sum.open } else { &mut sum.closed }) += waiting;
            if now - TimeDelta::seconds(ledger.timestamp) < DateTime::UNIX_EPOCH + INDEXING {
                sum.recent += ledger.accepted;
            }
            sum.uncertain += ledger.uncertain + ledger.unanswered;
            if !ledger.metric.starts_with("cxtrace.") {
                comparison.late += ledger.carried;
                if ledger.tags.iter().any(|tag| tag == "flow:__other__") {
                    comparison.overflow += ledger.total;
                }
            }
        }
        let keys: BTreeSet<_> = sums.keys().chain(shown.keys()).cloned().collect();
        comparison.series = keys.iter().map(|(series, _)| series).collect::<BTreeSet<_>>().len();
        comparison.compared = keys.len();
        comparison.counted = sums.values().map(|sum| sum.total).sum();
        for key in keys {
            let sum = sums.remove(&key).unwrap_or_default();
            let datadog = shown.get(&key).copied().unwrap_or_default();
            let reasons = reasons(&sum, datadog, historical);
            if !reasons.is_empty() {
                let ((metric, tags), hour) = key;
                comparison.differences.push(Row { hour, metric, tags, counted: sum.total, datadog, reasons });
            }
        }
        comparison.differences.sort_by(|a, b| (a.hour, &a.metric, &a.tags).cmp(&(b.hour, &b.metric, &b.tags)));
        comparison
    }

    /// The differences that a person must look at.
    pub(crate) fn unexplained(&self) -> impl Iterator<Item = &Row> {
        self.differences.iter().filter(|row| row.reasons.iter().any(|(reason, _)| reason.is_unexplained()))
    }
}

fn reasons(sum: &Sums, datadog: f64, historical: bool) -> Vec<(Reason, u64)> {
    let shown = datadog.round().max(0.0) as u64;
    let mut left = shown.abs_diff(sum.total);
    let mut reasons = Vec::new();
    let mut explain = |reason, most: u64| {
        let n = left.min(most);
        left -= n;
        if n > 0 {
            reasons.push((reason, n));
        }
    };
    if shown > sum.total {
        explain(Reason::Uncertain, sum.uncertain);
        explain(Reason::Surplus, u64::MAX);
    } else {
        explain(Reason::Unpublished, sum.open);
        explain(Reason::Outage, sum.closed);
        explain(Reason::Indexing, sum.recent);
        explain(Reason::Historical, if historical { u64::MAX } else { 0 });
        explain(Reason::Missing, u64::MAX);
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12:30 of a day.
    const NOW: i64 = 1_700_051_400;
    /// The hour before.
    const THEN: i64 = 1_700_046_000;

    fn ledger(timestamp: i64, total: u64, accepted: u64) -> LedgerTotal {
        LedgerTotal {
            metric: "genesys.flow.a.b".to_owned(),
            tags: vec!["flow:a".to_owned(), "metric:b".to_owned()],
            timestamp,
            total,
            accepted,
            unanswered: 0,
            carried: 0,
            uncertain: 0,
            received: 0,
        }
    }

    fn compare(ledgers: &[LedgerTotal], shown: &[(i64, f64)], historical: bool) -> Comparison {
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        let series = || (ledgers[0].metric.clone(), ledgers[0].tags.clone());
        let shown = shown.iter().map(|(hour, value)| ((series(), *hour), *value)).collect();
        Comparison::of(ledgers, &shown, Window::of(now, 24), now, historical)
    }

    fn reasons_of(ledgers: &[LedgerTotal], shown: f64, historical: bool) -> Vec<(Reason, u64)> {
        let comparison = compare(ledgers, &[(hour(ledgers[0].timestamp), shown)], historical);
        comparison.differences.into_iter().flat_map(|row| row.reasons).collect()
    }

    #[test]
    fn equal_counts_are_no_difference() {
        let ledgers = [ledger(THEN, 3, 3), ledger(THEN + 10, 2, 2), ledger(NOW - 1_200, 4, 4)];
        let comparison = compare(&ledgers, &[(hour(THEN), 5.0), (hour(NOW), 4.0)], false);
        assert_eq!(comparison, Comparison { series: 1, compared: 2, counted: 9, ..Comparison::default() });
    }

    #[test]
    fn each_difference_is_named_for_what_it_is() {
        use Reason::{Historical, Indexing, Missing, Outage, Surplus, Uncertain, Unpublished};
        // A total that was tampered with, in either direction.
        assert_eq!(reasons_of(&[ledger(THEN, 5, 5)], 4.0, false), [(Missing, 1)]);
        assert_eq!(reasons_of(&[ledger(THEN, 5, 5)], 6.0, false), [(Surplus, 1)]);
        // An outage, after the bucket has closed and before.
        assert_eq!(reasons_of(&[ledger(THEN, 5, 2)], 2.0, false), [(Outage, 3)]);
        assert_eq!(reasons_of(&[ledger(NOW - 1_200, 5, 2)], 2.0, false), [(Unpublished, 3)]);
        assert_eq!(reasons_of(&[ledger(THEN, 5, 2)], 1.0, false), [(Outage, 3), (Missing, 1)]);
        assert_eq!(reasons_of(&[ledger(NOW - 60, 5, 5)], 0.0, false), [(Indexing, 5)]);
        assert_eq!(reasons_of(&[ledger(THEN, 5, 5)], 2.0, true), [(Historical, 3)]);
        // A total that was sent, not answered, and then carried.
        let carried = LedgerTotal { carried: 4, uncertain: 2, ..ledger(THEN, 1, 1) };
        assert_eq!(reasons_of(std::slice::from_ref(&carried), 3.0, false), [(Uncertain, 2)]);
        assert_eq!(reasons_of(&[carried], 4.0, false), [(Uncertain, 2), (Surplus, 1)]);
        let unanswered = LedgerTotal { unanswered: 2, ..ledger(NOW - 1_200, 3, 1) };
        assert_eq!(reasons_of(&[unanswered], 4.0, false), [(Uncertain, 1)]);
    }

    #[test]
    fn late_and_overflow_are_numbers_and_no_differences() {
        let mut other = LedgerTotal { received: 2, ..ledger(THEN + 10, 2, 2) };
        other.tags = vec!["flow:__other__".to_owned(), "metric:__other__".to_owned()];
        let ledgers = [LedgerTotal { carried: 2, ..ledger(THEN, 0, 0) }, other.clone()];
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        let shown = [(((other.metric, other.tags), hour(THEN)), 2.0)].into();
        let comparison = Comparison::of(&ledgers, &shown, Window::of(now, 24), now, false);
        assert_eq!((comparison.late, comparison.overflow, comparison.differences.len()), (2, 2, 0));
    }

    #[test]
    fn a_series_that_only_datadog_has_is_surplus_and_older_hours_are_left_out() {
        let ledgers = [ledger(NOW - 25 * HOUR, 5, 5)];
        assert_eq!(compare(&ledgers, &[], false).compared, 0);
        let comparison = compare(&ledgers, &[(hour(THEN), 1.0)], false);
        assert_eq!(comparison.unexplained().count(), 1);
    }
}
