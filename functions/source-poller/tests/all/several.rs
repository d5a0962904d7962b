//! Several APIs: a slow one does not delay the others, and each has its turn.

use std::sync::Arc;

use chrono::TimeDelta;
use cxtrace_clock::Clock;
use tokio::sync::Notify;

use crate::support::{FakeApi, Fixture, at};

/// The first API answers only after the second one was asked.
#[tokio::test]
async fn a_slow_api_does_not_hold_up_another() {
    let fixture = Fixture::new().await;
    let (quick, quick_url) = fixture.another_api().await;
    let asked = Arc::new(Notify::new());
    fixture.api.with(|api| api.waits_for = Some(asked.clone()));
    quick.with(|api| api.notifies = Some(asked));
    for (api, id) in [(&fixture.api, "slow"), (&quick, "quick")] {
        api.add(id, at("2026-03-05T11:59:00Z"), at("2026-03-05T11:59:00Z"));
    }
    let process = fixture.process_of(&[&fixture.url, &quick_url]);
    let run = process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    assert_eq!((run.pages, run.stored), (2, 2), "{run:?}");
    assert_eq!(fixture.sink.ids().into_keys().collect::<Vec<_>>(), ["quick", "slow"]);
}

/// Each answer takes 40 s of the run's 55 s. Those that were left out come first in the next run, although all are due.
#[tokio::test]
async fn an_api_that_was_left_out_comes_first_in_the_next_run() {
    let fixture = Fixture::new().await;
    let mut apis = vec![(fixture.api.clone(), fixture.url.clone())];
    for _ in 0..5 {
        apis.push(fixture.another_api().await);
    }
    apis.iter().for_each(|(api, _)| api.with(|api| api.takes = TimeDelta::seconds(40)));
    let urls: Vec<_> = apis.iter().map(|(_, url)| url.as_str()).collect();
    let asked = |api: &FakeApi| api.starts().len();
    // The cursors are there, so that all are equally far at first.
    let process = fixture.process_of(&urls);
    process.run(fixture.clock.now() + TimeDelta::seconds(1)).await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(10));
    let run = process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    assert_eq!(run.pages, 4, "as many as are read concurrently");
    assert!(run.behind.as_secs() >= 600, "those that were left out are behind: {run:?}");
    let left_out: Vec<_> = apis.iter().map(|(api, _)| api).filter(|api| asked(api) == 0).collect();
    assert_eq!(left_out.len(), 2);
    fixture.clock.advance(TimeDelta::minutes(10));
    process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    assert!(left_out.iter().all(|api| asked(api) == 1));
}
