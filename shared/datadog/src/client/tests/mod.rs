//! Tests the submitter with a real HTTP client against a misbehaving server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, FixedJitter};
use proptest::prelude::*;

use super::*;
use crate::key::{ApiKey, Fetched, FixedKey, InvalidApiKey, KeyError, KeySource, SharedKeySource};
use crate::payload::MAX_BYTES;
use crate::point::Point;
use crate::site::Endpoint;
use crate::testing::{TestClock, point};

mod server;

use server::{Reply, Server};

const KEY: &str = "0123456789abcdef0123456789abcdef";

const OPEN: StillOpen<'static> = &|_, _| true;

fn fixed() -> SharedKeySource {
    Arc::new(FixedKey(ApiKey::try_new(KEY).unwrap()))
}

/// Returns these keys in turn, and the last one for ever. `None` is a secret that cannot be read.
#[derive(Debug)]
struct Keys(Mutex<Vec<Option<&'static str>>>);

impl Keys {
    fn of(keys: &[Option<&'static str>]) -> SharedKeySource {
        Arc::new(Self(Mutex::new(keys.to_vec())))
    }
}

impl KeySource for Keys {
    fn key(&self) -> Fetched<'_> {
        let key = self.0.lock().unwrap()[0];
        let unreadable = || KeyError::NotAKey { arn: "arn:aws:x".to_owned(), source: InvalidApiKey::Empty };
        Box::pin(std::future::ready(key.map(|key| ApiKey::try_new(key).unwrap()).ok_or_else(unreadable)))
    }

    fn refresh(&self) -> Fetched<'_> {
        self.0.lock().unwrap().remove(0);
        self.key()
    }
}

fn submitter(url: &str, keys: SharedKeySource, clock: &TestClock) -> Submitter {
    let http = cxtrace_lambda::http::client().unwrap();
    Submitter::new(http, Endpoint::at(url).unwrap(), keys, Arc::new(clock.clone()), RetryPolicy::default())
        .with_jitter(Arc::new(FixedJitter(0.0)))
}

/// Submits `count` points a minute before the deadline; the total of each is its number plus 1.
async fn submit_to(server: &Server, count: u64, clock: &TestClock) -> Vec<SubmitOutcome> {
    let points = (0..count).map(|n| point(n, n + 1)).collect();
    outcomes(submitter(&server.url, fixed(), clock).submit(points, TestClock::at(60), OPEN).await)
}

async fn submit(server: &Server, count: u64) -> Vec<SubmitOutcome> {
    submit_to(server, count, &TestClock::new()).await
}

fn outcomes(settled: Vec<(Point, SubmitOutcome)>) -> Vec<SubmitOutcome> {
    settled.into_iter().map(|(_, outcome)| outcome).collect()
}

fn name(n: u64) -> String {
    point(n, 0).series.name().to_owned()
}

#[tokio::test]
async fn points_answered_with_202_are_accepted_and_sent_once() {
    let server = Server::replying([]).await;
    let clock = TestClock::new();
    let points: Vec<_> = (0..3).map(|n| point(n, 10 + n)).collect();
    let settled = submitter(&server.url, fixed(), &clock).submit(points.clone(), TestClock::at(60), OPEN).await;
    assert_eq!(settled, points.into_iter().map(|point| (point, SubmitOutcome::Accepted)).collect::<Vec<_>>());
    assert_eq!(server.held(), [(name(0), 10), (name(1), 11), (name(2), 12)].into());
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("dd-api-key"), KEY);
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].header("content-encoding"), "gzip");
    assert!(clock.slept().is_empty());
}

#[tokio::test]
async fn no_points_make_no_request_and_need_no_key() {
    let server = Server::replying([]).await;
    let clock = TestClock::new();
    let settled = submitter(&server.url, Keys::of(&[None]), &clock).submit(Vec::new(), TestClock::at(60), OPEN).await;
    assert!(settled.is_empty() && server.seen().is_empty());
}

#[tokio::test]
async fn temporarily_refused_points_are_sent_again_after_a_pause() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = Server::replying([Reply::status(status)]).await;
        let clock = TestClock::new();
        assert_eq!(submit_to(&server, 2, &clock).await, [SubmitOutcome::Accepted, SubmitOutcome::Accepted], "{status}");
        assert_eq!(server.sizes(), [2, 2]);
        assert_eq!(clock.slept(), [Duration::from_millis(200)]);
    }
}

#[tokio::test]
async fn points_refused_at_every_attempt_are_refused_with_the_last_reason() {
    let server = Server::start(|_| Reply::saying(503, r#"{"errors":["come back later"]}"#)).await;
    let clock = TestClock::new();
    let reason = "answered 503 Service Unavailable: come back later".to_owned();
    assert_eq!(submit_to(&server, 1, &clock).await, [SubmitOutcome::Refused(reason)]);
    assert_eq!(server.seen().len(), 5);
    let slept: Vec<_> = clock.slept().iter().map(Duration::as_millis).collect();
    assert_eq!(slept, [200, 400, 800, 1_600]);
}

#[tokio::test]
async fn attempts_end_while_there_is_time_for_a_whole_one() {
    let server = Server::start(|_| Reply::status(500)).await;
    let clock = TestClock::new();
    // An attempt needs 6 s: its timeout and the margin.
    let settled = submitter(&server.url, fixed(), &clock).submit(vec![point(0, 1)], TestClock::at(7), OPEN).await;
    assert!(matches!(&settled[0].1, SubmitOutcome::Refused(reason) if reason.contains("500")), "{settled:?}");
    assert_eq!(server.seen().len(), 3);
    assert!(clock.now() <= TestClock::at(1));
}

#[tokio::test]
async fn nothing_is_sent_when_too_little_time_is_left() {
    let server = Server::replying([]).await;
    let clock = TestClock::new();
    let settled = submitter(&server.url, fixed(), &clock).submit(vec![point(0, 1)], TestClock::at(5), OPEN).await;
    assert_eq!(settled[0].1, SubmitOutcome::Refused("not sent: too little time was left".to_owned()));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_as_long_as_datadog_asks() {
    for (header, value) in [("x-ratelimit-reset", "17"), ("retry-after", "17")] {
        let server = Server::replying([Reply::with(429, header, value)]).await;
        let clock = TestClock::new();
        assert_eq!(submit_to(&server, 1, &clock).await, [SubmitOutcome::Accepted]);
        assert_eq!(clock.slept(), [Duration::from_secs(17)]);
    }
}

#[tokio::test]
async fn a_rate_limit_that_outlasts_the_deadline_is_not_waited_for() {
    let server = Server::replying([Reply::with(429, "x-ratelimit-reset", "58")]).await;
    let clock = TestClock::new();
    let outcomes = submit_to(&server, 1, &clock).await;
    assert_eq!(outcomes, [SubmitOutcome::Refused("answered 429 Too Many Requests".to_owned())]);
    assert_eq!((server.seen().len(), clock.slept().len()), (1, 0));
}

#[tokio::test]
async fn a_payload_that_is_too_large_is_split_until_it_is_accepted() {
    let server = Server::start(|seen| if seen.metrics.len() > 3 { Reply::status(413) } else { Reply::Take }).await;
    assert_eq!(submit(&server, 8).await, vec![SubmitOutcome::Accepted; 8]);
    assert_eq!(server.sizes(), [8, 4, 2, 2, 4, 2, 2]);
    assert_eq!(server.held().len(), 8);
}

#[tokio::test]
async fn a_point_that_is_too_large_alone_is_rejected() {
    let server = Server::start(|_| Reply::status(413)).await;
    let rejected = SubmitOutcome::Rejected("answered 413 Payload Too Large".to_owned());
    assert_eq!(submit(&server, 2).await, [rejected.clone(), rejected]);
    assert_eq!(server.sizes(), [2, 1, 1]);
}

#[tokio::test]
async fn a_point_that_no_payload_can_hold_is_rejected_unsent_and_the_rest_is_published() {
    let server = Server::replying([]).await;
    let tags = (0..3_000).map(|n| format!("tag_{n}:{}", "x".repeat(190))).collect();
    let huge = Point { series: cxtrace_domain::metrics::Series::stored("huge".into(), tags), ..point(0, 1) };
    let points = vec![point(1, 1), huge, point(2, 1)];
    let clock = TestClock::new();
    let outcomes = outcomes(submitter(&server.url, fixed(), &clock).submit(points, TestClock::at(60), OPEN).await);
    assert!(matches!(&outcomes[1], SubmitOutcome::Rejected(reason) if reason.contains("512000")), "{outcomes:?}");
    assert_eq!((&outcomes[0], &outcomes[2]), (&SubmitOutcome::Accepted, &SubmitOutcome::Accepted));
    assert_eq!(server.sizes(), [2]);
}

#[tokio::test]
async fn many_points_go_in_several_payloads_within_the_limit() {
    let server = Server::replying([]).await;
    assert_eq!(submit(&server, 5_000).await, vec![SubmitOutcome::Accepted; 5_000]);
    assert!(server.sizes().len() > 1);
    assert!(server.seen().iter().all(|seen| seen.length <= MAX_BYTES));
    assert_eq!(server.held().len(), 5_000);
}

#[tokio::test]
async fn a_refused_key_is_fetched_again_and_the_payload_is_sent_again() {
    let replies =
        |seen: &server::Seen| if seen.header("dd-api-key") == "new" { Reply::Take } else { Reply::status(403) };
    let server = Server::start(replies).await;
    let clock = TestClock::new();
    let keys = Keys::of(&[Some("old"), Some("new")]);
    let points = (0..5_000).map(|n| point(n, 1)).collect();
    let outcomes = outcomes(submitter(&server.url, keys, &clock).submit(points, TestClock::at(60), OPEN).await);
    assert_eq!(outcomes, vec![SubmitOutcome::Accepted; 5_000]);
    let refused = server.seen().iter().filter(|seen| seen.header("dd-api-key") == "old").count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_key_that_is_refused_again_stops_the_call() {
    let server = Server::start(|_| Reply::saying(403, r#"{"errors":["Forbidden"]}"#)).await;
    let clock = TestClock::new();
    let points = (0..5_000).map(|n| point(n, 1)).collect();
    let keys = Keys::of(&[Some("old"), Some("new"), Some("newer")]);
    let outcomes = outcomes(submitter(&server.url, keys, &clock).submit(points, TestClock::at(60), OPEN).await);
    assert_eq!(outcomes, vec![SubmitOutcome::Refused("answered 403 Forbidden: Forbidden".to_owned()); 5_000]);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let server = Server::start(|_| Reply::status(403)).await;
    let clock = TestClock::new();
    for (keys, requests) in [(Keys::of(&[None]), 0), (Keys::of(&[Some("old"), None]), 1)] {
        let before = server.seen().len();
        let settled = submitter(&server.url, keys, &clock).submit(vec![point(0, 1)], TestClock::at(60), OPEN).await;
        assert!(matches!(&settled[0].1, SubmitOutcome::Refused(reason) if reason.contains("arn:aws:x")), "{settled:?}");
        assert_eq!(server.seen().len() - before, requests);
    }
}

/// A server that answers 400 to every payload with an invalid point.
async fn refusing(invalid: &[u64]) -> Server {
    let invalid: Vec<_> = invalid.iter().map(|n| name(*n)).collect();
    Server::start(move |seen| {
        let found = seen.metrics.iter().any(|metric| invalid.contains(metric));
        if found { Reply::saying(400, r#"{"errors":["bad point"]}"#) } else { Reply::Take }
    })
    .await
}

#[tokio::test]
async fn invalid_points_are_isolated_and_the_rest_is_published() {
    for invalid in [vec![0], vec![5], vec![7], vec![2, 3], vec![0, 7], vec![1, 4, 5]] {
        let server = refusing(&invalid).await;
        let outcomes = submit(&server, 8).await;
        for (n, outcome) in (0..).zip(outcomes) {
            let expected = match invalid.contains(&n) {
                true => SubmitOutcome::Rejected("answered 400 Bad Request: bad point".to_owned()),
                false => SubmitOutcome::Accepted,
            };
            assert_eq!(outcome, expected, "{n} of {invalid:?}");
        }
        assert_eq!(server.held().len(), 8 - invalid.len());
    }
}

#[tokio::test]
async fn one_invalid_among_eight_costs_seven_requests_and_nothing_is_accepted_twice() {
    let server = refusing(&[5]).await;
    submit(&server, 8).await;
    assert_eq!(server.sizes(), [8, 4, 4, 2, 1, 1, 2]);
}

#[tokio::test]
async fn points_without_a_response_are_unanswered() {
    let server = Server::start(|_| Reply::TakeAndHangUp).await;
    let outcomes = submit(&server, 2).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, SubmitOutcome::Unanswered(_))), "{outcomes:?}");
    assert_eq!((server.seen().len(), server.held().len()), (5, 2));
}

#[tokio::test]
async fn a_gateway_error_leaves_the_points_in_doubt() {
    for status in [502, 504] {
        let server = Server::start(move |_| Reply::TakeAndAnswer(status)).await;
        assert!(matches!(submit(&server, 1).await[0], SubmitOutcome::Unanswered(_)), "{status}");
    }
}

#[tokio::test]
async fn a_later_acceptance_removes_the_doubt_and_a_later_refusal_does_not() {
    let server = Server::replying([Reply::TakeAndHangUp]).await;
    assert_eq!(submit(&server, 1).await, [SubmitOutcome::Accepted]);

    for later in [503, 429, 400, 403, 404, 413] {
        let mut first = true;
        let server =
            Server::start(
                move |_| {
                    if std::mem::take(&mut first) { Reply::TakeAndHangUp } else { Reply::status(later) }
                },
            )
            .await;
        let outcomes = submit(&server, 3).await;
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, SubmitOutcome::Unanswered(_))),
            "{later}: {outcomes:?}"
        );
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = TestClock::new();
    let settled = submitter(&url, fixed(), &clock).submit(vec![point(0, 1)], TestClock::at(60), OPEN).await;
    assert!(matches!(&settled[0].1, SubmitOutcome::Refused(reason) if reason.starts_with("not sent: ")), "{settled:?}");
    assert_eq!(clock.slept().len(), 4);
}

#[tokio::test]
async fn closed_points_are_left_out_of_the_next_attempt() {
    let server = Server::replying([Reply::with(429, "retry-after", "10")]).await;
    let clock = TestClock::new();
    let (early, middle, late) = (name(0), name(1), name(2));
    let still_open = move |point: &Point, now: DateTime<Utc>| match point.series.name() {
        name if name == early => false,
        name if name == middle => now < TestClock::at(5),
        _ => true,
    };
    let points = (0..3).map(|n| point(n, 1)).collect();
    let outcomes =
        outcomes(submitter(&server.url, fixed(), &clock).submit(points, TestClock::at(60), &still_open).await);
    assert_eq!(outcomes, [SubmitOutcome::Closed, SubmitOutcome::Closed, SubmitOutcome::Accepted]);
    let sent: Vec<_> = server.seen().into_iter().map(|seen| seen.metrics).collect();
    assert_eq!(sent, [vec![name(1), late.clone()], vec![late]]);
}

#[tokio::test]
async fn a_point_that_closes_after_an_unanswered_attempt_stays_in_doubt() {
    let server = Server::replying([Reply::HangUp]).await;
    let clock = TestClock::new();
    let still_open = |_: &Point, now: DateTime<Utc>| now <= TestClock::at(0);
    let submitter = submitter(&server.url, fixed(), &clock);
    let settled = submitter.submit(vec![point(0, 1)], TestClock::at(60), &still_open).await;
    assert!(matches!(settled[0].1, SubmitOutcome::Unanswered(_)), "{settled:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_undocumented_response_is_an_immediate_refusal() {
    for status in [301, 401, 404, 405] {
        let server = Server::start(move |_| Reply::status(status)).await;
        assert!(
            matches!(submit(&server, 2).await[..], [SubmitOutcome::Refused(_), SubmitOutcome::Refused(_)]),
            "{status}"
        );
        assert_eq!(server.sizes(), [2]);
    }
}

#[tokio::test]
async fn a_responses_text_is_kept_short_and_without_the_key() {
    let text = format!("{KEY} is wrong {}", "and wrong ".repeat(1_000_000));
    for status in [400, 403, 404, 503] {
        let text = text.clone();
        let server = Server::start(move |_| Reply::saying(status, &text)).await;
        let outcomes = submit(&server, 1).await;
        let (SubmitOutcome::Refused(reason) | SubmitOutcome::Rejected(reason)) = &outcomes[0] else {
            panic!("{outcomes:?}")
        };
        assert!(reason.contains("(the API key) is wrong") && !reason.contains(KEY), "{reason}");
        assert!(reason.len() < 400, "{}", reason.len());
    }
}

/// Bodies with a success status that do not confirm an acceptance.
const UNCONFIRMED: [(u16, &str); 4] =
    [(200, "<!doctype html><title>Sign in</title>"), (200, ""), (202, r#"{"errors":["#), (204, "")];

#[tokio::test]
async fn a_success_status_without_a_confirmation_is_not_an_acceptance() {
    for (status, body) in UNCONFIRMED {
        let server = Server::start(move |_| Reply::saying(status, body)).await;
        let outcomes = submit(&server, 2).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, SubmitOutcome::Unanswered(_))), "{outcomes:?}");
        assert_eq!(server.sizes(), [2; 5]);

        let server = Server::replying([Reply::saying(status, body)]).await;
        assert_eq!(submit(&server, 2).await, vec![SubmitOutcome::Accepted; 2]);
    }
}

#[tokio::test]
async fn a_payload_accepted_with_errors_is_split_and_a_point_alone_is_retried() {
    let errors = || Reply::saying(202, r#"{"errors":["partly refused"]}"#);
    let server = Server::replying([errors(), errors()]).await;
    assert_eq!(submit(&server, 2).await, vec![SubmitOutcome::Accepted; 2]);
    assert_eq!(server.sizes(), [2, 1, 1, 1]);

    let server = Server::start(move |seen| match seen.metrics.contains(&name(1)) {
        true => errors(),
        false => Reply::Take,
    })
    .await;
    let outcomes = submit(&server, 2).await;
    let reason = "answered 202 Accepted: partly refused".to_owned();
    assert_eq!(outcomes, [SubmitOutcome::Accepted, SubmitOutcome::Rejected(reason)]);
}

async fn distribute(server: &Server, count: usize) -> DistributionOutcome {
    let measure = Measure { name: "cxtrace.journey.duration".to_owned(), tags: Vec::new(), value: 1.0 };
    let clock = TestClock::new();
    let submitter = submitter(&server.url, fixed(), &clock);
    submitter.distribute(&vec![measure; count], clock.now(), TestClock::at(60)).await
}

#[tokio::test]
async fn a_distribution_is_accepted_by_its_confirmation_and_never_sent_twice_without_one() {
    let server = Server::replying([Reply::saying(202, r#"{"status":"ok"}"#)]).await;
    assert_eq!(distribute(&server, 2).await, DistributionOutcome::Accepted);
    let with_errors = (202, r#"{"errors":["partly refused"]}"#);
    for (status, body) in UNCONFIRMED.into_iter().chain([with_errors]) {
        for count in [1, 2] {
            let server = Server::start(move |_| Reply::saying(status, body)).await;
            assert!(matches!(distribute(&server, count).await, DistributionOutcome::Unanswered(_)), "{status} {body}");
            assert_eq!(server.seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn distributions_are_retried_like_series() {
    let (limited, refused) = (Reply::with(429, "retry-after", "3"), Reply::status(403));
    let server = Server::replying([limited, refused, Reply::status(500)]).await;
    assert_eq!(distribute(&server, 1).await, DistributionOutcome::Accepted);
    assert_eq!(server.seen().len(), 4);
    let server = Server::start(|_| Reply::status(503)).await;
    assert!(matches!(distribute(&server, 1).await, DistributionOutcome::Refused(_)));
    assert_eq!(server.seen().len(), 5);
    let server = Server::start(|_| Reply::status(400)).await;
    assert!(matches!(distribute(&server, 1).await, DistributionOutcome::Rejected(_)));
}

fn replies() -> impl Strategy<Value = Vec<Reply>> {
    let status = |statuses: &'static [u16]| proptest::sample::select(statuses);
    let reply = prop_oneof![
        Just(Reply::Take),
        Just(Reply::HangUp),
        Just(Reply::TakeAndHangUp),
        status(&[400, 403, 404, 408, 413, 429, 500, 502, 503, 504]).prop_map(Reply::status),
        status(&[200, 202, 502, 504]).prop_map(Reply::TakeAndAnswer),
    ];
    proptest::collection::vec(reply, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// For any behaviour of the server: accepted points are held, and refused points are not.
    #[test]
    fn a_outcome_never_contradicts_what_datadog_holds(replies in replies(), count in 1_u64..6, closing in 0_i64..12) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (settled, held) = runtime.block_on(async {
            let server = Server::replying(replies).await;
            let points = (0..count).map(|n| point(n, n + 1)).collect();
            let still_open = |point: &Point, now: DateTime<Utc>| point.total > 2 || now < TestClock::at(closing);
            let submitter = submitter(&server.url, fixed(), &TestClock::new());
            (submitter.submit(points, TestClock::at(15), &still_open).await, server.held())
        });
        prop_assert_eq!(settled.len() as u64, count);
        for (n, (point, outcome)) in (0..).zip(settled) {
            prop_assert_eq!(point.total, n + 1);
            let held = held.get(point.series.name()) == Some(&point.total);
            match outcome {
                SubmitOutcome::Accepted => prop_assert!(held),
                SubmitOutcome::Unanswered(_) => {}
                SubmitOutcome::Refused(_) | SubmitOutcome::Rejected(_) | SubmitOutcome::Closed => prop_assert!(!held, "{outcome:?}"),
            }
        }
    }
}
