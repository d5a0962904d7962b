//! The intake over HTTP, also with the product's own submitter.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cxtrace_clock::Clock;
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, Point, RetryPolicy, SubmitOutcome, Submitter};
use cxtrace_domain::metrics::Bucket;

use super::*;

#[derive(Debug)]
struct StandingStill;

impl Clock for StandingStill {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

async fn start(intake: Intake) -> (String, SharedIntake) {
    let intake: SharedIntake = Arc::new(Mutex::new(intake));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router(Arc::clone(&intake), Arc::new(StandingStill));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, intake)
}

#[tokio::test]
async fn series_are_posted_with_a_key_and_read_back_as_a_sorted_list() {
    let (url, _) = start(Intake::new()).await;
    let http = cxtrace_lambda::http::client().unwrap();
    let post = |key: Option<&'static str>, body: Vec<u8>, encoding: &'static str| {
        let mut request = http.post(format!("{url}/api/v2/series")).header("content-encoding", encoding).body(body);
        if let Some(key) = key {
            request = request.header("DD-API-KEY", key);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let json = payload().to_string().into_bytes();
    assert_eq!(post(None, json.clone(), "identity").await, 403);
    assert_eq!(post(Some(""), json.clone(), "identity").await, 403);
    assert_eq!(post(Some("key"), b"{}".to_vec(), "identity").await, 400);
    assert_eq!(post(Some("key"), padded(MAX_SENT + 1), "identity").await, 413);
    assert_eq!(post(Some("key"), gzip(&json), "gzip").await, 202);
    let half = with("points", json!([{"timestamp": NOW - 10, "value": 0.5}])).to_string().into_bytes();
    assert_eq!(post(Some("key"), zlib(&half), "deflate").await, 202);

    let held = http.get(format!("{url}/metrics")).send().await.unwrap().text().await.unwrap();
    let one = |timestamp: i64, value: &str| {
        format!(
            r#"{{"metric":"genesys.flow.Ivr.Paid","tags":["flow:ivr","metric:paid"],"timestamp":{timestamp},"value":{value}}}"#
        )
    };
    assert_eq!(held, format!("[{},{}]", one(NOW - 10, "0.5"), one(NOW, "17")));
    let health = http.get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!(health.status().as_u16(), 200);
}

#[tokio::test]
async fn the_submitters_payloads_obey_every_rule() {
    let (url, intake) = start(Intake::new()).await;
    let template = cxtrace_settings::metrics::default_template();
    let wild = [
        "Customer Routing",
        "料金",
        "Ünïted: Flow|#,\n-x",
        "İstanbul ǅ",
        "9",
        "\u{202e}evil",
        "a".repeat(5_000).leak(),
    ];
    let metrics = (0..500).map(|n| format!("Paid {n}"));
    let points: Vec<_> = metrics
        .flat_map(|metric| wild.map(|flow| template.series(flow, &metric, None).0))
        .map(|series| Point { series, bucket: Bucket::starting_at(NOW), interval: 10, total: 3 })
        .collect();
    let distinct: std::collections::BTreeSet<_> = points.iter().map(|point| point.series.clone()).collect();

    let submitter = Submitter::new(
        cxtrace_lambda::http::client().unwrap(),
        Endpoint::at(&url).unwrap(),
        Arc::new(FixedKey(ApiKey::try_new("key").unwrap())),
        Arc::new(StandingStill),
        RetryPolicy::default(),
    );
    let settled = submitter.submit(points, now() + TimeDelta::minutes(1), &|_, _| true).await;
    assert!(
        settled.iter().all(|(_, fate)| *fate == SubmitOutcome::Accepted),
        "{:?}",
        settled.iter().find(|(_, f)| *f != SubmitOutcome::Accepted)
    );
    let intake = intake.lock().unwrap();
    assert_eq!((intake.points().count(), intake.dropped()), (distinct.len(), 0));
    assert!(intake.points().all(|point| point.value == 3.0));
}
