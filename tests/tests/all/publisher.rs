//! What the publisher finishes for others.

use std::sync::Arc;

use aws_lambda_events::dynamodb::Event;
use chrono::TimeDelta;
use cxtrace::engine::Change;
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, Patience, Submitter};
use cxtrace_domain::metrics::own::Own;
use cxtrace_domain::metrics::{Bucket, ConversationId, OccurrenceId, SeriesTemplate};
use cxtrace_runtime::dead_letters::KeptLetters;
use cxtrace_runtime::environment::Environment;
use cxtrace_runtime::settings::MetricSettings;
use cxtrace_store::{BucketKey, Redirect};
use metrics_publisher::{MetricsPublisher, Transport};

use crate::support::{Ingest, attribute, event, noon};

/// An event in which an attribute is skewed decides its bucket and dies before it stores the copy. Another, in
/// which it is not, stores it at its home and marks it as seen: the first one's retry finds nothing to do.
#[tokio::test]
async fn a_redirect_whose_function_died_is_finished_by_the_publisher() {
    let ingest = Ingest::with(&[]).await;
    let own_time = noon() - TimeDelta::minutes(45);
    let name = attribute("A", "B", own_time);
    let id = OccurrenceId::of(&ConversationId::try_new("c").unwrap(), &name);
    let template = SeriesTemplate::default();
    let series = template.series("A", "B", None).0.id();
    let home = BucketKey { series, bucket: Bucket::starting_at(own_time.timestamp()) };
    let decided = Bucket::starting_at(noon().timestamp() + 600);
    assert_eq!(ingest.table.redirect(home, id, decided).await.unwrap(), Redirect::To(decided));

    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    let total =
        async |series, bucket| ingest.table.contents(BucketKey { series, bucket }).await.unwrap().ledger.total();
    assert_eq!((total(series, home.bucket).await, total(series, decided).await), (0, 0));

    // Where Datadog is does not matter: nothing is to be published of a home that counts nothing.
    let clock = Arc::new(ingest.clock.clone());
    let key = Arc::new(FixedKey(ApiKey::try_new("key").unwrap()));
    let endpoint = Endpoint::at("http://127.0.0.1:9").unwrap();
    let http = cxtrace_runtime::http::client().unwrap();
    let submitter = Submitter::new(http, endpoint, key, clock.clone(), Patience::default());
    let settings = MetricSettings::read(&Environment::default()).unwrap();
    let publisher = MetricsPublisher::new(
        ingest.table.clone(),
        Transport::Api(submitter),
        settings,
        Arc::new(KeptLetters::default()),
        clock,
    );
    let records: Vec<_> = ingest.engine.take_changes(0, 100).iter().map(Change::record).collect();
    let batch: Event = serde_json::from_value(serde_json::json!({"Records": records})).unwrap();
    publisher.handle(&batch, noon() + TimeDelta::minutes(1)).await.unwrap();

    assert_eq!((total(series, home.bucket).await, total(series, decided).await), (0, 1));
    assert_eq!(total(Own::Skewed.series(&template).id(), decided).await, 1);
}
