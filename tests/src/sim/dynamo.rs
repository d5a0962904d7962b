//! A faulty DynamoDB below the AWS SDK: the embedded engine, with faults between it and the real client.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use cxtrace::engine::{Engine, answer, operation, sdk_config};
use cxtrace_test_support::clock::SimClock;
use rand::Rng;
use serde_json::{Value, json};

use super::faults::Mutation;
use super::world::{Actor, Shared, World};
use crate::connector::{Connector, Respond};

/// The engine behind a faulty network.
#[derive(Debug, Clone)]
pub struct FaultyDynamo {
    pub engine: Engine,
    /// The source of faults.
    pub world: Shared,
}

/// The real client on this network, waiting on `clock`.
#[must_use]
pub fn client(network: FaultyDynamo, clock: &SimClock) -> Client {
    let config = sdk_config(Connector(network))
        .into_builder()
        .sleep_impl(SharedAsyncSleep::new(clock.clone()))
        // Simulated time advances only while somebody waits, so a time limit would end at once.
        .timeout_config(TimeoutConfig::disabled())
        .build();
    // The SDK's retries have two random parts that a replay cannot repeat: their pauses, and a quota that all clients
    // of a process share.
    let partition = RetryPartition::custom("one client").token_bucket(TokenBucket::default()).build();
    let config = aws_sdk_dynamodb::config::Builder::from(&config)
        .retry_config(RetryConfig::standard().with_max_attempts(4).with_use_static_exponential_base(true))
        .retry_partition(partition)
        .build();
    Client::from_conf(config)
}

impl Respond for FaultyDynamo {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(PendingRequest { network: self.clone(), request })
    }
}

/// A request that waits until the scheduler lets it pass.
struct PendingRequest {
    network: FaultyDynamo,
    request: HttpRequest,
}

impl Future for PendingRequest {
    type Output = Result<HttpResponse, ConnectorError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut world = self.network.world.lock();
        // The simulation's own requests do not wait.
        let may_pass = world.actor == Actor::Observer || (!world.dies && std::mem::take(&mut world.permit));
        if !may_pass {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let outcome = self.network.pass(&mut world, &self.request);
        if world.dies {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(outcome)
    }
}

impl FaultyDynamo {
    fn pass(&self, world: &mut World, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = operation(request).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        world.trace(&operation);
        let faults = world.faults.clone();
        if world.actor == Actor::Observer {
            return self.apply(&operation, body);
        }
        if let Some((from, to)) = world.table_outage
            && (from..to).contains(&world.clock.time())
        {
            world.counters.hit("DynamoDB was gone for up to two hours");
            return refuse("InternalServerError", 500);
        }
        if world.hot.as_ref().is_some_and(|(key, until)| world.clock.time() < *until && contains(body, key)) {
            world.counters.hit("conversation's key was hot for hours");
            return refuse("ProvisionedThroughputExceededException", 400);
        }
        if operation == "UpdateItem" {
            world.watch_carry(body);
        }
        let (before, after) = world.actor.crashes();
        if world.happens(faults.crash, before) {
            world.dies = true;
            return timeout();
        }
        if world.happens(faults.throttle, "request throttled") {
            return refuse("ProvisionedThroughputExceededException", 400);
        }
        if world.happens(faults.server_error, "request answered 500") {
            return refuse("InternalServerError", 500);
        }
        if world.happens(faults.lost, "request timed out, not applied") {
            return timeout();
        }
        if operation == "TransactWriteItems" && world.happens(faults.conflict, "transaction met another") {
            return met_another();
        }
        let answer = match operation.as_str() {
            "BatchWriteItem" if world.happens(faults.unprocessed, "batch items unprocessed") => {
                self.apply_in_part(world, body)
            }
            "BatchGetItem" if world.happens(faults.unprocessed, "batch items unprocessed") => {
                self.read_in_part(world, body)
            }
            "PutItem" if world.unconditional => self.apply(&operation, without_condition(body).as_bytes()),
            "Query" if world.mutation == Some(Mutation::CarryNotFinished) => self.read_as_finished(body),
            "Scan" => {
                let page = small_page(world, body);
                self.read_stale(world, &operation, page.as_bytes())
            }
            "Query" | "GetItem" | "BatchGetItem" if !is_consistent(body) => self.read_stale(world, &operation, body),
            _ => self.apply(&operation, body),
        };
        if operation == "PutItem" && answer.as_ref().is_ok_and(|answer| answer.status().as_u16() == 400) {
            world.counters.hit("row was written by somebody else meanwhile");
        }
        if world.happens(faults.crash, after) {
            world.dies = true;
            return timeout();
        }
        if world.happens(faults.applied, "request timed out, applied") {
            return timeout();
        }
        answer
    }

    fn apply(&self, operation: &str, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let (status, body) = self.engine.execute(operation, body);
        answer(status, body)
    }

    /// Writes a part of a batch and returns the rest unprocessed, as DynamoDB does when it throttles.
    fn apply_in_part(&self, world: &mut World, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut handed_back = serde_json::Map::new();
        for (table, writes) in request["RequestItems"].as_object_mut().into_iter().flatten() {
            let all = writes.as_array().cloned().unwrap_or_default();
            let (back, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|_| world.rng.random_bool(0.5));
            *writes = Value::Array(kept);
            if !back.is_empty() {
                handed_back.insert(table.clone(), Value::Array(back));
            }
        }
        let any_kept = request["RequestItems"]
            .as_object()
            .is_some_and(|t| t.values().any(|w| w.as_array().is_some_and(|w| !w.is_empty())));
        if any_kept {
            let (status, answered) = self.engine.execute("BatchWriteItem", request.to_string().as_bytes());
            if status != 200 {
                return answer(status, answered);
            }
        }
        answer(200, json!({"UnprocessedItems": handed_back}).to_string())
    }

    /// Reads a part of a batch and returns the keys of the rest.
    fn read_in_part(&self, world: &mut World, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut handed_back = serde_json::Map::new();
        for (table, asked) in request["RequestItems"].as_object_mut().into_iter().flatten() {
            let all = asked["Keys"].as_array().cloned().unwrap_or_default();
            let (mut back, mut kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|_| world.rng.random_bool(0.5));
            if kept.is_empty() {
                kept.extend(back.pop());
            }
            if !back.is_empty() {
                let mut left = asked.clone();
                left["Keys"] = Value::Array(back);
                handed_back.insert(table.clone(), left);
            }
            asked["Keys"] = Value::Array(kept);
        }
        let (status, answered) = self.engine.execute("BatchGetItem", request.to_string().as_bytes());
        let mut read: Value = serde_json::from_str(&answered).unwrap_or_default();
        if status == 200 {
            read["UnprocessedKeys"] = Value::Object(handed_back);
        }
        answer(status, read.to_string())
    }

    /// A read in which every carry seems finished.
    fn read_as_finished(&self, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let (status, found) = self.engine.execute("Query", body);
        let mut read: Value = serde_json::from_str(&found).unwrap_or_default();
        for item in read["Items"].as_array_mut().into_iter().flatten() {
            if let Some(carries) = item.get("carries").cloned() {
                item["finished"] = carries;
            }
        }
        answer(status, read.to_string())
    }

    /// An eventually consistent read that misses some of the writes.
    fn read_stale(&self, world: &mut World, operation: &str, body: &[u8]) -> Result<HttpResponse, ConnectorError> {
        let (status, fresh) = self.engine.execute(operation, body);
        let mut read: Value = serde_json::from_str(&fresh).unwrap_or_default();
        let stale = world.faults.stale;
        if let Some(items) = read["Items"].as_array_mut() {
            items.retain(|_| !world.happens(stale, "read was stale"));
        }
        for items in read["Responses"].as_object_mut().into_iter().flat_map(|tables| tables.values_mut()) {
            let items = items.as_array_mut().into_iter();
            items.for_each(|items| items.retain(|_| !world.happens(stale, "read was stale")));
        }
        if read.get("Item").is_some() && world.happens(stale, "read was stale") {
            read = json!({});
        }
        answer(status, read.to_string())
    }
}

fn contains(body: &[u8], key: &str) -> bool {
    body.windows(key.len()).any(|part| part == key.as_bytes())
}

/// A scan with pages of few items: the page of 1 MB of a large table.
fn small_page(world: &mut World, body: &[u8]) -> String {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    request["Limit"] = json!(world.rng.random_range(5..80));
    request.to_string()
}

fn is_consistent(body: &[u8]) -> bool {
    let is_asked = |request: &Value| request["ConsistentRead"] == json!(true);
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    is_asked(&request) || request["RequestItems"].as_object().is_some_and(|tables| tables.values().all(is_asked))
}

/// A write without its condition.
fn without_condition(body: &[u8]) -> String {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    for part in ["ConditionExpression", "ExpressionAttributeValues", "ExpressionAttributeNames"] {
        request.as_object_mut().map(|request| request.remove(part));
    }
    request.to_string()
}

fn timeout() -> Result<HttpResponse, ConnectorError> {
    Err(ConnectorError::timeout("no answer (simulated)".into()))
}

fn refuse(code: &str, status: u16) -> Result<HttpResponse, ConnectorError> {
    answer(
        status,
        json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "simulated"}).to_string(),
    )
}

fn met_another() -> Result<HttpResponse, ConnectorError> {
    let reasons = json!([{"Code": "None"}, {"Code": "TransactionConflict", "Message": "simulated"}]);
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    answer(400, json!({"__type": kind, "Message": "simulated", "CancellationReasons": reasons}).to_string())
}
