//! Where each AWS client sends its requests, by the standard variables (AWS SDKs and Tools reference, *Service-specific
//! endpoints*).
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

use std::sync::{Arc, Mutex};

use aws_types::SdkConfig;
use axum::Router;
use axum::http::{StatusCode, Uri};
use cxtrace_settings::Environment;

const SERVICES: [&str; 5] = ["DYNAMODB", "DYNAMODB_STREAMS", "EVENTBRIDGE", "SECRETS_MANAGER", "SQS"];

/// A server that refuses every request, and the paths that were asked for.
async fn server() -> (String, Arc<Mutex<Vec<String>>>) {
    let paths: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&paths);
    let refuse = move |uri: Uri| {
        seen.lock().unwrap().push(uri.path().trim_end_matches('/').to_owned());
        async { (StatusCode::BAD_REQUEST, r#"{"__type":"ValidationException"}"#) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(refuse)).await });
    (url, paths)
}

fn config(variables: Vec<(String, String)>) -> SdkConfig {
    let always = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let always = always.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::of(always.into_iter().chain(variables));
    cxtrace_lambda::aws::from_environment(&environment, cxtrace_lambda::http::client().unwrap()).unwrap()
}

/// Sends one request of each service, in the order of [`SERVICES`].
async fn call_each(config: &SdkConfig) {
    aws_sdk_dynamodb::Client::new(config).list_tables().send().await.unwrap_err();
    aws_sdk_dynamodbstreams::Client::new(config).list_streams().send().await.unwrap_err();
    aws_sdk_eventbridge::Client::new(config).list_event_buses().send().await.unwrap_err();
    aws_sdk_secretsmanager::Client::new(config).list_secrets().send().await.unwrap_err();
    aws_sdk_sqs::Client::new(config).list_queues().send().await.unwrap_err();
}

fn general(url: &str) -> (String, String) {
    ("AWS_ENDPOINT_URL".to_owned(), format!("{url}/general"))
}

fn own(url: &str, service: &str) -> (String, String) {
    (format!("AWS_ENDPOINT_URL_{service}"), format!("{url}/{service}"))
}

#[tokio::test]
async fn the_endpoint_of_a_service_wins_over_the_general_one() {
    for service in SERVICES {
        let (url, paths) = server().await;
        call_each(&config(vec![general(&url), own(&url, service)])).await;
        let expected = SERVICES.map(|each| if each == service { format!("/{service}") } else { "/general".to_owned() });
        assert_eq!(*paths.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn the_endpoint_of_a_service_works_without_a_general_one() {
    let (url, paths) = server().await;
    call_each(&config(SERVICES.map(|service| own(&url, service)).to_vec())).await;
    assert_eq!(*paths.lock().unwrap(), SERVICES.map(|service| format!("/{service}")));
}

#[test]
fn endpoints_are_ignored_on_request() {
    for (ignore, ignored) in [("true", true), ("TRUE", true), ("false", false), ("", false)] {
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS".to_owned(), ignore.to_owned());
        let config = config(vec![general("http://127.0.0.1:1"), own("http://127.0.0.1:1", "SQS"), ignore]);
        assert_eq!(config.endpoint_url().is_none() && config.service_config().is_none(), ignored);
    }
}

#[test]
fn an_endpoint_that_is_not_a_url_is_an_invalid_setting() {
    let environment = Environment::of([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", "localhost"),
    ]);
    let error = cxtrace_lambda::aws::from_environment(&environment, cxtrace_lambda::http::client().unwrap());
    assert!(error.unwrap_err().to_string().starts_with("AWS_ENDPOINT_URL must be an http or https URL"));
}
