//! What remains stored if a part of the work fails, and if a conversation lasts for months.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{SecondsFormat, TimeDelta};
use cxtrace_domain::metrics::ConversationId;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::{aws, http};
use cxtrace_privacy::Pseudonyms;
use cxtrace_settings::Environment;
use cxtrace_sources::correlation::Correlations;
use cxtrace_store::{CorrelationTable, correlation};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::{Endpoints, SECRET_ARN, TABLE};
use serde_json::json;

use super::*;

const CONVERSATION: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";

/// The name of the correlation table.
const CORRELATION: &str = "correlation";

/// The tables on loopback, at noon.
struct World {
    endpoints: Endpoints,
    clock: SimClock,
}

impl World {
    async fn new() -> Self {
        let clock = SimClock::at(noon());
        Self { endpoints: Endpoints::start(Arc::new(clock.clone())).await.unwrap(), clock }
    }

    /// A handler whose requests are counted.
    fn handler(&self) -> FlowMetrics {
        let environment = environment(self.endpoints.url());
        let config = aws::from_environment(&environment, http::client().unwrap()).unwrap();
        let settings = MetricSettings::read(&environment).unwrap();
        let clock: SharedClock = Arc::new(self.clock.clone());
        let table = StateTable::new(Client::new(&config), TABLE, settings.retention, clock.clone());
        FlowMetrics::new(table, settings, clock)
    }

    /// Reads the ids of cases from attributes, with this key.
    async fn correlator(&self, key: PseudonymKey) -> Correlator {
        let client = self.endpoints.client();
        correlation::schema::create(&client, CORRELATION, false).await.unwrap();
        let table = CorrelationTable::new(client, CORRELATION, TimeDelta::days(30), Arc::new(self.clock.clone()));
        Correlator::new(table, Correlations::read("crmCaseId=crm.case").unwrap(), key)
    }

    async fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let client = self.endpoints.client();
        client.scan().table_name(table).send().await.unwrap().items.unwrap_or_default()
    }

    /// The number of stored occurrences, and of facts for journeys.
    async fn stored(&self) -> (usize, usize) {
        let is_fact = |item: &&HashMap<String, AttributeValue>| item["sk"].as_s().unwrap().starts_with("fact#");
        let facts = self.items(CORRELATION).await.iter().filter(is_fact).count();
        (self.endpoints.counted().values().sum(), facts)
    }

    /// Deletes expired items, as DynamoDB's TTL does.
    async fn expire(&self) {
        let client = self.endpoints.client();
        for item in self.items(TABLE).await {
            let expiry: Option<i64> = item.get("expires_at").map(|expiry| expiry.as_n().unwrap().parse().unwrap());
            if expiry.is_some_and(|expiry| expiry <= self.clock.time().timestamp()) {
                let request = client.delete_item().table_name(TABLE);
                request.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
            }
        }
    }

    fn updates(&self) -> u64 {
        self.endpoints.requests()["UpdateItem"]
    }
}

fn environment(url: &str) -> Environment {
    Environment::of([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", url),
        ("PSEUDONYM_KEY_SECRET_ARN", SECRET_ARN),
        ("MEDIA_TYPE_TAG", "true"),
    ])
}

/// A key in a Secrets Manager that does not answer.
fn unreachable_key() -> PseudonymKey {
    let environment = environment("http://127.0.0.1:9");
    let config = aws::from_environment(&environment, http::client().unwrap()).unwrap();
    PseudonymKey::read(&environment, &config).unwrap()
}

fn known_key() -> PseudonymKey {
    PseudonymKey::Known(Box::new(Pseudonyms::try_new(&[7; 32]).unwrap()))
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_049_600, 0).unwrap()
}

fn metric(at: DateTime<Utc>) -> String {
    format!("CustomerRoutingMetric_Unknown({})", at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// This many metrics, one millisecond apart.
fn metrics(count: i64) -> Vec<String> {
    (0..count).map(|n| metric(noon() - TimeDelta::milliseconds(n))).collect()
}

/// An event with these metrics, and an id of a case.
fn carrying(names: &[String], published: DateTime<Utc>) -> String {
    let mut attributes: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!("1"))).collect();
    attributes.insert("crmCaseId".to_owned(), json!("500Hs1abcde"));
    let communications = json!([{"mediaType": "MESSAGE"}]);
    let body = json!({"conversationId": CONVERSATION, "attributes": attributes, "communications": communications});
    let published = published.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({"detail-type": attributes::TOPIC, "detail": {"timestamp": published, "eventBody": body}}).to_string()
}

#[tokio::test]
async fn without_the_pseudonym_key_metrics_count_and_ids_are_stored_later() {
    let world = World::new().await;
    let json = carrying(&metrics(1), noon());
    let keyless = world.handler().with_journeys(Some(world.correlator(unreachable_key()).await));
    for _ in 0..2 {
        let error = keyless.handle(&json).await.unwrap_err();
        assert!(matches!(error, IngestError::Key(_)), "{error:?}");
        assert_eq!(world.stored().await, (1, 1), "everything that does not need the key is stored");
    }
    let handler = world.handler().with_journeys(Some(world.correlator(known_key()).await));
    for _ in 0..2 {
        let outcome = handler.handle(&json).await.unwrap();
        assert_eq!(outcome, Outcome::Processed(Counted { candidates: 1, new: 0 }));
        assert_eq!(world.stored().await, (1, 2), "the fact about the case is stored once");
    }
}

#[tokio::test]
async fn a_placeholder_id_counts_once_in_a_conversation() {
    let world = World::new().await;
    let handler = world.handler().with_journeys(Some(world.correlator(known_key()).await));
    for seconds in [0, 0, 20, 40] {
        let published = noon() + TimeDelta::seconds(seconds);
        let json = carrying(&metrics(1), published).replace("500Hs1abcde", "undefined");
        handler.handle(&json).await.unwrap();
    }
    let counted = world.endpoints.counted();
    let meaningless = counted.iter().filter(|((name, _), _)| name == "cxtrace.ids.meaningless");
    assert_eq!(meaningless.map(|(_, count)| *count).collect::<Vec<_>>(), [1], "{counted:?}");
}

/// 48 metrics fill the first part of the seen set, so later metrics go to another part.
#[tokio::test]
async fn a_conversation_that_lasts_for_months_counts_nothing_again() {
    let world = World::new().await;
    let handler = world.handler();
    let mut names = metrics(48);
    handler.handle(&carrying(&names, noon())).await.unwrap();
    for day in [1, 16, 32, 48, 64] {
        let at = noon() + TimeDelta::days(day);
        world.clock.advance_to(at);
        world.expire().await;
        names.push(metric(at));
        let outcome = handler.handle(&carrying(&names, at)).await.unwrap();
        assert_eq!(outcome, Outcome::Processed(Counted { candidates: names.len(), new: 1 }), "day {day}");
    }
    let conversation = ConversationId::try_new(CONVERSATION).unwrap();
    assert_eq!(world.endpoints.table().seen(&conversation).await.unwrap().media, Some(MediaType::read("MESSAGE")));
}

#[tokio::test]
async fn seen_entries_are_renewed_once_in_half_of_their_life() {
    let world = World::new().await;
    let handler = world.handler();
    let mut names = metrics(48);
    handler.handle(&carrying(&names, noon())).await.unwrap();
    // The event renews the part that it writes to. On the sixteenth day it also renews the other part and the media
    // type.
    for (hour, expected) in [(1, 1), (16 * 24, 3), (16 * 24 + 1, 1)] {
        let at = noon() + TimeDelta::hours(hour);
        world.clock.advance_to(at);
        names.push(metric(at));
        let before = world.updates();
        handler.handle(&carrying(&names, at)).await.unwrap();
        assert_eq!(world.updates() - before, expected, "hour {hour}");
    }
}
