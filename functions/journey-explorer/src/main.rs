//! The Lambda function `journey-explorer`: wiring, nothing more.

use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use cxtrace_clock::{Clock, SharedClock, SystemClock};
use cxtrace_explorer::{Explorer, Settings, SignIn};
use cxtrace_journeys::{Assembly, JourneySettings};
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::{aws, http};
use cxtrace_store::CorrelationTable;
use tokio::sync::OnceCell;

/// What the function keeps. The key that searches are concealed with is fetched for the first request.
struct Wired {
    assembly: Assembly,
    settings: Settings,
    key: PseudonymKey,
    explorer: OnceCell<Explorer<Assembly>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(async |environment| {
        let wired = Arc::new(wire(environment)?);
        Ok(move |invocation: Invocation| {
            let wired = Arc::clone(&wired);
            async move { Box::pin(wired.answer(invocation)).await.map_err(std::io::Error::other) }
        })
    })
    .await
}

impl Wired {
    async fn answer(
        &self,
        invocation: Invocation,
    ) -> Result<aws_lambda_events::apigw::ApiGatewayV2httpResponse, Failure> {
        let event: ApiGatewayV2httpRequest = serde_json::from_str(invocation.payload.get())?;
        let explorer = self
            .explorer
            .get_or_try_init(|| async {
                let pseudonyms = self.key.pseudonyms().await?.clone();
                Ok::<_, Failure>(Explorer::new(self.assembly.clone(), pseudonyms, self.settings.clone()))
            })
            .await?;
        let (request, caller) = journey_explorer::request(event);
        Ok(journey_explorer::response(explorer.answer(request, caller, SystemClock.now()).await))
    }
}

fn wire(environment: &Environment) -> Result<Wired, Failure> {
    let settings = JourneySettings::read(environment)?;
    let sign_in = match environment.get("SIGN_IN_ISSUER") {
        None => None,
        Some(issuer) => {
            let client = environment.require("SIGN_IN_CLIENT_ID", "the client id of the page at the issuer")?;
            let origins: Vec<_> = environment.get("SIGN_IN_ORIGINS").unwrap_or_default().split_whitespace().collect();
            Some(SignIn::try_new(issuer, client, environment.get("SIGN_IN_AUDIENCE"), &origins)?)
        }
    };
    let config = aws::from_environment(environment, http::client()?)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = CorrelationTable::new(client, settings.table, settings.retention, clock.clone());
    Ok(Wired {
        assembly: Assembly::new(table, settings.policy, clock),
        settings: Settings { sign_in, most_answer_bytes: Some(journey_explorer::MOST_ANSWER_BYTES) },
        key: PseudonymKey::read(environment, &config)?,
        explorer: OnceCell::new(),
    })
}
