//! The start times of conversations. They follow a contact centre's day, which is quiet at night.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use cxtrace_fixtures::SeededRng;

/// The relative load of each hour of the day (UTC).
const DAY: [u64; 24] = [2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 16, 15, 17, 17, 15, 12, 9, 7, 5, 4, 3, 2];

/// The maximum length of a run, in hours: a leap year.
pub(super) const MAX_HOURS: u32 = 366 * 24;

/// A plan of arrivals.
#[derive(Debug, Clone)]
pub(super) struct Arrivals {
    start: DateTime<Utc>,
    conversations: u32,
    /// The cumulative weight of every hour of the run.
    cumulative: Vec<u64>,
}

impl Arrivals {
    /// Distributes `conversations` over `hours` (1 to [`MAX_HOURS`]) from `start`, which is cut to milliseconds.
    pub(super) fn new(start: DateTime<Utc>, hours: u32, conversations: u32) -> Self {
        let start = DateTime::from_timestamp_millis(start.timestamp_millis()).unwrap_or(start);
        let hours = (0..hours.clamp(1, MAX_HOURS)).map(|hour| (start.hour() + hour) as usize % DAY.len());
        let cumulative = hours
            .scan(0, |sum, hour| {
                *sum += DAY[hour];
                Some(*sum)
            })
            .collect();
        Self { start, conversations, cumulative }
    }

    /// The start of conversation `index`. Start times increase with the index: each conversation has its own part of
    /// the curve and a random place in it. So a run of any size needs no list of them.
    pub(super) fn begin(&self, index: u32, rng: &mut SeededRng) -> DateTime<Utc> {
        let total = u128::from(self.cumulative.last().copied().unwrap_or(1));
        // The fraction has 32 bits.
        let share = (u128::from(index) << 32) + u128::from(rng.bits());
        let place = share * total / u128::from(self.conversations.max(1));

        let hour = self.cumulative.partition_point(|sum| u128::from(*sum) << 32 <= place);
        let before = hour.checked_sub(1).and_then(|last| self.cumulative.get(last)).copied().unwrap_or(0);
        let weight = self.cumulative.get(hour).map_or(1, |sum| sum - before);
        let millis = ((place - (u128::from(before) << 32)) * 3_600_000 / u128::from(weight)) >> 32;
        self.start + TimeDelta::hours(hour as i64) + TimeDelta::milliseconds(millis as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_arrive_in_order_and_mostly_by_day() {
        let start: DateTime<Utc> = "2026-03-02T00:00:00Z".parse().unwrap();
        let arrivals = Arrivals::new(start, 24, 1_000);
        let times: Vec<_> =
            (0..1_000).map(|index| arrivals.begin(index, &mut SeededRng::with_plain_key(1, index.into()))).collect();
        assert!(times.is_sorted());
        assert!(times[0] >= start && times[999] < start + TimeDelta::hours(24));
        let between = |from, to| times.iter().filter(|time| (from..to).contains(&time.hour())).count();
        assert!(between(9, 13) > 10 * between(1, 5), "{} by day, {} by night", between(9, 13), between(1, 5));
    }

    #[test]
    fn a_run_of_zero_hours_takes_one_hour() {
        let start: DateTime<Utc> = "2026-03-02T10:30:00Z".parse().unwrap();
        let last = Arrivals::new(start, 0, 5).begin(4, &mut SeededRng::with_plain_key(1, 4));
        assert!(last >= start && last < start + TimeDelta::hours(1));
    }
}
