//! Wires the Lambda function `journey-explorer`.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::query::SearchLimits;
use cxtrace_explorer::{AccessRecord, Explorer, Settings, SignIn};
use cxtrace_journeys::Assembly;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::own_traces::work;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::{Environment, JourneySettings, registry};
use cxtrace_store::CorrelationTable;
use journey_explorer::{AccessRules, access_log};
use tokio::sync::OnceCell;

/// The state of the function between requests.
struct Handler {
    assembly: Assembly,
    settings: Settings,
    rules: AccessRules,
    key: PseudonymKey,
    clock: SharedClock,
    /// Created for the first request, which needs the key.
    explorer: OnceCell<Explorer<Assembly>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &Handler, invocation: Invocation| {
        handler.respond(invocation).await.map_err(std::io::Error::other)
    })
    .await
}

impl Handler {
    async fn respond(&self, invocation: Invocation) -> Result<ApiGatewayV2httpResponse, Failure> {
        let event: ApiGatewayV2httpRequest = serde_json::from_str(invocation.payload.get())?;
        let create = async || {
            let pseudonyms = self.key.pseudonyms().await?.clone();
            Ok::<_, Failure>(Explorer::new(self.assembly.clone(), pseudonyms, self.settings.clone()))
        };
        let explorer = self.explorer.get_or_try_init(create).await?;
        let (request, caller) = journey_explorer::request(event, &self.rules);
        if let Some(journey) = request.path.strip_prefix("/api/journeys/").and_then(|rest| rest.get(..32)) {
            work::journey(journey);
        }
        let began = self.clock.now();
        let response = explorer.respond(request, caller, began).await;
        if let Some(record) = response.extensions().get::<AccessRecord>() {
            access_log::log(record, (self.clock.now() - began).num_milliseconds());
        }
        Ok(journey_explorer::response(response))
    }
}

fn wire(Context { environment, aws, clock, .. }: &Context) -> Result<Handler, Failure> {
    let settings = JourneySettings::read(environment)?;
    let client = aws_sdk_dynamodb::Client::new(aws);
    let table = CorrelationTable::new(client, settings.table, settings.retention, clock.clone());
    Ok(Handler {
        assembly: Assembly::new(table, settings.policy, clock.clone()),
        settings: Settings {
            sign_in: sign_in(environment)?,
            max_response_bytes: Some(journey_explorer::MAX_RESPONSE_BYTES),
            search_limits: SearchLimits {
                per_minute: registry::PHONE_SEARCHES_PER_MINUTE.read(environment)?,
                per_day: registry::PHONE_SEARCHES_PER_DAY.read(environment)?,
            },
            trace_url: registry::TRACE_URL.read_if_set(environment)?,
        },
        rules: AccessRules {
            claims: registry::ACCESS_CLAIMS.read(environment)?,
            grants: registry::ACCESS_GRANTS.read(environment)?,
        },
        key: PseudonymKey::read(environment, aws)?,
        clock: clock.clone(),
        explorer: OnceCell::new(),
    })
}

fn sign_in(environment: &Environment) -> Result<Option<SignIn>, Failure> {
    let Some(issuer) = registry::SIGN_IN_ISSUER.read_if_set(environment)? else { return Ok(None) };
    let client_id = registry::SIGN_IN_CLIENT_ID.read(environment)?;
    let audience = registry::SIGN_IN_AUDIENCE.read_if_set(environment)?;
    let origins = registry::SIGN_IN_ORIGINS.read(environment)?;
    let origins: Vec<_> = origins.iter().map(String::as_str).collect();
    let scopes = registry::SIGN_IN_SCOPES.read(environment)?;
    let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
    Ok(Some(SignIn::try_new(&issuer, &client_id, audience.as_deref(), &origins)?.with_scopes(&scopes)?))
}
