//! Checks the deployed stack: credentials, the event bus with its source and rule, the state table.

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_dynamodb::types::{StreamViewType, TableStatus, TimeToLiveStatus};
use aws_sdk_eventbridge::types::{EventSourceState, RuleState};
use aws_types::SdkConfig;
use cxtrace_error_chain::error_chain;
use cxtrace_sources::genesys::TOPICS;
use cxtrace_sources::genesys::attributes::TOPIC;

use super::check::Check;

/// The prefix of the names of partner event sources and their buses.
const PARTNER: &str = "aws.partner/";

/// All checks that are possible with these names.
pub(super) async fn check(sdk: &SdkConfig, bus: Option<&str>, table: Option<&str>) -> Vec<Check> {
    let credentials = credentials(sdk).await;
    if credentials.has_failed() {
        return vec![credentials];
    }
    let mut checks = vec![credentials];
    match bus {
        Some(bus) => checks.extend(event_bus(&aws_sdk_eventbridge::Client::new(sdk), bus).await),
        None => checks.push(Check::skipped("event bus", "name it with --bus")),
    }
    match table {
        Some(table) => checks.extend(state_table(&aws_sdk_dynamodb::Client::new(sdk), table).await),
        None => checks.push(Check::skipped("state table", "name it with --table, or set STATE_TABLE")),
    }
    checks
}

async fn credentials(sdk: &SdkConfig) -> Check {
    const WHAT: &str = "credentials";
    let region = sdk.region().map(ToString::to_string).unwrap_or_default();
    let Some(provider) = sdk.credentials_provider() else {
        return Check::failed(WHAT, "no credentials were found. Set AWS_PROFILE, or sign in with `aws sso login`.");
    };
    match provider.provide_credentials().await {
        Ok(credentials) => {
            Check::ok(WHAT, format!("access key {}, region {region}", masked(credentials.access_key_id())))
        }
        Err(error) => Check::failed(
            WHAT,
            format!(
                "no credentials were found. Set AWS_PROFILE, or sign in with `aws sso login`. (Cause: {})",
                error_chain(&error)
            ),
        ),
    }
}

/// The last four characters: enough to tell keys apart.
fn masked(id: &str) -> String {
    let end: String = id.chars().skip(id.chars().count().saturating_sub(4)).collect();
    format!("...{end}")
}

async fn event_bus(client: &aws_sdk_eventbridge::Client, bus: &str) -> Vec<Check> {
    const WHAT: &str = "event bus";
    if let Err(error) = client.describe_event_bus().name(bus).send().await {
        let said =
            format!("{bus} cannot be described. Check its name and the region. (Cause: {})", error_chain(&error));
        return vec![Check::failed(WHAT, said)];
    }
    let mut checks = vec![Check::ok(WHAT, format!("{bus} exists"))];
    if bus.starts_with(PARTNER) {
        checks.push(event_source(client, bus).await);
    }
    checks.extend(rules(client, bus).await);
    checks
}

async fn event_source(client: &aws_sdk_eventbridge::Client, name: &str) -> Check {
    const WHAT: &str = "event source";
    let state = match client.describe_event_source().name(name).send().await {
        Ok(answer) => answer.state,
        Err(error) => {
            return Check::failed(
                WHAT,
                format!(
                    "{name} cannot be described. Check the integration in Genesys Cloud. (Cause: {})",
                    error_chain(&error)
                ),
            );
        }
    };
    match state {
        Some(EventSourceState::Active) => Check::ok(WHAT, "it is active"),
        Some(EventSourceState::Pending) => Check::failed(
            WHAT,
            "it is pending: it has no event bus. Deploy the stack with the parameter GenesysEventSourceName.",
        ),
        Some(EventSourceState::Deleted) => Check::failed(
            WHAT,
            "Genesys has deleted it. Create the integration in Genesys Cloud again, and deploy the stack with its new name.",
        ),
        other => Check::failed(WHAT, format!("its state is {other:?}. Check the integration in Genesys Cloud.")),
    }
}

/// A rule of the bus.
struct BusRule {
    name: String,
    is_enabled: bool,
    pattern: String,
}

async fn rules(client: &aws_sdk_eventbridge::Client, bus: &str) -> Vec<Check> {
    let mut rules = Vec::new();
    let mut next = None;
    loop {
        let page = match client.list_rules().event_bus_name(bus).set_next_token(next).send().await {
            Ok(page) => page,
            Err(error) => {
                return vec![Check::failed(
                    RULE,
                    format!(
                        "the rules of {bus} cannot be listed. Check your permissions. (Cause: {})",
                        error_chain(&error)
                    ),
                )];
            }
        };
        rules.extend(page.rules().iter().map(|rule| BusRule {
            name: rule.name().unwrap_or_default().to_owned(),
            is_enabled: rule.state() != Some(&RuleState::Disabled),
            pattern: rule.event_pattern().unwrap_or_default().to_owned(),
        }));
        next = page.next_token;
        if next.is_none() {
            return vec![attribute_rule(bus, &rules), conversation_rules(bus, &rules)];
        }
    }
}

const RULE: &str = "rule";

fn attribute_rule(bus: &str, rules: &[BusRule]) -> Check {
    match rules.iter().find(|rule| rule.pattern.contains(TOPIC)) {
        Some(BusRule { name, is_enabled: false, .. }) => Check::failed(RULE, format!("{name} is disabled. Enable it.")),
        Some(BusRule { name, .. }) => Check::ok(RULE, format!("{name} matches attribute events")),
        None => {
            Check::failed(RULE, format!("no rule of {bus} matches attribute events. Deploy the stack with this bus."))
        }
    }
}

/// Either no rule matches the topics of journeys, or enabled rules match all of them.
fn conversation_rules(bus: &str, rules: &[BusRule]) -> Check {
    const WHAT: &str = "journey rule";
    let topics = || TOPICS.into_iter().filter(|topic| *topic != TOPIC);
    // Quoted, because one topic may be the beginning of another.
    let names = |rule: &BusRule, topic: &str| rule.pattern.contains(&format!("\"{topic}\""));
    let Some(rule) = rules.iter().find(|rule| topics().any(|topic| names(rule, topic))) else {
        return Check::skipped(WHAT, "no rule matches other conversation events, so there are no journeys");
    };
    if !rule.is_enabled {
        return Check::failed(WHAT, format!("{} is disabled. Enable it.", rule.name));
    }
    let is_missing = |topic: &&str| !rules.iter().any(|rule| rule.is_enabled && names(rule, topic));
    let missing: Vec<_> = topics().filter(is_missing).collect();
    match missing.is_empty() {
        true => Check::ok(WHAT, format!("{} matches all other conversation events", rule.name)),
        false => Check::failed(
            WHAT,
            format!("no enabled rule of {bus} matches {}. Deploy the stack again.", missing.join(", ")),
        ),
    }
}

async fn state_table(client: &aws_sdk_dynamodb::Client, name: &str) -> Vec<Check> {
    const WHAT: &str = "state table";
    let table = match client.describe_table().table_name(name).send().await {
        Ok(answer) => answer.table,
        Err(error) => {
            let said =
                format!("{name} cannot be described. Check its name and the region. (Cause: {})", error_chain(&error));
            return vec![Check::failed(WHAT, said)];
        }
    };
    let status = table.as_ref().and_then(|table| table.table_status());
    let first = match status {
        Some(TableStatus::Active | TableStatus::Updating) => Check::ok(WHAT, format!("{name} is active")),
        other => Check::failed(WHAT, format!("{name} is {other:?}. Wait until it is active.")),
    };
    let view = table.as_ref().and_then(|table| table.stream_specification()?.stream_view_type());
    let stream = match view {
        Some(StreamViewType::NewAndOldImages | StreamViewType::NewImage) => Check::ok("stream", "it has new images"),
        _ => Check::failed(
            "stream",
            "the table's stream has no new images. Deploy the stack again: it sets NEW_AND_OLD_IMAGES.",
        ),
    };
    vec![first, stream, expiry(client, name).await]
}

async fn expiry(client: &aws_sdk_dynamodb::Client, name: &str) -> Check {
    const WHAT: &str = "expiry";
    let description = match client.describe_time_to_live().table_name(name).send().await {
        Ok(answer) => answer.time_to_live_description,
        Err(error) => {
            return Check::failed(
                WHAT,
                format!("it cannot be described. Check your permissions. (Cause: {})", error_chain(&error)),
            );
        }
    };
    let attribute = description.as_ref().and_then(|ttl| ttl.attribute_name());
    match description.as_ref().and_then(|ttl| ttl.time_to_live_status()) {
        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling) if attribute == Some("expires_at") => {
            Check::ok(WHAT, "items expire by expires_at")
        }
        _ => Check::failed(
            WHAT,
            "items never expire, so the table grows without end. Enable TTL on the attribute expires_at.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(topics: &[&str], is_enabled: bool) -> BusRule {
        let pattern = serde_json::json!({ "detail-type": topics }).to_string();
        BusRule { name: "rule".to_owned(), is_enabled, pattern }
    }

    #[test]
    fn every_topic_of_the_registry_needs_an_enabled_rule() {
        let attributes = rule(&[TOPIC], true);
        let others: Vec<_> = TOPICS.into_iter().filter(|topic| *topic != TOPIC).collect();
        let found = |rules: &[BusRule]| format!("{:?}", conversation_rules("bus", rules));
        assert!(!conversation_rules("bus", &[attributes, rule(&others, true)]).has_failed());
        assert!(!conversation_rules("bus", &[rule(&[TOPIC], true)]).has_failed(), "journeys are optional");
        let missing = found(&[rule(&others[1..], true)]);
        assert!(missing.contains(others[0]) && !missing.contains(others[1]), "{missing}");
        assert!(found(&[rule(&others, false)]).contains("is disabled"));
        assert!(attribute_rule("bus", &[rule(&others, true)]).has_failed());
    }
}
