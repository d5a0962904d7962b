//! Events for measurements, with the form and size of Genesys' events and with exactly the requested metrics.
//! `cxtrace::generate` makes realistic traffic.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_fixtures::genesys::{ATTRIBUTES_TOPIC, ORGANIZATION, SOURCE_PREFIX};
use serde_json::{Map, Value, json};

/// The number of series among the metrics.
pub(crate) const SERIES: u64 = 200;

/// The number of metrics of each flow.
const METRICS: u64 = 25;

/// The attributes in every event, with values of the usual length.
const ORDINARY: [(&str, &str); 14] = [
    ("AccountID", "0-004711"),
    ("ANI", "+12025550143"),
    ("CRM.CaseReference", "CAS-2026-0098120"),
    ("CRM.ContactId", "0035e00000QmZzXAAV"),
    ("CustomerName", "Ada Example"),
    ("CustomerEmail", "ada@example.com"),
    ("Language", "en-GB"),
    ("LLM (AW) question", "I moved last month, and my bill still goes to the old address. Can you change that?"),
    ("Metrics enabled (yes/no)", "yes"),
    ("QueueName", "Billing - second line"),
    ("Screen Pop URL", "https://crm.example.com/contacts/0035e00000QmZzXAAV?tab=cases"),
    ("Skill", "billing_address_change"),
    ("SurveyOptIn", "true"),
    ("last step (2023-03-05T10:05:18Z)", "menu / bills / address"),
];

/// A metric that a flow has set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// Its series: 0 to [`SERIES`]; larger numbers wrap around.
    pub(crate) series: u64,
    /// When it was set.
    pub(crate) at: DateTime<Utc>,
}

impl Metric {
    /// Its attribute name.
    pub(crate) fn attribute(self) -> String {
        let series = self.series % SERIES;
        let at = self.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        format!("CustomerRouting{}Metric_Outcome {}({at})", series / METRICS, series % METRICS)
    }
}

/// The event with a conversation's attributes at `published`.
pub(crate) fn with_metrics(conversation: u64, published: DateTime<Utc>, metrics: &[Metric]) -> String {
    let names = metrics.iter().map(|metric| metric.attribute());
    with_names(conversation, published, names.collect())
}

/// The event with these attributes in addition to the ordinary ones.
pub(crate) fn with_names(conversation: u64, published: DateTime<Utc>, names: Vec<String>) -> String {
    let ordinary = ORDINARY.iter().map(|(name, value)| ((*name).to_owned(), *value));
    let attributes: Map<String, Value> =
        ordinary.chain(names.into_iter().map(|name| (name, "1"))).map(|(name, value)| (name, value.into())).collect();
    let id = format!("{conversation:08x}-5f3c-4c1d-8a52-1d6be7f0c9a4");
    json!({
        "version": "0",
        "id": format!("{conversation:08x}-94d1-4f0e-8a52-1d6be7f0c9a4"),
        "detail-type": ATTRIBUTES_TOPIC,
        "source": format!("{SOURCE_PREFIX}/{ORGANIZATION}/cxtrace"),
        "account": "123456789012",
        "time": published.to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "topicName": ATTRIBUTES_TOPIC.replace("{id}", &id),
            "version": "2",
            "eventBody": {
                "eventTime": published.timestamp_millis() - 1,
                "conversationId": id,
                "participantId": "69b88c6e-8024-4d1a-833b-acf6b7945f84",
                "attributes": attributes,
                "communications": [{ "id": "d1d40eba-6f0b-4bf2-ac5a-8d3627d40c3c", "mediaType": "VOICE" }],
            },
            "metadata": { "CorrelationId": "9d4467ae-38c0-42ce-9de8-1e4ccd0f5471" },
            "timestamp": published.to_rfc3339_opts(SecondsFormat::Millis, true),
        },
    })
    .to_string()
}

/// Events that make every series known to an instance, because a new series costs a request once.
pub(crate) fn of_every_series(conversation: u64, published: DateTime<Utc>) -> Vec<String> {
    let at = published - TimeDelta::milliseconds(200);
    let metrics: Vec<_> = (0..SERIES).map(|series| Metric { series, at }).collect();
    metrics.chunks(20).map(|metrics| with_metrics(conversation, published, metrics)).collect()
}
