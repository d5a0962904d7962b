//! Shared parts of this crate's tests: points, and a clock that never really waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::Clock;
use cxtrace_domain::metrics::{Bucket, Series};

use crate::point::Point;

/// The start of every test.
pub(crate) const START: i64 = 1_700_000_000;

/// A point for each `n`, each with its own series.
pub(crate) fn point(n: u64, total: u64) -> Point {
    let tags = vec![format!("flow:flow_{n}"), "metric:paid".to_owned()];
    Point {
        series: Series::stored(format!("genesys.flow.flow_{n}.paid"), tags),
        bucket: Bucket::starting_at(START),
        interval: 10,
        total,
    }
}

/// A clock that advances only by sleeping.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<Mutex<(DateTime<Utc>, Vec<Duration>)>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((Self::at(0), Vec::new()))))
    }

    /// This many seconds after the start.
    pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(START + seconds, 0).unwrap()
    }

    /// Every sleep so far.
    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().1.clone()
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.0.lock().unwrap().0 += duration;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance(duration);
        self.0.lock().unwrap().1.push(duration);
        Box::pin(tokio::task::yield_now())
    }
}
