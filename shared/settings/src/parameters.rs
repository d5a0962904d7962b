//! The template's parameters that no function reads.

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its default; empty when it has none.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// Every parameter that no function reads, in the order of `docs/settings.md`.
pub const ALL: &[Parameter] = &[
    Parameter {
        name: "GenesysEventSourceName",
        default: "",
        meaning: "The partner event source. The stack creates a bus of its name. Set this or `EventBusName`.",
    },
    Parameter {
        name: "EventBusName",
        default: "",
        meaning: "The name of an existing bus that receives the Genesys events.",
    },
    Parameter {
        name: "EventSourcePrefix",
        default: "aws.partner/genesys.com",
        meaning: "How the source of Genesys events starts. Change it for a test stack only.",
    },
    Parameter {
        name: "DatadogApiKeyKmsKeyArn",
        default: "",
        meaning: "The customer managed KMS key that encrypts the secret with the API key.",
    },
    Parameter {
        name: "DatadogExtensionLayerArn",
        default: "",
        meaning: "The layer of the Datadog Lambda extension, with its version. Only with `MetricsTransport=extension`.",
    },
    Parameter { name: "Journeys", default: "true", meaning: "`false` deploys the counting alone." },
    Parameter {
        name: "ConnectEvents",
        default: "false",
        meaning: "Whether contact events of Amazon Connect are read from the default event bus.",
    },
    Parameter { name: "SalesforceEventBusName", default: "", meaning: "The event bus of a Salesforce Event Relay." },
    Parameter { name: "SegmentEventBusName", default: "", meaning: "The event bus of Segment." },
    Parameter {
        name: "ConnectRecordsStreamArn",
        default: "",
        meaning: "The Kinesis stream of Amazon Connect's contact records.",
    },
    Parameter { name: "CxoneStreamArn", default: "", meaning: "The Kinesis stream of NICE CXone's data streams." },
    Parameter { name: "TwilioStreamArn", default: "", meaning: "The Kinesis stream of Twilio's Event Streams." },
    Parameter {
        name: "AnotherStreamArn",
        default: "",
        meaning: "One more Kinesis stream, such as a second one of a platform.",
    },
    Parameter {
        name: "AnotherStreamSource",
        default: "amazon-connect",
        meaning: "The source of the records in `AnotherStreamArn`. The default fits a separate stream of agent events.",
    },
    Parameter {
        name: "WebhookSecretsKmsKeyArn",
        default: "",
        meaning: "The customer managed KMS key that encrypts the secret with the secrets of webhooks.",
    },
    Parameter {
        name: "PollSecretsKmsKeyArn",
        default: "",
        meaning: "The customer managed KMS key that encrypts the secret with the keys of polled APIs.",
    },
    Parameter {
        name: "WebhooksPerSecond",
        default: "200",
        meaning: "How many webhooks and requests with spans a second the API passes on, and how many at once. It answers all others with 429.",
    },
    Parameter {
        name: "DeadLetterDays",
        default: "7",
        meaning: "How many days a dead-letter queue keeps an event that could not be processed, 5 to 14. `RETENTION_DAYS` must exceed it by more than 18.",
    },
    Parameter {
        name: "ExistingStateTableStreamArn",
        default: "",
        meaning: "The stream of an existing state table, which is used in place of a new one.",
    },
    Parameter {
        name: "ExistingCorrelationTableStreamArn",
        default: "",
        meaning: "The stream of an existing correlation table, which is used in place of a new one. It needs \
                  `ExistingPseudonymKeySecretArn`.",
    },
    Parameter {
        name: "ExistingPseudonymKeySecretArn",
        default: "",
        meaning: "The secret with the existing key for hashing phone numbers. It is used in place of a new one.",
    },
    Parameter {
        name: "DeletionProtection",
        default: "false",
        meaning: "`true` protects both tables from deletion. Switch it on once the stack is in use.",
    },
    Parameter {
        name: "BatchingWindowSeconds",
        default: "2",
        meaning: "How many seconds the state table's stream is gathered before the publisher runs, 0 to 300.",
    },
    Parameter {
        name: "JourneyBatchingWindowSeconds",
        default: "4",
        meaning: "How many seconds the correlation table's stream is gathered before the assembler runs, 0 to 300. Lists show a \
                  change that much later; an open journey does not.",
    },
    Parameter {
        name: "IngestConcurrency",
        default: "0",
        meaning: "Concurrency that is reserved for `flow-metrics`, which is also its limit. `0` reserves none.",
    },
    Parameter {
        name: "CollectorConcurrency",
        default: "0",
        meaning: "Concurrency that is reserved for `span-collector`, which is also its limit. `0` reserves none.",
    },
    Parameter {
        name: "PublisherConcurrency",
        default: "0",
        meaning: "Concurrency that is reserved for `metrics-publisher`, so that a burst of events cannot keep counts from \
                  being published. It needs one for each shard of the state table's stream, and one for sweeps. `0` \
                  reserves none.",
    },
    Parameter {
        name: "RetryConcurrency",
        default: "20",
        meaning: "The maximum number of batches of ten events that a function processes concurrently from its retry queue.",
    },
    Parameter {
        name: "StaleMinutes",
        default: "0",
        meaning: "After this many minutes without any event an alarm goes off. `0` creates no such alarm.",
    },
    Parameter { name: "LogRetentionDays", default: "30", meaning: "How many days logs are kept." },
    Parameter { name: "AlarmTopicArn", default: "", meaning: "The SNS topic that receives alarms." },
    Parameter {
        name: "CloudWatchDashboard",
        default: "false",
        meaning: "`true` deploys a dashboard of the functions, queues and tables in CloudWatch, for people without access to \
                  Datadog.",
    },
    Parameter {
        name: "Architecture",
        default: "arm64",
        meaning: "The processor that the functions run on: `arm64` or `x86_64`.",
    },
];
