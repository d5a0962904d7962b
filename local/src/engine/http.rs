//! The engine as the AWS SDK's HTTP client.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::embedded::Engine;

/// Passes every request of the SDK to an [`Engine`].
#[derive(Debug, Clone)]
pub struct EngineHttp(pub Engine);

impl HttpClient for EngineHttp {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for EngineHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = match operation(&request) {
            Some(operation) => self.0.execute(&operation, request.body().bytes().unwrap_or_default()),
            None => (400, String::new()),
        };
        HttpConnectorFuture::ready(answer(status, body))
    }
}

/// The same for the twin, whose one thread does everything: other tasks run between two requests of a long one.
#[derive(Debug, Clone)]
pub struct YieldingEngineHttp(pub EngineHttp);

impl HttpClient for YieldingEngineHttp {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for YieldingEngineHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let response = self.0.call(request);
        HttpConnectorFuture::new(async move {
            tokio::task::yield_now().await;
            response.await
        })
    }
}

/// The name of a DynamoDB request's operation.
#[must_use]
pub fn operation(request: &HttpRequest) -> Option<String> {
    let target = request.headers().get("x-amz-target")?;
    target.rsplit('.').next().map(str::to_owned)
}

/// An HTTP response in DynamoDB's form.
///
/// # Errors
/// When HTTP cannot carry the status or the body.
pub fn answer(status: u16, body: String) -> Result<HttpResponse, ConnectorError> {
    let answer = http::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(SdkBody::from(body))
        .map_err(|e| ConnectorError::other(e.into(), None))?;
    HttpResponse::try_from(answer).map_err(|e| ConnectorError::other(e.into(), None))
}

/// The SDK's configuration for clients of a local engine behind `http`.
#[must_use]
pub fn sdk_config(http: impl HttpClient + 'static) -> SdkConfig {
    cxtrace_lambda::aws::base(SharedHttpClient::new(http))
        .region(Region::new("local"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local")))
        .build()
}
