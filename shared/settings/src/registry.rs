//! Every setting, one entry each. To add a setting, add an entry here and the parameter to `template.yaml`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cxtrace_domain::journeys::Source;
use cxtrace_domain::journeys::access::Grants;
use cxtrace_domain::metrics::{BucketWidth, SeriesParts, SeriesTemplate, Tag};
use cxtrace_otlp::receive::Interactions;
use cxtrace_otlp::receive::interaction::DEFAULT as INTERACTION_IDS;
use cxtrace_privacy::{Country, Pseudonyms};
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::registry::Undeclared;
use url::Url;

use crate::datadog::{self, MetricsTransport};
use crate::polls::PollTargets;
use crate::secret_arn::SecretArn;
use crate::setting::Form::{OneOf, Text, Whole};
use crate::setting::Function::{
    FlowMetrics, JourneyAssembler, JourneyExplorer, JourneySettler, MetricsPublisher, SourcePoller, SpanCollector,
    WebhookReceiver,
};
use crate::setting::SetBy::{Lambda, Parameter, Stack, Twin};
use crate::setting::{Entry, Function, Group, Setting, Spec};
use crate::streams::StreamSources;
use crate::traces::{attributes, traces_url};
use crate::values::{
    days, delays, flag, hours, milliseconds, page_of_an_id, parsed, seconds, tags, text, whole, words,
};

/// Declares the settings and the list of all of them.
macro_rules! settings {
    ($($variable:ident: $type:ty {
        group: $group:ident,
        set_by: $set_by:expr,
        default: $default:expr,
        form: $form:expr,
        $(secret: $secret:literal,)?
        readers: $readers:expr,
        meaning: $meaning:literal,
        parse: $parse:expr $(,)?
    })*) => {
        $(
            #[doc = $meaning]
            pub static $variable: Setting<$type> = Setting {
                spec: Spec {
                    variable: stringify!($variable),
                    group: Group::$group,
                    set_by: $set_by,
                    default: $default,
                    form: $form,
                    secret: false $(|| $secret)?,
                    readers: $readers,
                    meaning: $meaning,
                },
                parse: $parse,
            };
        )*

        /// Every setting, in the order of `docs/settings.md`.
        pub static ALL: &[&dyn Entry] = &[$(&$variable),*];
    };
}

const ASSEMBLING: &[Function] = &[JourneyAssembler, JourneySettler, JourneyExplorer];
const COLLECTING: &[Function] = &[SpanCollector, WebhookReceiver, SourcePoller];
const SUBMITTING: &[Function] = &[MetricsPublisher, JourneySettler];
const PSEUDONYM_KEY_FORM: &str = "a random text of at least 16 characters";
const LAMBDA_SETS_IT: &str = "a credential of the function's role, which Lambda sets";

settings! {
    METRIC_NAME: SeriesTemplate {
        group: Counting,
        set_by: Parameter("MetricName"),
        default: Some("genesys.flow.{flow}.{metric}"),
        form: Text("a metric name with the places {flow} and {metric}, such as `genesys.flow.{flow}.{metric}`"),
        readers: &[FlowMetrics, MetricsPublisher],
        meaning: "The name of the metrics. `{flow}` and `{metric}` stand for the two parts of an attribute's name. \
                  `genesys.flow.metric` gives one name that is split by tags. A new name starts new series from the \
                  next occurrence on.",
        parse: |_, value| parsed(value, |name| SeriesTemplate::try_new(name, Vec::new())),
    }
    METRIC_TAGS: Vec<Tag> {
        group: Counting,
        set_by: Parameter("MetricTags"),
        default: Some(""),
        form: Text("tags separated by commas, such as `env:prod,team:ivr`"),
        readers: &[FlowMetrics, MetricsPublisher, SpanCollector, WebhookReceiver, SourcePoller],
        meaning: "Tags for every series. The template accepts ASCII only. New tags start new series from the next \
                  occurrence on.",
        parse: tags,
    }
    MEDIA_TYPE_TAG: bool {
        group: Counting,
        set_by: Parameter("MediaTypeTag"),
        default: Some("false"),
        form: OneOf(&["true", "false"]),
        readers: &[FlowMetrics],
        meaning: "Whether series have the tag `media_type`. It is decided once for each conversation.",
        parse: flag,
    }
    MAX_SERIES: u32 {
        group: Counting,
        set_by: Parameter("MaxSeries"),
        default: Some("1000"),
        // The budget is one DynamoDB item with 16 bytes for each series.
        form: Whole { min: 1, max: 10_000, unit: "series" },
        readers: &[FlowMetrics, SpanCollector, WebhookReceiver, SourcePoller, JourneySettler],
        meaning: "The cardinality budget: the maximum number of distinct series. Occurrences beyond it are counted under \
                  `flow:__other__,metric:__other__`. Hand-offs and queues of journeys spend it, too. A larger number \
                  admits new series from then on; an admitted \
                  series stays admitted.",
        parse: whole,
    }
    SERIES_PARTS: SeriesParts {
        group: Counting,
        set_by: Parameter("SeriesParts"),
        default: Some("1"),
        form: Text(
            "entries separated by commas, each with a number of parts from 1 to 64, such as \
             `flow:checkout=16@2026-12-01T00:00:00Z` or `4@2026-12-01T00:00:00Z`",
        ),
        readers: &[FlowMetrics, SpanCollector, WebhookReceiver, SourcePoller],
        meaning: "Into how many parts a hot series is divided, from which time on. One part takes 1,000 occurrences a second. \
                  An entry is about the series with this name or tag, or about all, and the last one that fits decides. Each part \
                  beyond the first is a custom metric of its own, with the tag `part`. Begin in the future, only add \
                  entries at the end, and never change or remove one: see [operations.md](operations.md#a-hot-series).",
        parse: |_, value| parsed(value, SeriesParts::read),
    }
    BUCKET_SECONDS: BucketWidth {
        group: Counting,
        set_by: Parameter("BucketSeconds"),
        default: Some("10"),
        form: Whole { min: 1, max: 60, unit: "seconds" },
        readers: &[FlowMetrics, MetricsPublisher, SpanCollector, WebhookReceiver, SourcePoller, JourneySettler],
        meaning: "The width of a bucket, which is one point in Datadog. Do not change it once metrics flow: the series \
                  stay the same, and an event that is retried at that moment may be counted in two buckets.",
        parse: |spec, value| BucketWidth::try_new(whole(spec, value)?).map_or_else(|| Err(String::new()), Ok),
    }
    HISTORICAL_METRICS: bool {
        group: Counting,
        set_by: Parameter("HistoricalMetrics"),
        default: Some("false"),
        form: OneOf(&["true", "false"]),
        readers: &[MetricsPublisher],
        meaning: "Whether historical metrics ingestion is enabled in Datadog for these metric names. Then nothing is \
                  ever late.",
        parse: flag,
    }

    DD_SITE: Url {
        group: Datadog,
        set_by: Parameter("DatadogSite"),
        default: Some("datadoghq.com"),
        form: Text("a Datadog site, such as `datadoghq.com`, `us5.datadoghq.com` or `datadoghq.eu`"),
        readers: SUBMITTING,
        meaning: "The Datadog site of your organisation.",
        parse: |_, value| parsed(value, datadog::site),
    }
    DD_API_KEY_SECRET_ARN: SecretArn {
        group: Datadog,
        set_by: Parameter("DatadogApiKeySecretArn"),
        default: None,
        form: Text("the ARN of the Secrets Manager secret with the Datadog API key"),
        readers: SUBMITTING,
        meaning: "The secret with the API key, as plain text or as JSON with `dd_api_key`, `apiKey` or `api_key`. It \
                  is read once, and again after Datadog refuses the key. The template requires it.",
        parse: |_, value| parsed(value, SecretArn::try_new),
    }
    DD_API_KEY: String {
        group: Datadog,
        set_by: Twin,
        default: None,
        form: Text("a Datadog API key"),
        secret: true,
        readers: &[],
        meaning: "The API key itself. `DD_API_KEY_SECRET_ARN` wins over it.",
        parse: |_, value| parsed(value, |value| datadog::api_key(value).map(str::to_owned)),
    }
    DD_APP_KEY: String {
        group: Datadog,
        set_by: Twin,
        default: None,
        form: Text("a Datadog application key"),
        secret: true,
        readers: &[],
        meaning: "An application key, for `cxtrace datadog` and `cxtrace verify`. No function needs it.",
        parse: |_, value| parsed(value, |value| datadog::api_key(value).map(str::to_owned)),
    }
    DD_METRICS_URL: Url {
        group: Datadog,
        set_by: Parameter("DatadogMetricsUrl"),
        default: None,
        form: Text("an https URL without a query, such as `https://proxy.example.com`, or an http URL of this machine"),
        readers: SUBMITTING,
        meaning: "The address that receives metrics instead of `https://api.<DD_SITE>`, such as a proxy's.",
        parse: |_, value| parsed(value, datadog::base_url),
    }
    METRICS_TRANSPORT: MetricsTransport {
        group: Datadog,
        set_by: Parameter("MetricsTransport"),
        default: Some("api"),
        form: OneOf(&["api", "extension"]),
        readers: &[MetricsPublisher],
        meaning: "How counts reach Datadog. `api` is exact. `extension` sends distributions to the Datadog Lambda \
                  extension and cannot be exact. It needs `DatadogExtensionLayerArn`.",
        parse: |_, value| MetricsTransport::from_word(value).ok_or_else(String::new),
    }
    DEAD_LETTER_QUEUE_URL: String {
        group: Datadog,
        set_by: Stack,
        default: None,
        form: Text("the URL of an SQS queue"),
        readers: &[FlowMetrics, MetricsPublisher, SpanCollector],
        meaning: "The queue for what is set aside with the reason: totals that Datadog refuses, records that cannot be read, \
                  and events that fail for 13 days or can never succeed.",
        parse: text,
    }
    RETRY_QUEUE_URL: String {
        group: Datadog,
        set_by: Stack,
        default: None,
        form: Text("the URL of an SQS queue"),
        readers: &[FlowMetrics, SpanCollector],
        meaning: "The queue for failed events. It feeds the same function.",
        parse: text,
    }

    CORRELATION_ATTRIBUTES: Correlations {
        group: Journeys,
        set_by: Parameter("CorrelationAttributes"),
        default: Some(""),
        form: Text("attributes and kinds of id, such as `webCode=web.code,crmCaseId=crm.case`"),
        readers: &[FlowMetrics],
        meaning: "Participant attributes that hold an id of another system, each with the kind of that id.",
        parse: |_, value| parsed(value, Correlations::read),
    }
    SPAN_ATTRIBUTES: Allowlist {
        group: Journeys,
        set_by: Parameter("SpanAttributes"),
        default: Some(""),
        form: Text("names of attributes, such as `app.tier,app.user:pseudonym`"),
        readers: COLLECTING,
        meaning: "Attributes of other systems' spans that may be stored in addition to the built-in list. A class \
                  after a colon is `public`, `pseudonym` or `secret`; without one it is `public`.",
        parse: |_, value| parsed(value, Allowlist::read),
    }
    UNDECLARED_SENDERS: Undeclared {
        group: Journeys,
        set_by: Parameter("UndeclaredSenders"),
        default: Some("least"),
        form: OneOf(&["least", "refuse"]),
        readers: COLLECTING,
        meaning: "What happens to spans of a sender that no definition declares. With `least`, ids, times, types and statuses \
                  are taken, and links stand as unconfirmed; with `refuse`, the event goes to the dead-letter queue.",
        parse: |_, value| Undeclared::from_word(value).ok_or_else(String::new),
    }
    EXAMPLE_SENDERS: bool {
        group: Journeys,
        set_by: Parameter("ExampleSenders"),
        default: Some("false"),
        form: OneOf(&["true", "false"]),
        readers: COLLECTING,
        meaning: "Whether the senders of the sample events, such as `com.example.crm`, may speak as declared senders. Their \
                  links join journeys, so set it only to try Cxtrace out. The local twin always takes them.",
        parse: flag,
    }
    DEFAULT_COUNTRY: Country {
        group: Journeys,
        set_by: Parameter("DefaultCountry"),
        default: None,
        form: Text("a country of ISO 3166-1 in two letters, such as `GB`"),
        readers: &[SpanCollector, WebhookReceiver, SourcePoller, JourneyExplorer],
        meaning: "The country of phone numbers without a country code, such as `020 7946 0958`. Without it, such a number \
                  is equal only to numbers with the same digits.",
        parse: |_, value| parsed(value, Country::read),
    }
    SETTLE_SECONDS: TimeDelta {
        group: Journeys,
        set_by: Parameter("SettleSeconds"),
        default: Some("900"),
        form: Whole { min: 1, max: 604_800, unit: "seconds" },
        readers: ASSEMBLING,
        meaning: "The time from the last event of a journey until the journey is settled.",
        parse: seconds,
    }
    SOURCE_DELAYS: BTreeMap<Source, TimeDelta> {
        group: Journeys,
        set_by: Parameter("SourceDelays"),
        default: Some(""),
        form: Text("sources and delays in seconds, such as `crm=7200,sbc=300`"),
        readers: ASSEMBLING,
        meaning: "Sources that need another delay than their definition says, or than `SETTLE_SECONDS` if it says none, each in seconds.",
        parse: delays,
    }
    LONG_QUEUE_SECONDS: TimeDelta {
        group: Journeys,
        set_by: Parameter("LongQueueSeconds"),
        default: Some("120"),
        form: Whole { min: 1, max: 86_400, unit: "seconds" },
        readers: ASSEMBLING,
        meaning: "A journey that waits in a queue for at least this long has the insight `long_queue`.",
        parse: seconds,
    }
    LONG_GAP_SECONDS: TimeDelta {
        group: Journeys,
        set_by: Parameter("LongGapSeconds"),
        default: Some("30"),
        form: Whole { min: 1, max: 86_400, unit: "seconds" },
        readers: ASSEMBLING,
        meaning: "A journey with an uncovered time of at least this length has the insight `long_gap`.",
        parse: seconds,
    }
    SLOW_BACKEND_MS: TimeDelta {
        group: Journeys,
        set_by: Parameter("SlowBackendMs"),
        default: Some("3000"),
        form: Whole { min: 1, max: 600_000, unit: "milliseconds" },
        readers: ASSEMBLING,
        meaning: "A journey with a backend call of at least this length has the insight `slow_backend`.",
        parse: milliseconds,
    }
    JOURNEY_BUS: String {
        group: Journeys,
        set_by: Stack,
        default: None,
        form: Text("the name of an event bus"),
        readers: &[JourneySettler],
        meaning: "The event bus that receives `Journey Settled` and `Insight Detected`.",
        parse: text,
    }
    PSEUDONYM_KEY_SECRET_ARN: SecretArn {
        group: Journeys,
        set_by: Stack,
        default: None,
        form: Text("the ARN of a secret with a random text of at least 16 characters"),
        readers: &[FlowMetrics, SpanCollector, WebhookReceiver, SourcePoller, JourneyExplorer],
        meaning: "The secret with the key that phone numbers are hashed with. Add a new key before you take an old one \
                  away: docs/operations.md says how.",
        parse: |_, value| parsed(value, SecretArn::try_new),
    }
    PSEUDONYM_KEY: Pseudonyms {
        group: Journeys,
        set_by: Twin,
        default: None,
        form: Text(PSEUDONYM_KEY_FORM),
        secret: true,
        readers: &[],
        meaning: "The key itself. The twin makes one unless it is set. `PSEUDONYM_KEY_SECRET_ARN` wins over it.",
        parse: |_, value| parsed(value, Pseudonyms::read),
    }

    KINESIS_STREAMS: StreamSources {
        group: Journeys,
        set_by: Stack,
        default: Some(""),
        form: Text("streams and sources, such as `contact-records=amazon-connect`"),
        readers: &[SpanCollector],
        meaning: "The source of each Kinesis stream, by the parameters that end with `StreamArn`. In the twin, a stream without an \
                  entry is the source of its name.",
        parse: |_, value| parsed(value, StreamSources::read),
    }
    WEBHOOK_SECRETS_ARN: SecretArn {
        group: Journeys,
        set_by: Parameter("WebhookSecretsArn"),
        default: None,
        form: Text("the ARN of a secret with a JSON object that gives each source its secret"),
        readers: &[WebhookReceiver],
        meaning: "The secrets that are agreed with vendors, by source: [webhooks.md](webhooks.md#secrets). It is read at the \
                  first webhook, and again after a failed check, at most once a minute. Without it, webhooks are not deployed.",
        parse: |_, value| parsed(value, SecretArn::try_new),
    }
    WEBHOOK_PUBLIC_URL: Url {
        group: Journeys,
        set_by: Parameter("WebhookPublicUrl"),
        default: None,
        form: Text("an https URL without a query, such as `https://hooks.example.com`"),
        readers: &[WebhookReceiver],
        meaning: "The public address of webhooks, if a proxy stands before the API and changes the host. Some vendors sign \
                  the URL.",
        parse: |_, value| parsed(value, datadog::base_url),
    }
    POLL_SOURCES: PollTargets {
        group: Journeys,
        set_by: Parameter("PollSources"),
        default: Some(""),
        form: Text("sources with their values, such as `polyai?region=us-1&account=ACCOUNT-1&project=PROJECT-1`"),
        readers: &[SourcePoller],
        meaning: "The APIs to poll for events, separated by commas: \
                  [sources.md](sources.md#polling). While it is empty, nothing is polled. `secret=NAME` names an entry of the \
                  secret, and `url=` another address.",
        parse: |_, value| parsed(value, PollTargets::read),
    }
    POLL_SECRETS_ARN: SecretArn {
        group: Journeys,
        set_by: Parameter("PollSecretsArn"),
        default: None,
        form: Text("the ARN of a secret with a JSON object that gives each source its key"),
        readers: &[SourcePoller],
        meaning: "The keys of the APIs in `POLL_SOURCES`, by source, in the form of [webhooks' secrets](webhooks.md#secrets). It is \
                  read at the first request, and again after a refusal, at most once a minute.",
        parse: |_, value| parsed(value, SecretArn::try_new),
    }
    OTLP_INTERACTION_IDS: Interactions {
        group: Traces,
        set_by: Parameter("OtlpInteractionIds"),
        default: Some(INTERACTION_IDS),
        form: Text("attributes and kinds of id, such as `interaction.id=genesys.conversation,call.sid=twilio.call`"),
        readers: &[SpanCollector, WebhookReceiver, SourcePoller],
        meaning: "Attributes of resources, scopes and spans of OpenTelemetry that hold an id of an interaction, each with the \
                  kind of that id. Traces that name none, and that no fact names, are not stored.",
        parse: |_, value| Interactions::read(value),
    }
    OTLP_ENDPOINT: Url {
        group: Traces,
        set_by: Parameter("OtlpEndpoint"),
        default: None,
        form: Text("an https URL without a query, such as `https://collector.example.com`, or an http URL of this machine"),
        readers: Function::ALL,
        meaning: "The OTLP/HTTP receiver that gets settled journeys as traces, and Cxtrace's own if `OWN_TRACES_PERCENT` is set. \
                  `/v1/traces` is appended unless the address ends with it. Without it, nothing is exported.",
        parse: |_, value| parsed(value, traces_url),
    }
    OTLP_HEADERS_SECRET_ARN: SecretArn {
        group: Traces,
        set_by: Parameter("OtlpHeadersSecretArn"),
        default: None,
        form: Text("the ARN of a secret with headers, such as `dd-api-key=…,dd-otlp-source=serverless`"),
        readers: Function::ALL,
        meaning: "The secret with the headers of each request, as a list or as a JSON object. It is read once, and again \
                  after the receiver refuses them.",
        parse: |_, value| parsed(value, SecretArn::try_new),
    }
    OTLP_HEADERS: String {
        group: Traces,
        set_by: Twin,
        default: None,
        form: Text("headers such as `x-key=…,x-team=cx`"),
        secret: true,
        readers: &[],
        meaning: "The headers themselves. `OTLP_HEADERS_SECRET_ARN` wins over it.",
        parse: text,
    }
    OWN_TRACES_PERCENT: u32 {
        group: Traces,
        set_by: Parameter("OwnTracesPercent"),
        default: Some("0"),
        form: Whole { min: 0, max: 100, unit: "percent" },
        readers: Function::ALL,
        meaning: "The share of Cxtrace's own invocations that are sent as traces to `OTLP_ENDPOINT`, to debug Cxtrace itself. \
                  Invocations that fail are always sent unless it is 0. Each costs the time of one request, at most 0.5 s.",
        parse: whole,
    }
    OTLP_ENCODING: String {
        group: Traces,
        set_by: Parameter("OtlpEncoding"),
        default: Some("protobuf"),
        form: OneOf(&["protobuf", "json"]),
        readers: &[JourneySettler],
        meaning: "The encoding of exported traces.",
        parse: |_, value| if matches!(value, "protobuf" | "json") { Ok(value.to_owned()) } else { Err(String::new()) },
    }
    OTLP_SAMPLE_PERCENT: u32 {
        group: Traces,
        set_by: Parameter("OtlpSamplePercent"),
        default: Some("100"),
        form: Whole { min: 0, max: 100, unit: "percent" },
        readers: &[JourneySettler],
        meaning: "The share of ordinary journeys that is exported. Journeys with an error, with an insight above `info`, or \
                  of at least `OTLP_SLOW_SECONDS` are always exported.",
        parse: whole,
    }
    OTLP_SLOW_SECONDS: TimeDelta {
        group: Traces,
        set_by: Parameter("OtlpSlowSeconds"),
        default: Some("1800"),
        form: Whole { min: 1, max: 604_800, unit: "seconds" },
        readers: &[JourneySettler],
        meaning: "A journey of at least this duration is always exported.",
        parse: seconds,
    }
    OTLP_MAX_AGE_HOURS: u32 {
        group: Traces,
        set_by: Parameter("OtlpMaxAgeHours"),
        default: Some("17"),
        form: Whole { min: 1, max: 8_760, unit: "hours" },
        readers: &[JourneySettler],
        meaning: "The age of the oldest span that the receiver takes, by its start. Datadog takes 18 hours. Older spans are \
                  counted in `cxtrace.export.spans` and left out.",
        parse: whole,
    }
    OTLP_RESOURCE_ATTRIBUTES: BTreeMap<String, String> {
        group: Traces,
        set_by: Parameter("OtlpResourceAttributes"),
        default: Some(""),
        form: Text("attributes such as `deployment.environment.name=prod,cloud.provider=aws`"),
        readers: Function::ALL,
        meaning: "Attributes of every exported resource, beside `service.name`.",
        parse: attributes,
    }

    SIGN_IN_ISSUER: String {
        group: Explorer,
        set_by: Parameter("SignInIssuer"),
        default: None,
        form: Text("an https URL"),
        readers: &[JourneyExplorer],
        meaning: "The OpenID Connect provider that signs people in.",
        parse: text,
    }
    SIGN_IN_AUDIENCE: String {
        group: Explorer,
        set_by: Parameter("SignInAudience"),
        default: None,
        form: Text("1 to 255 visible ASCII characters"),
        readers: &[JourneyExplorer],
        meaning: "The audience of the provider's tokens. With Amazon Cognito it is the client id.",
        parse: text,
    }
    SIGN_IN_CLIENT_ID: String {
        group: Explorer,
        set_by: Parameter("SignInClientId"),
        default: None,
        form: Text("the client id of the Journey Explorer's page at the provider"),
        readers: &[JourneyExplorer],
        meaning: "The page's client id at the provider. The client is public: authorisation code with PKCE.",
        parse: text,
    }
    SIGN_IN_ORIGINS: Vec<String> {
        group: Explorer,
        set_by: Parameter("SignInOrigins"),
        default: Some(""),
        form: Text("https origins separated by spaces"),
        readers: &[JourneyExplorer],
        meaning: "Other origins that the page must reach to sign people in, such as Amazon Cognito's domain.",
        parse: words,
    }

    SIGN_IN_SCOPES: Vec<String> {
        group: Explorer,
        set_by: Parameter("SignInScopes"),
        default: Some("openid"),
        form: Text("scopes separated by spaces"),
        readers: &[JourneyExplorer],
        meaning: "The scopes that the page asks the provider for. Name those that `ACCESS_GRANTS` gives a meaning, unless \
                  the provider's tokens carry groups by themselves.",
        parse: words,
    }
    ACCESS_CLAIMS: Vec<String> {
        group: Explorer,
        set_by: Parameter("AccessClaims"),
        default: Some("scope scp cognito:groups groups roles"),
        form: Text("names of claims separated by spaces"),
        readers: &[JourneyExplorer],
        meaning: "The claims of a token whose words `ACCESS_GRANTS` gives a meaning.",
        parse: words,
    }
    ACCESS_GRANTS: Grants {
        group: Explorer,
        set_by: Parameter("AccessGrants"),
        default: Some("cxtrace.read=read,cxtrace.search=search,cxtrace.retract=retract,cxtrace.erase=erase"),
        form: Text("words and scopes, such as `clerks=read,supervisors=read search retract`"),
        readers: &[JourneyExplorer],
        meaning: "What the words in these claims allow: `read` journeys, `search` by phone number, `retract` and restore \
                  links, `erase` a person. The word `*` stands for every valid token. A token without such a word may do nothing.",
        parse: |_, value| parsed(value, Grants::read),
    }
    PHONE_SEARCHES_PER_MINUTE: u32 {
        group: Explorer,
        set_by: Parameter("PhoneSearchesPerMinute"),
        default: Some("10"),
        form: Whole { min: 1, max: 1_000, unit: "phone numbers" },
        readers: &[JourneyExplorer],
        meaning: "How many different phone numbers one user may search for in a minute.",
        parse: whole,
    }
    PHONE_SEARCHES_PER_DAY: u32 {
        group: Explorer,
        set_by: Parameter("PhoneSearchesPerDay"),
        default: Some("200"),
        form: Whole { min: 1, max: 10_000, unit: "phone numbers" },
        readers: &[JourneyExplorer],
        meaning: "How many different phone numbers one user may search for in a day of UTC.",
        parse: whole,
    }
    TRACE_URL: String {
        group: Explorer,
        set_by: Parameter("TraceUrl"),
        default: None,
        form: Text("an https URL with `{value}` for the trace's id, such as `https://app.datadoghq.eu/apm/trace/{value}`"),
        readers: &[JourneyExplorer],
        meaning: "The page of a trace. The Journey Explorer links trace ids to it. Without it, trace ids are not links.",
        parse: page_of_an_id,
    }

    RETENTION_DAYS: TimeDelta {
        group: Operation,
        set_by: Parameter("RetentionDays"),
        default: Some("30"),
        form: Whole { min: 26, max: 365, unit: "days" },
        readers: Function::ALL,
        meaning: "How long both tables keep an item after it was last written.",
        parse: days,
    }
    SWEEP_HOURS: TimeDelta {
        group: Operation,
        set_by: Parameter("SweepHours"),
        default: Some("72"),
        form: Whole { min: 1, max: 168, unit: "hours" },
        readers: &[MetricsPublisher],
        meaning: "How long after the start of a sweep of the state table the next one begins. A sweep finds counts that \
                  Datadog has not accepted and whose records the stream has lost.",
        parse: hours,
    }
    LOG_LEVEL: String {
        group: Operation,
        set_by: Parameter("LogLevel"),
        default: Some("INFO"),
        form: Text("`ERROR`, `WARN`, `INFO` or `DEBUG`, in any case"),
        readers: Function::ALL,
        meaning: "The least important log lines that are kept. WARN means that nothing was lost. ERROR means that \
                  something was lost or that a person is needed. An invalid level counts as `INFO`.",
        parse: text,
    }
    STATE_TABLE: String {
        group: Operation,
        set_by: Stack,
        default: None,
        form: Text("the name of the state table"),
        readers: &[FlowMetrics, MetricsPublisher, SpanCollector, WebhookReceiver, SourcePoller, JourneySettler],
        meaning: "The table of occurrences.",
        parse: text,
    }
    CORRELATION_TABLE: String {
        group: Operation,
        set_by: Stack,
        default: None,
        form: Text("the name of the correlation table"),
        readers: &[FlowMetrics, SpanCollector, WebhookReceiver, SourcePoller, JourneyAssembler, JourneySettler, JourneyExplorer],
        meaning: "The table of journeys. Without it, `flow-metrics` counts only.",
        parse: text,
    }

    AWS_REGION: String {
        group: Aws,
        set_by: Lambda,
        default: None,
        form: Text("a region, such as `eu-west-1`; Lambda sets it"),
        readers: Function::ALL,
        meaning: "The region of the stack.",
        parse: text,
    }
    AWS_ACCESS_KEY_ID: String {
        group: Aws,
        set_by: Lambda,
        default: None,
        form: Text(LAMBDA_SETS_IT),
        readers: Function::ALL,
        meaning: "The credentials of the function's role, first part.",
        parse: text,
    }
    AWS_SECRET_ACCESS_KEY: String {
        group: Aws,
        set_by: Lambda,
        default: None,
        form: Text(LAMBDA_SETS_IT),
        secret: true,
        readers: Function::ALL,
        meaning: "The credentials of the function's role, second part.",
        parse: text,
    }
    AWS_SESSION_TOKEN: String {
        group: Aws,
        set_by: Lambda,
        default: None,
        form: Text(LAMBDA_SETS_IT),
        secret: true,
        readers: Function::ALL,
        meaning: "The credentials of the function's role, third part.",
        parse: text,
    }
    AWS_ENDPOINT_URL: Url {
        group: Aws,
        set_by: Twin,
        default: None,
        form: Text("an http or https URL"),
        readers: &[],
        meaning: "Another address for all AWS services, such as an emulator's. `AWS_ENDPOINT_URL_<SERVICE>` sets the \
                  address of one service and wins: `DYNAMODB`, `DYNAMODB_STREAMS`, `EVENTBRIDGE`, `SECRETS_MANAGER`, \
                  `SQS`.",
        parse: |_, value| parsed(value, datadog::base_url),
    }
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: bool {
        group: Aws,
        set_by: Twin,
        default: Some("false"),
        form: OneOf(&["true", "false"]),
        readers: &[],
        meaning: "Whether `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` are ignored.",
        parse: |_, value| flag_of_any_case(value),
    }
}

/// `true` or `false` in any case, as the AWS SDKs read it.
fn flag_of_any_case(value: &str) -> Result<bool, String> {
    value.to_ascii_lowercase().parse().map_err(|_| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn error(variable: &str, value: &str) -> String {
        let environment = Environment::of([(variable, value)]);
        let problems: Vec<_> = ALL.iter().filter_map(|setting| setting.check(&environment)).collect();
        assert_eq!(problems.len(), 1, "{variable}={value}");
        problems[0].to_string()
    }

    #[test]
    fn an_invalid_value_is_named_with_what_is_valid() {
        insta::assert_snapshot!(
            [
                error("SETTLE_SECONDS", "abc"),
                error("SETTLE_SECONDS", "0"),
                error("METRIC_NAME", "genesys.{flw}"),
                error("METRIC_TAGS", "env:prod,Team:ivr"),
                error("BUCKET_SECONDS", "61"),
                error("MAX_SERIES", "-1"),
                error("SERIES_PARTS", "4@soon"),
                error("RETENTION_DAYS", "3"),
                error("HISTORICAL_METRICS", "1"),
                error("METRICS_TRANSPORT", "udp"),
                error("DD_SITE", "https://datadoghq.eu"),
                error("DD_METRICS_URL", "https://user:hush@proxy"),
                error("DD_API_KEY_SECRET_ARN", "datadog"),
                error("DD_API_KEY", "my secret"),
                error("PSEUDONYM_KEY", "short"),
                error("SOURCE_DELAYS", "crm"),
                error("SOURCE_DELAYS", "CRM=1"),
                error("SOURCE_DELAYS", "crm=soon"),
                error("CORRELATION_ATTRIBUTES", "webCode"),
                error("SPAN_ATTRIBUTES", "app.tier:open"),
                error("AWS_ENDPOINT_URL", "localhost"),
                STATE_TABLE.read(&Environment::default()).unwrap_err().to_string(),
            ]
            .join("\n"),
            @r#"
        SETTLE_SECONDS must be a whole number from 1 to 604,800 seconds, but is `abc`.
        SETTLE_SECONDS must be a whole number from 1 to 604,800 seconds, but is `0`.
        METRIC_NAME must be a metric name with the places {flow} and {metric}, such as `genesys.flow.{flow}.{metric}`, but is `genesys.{flw}`: the only places are {flow} and {metric}.
        METRIC_TAGS must be tags separated by commas, such as `env:prod,team:ivr`, but is `env:prod,Team:ivr`: the tag "Team:ivr" is not valid in Datadog: it must start with a lower-case letter.
        BUCKET_SECONDS must be a whole number from 1 to 60 seconds, but is `61`.
        MAX_SERIES must be a whole number from 1 to 10,000 series, but is `-1`.
        SERIES_PARTS must be entries separated by commas, each with a number of parts from 1 to 64, such as `flow:checkout=16@2026-12-01T00:00:00Z` or `4@2026-12-01T00:00:00Z`, but is not valid (the value is not shown): `4@soon` must end with a time such as 2026-12-01T00:00:00Z.
        RETENTION_DAYS must be a whole number from 26 to 365 days, but is `3`.
        HISTORICAL_METRICS must be `true` or `false`, but is `1`.
        METRICS_TRANSPORT must be `api` or `extension`, but is `udp`.
        DD_SITE must be a Datadog site, such as `datadoghq.com`, `us5.datadoghq.com` or `datadoghq.eu`, but is `https://datadoghq.eu`: it is not a host name in lower case.
        DD_METRICS_URL must be an https URL without a query, such as `https://proxy.example.com`, or an http URL of this machine, but is not valid (the value is not shown): it must not hold a user name or a password.
        DD_API_KEY_SECRET_ARN must be the ARN of the Secrets Manager secret with the Datadog API key, but is `datadog`: an ARN has the form arn:aws:secretsmanager:<region>:<account>:secret:<name>.
        DD_API_KEY must be a Datadog API key, but is not valid (the value is not shown): it has characters other than ASCII letters, digits, `-` and `_`.
        PSEUDONYM_KEY must be a random text of at least 16 characters, but is not valid (the value is not shown): a key of 5 bytes is too short: it must have at least 16.
        SOURCE_DELAYS must be sources and delays in seconds, such as `crm=7200,sbc=300`, but is `crm`: `crm` has no `=`.
        SOURCE_DELAYS must be sources and delays in seconds, such as `crm=7200,sbc=300`, but is `CRM=1`: `CRM` is not the name of a source.
        SOURCE_DELAYS must be sources and delays in seconds, such as `crm=7200,sbc=300`, but is `crm=soon`: `soon` is not a whole number of seconds.
        CORRELATION_ATTRIBUTES must be attributes and kinds of id, such as `webCode=web.code,crmCaseId=crm.case`, but is `webCode`: `webCode` is not written attribute=namespace, such as crmCaseId=crm.case.
        SPAN_ATTRIBUTES must be names of attributes, such as `app.tier,app.user:pseudonym`, but is `app.tier:open`: `app.tier:open` does not end in a class: public, pseudonym or secret.
        AWS_ENDPOINT_URL must be an http or https URL, but is `localhost`: it is not a URL.
        STATE_TABLE is not set. Set it to the name of the state table.
        "#
        );
    }

    #[test]
    fn every_default_is_valid() {
        for setting in ALL {
            let spec = setting.spec();
            let Some(default) = spec.default.filter(|default| !default.is_empty()) else { continue };
            assert_eq!(setting.check(&Environment::of([(spec.variable, default)])), None);
        }
        assert_eq!(METRIC_TAGS.read(&Environment::default()), Ok(Vec::new()));
        assert!(CORRELATION_ATTRIBUTES.read(&Environment::default()).unwrap().is_empty());
    }

    #[test]
    fn a_value_is_valid_exactly_within_its_range() {
        for setting in ALL {
            let spec = setting.spec();
            let Whole { min, max, .. } = spec.form else { continue };
            let valid = |number: u64| setting.check(&Environment::of([(spec.variable, number.to_string())])).is_none();
            let below_is_valid = min.checked_sub(1).is_some_and(&valid);
            assert!(valid(min) && valid(max) && !below_is_valid && !valid(max + 1), "{}", spec.variable);
        }
    }
}
