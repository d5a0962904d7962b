//! Tables and handlers for tests: on the embedded engine or, with `CXTRACE_TEST_DYNAMODB_ENDPOINT`, on any
//! DynamoDB-compatible server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_types::region::Region;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Engine, EngineHttp, operation, sdk_config};
pub(crate) use cxtrace_fixtures::genesys::{attributes_event as event, metric_attribute as attribute};
use cxtrace_lambda::http::SdkHttp;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_tests::connector::{Connector, Respond};
use flow_metrics::FlowMetrics;

/// The noon at which every test starts.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_049_600, 0).unwrap()
}

/// A client of the server that the tests use.
fn client(clock: &SimClock) -> aws_sdk_dynamodb::Client {
    match std::env::var("CXTRACE_TEST_DYNAMODB_ENDPOINT") {
        Ok(endpoint) => {
            let http = SharedHttpClient::new(SdkHttp(cxtrace_lambda::http::client().unwrap()));
            let config = cxtrace_lambda::aws::base(http)
                .region(Region::new("us-east-1"))
                .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                    "test", "test", None, None, "test",
                )))
                .endpoint_url(endpoint)
                .timeout_config(aws_smithy_types::timeout::TimeoutConfig::disabled())
                .build();
            aws_sdk_dynamodb::Client::new(&config)
        }
        Err(_) => {
            let engine = Engine::in_memory(Arc::new(clock.clone())).unwrap();
            aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(engine)))
        }
    }
}

/// A correlation table for the test `name`, and its clock.
pub(crate) async fn correlation_table(name: &str) -> (CorrelationTable, SimClock) {
    let clock = SimClock::at(noon());
    let client = client(&clock);
    let name = format!("{name}-{}", std::process::id());
    correlation::schema::create(&client, &name, false).await.unwrap();
    (CorrelationTable::new(client, name, TimeDelta::days(30), Arc::new(clock.clone())), clock)
}

/// A state table for the test `name`, and its clock.
pub(crate) async fn table(name: &str) -> (StateTable, SimClock) {
    let (table, clock, _) = table_and_client(name).await;
    (table, clock)
}

/// The same, with a client of its server for requests that no function makes.
pub(crate) async fn table_and_client(name: &str) -> (StateTable, SimClock, aws_sdk_dynamodb::Client) {
    let clock = SimClock::at(noon());
    let client = client(&clock);
    // A server may outlive a run, so each run has its own tables.
    let name = format!("{name}-{}", std::process::id());
    schema::create(&client, &name, false).await.unwrap();
    (StateTable::new(client.clone(), name, TimeDelta::days(30), Arc::new(clock.clone())), clock, client)
}

/// An ingest function over an embedded engine whose requests are counted.
pub(crate) struct Ingest {
    pub(crate) handler: FlowMetrics,
    pub(crate) engine: Engine,
    pub(crate) clock: SimClock,
    pub(crate) table: StateTable,
    requests: Counted,
}

/// Requests by operation.
type Requests = Arc<Mutex<BTreeMap<String, usize>>>;

/// A client of `engine` that counts its requests, and the counts.
pub(crate) fn counting(engine: &Engine) -> (aws_sdk_dynamodb::Client, Counted) {
    let requests = Requests::default();
    let http = Counting { below: EngineHttp(engine.clone()), requests: requests.clone() };
    (aws_sdk_dynamodb::Client::new(&sdk_config(Connector(http))), Counted(requests))
}

/// The requests of a client.
#[derive(Debug, Clone)]
pub(crate) struct Counted(Requests);

impl Counted {
    /// The requests since the last call, as `Operation×n`.
    pub(crate) fn take(&self) -> String {
        let counted = std::mem::take(&mut *self.0.lock().unwrap());
        counted.into_iter().map(|(operation, n)| format!("{operation}×{n}")).collect::<Vec<_>>().join(" ")
    }
}

impl Ingest {
    /// The handler with these settings in its environment.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let clock = SimClock::at(noon());
        let engine = Engine::in_memory(Arc::new(clock.clone())).unwrap();
        let (client, requests) = counting(&engine);
        schema::create(&client, "state", false).await.unwrap();
        let settings = MetricSettings::read(&Environment::of(settings.iter().copied())).unwrap();
        let table = StateTable::new(client, "state", settings.retention, Arc::new(clock.clone()));
        let handler = FlowMetrics::new(table.clone(), settings, Arc::new(clock.clone()));
        let ingest = Self { handler, engine, clock, table, requests };
        ingest.requests();
        ingest
    }

    /// The requests since the last call, as `Operation×n`.
    pub(crate) fn requests(&self) -> String {
        self.requests.take()
    }
}

#[derive(Debug, Clone)]
struct Counting {
    below: EngineHttp,
    requests: Requests,
}

impl Respond for Counting {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        *self.requests.lock().unwrap().entry(operation(&request).unwrap_or_default()).or_default() += 1;
        self.below.call(request)
    }
}
