//! The clock of a recording: the latest publication time so far.
//!
//! One event with a wrong time must not move the clock for all later events. So the clock jumps by more than an hour only
//! if most of the next events agree: then the recording has a gap. An event with such a time is processed at
//! the clock's time.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// Shorter jumps are always accepted.
const SMALL: TimeDelta = TimeDelta::hours(1);

/// How many of the next events must confirm a larger jump.
const AHEAD: usize = 8;

/// An event with the time of its recording's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timed<T> {
    /// The clock; `None` before the first event with a time.
    pub(crate) at: Option<DateTime<Utc>>,
    /// The event.
    pub(crate) event: T,
}

/// Events with the time of their recording's clock. `published` returns an event's publication time.
#[derive(Debug)]
pub(crate) struct RecordingClock<I: Iterator, F> {
    events: I,
    published: F,
    ahead: VecDeque<(I::Item, Option<DateTime<Utc>>)>,
    clock: Option<DateTime<Utc>>,
}

impl<I, F> RecordingClock<I, F>
where
    I: Iterator,
    F: Fn(&I::Item) -> Option<DateTime<Utc>>,
{
    pub(crate) fn new(events: I, published: F) -> Self {
        Self { events, published, ahead: VecDeque::new(), clock: None }
    }

    fn look_ahead(&mut self) {
        while self.ahead.len() <= AHEAD {
            let Some(event) = self.events.next() else { return };
            let published = (self.published)(&event);
            self.ahead.push_back((event, published));
        }
    }

    fn advance(&mut self, published: DateTime<Utc>) {
        let believed = match self.clock {
            Some(clock) if published <= clock + SMALL => true,
            _ => self.is_confirmed(published),
        };
        self.clock = match self.clock {
            Some(clock) if believed => Some(clock.max(published)),
            None if believed => Some(published),
            // The first event is the one whose time is wrong.
            None => self.middle_of_next(),
            clock => clock,
        };
    }

    /// Whether most of the next events are less than an hour before `published`, or later.
    fn is_confirmed(&self, published: DateTime<Utc>) -> bool {
        let next: Vec<_> = self.ahead.iter().filter_map(|(_, published)| *published).collect();
        let agree = next.iter().filter(|time| **time + SMALL >= published).count();
        agree * 2 >= next.len()
    }

    fn middle_of_next(&self) -> Option<DateTime<Utc>> {
        let mut next: Vec<_> = self.ahead.iter().filter_map(|(_, published)| *published).collect();
        next.sort_unstable();
        next.get(next.len() / 2).copied()
    }
}

impl<I, F> Iterator for RecordingClock<I, F>
where
    I: Iterator,
    F: Fn(&I::Item) -> Option<DateTime<Utc>>,
{
    type Item = Timed<I::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.look_ahead();
        let (event, published) = self.ahead.pop_front()?;
        if let Some(published) = published {
            self.advance(published);
        }
        Some(Timed { at: self.clock, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock, in minutes, after each event that states these minutes.
    fn clock(minutes: &[i64]) -> Vec<i64> {
        let time = |minutes: &i64| DateTime::from_timestamp(minutes * 60, 0);
        RecordingClock::new(minutes.iter(), |minutes| time(minutes))
            .map(|paced| paced.at.unwrap().timestamp() / 60)
            .collect()
    }

    #[test]
    fn the_clock_is_the_latest_time_so_far() {
        assert_eq!(clock(&[10, 11, 9, 15, 15, 12]), [10, 11, 11, 15, 15, 15]);
    }

    #[test]
    fn one_event_from_the_far_future_moves_nothing() {
        assert_eq!(clock(&[10, 9_999, 11, 12]), [10, 10, 11, 12]);
        // Not even when it is delivered twice.
        assert_eq!(clock(&[10, 9_999, 9_999, 11, 12, 13]), [10, 10, 10, 11, 12, 13]);
        // Nor when it comes first.
        assert_eq!(clock(&[9_999, 11, 12, 13]), [12, 12, 12, 13]);
    }

    #[test]
    fn a_gap_in_the_recording_moves_the_clock() {
        assert_eq!(clock(&[10, 2_000, 2_001, 2_002]), [10, 2_000, 2_001, 2_002]);
        assert_eq!(clock(&[10, 2_000]), [10, 2_000]);
    }

    #[test]
    fn an_event_without_a_time_leaves_the_clock_alone() {
        let times = [None, DateTime::from_timestamp(60, 0), None];
        let clock: Vec<_> = RecordingClock::new(times.iter(), |time| **time).map(|paced| paced.at).collect();
        assert_eq!(clock, [None, times[1], times[1]]);
    }
}
