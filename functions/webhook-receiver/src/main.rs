//! Wires the Lambda function `webhook-receiver`.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::secret::Secret;
use cxtrace_settings::registry;
use cxtrace_sources::registry::Registry;
use span_collector::SpanCollector;
use webhook_receiver::{Gate, Head, Hooks, Receiver, SecretBook, Traces, Unsigned, definitions};

/// The state of the function between requests.
struct Handler {
    receiver: Receiver<Arc<SpanCollector>>,
    public_url: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &Handler, invocation: Invocation| handler.respond(invocation).await).await
}

impl Handler {
    async fn respond(&self, invocation: Invocation) -> Result<ApiGatewayV2httpResponse, serde_json::Error> {
        let event: ApiGatewayV2httpRequest = serde_json::from_str(invocation.payload.get())?;
        let (head, body) = Head::of_event(event, self.public_url.as_deref());
        Ok(self.receiver.respond(head, body).await.into_response())
    }
}

fn wire(context: &Context) -> Result<Handler, Failure> {
    let Context { environment, aws, clock, .. } = context;
    let secret = Secret::new(aws, registry::WEBHOOK_SECRETS_ARN.read(environment)?);
    let gate = Arc::new(Gate::new(SecretBook::new(secret, clock.clone()), Unsigned::Refused));
    let collector = Arc::new(span_collector::wiring::collector(context)?);
    let find = |source: &str| definitions::hook(Registry::embedded(), source);
    let hooks = Hooks::new(Box::new(find), gate.clone(), collector.clone(), clock.clone());
    let traces = Traces::new(gate, collector, clock.clone());
    let public_url = registry::WEBHOOK_PUBLIC_URL.read_if_set(environment)?.map(String::from);
    Ok(Handler { receiver: Receiver { hooks, traces }, public_url })
}
