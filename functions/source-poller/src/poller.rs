//! A run: reads windows of each API until it has caught up, or until its pages or its time are used up. The next run goes on.
//! Several APIs are read concurrently, and each has its part of the run's time. So a slow API does not delay the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::digest::Digest128;
use cxtrace_sources::delivery::{Delivery, Transport};
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{PollCursor, PollWindow};
use futures::stream::{self, StreamExt, TryStreamExt};
use webhook_receiver::{NotStored, Sink};

use crate::answer::{Answer, Items, text_at};
use crate::asking::{Api, LEAST};
use crate::cursors::Cursors;
use crate::target::{InvalidTarget, Target, Window};

/// How many APIs are read concurrently.
const TARGETS: usize = 4;

/// How many items of an API are stored concurrently.
const CONCURRENCY: usize = 8;

/// How many items are remembered as stored. They are forgotten together.
const MAX_REMEMBERED: usize = 50_000;

/// The longest pause that an API can ask for.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);

/// Why a run ends early. The next run asks again for everything whose cursor has not moved.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    #[error(transparent)]
    Target(#[from] InvalidTarget),
    #[error("the cursor of {target} could not be read or stored")]
    Cursor {
        target: String,
        #[source]
        source: StoreError,
    },
    #[error("an item of {target} could not be stored: {reason}")]
    Item { target: String, reason: String },
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Pages that were read.
    pub pages: u64,
    /// Items that were stored.
    pub stored: u64,
    /// Items that cannot be read.
    pub unreadable: u64,
    /// Targets that do not let us in or do not answer as their definition says, with the reason.
    pub refused: Vec<String>,
    /// The time between now and the end of what is stored, of the target that is furthest behind.
    pub behind: Duration,
}

impl Run {
    fn add(&mut self, other: Self) {
        self.pages += other.pages;
        self.stored += other.stored;
        self.unreadable += other.unreadable;
        self.refused.extend(other.refused);
        self.behind = self.behind.max(other.behind);
    }
}

/// Reads APIs.
pub struct Poller<S, C> {
    pub api: Api,
    pub sink: S,
    pub cursors: C,
    /// Items that this process has stored. Windows overlap, so most items come several times.
    stored: Mutex<BTreeSet<Digest128>>,
}

impl<S, C> fmt::Debug for Poller<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").finish_non_exhaustive()
    }
}

/// Why a target is not read further in this run.
enum Stop {
    CaughtUp,
    /// Pages or time are used up.
    GoOnNextRun,
    /// It is not asked again before this pause is over.
    Wait(TimeDelta),
}

impl<S: Sink, C: Cursors> Poller<S, C> {
    #[must_use]
    pub fn new(api: Api, sink: S, cursors: C) -> Self {
        Self { api, sink, cursors, stored: Mutex::default() }
    }

    /// Reads those of `targets` that are due. It ends before `deadline`.
    ///
    /// # Errors
    /// When the table does not answer. Every target was tried before.
    pub async fn run(&self, targets: &[Target], deadline: DateTime<Utc>) -> Result<Run, PollError> {
        let (mut run, mut failed) = (Run::default(), None);
        let loading = targets.iter().map(|target| async move { (target, self.cursor(target).await) });
        let mut waiting = Vec::new();
        for (target, cursor) in stream::iter(loading).buffered(CONCURRENCY).collect::<Vec<_>>().await {
            match cursor {
                Ok(cursor) => waiting.push((target, cursor)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        // If the time does not suffice for all, those that are furthest behind come first.
        waiting.sort_by_key(|(_, cursor)| cursor.until);
        let share = self.share(waiting.len(), deadline);
        let reading = waiting.into_iter().map(|(target, cursor)| async move {
            let mut run = Run::default();
            let own_deadline = deadline.min(self.api.clock.now() + share);
            let read = self.read(target, cursor, own_deadline, &mut run).await;
            (run, read)
        });
        let mut reading = stream::iter(reading).buffer_unordered(TARGETS);
        while let Some((part, read)) = reading.next().await {
            run.add(part);
            failed = failed.or(read.err());
        }
        failed.map_or(Ok(run), Err)
    }

    /// The time of each of `targets`, so that all have their turn before `deadline`.
    fn share(&self, targets: usize, deadline: DateTime<Utc>) -> TimeDelta {
        let turns = i32::try_from(targets.div_ceil(TARGETS)).unwrap_or(i32::MAX).max(1);
        let least = TimeDelta::from_std(LEAST).unwrap_or_default();
        ((deadline - self.api.clock.now()) / turns).max(least)
    }

    /// How far `target` is read.
    async fn cursor(&self, target: &Target) -> Result<PollCursor, PollError> {
        let loaded = self.cursors.load(&target.name).await;
        let loaded = loaded.map_err(|source| PollError::Cursor { target: target.name.clone(), source })?;
        if let Some(cursor) = loaded {
            return Ok(cursor);
        }
        // Stored before the first answer: an API that refuses us for a day is then read from here on.
        let now = self.api.clock.now();
        let cursor = PollCursor { until: now, next_at: now, window: None };
        self.save(target, &cursor).await?;
        Ok(cursor)
    }

    async fn read(
        &self,
        target: &Target,
        mut cursor: PollCursor,
        deadline: DateTime<Utc>,
        run: &mut Run,
    ) -> Result<(), PollError> {
        let now = self.api.clock.now();
        if cursor.next_at <= now {
            let stop = self.read_windows(target, &mut cursor, deadline, run).await?;
            let pause = match stop {
                Stop::CaughtUp => target.interval(),
                Stop::GoOnNextRun => TimeDelta::zero(),
                Stop::Wait(pause) => pause,
            };
            cursor.next_at = now + pause;
            self.save(target, &cursor).await?;
        }
        let behind = (self.api.clock.now() - cursor.until).to_std().unwrap_or_default();
        run.behind = run.behind.max(behind);
        Ok(())
    }

    /// Reads windows one after the other. The cursor in the table moves after each page whose items are stored.
    async fn read_windows(
        &self,
        target: &Target,
        cursor: &mut PollCursor,
        deadline: DateTime<Utc>,
        run: &mut Run,
    ) -> Result<Stop, PollError> {
        let now = self.api.clock.now();
        let mut has_restarted = false;
        for _ in 0..target.poll.most_pages() {
            if !self.api.has_time(Duration::ZERO, deadline) {
                return Ok(Stop::GoOnNextRun);
            }
            let (window, page) = match &cursor.window {
                Some(open) => (Window { from: open.from, to: open.to }, Some(open.page.clone())),
                None => {
                    let to = now.min(cursor.until + target.longest_window()).max(cursor.until);
                    (Window { from: cursor.until - target.overlap(), to }, None)
                }
            };
            let items = match self.api.ask(target, &target.address(window, page.as_deref()), deadline).await {
                Answer::Items(items) => items,
                // The API may have forgotten the page. Its window is read again from the start, once.
                Answer::Rejected(reason) if page.is_some() && !has_restarted => {
                    tracing::warn!(api = target.name, reason, "a window is read again from its first page");
                    has_restarted = true;
                    cursor.window = None;
                    continue;
                }
                Answer::Refused(reason) | Answer::Rejected(reason) => {
                    tracing::error!(
                        api = target.name,
                        reason,
                        "an API refuses to be polled; docs/sources.md says what it needs"
                    );
                    run.refused.push(format!("{}: {reason}", target.name));
                    return Ok(Stop::Wait(target.interval()));
                }
                Answer::Unavailable { after, .. } => {
                    let asked = after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_default();
                    return Ok(Stop::Wait(target.interval().max(asked.min(LONGEST_PAUSE))));
                }
            };
            run.pages += 1;
            self.store(target, &items, run).await?;
            match items.next.filter(|next| Some(next) != page.as_ref()) {
                Some(page) => cursor.window = Some(PollWindow { from: window.from, to: window.to, page }),
                None => {
                    cursor.window = None;
                    cursor.until = window.to;
                }
            }
            self.save(target, cursor).await?;
            if cursor.window.is_none() && cursor.until >= now {
                return Ok(Stop::CaughtUp);
            }
        }
        Ok(Stop::GoOnNextRun)
    }

    async fn store(&self, target: &Target, items: &Items, run: &mut Run) -> Result<(), PollError> {
        let now = self.api.clock.now();
        let storing = items.items.iter().map(|item| async move {
            let digest = Digest128::of([target.name.as_bytes(), item.as_bytes()]);
            if self.stored.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest) {
                return Ok(None);
            }
            let unreadable = |reason: &str| {
                tracing::error!(api = target.name, reason, "an item of an API cannot be read and is left out");
                Ok(Some((false, digest)))
            };
            if !item.starts_with(['{', '[']) {
                return unreadable("it is no object");
            }
            let happened = text_at(item, &target.poll.time).and_then(|text| time(&text));
            let delivery = Delivery {
                transport: Transport::Poll,
                source: target.source.clone(),
                headers: BTreeMap::new(),
                query: BTreeMap::new(),
                body: item.clone().into_bytes(),
                // An item comes several times, and perhaps a day late. Its own time says more than that of its arrival.
                received_at: happened.or(Some(now)),
                envelope: None,
            };
            match self.sink.store(delivery).await {
                Ok(()) => Ok(Some((true, digest))),
                Err(NotStored::Unreadable(reason)) => unreadable(&reason),
                Err(NotStored::Unavailable(reason)) => Err(PollError::Item { target: target.name.clone(), reason }),
            }
        });
        let done: Vec<_> = stream::iter(storing).buffer_unordered(CONCURRENCY).try_collect().await?;
        let mut remembered = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() > MAX_REMEMBERED {
            remembered.clear();
        }
        for (is_stored, digest) in done.into_iter().flatten() {
            remembered.insert(digest);
            run.stored += u64::from(is_stored);
            run.unreadable += u64::from(!is_stored);
        }
        Ok(())
    }

    async fn save(&self, target: &Target, cursor: &PollCursor) -> Result<(), PollError> {
        let saved = self.cursors.save(&target.name, cursor).await;
        saved.map_err(|source| PollError::Cursor { target: target.name.clone(), source })
    }
}

/// A time in RFC 3339, or in seconds or milliseconds since the epoch.
fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(number) = text.parse::<f64>() {
        let milliseconds = if number.abs() < 1e11 { number * 1e3 } else { number };
        return DateTime::from_timestamp_millis(milliseconds as i64);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_items_time_is_read_in_three_notations() {
        let at: DateTime<Utc> = "2026-03-05T10:00:00Z".parse().unwrap();
        for text in ["2026-03-05T10:00:00Z", "2026-03-05T11:00:00+01:00", "1772704800", "1772704800000"] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
