//! HTTP for the clients of AWS SDKs that a test answers itself, below the real code of the SDK.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// What answers the requests of a client.
pub trait Respond: Clone + Debug + Send + Sync + 'static {
    /// The response to a request, or the reason why there is none.
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture;
}

/// The HTTP of a client whose requests `R` answers.
#[derive(Debug, Clone)]
pub struct Connector<R>(pub R);

impl<R: Respond> HttpClient for Connector<R> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl<R: Respond> HttpConnector for Connector<R> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.respond(request)
    }
}
