//! The one HTTP client, for Datadog and for AWS: `reqwest` with rustls, ring and embedded root certificates.
//!
//! The SDK's own HTTP stack would add a second TLS library to the binary and load the system's certificates at every
//! start. With [`SdkHttp`] the SDK uses this client instead.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::own_traces::work;

/// The longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The HTTP client could not be created.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be created")]
pub struct HttpSetupError(#[source] Box<dyn Error + Send + Sync>);

/// A client that trusts the public certificate authorities of the web. It accepts plain `http://`, too, for emulators
/// and local intakes.
///
/// # Errors
/// When TLS cannot be set up. No input causes this.
pub fn client() -> Result<reqwest::Client, HttpSetupError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| HttpSetupError(e.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        // The server closes idle connections while the sandbox is frozen. Using one of them costs a retry.
        .pool_idle_timeout(Duration::from_secs(50))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|e| HttpSetupError(e.into()))
}

/// `reqwest` as the AWS SDK's HTTP client.
#[derive(Debug, Clone)]
pub struct SdkHttp(pub reqwest::Client);

impl HttpClient for SdkHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(SdkConnector { client: self.0.clone(), read_timeout: settings.read_timeout() })
    }
}

struct SdkConnector {
    client: reqwest::Client,
    read_timeout: Option<Duration>,
}

impl fmt::Debug for SdkConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkConnector")
    }
}

impl HttpConnector for SdkConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, read_timeout) = (self.client.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move {
            let begun = work::begin(|| operation(&request));
            let response = execute(client, request, read_timeout).await;
            if let Some(begun) = begun {
                begun.end(response.as_ref().ok().map(|response| response.status().as_u16()));
            }
            response
        })
    }
}

async fn execute(
    client: reqwest::Client,
    request: HttpRequest,
    read_timeout: Option<Duration>,
) -> Result<HttpResponse, ConnectorError> {
    let mut request = to_reqwest(request)?;
    *request.timeout_mut() = read_timeout;
    let response = client.execute(request).await.map_err(connector_error)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.map_err(connector_error)?;
    let mut response = http::Response::new(SdkBody::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    HttpResponse::try_from(response).map_err(|e| ConnectorError::other(e.into(), None))
}

/// The service and the operation of a request, such as `DynamoDB.Query`.
fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or("AWS");
    match target.split_once('.') {
        Some((service, operation)) => format!("{}.{operation}", service.split('_').next().unwrap_or(service)),
        None => target.to_owned(),
    }
}

/// Requests of the services used here are in memory as a whole. None is streamed.
fn to_reqwest(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
    let (parts, body) = request.into_parts();
    let bytes = match body.bytes() {
        Some(bytes) => bytes::Bytes::copy_from_slice(bytes),
        None => return Err(ConnectorError::user("a streamed request body is not supported".into())),
    };
    reqwest::Request::try_from(http::Request::from_parts(parts, bytes)).map_err(|e| ConnectorError::user(e.into()))
}

fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
