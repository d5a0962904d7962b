//! The number of requests for an event. These numbers are a promise, because they determine the cost.

use chrono::TimeDelta;
use cxtrace_store::BucketKey;
use flow_metrics::{Counted, Outcome};

use crate::pipeline::support::{Ingest, attribute, event, noon};

async fn warm() -> Ingest {
    let ingest = Ingest::with(&[]).await;
    ingest.handler.handle(&event("warm-up", noon(), [attribute("A", "B", noon()).as_str()])).await.unwrap();
    ingest.requests();
    ingest
}

#[tokio::test]
async fn an_event_without_metrics_costs_no_request() {
    let ingest = Ingest::with(&[]).await;
    ingest.handler.handle(&event("c", noon(), ["AccountID", "LLM (AW) question"])).await.unwrap();
    ingest.handler.handle(&event("c", noon(), [])).await.unwrap();
    ingest.handler.handle(r#"{"detail-type":"v2.detail.events.conversation.{id}.acw","detail":{}}"#).await.unwrap();
    assert_eq!(ingest.requests(), "");
}

#[tokio::test]
async fn an_event_with_nothing_new_costs_one_read() {
    let ingest = warm().await;
    let name = attribute("A", "B", noon());
    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    ingest.requests();
    let outcome = ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    assert_eq!(outcome, Outcome::Processed(Counted { candidates: 1, new: 0 }));
    assert_eq!(ingest.requests(), "Query×1");
}

#[tokio::test]
async fn new_occurrences_cost_one_read_a_batch_for_each_25_and_one_update() {
    let ingest = warm().await;
    for (n, batches) in [(1, 1), (25, 1), (26, 2), (60, 3)] {
        let names: Vec<_> = (0..n).map(|k| attribute("A", "B", noon() - TimeDelta::milliseconds(k))).collect();
        let conversation = format!("c{n}");
        ingest.handler.handle(&event(&conversation, noon(), names.iter().map(String::as_str))).await.unwrap();
        assert_eq!(ingest.requests(), format!("BatchWriteItem×{batches} Query×1 UpdateItem×1"), "{n} new");
    }
}

#[tokio::test]
async fn a_new_series_costs_one_update_and_a_new_instance_one_read_of_the_budget() {
    let ingest = Ingest::with(&[]).await;
    ingest.handler.handle(&event("c", noon(), [attribute("A", "B", noon()).as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "BatchWriteItem×1 GetItem×1 Query×1 UpdateItem×2");
    ingest.handler.handle(&event("d", noon(), [attribute("A", "C", noon()).as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "BatchWriteItem×1 Query×1 UpdateItem×2");
}

#[tokio::test]
async fn a_skewed_attribute_costs_one_transaction_once() {
    let ingest = warm().await;
    let name = attribute("A", "B", noon() - TimeDelta::hours(3));
    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "BatchWriteItem×1 Query×1 TransactWriteItems×1 UpdateItem×1");
    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "Query×1");
}

#[tokio::test]
async fn the_media_type_costs_one_update_a_conversation() {
    let ingest = Ingest::with(&[("MEDIA_TYPE_TAG", "true")]).await;
    ingest.handler.handle(&event("c", noon(), [attribute("A", "B", noon()).as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "BatchWriteItem×1 GetItem×1 Query×1 UpdateItem×3");
    let later = attribute("A", "B", noon() - TimeDelta::seconds(1));
    ingest.handler.handle(&event("c", noon(), [later.as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "BatchWriteItem×1 Query×1 UpdateItem×1");
}

#[tokio::test]
async fn a_long_silent_conversation_renews_what_it_has_seen() {
    let ingest = warm().await;
    let name = attribute("A", "B", noon());
    ingest.handler.handle(&event("c", noon(), [name.as_str()])).await.unwrap();
    ingest.clock.advance_to(noon() + TimeDelta::days(16));
    ingest.requests();
    ingest.handler.handle(&event("c", noon() + TimeDelta::days(16), [name.as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "Query×1 UpdateItem×1");
    ingest.handler.handle(&event("c", noon() + TimeDelta::days(16), [name.as_str()])).await.unwrap();
    assert_eq!(ingest.requests(), "Query×1");
}

/// A conversation can have thousands of metrics, and an event can have a megabyte.
#[tokio::test]
async fn ten_thousand_attributes_and_an_event_of_a_megabyte_count_exactly() {
    let ingest = warm().await;
    let names: Vec<_> = (0..14_000)
        .map(|n| attribute("Customer Routing Main", "Entered the queue", noon() - TimeDelta::milliseconds(n * 10)))
        .collect();
    let json = event("c", noon(), names.iter().map(String::as_str));
    assert!(json.len() > 1_000_000, "{}", json.len());
    ingest.handler.handle(&json).await.unwrap();
    ingest.handler.handle(&json).await.unwrap();
    // One more each time, as a flow would set them.
    for n in 1..=60 {
        let name = attribute("Customer Routing Main", "Entered the queue", noon() + TimeDelta::milliseconds(n));
        ingest
            .handler
            .handle(&event("c", noon(), names.iter().take(3).map(String::as_str).chain([name.as_str()])))
            .await
            .unwrap();
    }
    let series =
        cxtrace_settings::metrics::default_template().series("Customer Routing Main", "Entered the queue", None).0.id();
    let mut total = 0;
    for bucket in 0..20 {
        let bucket = cxtrace_domain::metrics::Bucket::starting_at(noon().timestamp() - 150 + bucket * 10);
        total += ingest.table.contents(BucketKey { series, bucket }).await.unwrap().ledger.total();
    }
    assert_eq!(total, 14_060);
    assert!(largest_item(&ingest) < 100_000, "{} bytes", largest_item(&ingest));
}

fn largest_item(ingest: &Ingest) -> usize {
    let mut largest = 0;
    let mut start = serde_json::Value::Null;
    loop {
        let mut request = serde_json::json!({"TableName": "state"});
        if !start.is_null() {
            request["ExclusiveStartKey"] = start;
        }
        let page: serde_json::Value =
            serde_json::from_str(&ingest.engine.execute("Scan", request.to_string().as_bytes()).1).unwrap();
        for item in page["Items"].as_array().unwrap() {
            // Binary members are in base64, four characters for three bytes.
            largest = largest.max(item.to_string().len() * 3 / 4);
        }
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            return largest;
        }
    }
}
