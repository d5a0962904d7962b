//! A secret is rotated while webhooks come.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{BODY, Fixture, SECRET, event, sign};
use webhook_receiver::Unsigned;

fn signed(fixture: &Fixture, secret: &str) -> serde_json::Value {
    let signature = sign(secret, &format!("{}.{BODY}", fixture.now()));
    event("timed", &[("x-signature", &format!("t={},v0={signature}", fixture.now()))], BODY)
}

#[tokio::test]
async fn a_new_secret_works_at_once_and_the_old_one_while_it_is_listed() {
    let fixture = Fixture::new();
    assert_eq!(fixture.status(signed(&fixture, SECRET)).await, 204);
    fixture.set_secrets(Some(&json!({"timed": [SECRET, "the new secret"]}).to_string()));
    fixture.advance(TimeDelta::minutes(1));
    assert_eq!(fixture.status(signed(&fixture, "the new secret")).await, 204);
    assert_eq!(fixture.status(signed(&fixture, SECRET)).await, 204);
    assert_eq!(fixture.reads(), 2);
    fixture.set_secrets(Some(&json!({"timed": "the new secret"}).to_string()));
    assert_eq!(fixture.status(signed(&fixture, "the new secret")).await, 204);
}

#[tokio::test]
async fn wrong_signatures_cannot_make_us_read_the_secret_all_the_time() {
    let fixture = Fixture::new();
    for _ in 0..100 {
        assert_eq!(fixture.status(signed(&fixture, "a wrong secret")).await, 401);
        fixture.advance(TimeDelta::milliseconds(1_000));
    }
    assert!(fixture.reads() <= 3, "{} reads in 100 seconds", fixture.reads());
}

#[tokio::test]
async fn a_replay_does_not_make_us_read_the_secret() {
    let fixture = Fixture::new();
    let recorded = signed(&fixture, SECRET);
    assert_eq!(fixture.status(recorded.clone()).await, 204);
    fixture.advance(TimeDelta::minutes(6));
    assert_eq!(fixture.status(recorded).await, 401);
    assert_eq!(fixture.reads(), 1);
}

#[tokio::test]
async fn secrets_that_cannot_be_read_again_stay_as_they_were() {
    let fixture = Fixture::with(Some(json!({"timed": SECRET}).to_string()), Unsigned::Refused);
    assert_eq!(fixture.status(signed(&fixture, SECRET)).await, 204);
    fixture.set_secrets(None);
    fixture.advance(TimeDelta::minutes(2));
    assert_eq!(fixture.status(signed(&fixture, "a wrong secret")).await, 401);
    assert_eq!(fixture.status(signed(&fixture, SECRET)).await, 204);
}
