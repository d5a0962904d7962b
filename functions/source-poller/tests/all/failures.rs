//! Refusals, limits and crashes: nothing is lost, nobody is asked too often, and the run says what is wrong.

use chrono::TimeDelta;
use cxtrace_clock::Clock;
use serde_json::json;
use webhook_receiver::NotStored;

use crate::support::{Fixture, KEY, at};

/// One conversation, a minute before noon.
async fn with_one() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.api.add("one", at("2026-03-05T11:59:00Z"), at("2026-03-05T11:59:00Z"));
    fixture
}

#[tokio::test]
async fn a_crash_between_the_store_and_the_cursor_repeats_a_page_and_loses_none() {
    let fixture = Fixture::new().await;
    for number in 0..150 {
        let started = at("2026-03-05T11:30:00Z") + TimeDelta::seconds(number);
        fixture.api.add(&format!("c{number}"), started, started);
    }
    // The first cursor exists; the one after the first page is lost.
    fixture.api.with(|api| api.failures = vec![(503, None); 3]);
    fixture.run().await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(5));
    *fixture.cursors.failing.lock().unwrap() = 1;
    let before = fixture.cursor();
    fixture.run().await.unwrap_err();
    assert_eq!(fixture.cursor(), before, "the cursor has not moved");
    assert_eq!(fixture.sink.ids().len(), 100);
    fixture.run().await.unwrap();
    let ids = fixture.sink.ids();
    assert_eq!(ids.len(), 150);
    assert_eq!(ids.values().filter(|times| **times == 2).count(), 100, "the first page came twice");
}

#[tokio::test]
async fn a_run_that_ends_between_two_pages_goes_on_at_the_second() {
    let fixture = Fixture::new().await;
    for number in 0..150 {
        let started = at("2026-03-05T11:30:00Z") + TimeDelta::seconds(number);
        fixture.api.add(&format!("c{number}"), started, started);
    }
    fixture.api.with(|api| api.takes = TimeDelta::seconds(40));
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.stored), (1, 100));
    assert_eq!(fixture.cursor().window.unwrap().page, "page-100");
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.stored), (1, 50), "at once, and only the second page");
    assert!(fixture.cursor().window.is_none());
}

#[tokio::test]
async fn the_cursor_does_not_move_while_nothing_can_be_stored() {
    let fixture = with_one().await;
    *fixture.sink.fault.lock().unwrap() = Some(NotStored::Unavailable("the table does not answer".to_owned()));
    let error = fixture.run().await.unwrap_err().to_string();
    assert!(error.contains("the table does not answer"), "{error}");
    let until = fixture.cursor().until;
    fixture.clock.advance(TimeDelta::hours(3));
    *fixture.sink.fault.lock().unwrap() = None;
    fixture.run().await.unwrap();
    assert!(fixture.sink.ids().contains_key("one") && fixture.cursor().until > until);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_counted_and_stops_nothing() {
    let fixture = with_one().await;
    *fixture.sink.fault.lock().unwrap() = Some(NotStored::Unreadable("its body is not JSON".to_owned()));
    let run = fixture.run().await.unwrap();
    assert_eq!((run.stored, run.unreadable), (0, 1));
    assert_eq!(fixture.cursor().until, fixture.clock.now());
}

#[tokio::test]
async fn an_item_that_is_no_object_is_left_out_and_counted_as_unreadable() {
    let fixture = with_one().await;
    let listed = at("2026-03-05T11:58:00Z");
    fixture
        .api
        .with(|api| api.conversations.extend([json!("poison"), json!(7), json!(null)].map(|item| (listed, item))));
    let run = fixture.run().await.unwrap();
    assert_eq!((run.stored, run.unreadable), (1, 3));
    assert_eq!(fixture.sink.ids().len(), 1);
    assert_eq!(fixture.cursor().until, fixture.clock.now());
}

#[tokio::test]
async fn a_refusal_is_reported_and_the_window_waits_for_a_key() {
    let fixture = with_one().await;
    *fixture.secrets.0.lock().unwrap() = json!({"polyai": "an old key"}).to_string();
    let run = fixture.run().await.unwrap();
    assert_eq!((run.stored, run.refused.len()), (0, 1));
    assert!(run.refused[0].ends_with("it answered 403 Forbidden"), "{run:?}");
    assert!(!run.refused[0].contains("an old key"));
    let until = fixture.cursor().until;
    // Within the interval nobody knocks again.
    fixture.clock.advance(TimeDelta::minutes(1));
    let asked = fixture.api.starts().len();
    fixture.run().await.unwrap();
    assert_eq!(fixture.api.starts().len(), asked);
    // With the right key, everything since then is read.
    fixture.clock.advance(TimeDelta::hours(5));
    *fixture.secrets.0.lock().unwrap() = json!({"polyai": KEY}).to_string();
    let run = fixture.run().await.unwrap();
    assert_eq!((run.stored, run.refused.len(), run.behind.as_secs()), (1, 0, 0));
    assert!(fixture.cursor().until > until);
}

#[tokio::test]
async fn a_source_without_a_key_is_never_asked() {
    let fixture = with_one().await;
    *fixture.secrets.0.lock().unwrap() = json!({"vapi": KEY}).to_string();
    assert_eq!(fixture.run().await.unwrap().refused.len(), 1);
    assert!(fixture.api.starts().is_empty());
}

#[tokio::test]
async fn a_rotated_key_works_at_once_and_both_keys_work_meanwhile() {
    let fixture = with_one().await;
    *fixture.secrets.0.lock().unwrap() = json!({"polyai": ["an old key", KEY]}).to_string();
    assert_eq!(fixture.run().await.unwrap().stored, 1, "the second of two");
    let process = fixture.process();
    fixture.clock.advance(TimeDelta::minutes(5));
    process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    fixture.api.with(|api| api.key = "a new key".to_owned());
    *fixture.secrets.0.lock().unwrap() = json!({"polyai": "a new key"}).to_string();
    fixture.clock.advance(TimeDelta::minutes(5));
    let run = process.run(fixture.clock.now() + TimeDelta::seconds(55)).await.unwrap();
    assert_eq!((run.pages, run.refused.len()), (1, 0), "the secret is read again after the refusal");
}

#[tokio::test]
async fn a_failure_is_tried_again_and_a_limit_is_waited_for() {
    let fixture = with_one().await;
    fixture.api.with(|api| api.failures = vec![(500, None), (429, Some("7"))]);
    let began = fixture.clock.now();
    assert_eq!(fixture.run().await.unwrap().stored, 1);
    assert_eq!((fixture.clock.now() - began).num_seconds(), 1 + 7, "a second of back-off, then what the API asks for");
}

#[tokio::test]
async fn a_long_pause_that_the_api_asks_for_is_kept_over_runs() {
    let fixture = with_one().await;
    fixture.api.with(|api| api.failures = vec![(429, Some("1800"))]);
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.refused.len()), (0, 0), "a limit is not a refusal");
    for _ in 0..29 {
        fixture.clock.advance(TimeDelta::minutes(1));
        fixture.run().await.unwrap();
    }
    assert_eq!(fixture.api.starts().len(), 1);
    fixture.clock.advance(TimeDelta::minutes(1));
    assert_eq!(fixture.run().await.unwrap().stored, 1);
}

#[tokio::test]
async fn a_window_whose_page_the_api_has_forgotten_is_read_from_its_start() {
    let fixture = Fixture::new().await;
    for number in 0..150 {
        let started = at("2026-03-05T11:30:00Z") + TimeDelta::seconds(number);
        fixture.api.add(&format!("c{number}"), started, started);
    }
    fixture.api.with(|api| api.forgets_pages = true);
    let run = fixture.run().await.unwrap();
    assert_eq!((run.pages, run.refused.len()), (2, 1), "it begins again once, and then says so: {run:?}");
    fixture.api.with(|api| api.forgets_pages = false);
    fixture.clock.advance(TimeDelta::minutes(5));
    fixture.run().await.unwrap();
    assert_eq!(fixture.sink.ids().len(), 150);
}

#[tokio::test]
async fn an_answer_of_another_form_is_reported() {
    let fixture = Fixture::new().await;
    fixture.api.with(|api| api.failures = vec![(204, None)]);
    let run = fixture.run().await.unwrap();
    assert!(run.refused[0].ends_with("its answer is not JSON with a list at `conversations`"), "{run:?}");
}
