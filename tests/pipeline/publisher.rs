//! The publisher finishes the work of other invocations, and sends increments to the extension.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, EngineHttp, answer, operation, sdk_config};
use cxtrace_datadog::extension::MAX_DATAGRAM;
use cxtrace_datadog::{ApiKey, Endpoint, Extension, FixedKey, RetryPolicy, Submitter};
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{Bucket, ConversationId, OccurrenceId};
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_settings::metrics::default_template;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{BucketKey, Redirect, StateTable};
use cxtrace_tests::connector::{Connector, Respond};
use metrics_publisher::{MetricsPublisher, PublishError, Published, Transport};
use serde_json::json;
use tokio::net::UdpSocket;

use crate::pipeline::support::{Ingest, attribute, event, noon};

/// What is sent to a [`Listener`] last.
const END: &[u8] = b"end";

/// A listener at the address of the extension.
struct Listener(UdpSocket);

impl Listener {
    async fn new() -> Self {
        Self(UdpSocket::bind("127.0.0.1:0").await.unwrap())
    }

    /// The lines since the last call, each with its number of repetitions.
    async fn received(&self) -> BTreeMap<String, usize> {
        let own = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        own.send_to(END, self.0.local_addr().unwrap()).await.unwrap();
        let (mut lines, mut buffer) = (BTreeMap::new(), vec![0_u8; 2 * MAX_DATAGRAM]);
        loop {
            let length = self.0.recv(&mut buffer).await.unwrap();
            if &buffer[..length] == END {
                return lines;
            }
            for line in std::str::from_utf8(&buffer[..length]).unwrap().lines() {
                *lines.entry(line.to_owned()).or_default() += 1;
            }
        }
    }
}

/// A table's engine that can refuse the next update.
#[derive(Debug, Clone)]
struct Refusing {
    below: EngineHttp,
    next: Arc<AtomicBool>,
}

impl Respond for Refusing {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        if operation(&request).as_deref() == Some("UpdateItem") && self.next.swap(false, Ordering::SeqCst) {
            let refusal = json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "simulated"});
            return HttpConnectorFuture::ready(answer(400, refusal.to_string()));
        }
        self.below.call(request)
    }
}

fn publisher(ingest: &Ingest, table: StateTable, transport: Transport) -> MetricsPublisher {
    let settings = MetricSettings::read(&Environment::default()).unwrap();
    let clock = Arc::new(ingest.clock.clone());
    MetricsPublisher::new(table, transport, settings, Arc::new(MemoryDeadLetters::default()), clock)
}

/// One that sends to what listens at the address of `socket`.
fn sending_to(socket: &UdpSocket, ingest: &Ingest, table: StateTable) -> MetricsPublisher {
    let extension = Extension::new(socket.local_addr().unwrap(), Arc::new(ingest.clock.clone()));
    publisher(ingest, table, Transport::Extension(extension))
}

fn deadline() -> DateTime<Utc> {
    noon() + TimeDelta::minutes(1)
}

/// Counts occurrences of a metric in the bucket of noon, one for each of these milliseconds.
async fn count(ingest: &Ingest, metric: &str, millis: Range<i64>) {
    let names: Vec<_> = millis.map(|n| attribute("A", metric, noon() + TimeDelta::milliseconds(n))).collect();
    ingest.handler.handle(&event("c", noon(), names.iter().map(String::as_str))).await.unwrap();
}

/// All new changes, as the publisher receives them.
fn batch(ingest: &Ingest) -> StreamBatch {
    let records: Vec<_> = ingest.engine.take_changes(0, 100).iter().map(Change::record).collect();
    serde_json::from_value(json!({"Records": records})).unwrap()
}

/// The line of an occurrence of a metric in the bucket of noon.
fn line(metric: &str) -> String {
    let tag = metric.to_lowercase();
    format!("genesys.flow.A.{metric}:1|d|#flow:a,metric:{tag}|T{}", noon().timestamp())
}

/// The noted total of a metric in the bucket of noon.
async fn noted(ingest: &Ingest, metric: &str) -> u64 {
    let series = default_template().series("A", metric, None).0.id();
    let key = BucketKey { series, bucket: Bucket::starting_at(noon().timestamp()) };
    let ledger = ingest.table.contents(key).await.unwrap().ledger;
    assert_eq!(ledger.attempted, 0);
    ledger.accepted
}

#[tokio::test]
async fn the_extension_gets_increments_and_none_for_a_repeated_batch() {
    let (ingest, listener) = (Ingest::with(&[]).await, Listener::new().await);
    let publisher = sending_to(&listener.0, &ingest, ingest.table.clone());
    let mut batches = Vec::new();
    for (millis, grown, total) in [(0..2, 2, 2), (2..5, 3, 5)] {
        count(&ingest, "B", millis).await;
        batches.push(batch(&ingest));
        let done = publisher.handle(batches.last().unwrap(), deadline()).await.unwrap();
        assert_eq!(done, Published { ledgers: 1, accepted: 1, ..Published::default() });
        assert_eq!(listener.received().await, BTreeMap::from([(line("B"), grown)]));
        assert_eq!(noted(&ingest, "B").await, total);
    }
    for batch in &batches {
        let done = publisher.handle(batch, deadline()).await.unwrap();
        assert_eq!(done, Published { ledgers: 1, ..Published::default() });
    }
    assert_eq!((listener.received().await, noted(&ingest, "B").await), (BTreeMap::new(), 5));
}

#[tokio::test]
async fn the_first_of_two_batches_sends_everything_counted_so_far() {
    let (ingest, listener) = (Ingest::with(&[]).await, Listener::new().await);
    let publisher = sending_to(&listener.0, &ingest, ingest.table.clone());
    count(&ingest, "B", 0..2).await;
    let first = batch(&ingest);
    count(&ingest, "B", 2..5).await;
    publisher.handle(&first, deadline()).await.unwrap();
    assert_eq!(listener.received().await, BTreeMap::from([(line("B"), 5)]));
    publisher.handle(&batch(&ingest), deadline()).await.unwrap();
    assert_eq!(listener.received().await, BTreeMap::new());
}

#[tokio::test]
async fn increments_without_a_listener_are_not_noted_and_are_sent_later() {
    let ingest = Ingest::with(&[]).await;
    count(&ingest, "B", 0..2).await;
    let batch = batch(&ingest);
    // A socket that is connected elsewhere receives nothing from here, and its port stays reserved.
    let deaf = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    deaf.connect("127.0.0.1:9").await.unwrap();
    let lonely = sending_to(&deaf, &ingest, ingest.table.clone());
    for _ in 0..2 {
        let error = lonely.handle(&batch, deadline()).await.unwrap_err();
        let PublishError::NotAccepted { left: 1, all: 1, reason } = &error else { panic!("{error:?}") };
        assert!(reason.contains("extension's layer is attached"), "{reason}");
        assert_eq!(noted(&ingest, "B").await, 0);
    }

    let listener = Listener::new().await;
    sending_to(&listener.0, &ingest, ingest.table.clone()).handle(&batch, deadline()).await.unwrap();
    assert_eq!(listener.received().await, BTreeMap::from([(line("B"), 2)]));
    assert_eq!(noted(&ingest, "B").await, 2);
}

/// This transport cannot promise that. But if the note fails for another reason, the increment is not sent again.
#[tokio::test]
async fn an_increment_without_a_note_is_sent_again() {
    let (ingest, listener) = (Ingest::with(&[]).await, Listener::new().await);
    let counts = BTreeMap::from([("B", 2), ("C", 3)]);
    for (metric, count_of) in &counts {
        count(&ingest, metric, 0..*count_of).await;
    }
    let batch = batch(&ingest);
    let next = Arc::new(AtomicBool::new(true));
    let refusing = Refusing { below: EngineHttp(ingest.engine.clone()), next };
    let client = aws_sdk_dynamodb::Client::new(&sdk_config(Connector(refusing)));
    let table = StateTable::new(client, "state", TimeDelta::days(30), Arc::new(ingest.clock.clone()));
    let publisher = sending_to(&listener.0, &ingest, table);

    let lines = |metric: &str| (line(metric), usize::try_from(counts[metric]).unwrap());
    let error = publisher.handle(&batch, deadline()).await.unwrap_err();
    assert!(matches!(error, PublishError::Store(_)), "{error:?}");
    assert_eq!(listener.received().await, BTreeMap::from([lines("B"), lines("C")]));
    let left = match (noted(&ingest, "B").await, noted(&ingest, "C").await) {
        (0, 3) => "B",
        (2, 0) => "C",
        other => panic!("{other:?} are noted"),
    };
    publisher.handle(&batch, deadline()).await.unwrap();
    assert_eq!(listener.received().await, BTreeMap::from([lines(left)]));
    assert_eq!((noted(&ingest, "B").await, noted(&ingest, "C").await), (2, 3));
    publisher.handle(&batch, deadline()).await.unwrap();
    assert_eq!(listener.received().await, BTreeMap::new());
}

/// A publisher that must not send anything: nothing listens at Datadog's address.
fn offline(ingest: &Ingest) -> MetricsPublisher {
    let endpoint = Endpoint::at("http://127.0.0.1:9").unwrap();
    let key = Arc::new(FixedKey(ApiKey::try_new("key").unwrap()));
    let http = cxtrace_lambda::http::client().unwrap();
    let submitter = Submitter::new(http, endpoint, key, Arc::new(ingest.clock.clone()), RetryPolicy::default());
    publisher(ingest, ingest.table.clone(), Transport::Api(submitter))
}

/// An attribute an hour ahead is redirected from its home, and a mark there says so permanently. When the target bucket
/// closes, an hour has passed, and the home is the current bucket. A number that is carried there counts, whatever the
/// mark says.
#[tokio::test]
async fn a_redirected_occurrence_can_be_carried_back_into_its_home() {
    let ingest = Ingest::with(&[]).await;
    let own_time = noon() + TimeDelta::minutes(60);
    let name = attribute("A", "B", own_time);
    let series = default_template().series("A", "B", None).0.id();
    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    let total = async |at: DateTime<Utc>| {
        let bucket = Bucket::starting_at(at.timestamp());
        ingest.table.contents(BucketKey { series, bucket }).await.unwrap().ledger.total()
    };
    assert_eq!((total(noon()).await, total(own_time).await), (1, 0));

    ingest.clock.advance_to(own_time + TimeDelta::seconds(3));
    let done = offline(&ingest).handle(&batch(&ingest), deadline()).await.unwrap();
    assert_eq!((done.carries, done.carried), (2, 2), "the occurrence, and the count that it is skewed");
    assert_eq!((total(noon()).await, total(own_time).await), (0, 1));
}

/// The cost of late counts depends on the number of ledgers and not of occurrences: here there are 40 occurrences.
#[tokio::test]
async fn late_occurrences_cost_a_few_requests_for_each_ledger_and_are_carried_once() {
    let ingest = Ingest::with(&[]).await;
    count(&ingest, "B", 0..40).await;
    let late = batch(&ingest);
    ingest.clock.advance_to(noon() + TimeDelta::hours(3));
    ingest.requests();
    let publisher = offline(&ingest);
    let done = publisher.handle(&late, deadline()).await.unwrap();
    assert_eq!(done, Published { ledgers: 1, carries: 1, carried: 40, ..Published::default() });
    assert_eq!(ingest.requests(), "BatchWriteItem×1 Query×1 UpdateItem×2");
    let done = publisher.handle(&late, deadline()).await.unwrap();
    assert_eq!(done, Published { ledgers: 1, ..Published::default() });
    assert_eq!(ingest.requests(), "Query×1");

    let now = Bucket::starting_at((noon() + TimeDelta::hours(3)).timestamp());
    let template = default_template();
    for series in [template.series("A", "B", None).0, SelfMetric::Late.series(&template)] {
        let key = BucketKey { series: series.id(), bucket: now };
        assert_eq!(ingest.table.contents(key).await.unwrap().ledger.total(), 40);
    }
}

/// One unreadable item of each kind: the rest of the batch is published, and each of them is set aside.
#[tokio::test]
async fn unreadable_items_are_set_aside_and_the_rest_is_published() {
    let (ingest, listener) = (Ingest::with(&[]).await, Listener::new().await);
    for metric in ["B", "C", "D"] {
        count(&ingest, metric, 0..2).await;
    }
    let batch = batch(&ingest);
    let client = aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(ingest.engine.clone())));
    for (metric, sk) in [("B", "occurrence#junk"), ("C", "note")] {
        let pk = format!("bucket#{}#{}", default_template().series("A", metric, None).0.id(), noon().timestamp());
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let request = client.put_item().table_name("state").item("pk", text(&pk)).item("sk", text(sk));
        request.item("accepted", text("junk")).send().await.unwrap();
    }
    let dead_letters = MemoryDeadLetters::default();
    let extension = Extension::new(listener.0.local_addr().unwrap(), Arc::new(ingest.clock.clone()));
    let settings = MetricSettings::read(&Environment::default()).unwrap();
    let clock = Arc::new(ingest.clock.clone());
    let transport = Transport::Extension(extension);
    let publisher =
        MetricsPublisher::new(ingest.table.clone(), transport, settings, Arc::new(dead_letters.clone()), clock);
    for _ in 0..2 {
        let done = publisher.handle(&batch, deadline()).await.unwrap();
        assert_eq!((done.ledgers, done.unreadable), (3, 2));
    }
    // C's total is unknown without its note, and sending it could overwrite a greater one.
    assert_eq!(listener.received().await, BTreeMap::from([(line("B"), 2), (line("D"), 2)]));
    let dead_letters: Vec<serde_json::Value> =
        dead_letters.messages().iter().map(|dead_letter| serde_json::from_str(dead_letter).unwrap()).collect();
    let set_aside: Vec<_> = dead_letters.iter().map(|l| (&l["what"], &l["keys"]["sk"], &l["published"])).collect();
    let (what, junk, note) = (json!("ledger item"), json!("occurrence#junk"), json!("note"));
    assert_eq!(set_aside.len(), 4);
    assert!(
        set_aside.contains(&(&what, &junk, &json!(true))) && set_aside.contains(&(&what, &note, &json!(false))),
        "{set_aside:?}"
    );
    let counted = BucketKey {
        series: SelfMetric::UnreadableItem.series(&default_template()).id(),
        bucket: Bucket::starting_at(noon().timestamp()),
    };
    assert_eq!(ingest.table.contents(counted).await.unwrap().ledger.total(), 2);
}

/// An event with a skewed attribute decides the bucket and dies before it stores the copy. Another event, for which the
/// attribute is not skewed, stores it at its home and adds it to the seen set. The first event's retry finds nothing to
/// do.
#[tokio::test]
async fn a_redirect_whose_function_died_is_finished_by_the_publisher() {
    let ingest = Ingest::with(&[]).await;
    let own_time = noon() - TimeDelta::minutes(45);
    let name = attribute("A", "B", own_time);
    let id = OccurrenceId::of(&ConversationId::try_new("c").unwrap(), &name);
    let template = default_template();
    let series = template.series("A", "B", None).0.id();
    let home = BucketKey { series, bucket: Bucket::starting_at(own_time.timestamp()) };
    let decided = Bucket::starting_at(noon().timestamp() + 600);
    assert_eq!(ingest.table.redirect(home, id, decided).await.unwrap(), Redirect::To(decided));

    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    let total =
        async |series, bucket| ingest.table.contents(BucketKey { series, bucket }).await.unwrap().ledger.total();
    assert_eq!((total(series, home.bucket).await, total(series, decided).await), (0, 0));

    // Nothing is published of a home that counts nothing.
    let publisher = offline(&ingest);
    publisher.handle(&batch(&ingest), deadline()).await.unwrap();

    assert_eq!((total(series, home.bucket).await, total(series, decided).await), (0, 1));
    assert_eq!(total(SelfMetric::Skewed.series(&template).id(), decided).await, 1);
}
