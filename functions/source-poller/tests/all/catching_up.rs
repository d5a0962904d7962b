//! What is read, and what is read again: windows, pages, late items, and a day of outage.

use chrono::TimeDelta;
use cxtrace_clock::Clock;
use cxtrace_sources::delivery::Transport;

use crate::support::{Fixture, at};

#[tokio::test]
async fn a_first_run_reads_the_overlap_and_moves_the_cursor_to_now() {
    let fixture = Fixture::new().await;
    fixture.api.add("before", at("2026-03-05T10:59:00Z"), at("2026-03-05T10:59:00Z"));
    fixture.api.add("inside", at("2026-03-05T11:30:00Z"), at("2026-03-05T11:30:00Z"));
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.stored, run.behind.as_secs()), (1, 1, 0));
    assert_eq!(fixture.sink.ids().into_keys().collect::<Vec<_>>(), ["inside"]);
    assert_eq!(fixture.cursor().until, fixture.clock.now());
    let stored = fixture.sink.stored.lock().unwrap();
    let (delivery, started) = (&stored[0], at("2026-03-05T11:30:00Z"));
    assert_eq!((delivery.transport, delivery.source.as_str()), (Transport::Poll, "polyai"));
    assert_eq!(delivery.received_at, Some(started), "the item's own time, which is the same at every reading");
}

#[tokio::test]
async fn it_asks_only_once_in_an_interval() {
    let fixture = Fixture::new().await;
    for _ in 0..5 {
        fixture.run().await.unwrap();
        fixture.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(fixture.api.starts().len(), 1);
    fixture.run().await.unwrap();
    assert_eq!(
        fixture.api.starts(),
        ["2026-03-05T11:00:00.000Z", "2026-03-05T11:00:00.000Z"],
        "noon less the overlap, both times"
    );
}

#[tokio::test]
async fn every_page_of_a_window_is_read() {
    let fixture = Fixture::new().await;
    for number in 0..250 {
        let started = at("2026-03-05T11:30:00Z") + TimeDelta::seconds(number);
        fixture.api.add(&format!("c{number}"), started, started);
    }
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.stored), (3, 250));
    assert!(fixture.sink.ids().values().all(|times| *times == 1));
    let pages: Vec<_> =
        fixture.api.with(|api| api.requests.iter().map(|request| request.get("cursor").cloned()).collect());
    assert_eq!(pages, [None, Some("page-100".to_owned()), Some("page-200".to_owned())]);
}

/// A conversation that is listed late, or whose clock is behind ours, stands before the end of the last window.
#[tokio::test]
async fn what_is_listed_late_is_found_by_the_overlap() {
    let fixture = Fixture::new().await;
    fixture.api.add("on time", at("2026-03-05T11:58:00Z"), at("2026-03-05T11:58:00Z"));
    fixture.api.add("late", at("2026-03-05T11:57:00Z"), at("2026-03-05T12:40:00Z"));
    fixture.run().await.unwrap();
    assert_eq!(fixture.sink.ids().len(), 1);
    fixture.clock.advance(TimeDelta::minutes(45));
    fixture.run().await.unwrap();
    let ids = fixture.sink.ids();
    assert_eq!(ids.get("late"), Some(&1), "{ids:?}");
    assert_eq!(ids.get("on time"), Some(&2), "a new process stores it again, which changes nothing");
}

#[tokio::test]
async fn a_process_does_not_store_again_what_it_has_stored_unless_it_changed() {
    let fixture = Fixture::new().await;
    let process = fixture.process();
    fixture.api.add("same", at("2026-03-05T11:58:00Z"), at("2026-03-05T11:58:00Z"));
    fixture.api.add("changes", at("2026-03-05T11:59:00Z"), at("2026-03-05T11:59:00Z"));
    process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    fixture.api.with(|api| api.conversations[1].1["total_duration"] = 90.into());
    fixture.clock.advance(TimeDelta::minutes(5));
    process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    let ids = fixture.sink.ids();
    assert_eq!((ids["same"], ids["changes"]), (1, 2));
}

/// A day of 2,880 conversations, after which everything is stored and the cursor is at now. No run reads more than its pages.
#[tokio::test]
async fn an_outage_of_a_day_is_worked_off_in_bounded_runs() {
    let fixture = Fixture::new().await;
    fixture.run().await.unwrap();
    for number in 0..2_880 {
        let started = at("2026-03-05T12:00:00Z") + TimeDelta::seconds(30 * number);
        fixture.api.add(&format!("c{number}"), started, started);
    }
    fixture.clock.advance(TimeDelta::hours(24));
    let (mut runs, mut behind) = (0, Vec::new());
    loop {
        let run = fixture.run().await.unwrap();
        runs += 1;
        assert!(run.pages <= 20, "{run:?}");
        behind.push(run.behind.as_secs());
        if run.behind.as_secs() < 60 {
            break;
        }
        assert!(runs < 20, "it does not catch up: {behind:?}");
        // Nothing is waited for while there is a backlog: the next minute goes on.
        fixture.clock.advance(TimeDelta::minutes(1));
    }
    assert!(runs > 2, "{behind:?}");
    assert!(behind.is_sorted_by(|a, b| a > b), "{behind:?}");
    assert_eq!(fixture.sink.ids().len(), 2_880);
}

#[tokio::test]
async fn a_run_ends_while_there_is_time_for_what_it_has_begun() {
    let fixture = Fixture::new().await;
    let run = fixture.process().run(fixture.clock.now() + TimeDelta::seconds(19)).await.unwrap();
    assert_eq!(run.pages, 0);
    assert!(fixture.api.starts().is_empty(), "one request and the storing of its items take up to 20 s");
    assert_eq!(fixture.run().await.unwrap().pages, 1, "the next run begins at once");
}
