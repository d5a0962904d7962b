//! Decides which attributes of a sender's spans are stored, and in which form. Other attributes are dropped unread.

use std::collections::BTreeMap;

use cxtrace_privacy::{HashDomain, Pseudonyms, safe_text};

use super::names;

/// The shape that a listed attribute's value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A number of at most six digits: seven may be a phone number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A technical name: see [`names`].
    Name,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
}

/// The class of an attribute that the setting lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Stored unchanged, if [`safe_text::label`] allows it.
    Public,
    /// Stored as a keyed hash.
    Pseudonym,
    /// Not stored, even if it is built in.
    Secret,
}

/// The built-in attributes, from OpenTelemetry's semantic conventions, and those of a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist(BTreeMap<String, Class>);

/// Why the setting cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAllowlist {
    /// An entry has no valid name.
    #[error("`{0}` is not an attribute: a name has 1 to 80 letters, digits, dots, dashes and underscores")]
    Name(String),
    /// An entry has no valid class.
    #[error("`{0}` does not end in a class: public, pseudonym or secret")]
    Class(String),
    /// An attribute is listed twice.
    #[error("`{0}` is listed twice. An attribute can have only one class")]
    Twice(String),
}

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "_OTHER"];
const SIP: &[&str] = &["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "REFER", "INFO", "UPDATE", "PRACK"];
const DATABASES: &[&str] = &[
    "aws.dynamodb",
    "aws.redshift",
    "azure.cosmosdb",
    "cassandra",
    "clickhouse",
    "couchbase",
    "couchdb",
    "dynamodb",
    "elasticsearch",
    "gcp.spanner",
    "ibm.db2",
    "mariadb",
    "memcached",
    "microsoft.sql_server",
    "mongodb",
    "mssql",
    "mysql",
    "neo4j",
    "opensearch",
    "oracle.db",
    "postgresql",
    "redis",
    "sap.hana",
    "snowflake",
    "sqlite",
];
const BROKERS: &[&str] = &[
    "activemq",
    "aws_sns",
    "aws_sqs",
    "aws.sns",
    "aws.sqs",
    "eventbridge",
    "eventgrid",
    "eventhubs",
    "gcp_pubsub",
    "jms",
    "kafka",
    "pulsar",
    "rabbitmq",
    "rocketmq",
    "servicebus",
];
const PROTOCOLS: &[&str] = &["http", "https", "sip", "sips", "rtp", "srtp", "amqp", "mqtt", "grpc", "websocket", "ws"];
const RPC: &[&str] = &["grpc", "connect_rpc", "apache_dubbo", "dotnet_wcf", "java_rmi", "jsonrpc", "soap", "aws-api"];
const AI: &[&str] = &[
    "anthropic",
    "aws.bedrock",
    "azure.ai.inference",
    "azure.ai.openai",
    "cohere",
    "gcp.gemini",
    "gcp.vertex_ai",
    "google",
    "mistral_ai",
    "openai",
];
const AI_OPERATIONS: &[&str] =
    &["chat", "create_agent", "embeddings", "execute_tool", "generate_content", "invoke_agent", "text_completion"];
const KINDS: &[&str] = &["internal", "server", "client", "producer", "consumer"];
const MESSAGING: &[&str] = &["create", "send", "receive", "process", "settle"];
const END_REASONS: &[&str] =
    &["completed", "hangup", "transferred", "escalated", "timeout", "error", "abandoned", "voicemail", "no_answer"];

/// The built-in list, sorted by name.
const BUILT_IN: &[(&str, Shape)] = &[
    ("call.direction", Shape::Word(&["inbound", "outbound", "internal"])),
    ("call.end_reason", Shape::Word(END_REASONS)),
    ("call.mos", Shape::Number),
    ("call.packet_loss_percent", Shape::Number),
    ("code.function.name", Shape::Name),
    ("db.collection.name", Shape::Name),
    ("db.operation.name", Shape::Name),
    ("db.response.status_code", Shape::Name),
    ("db.system", Shape::Word(DATABASES)),
    ("db.system.name", Shape::Word(DATABASES)),
    ("deployment.environment.name", Shape::Name),
    ("error.type", Shape::Name),
    ("exception.type", Shape::Name),
    ("faas.coldstart", Shape::Flag),
    ("faas.name", Shape::Name),
    ("gen_ai.operation.name", Shape::Word(AI_OPERATIONS)),
    ("gen_ai.provider.name", Shape::Word(AI)),
    ("gen_ai.request.model", Shape::Name),
    ("gen_ai.response.model", Shape::Name),
    ("gen_ai.tool.name", Shape::Name),
    ("gen_ai.usage.input_tokens", Shape::Number),
    ("gen_ai.usage.output_tokens", Shape::Number),
    ("http.method", Shape::Word(METHODS)),
    ("http.request.body.size", Shape::Number),
    ("http.request.method", Shape::Word(METHODS)),
    ("http.request.resend_count", Shape::Number),
    ("http.response.body.size", Shape::Number),
    ("http.response.status_code", Shape::Number),
    ("http.route", Shape::Name),
    ("http.status_code", Shape::Number),
    ("messaging.destination.name", Shape::Name),
    ("messaging.operation.name", Shape::Word(MESSAGING)),
    ("messaging.operation.type", Shape::Word(MESSAGING)),
    ("messaging.system", Shape::Word(BROKERS)),
    ("network.protocol.name", Shape::Word(PROTOCOLS)),
    ("network.protocol.version", Shape::Number),
    ("network.transport", Shape::Word(&["tcp", "udp", "tls", "quic", "unix", "pipe"])),
    ("otel.status_code", Shape::Word(&["OK", "ERROR", "UNSET"])),
    ("peer.service", Shape::Name),
    ("rpc.grpc.status_code", Shape::Number),
    ("rpc.method", Shape::Name),
    ("rpc.response.status_code", Shape::Name),
    ("rpc.service", Shape::Name),
    ("rpc.system", Shape::Word(RPC)),
    ("rpc.system.name", Shape::Word(RPC)),
    ("server.port", Shape::Number),
    ("service.name", Shape::Name),
    ("service.version", Shape::Number),
    ("sip.method", Shape::Word(SIP)),
    ("sip.reason.cause", Shape::Number),
    ("sip.response.status_code", Shape::Number),
    ("sip.status_code", Shape::Number),
    ("span.kind", Shape::Word(KINDS)),
    ("url.scheme", Shape::Word(PROTOCOLS)),
    ("url.template", Shape::Name),
];

impl Allowlist {
    /// Reads a setting such as `app.tier, app.customer:pseudonym, http.route:secret`, which changes the built-in list.
    /// Without a class an attribute is `public`. List only attributes that never hold a person's name, because a name
    /// looks like any other text. Phone numbers, e-mail addresses and longer texts are always dropped.
    ///
    /// # Errors
    /// When an entry has no name or an unknown class, or is listed twice.
    pub fn read(setting: &str) -> Result<Self, InvalidAllowlist> {
        let mut all = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, class) = match entry.split_once(':').map(|(name, class)| (name.trim(), class.trim())) {
                None => (entry, Class::Public),
                Some((name, "public")) => (name, Class::Public),
                Some((name, "pseudonym")) => (name, Class::Pseudonym),
                Some((name, "secret")) => (name, Class::Secret),
                Some(_) => return Err(InvalidAllowlist::Class(entry.to_owned())),
            };
            let shape = (1..=80).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_');
            if !shape {
                return Err(InvalidAllowlist::Name(entry.to_owned()));
            }
            if all.insert(name.to_owned(), class).is_some() {
                return Err(InvalidAllowlist::Twice(name.to_owned()));
            }
        }
        Ok(Self(all))
    }

    /// The names of the built-in list.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The value to store for an attribute, if any.
    #[must_use]
    pub fn value(&self, name: &str, value: &str, pseudonyms: &Pseudonyms) -> Option<String> {
        let value = value.trim();
        match self.0.get(name) {
            Some(Class::Secret) => None,
            Some(Class::Pseudonym) if value.is_empty() => None,
            Some(Class::Pseudonym) => Some(format!("~{}", pseudonyms.of(HashDomain::Attribute(name), value))),
            Some(Class::Public) => safe_text::label(value),
            None => {
                let at = BUILT_IN.binary_search_by_key(&name, |(name, _)| *name).ok()?;
                BUILT_IN.get(at)?.1.read(value)
            }
        }
    }
}

impl Shape {
    fn read(self, value: &str) -> Option<String> {
        match self {
            Self::Number => names::number(value),
            Self::Flag => ["true", "false"].contains(&value).then(|| value.to_owned()),
            Self::Name => names::name(value),
            Self::Word(known) => {
                known.iter().find(|word| word.eq_ignore_ascii_case(value)).map(|word| (*word).to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(setting: &str, name: &str, value: &str) -> Option<String> {
        Allowlist::read(setting).unwrap().value(name, value, &Pseudonyms::try_new(&[1; 32]).unwrap())
    }

    #[test]
    fn the_built_in_list_is_sorted_and_says_each_name_once() {
        assert!(BUILT_IN.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn only_listed_attributes_are_kept_in_their_shape() {
        for (name, text) in [
            ("http.response.status_code", "504"),
            ("http.request.method", "GET"),
            ("url.template", "/accounts/{id}"),
            ("db.system.name", "postgresql"),
            ("rpc.method", "GetAccount"),
            ("error.type", "java.net.SocketTimeoutException"),
            ("error.type", "504"),
            ("network.protocol.version", "1.1"),
            ("faas.coldstart", "true"),
            ("gen_ai.request.model", "gpt-4o-mini"),
        ] {
            assert_eq!(value("", name, text).as_deref(), Some(text), "{name}");
        }
        for (name, text) in [
            ("http.response.status_code", "447700900123"),
            ("http.request.method", "Ada"),
            ("url.full", "https://example.com/accounts/1"),
            ("error.type", "Ada Lovelace"),
            ("error.message", "no account of Ada"),
            ("user.id", "u-1"),
            ("db.query.text", "select 1"),
        ] {
            assert_eq!(value("", name, text), None, "{name}");
        }
    }

    #[test]
    fn a_setting_adds_to_the_list_and_removes_from_it() {
        let setting = "app.tier, app.customer:pseudonym, app.region : public, http.route:secret";
        assert_eq!(value(setting, "app.tier", " gold ").as_deref(), Some("gold"));
        assert_eq!(value(setting, "app.region", "eu west").as_deref(), Some("eu west"));
        assert_eq!(value(setting, "app.tier", "+44 7700 900123"), None);
        let concealed = value(setting, "app.customer", "Ada Lovelace").unwrap();
        assert!(concealed.starts_with('~') && concealed.len() == 33, "{concealed}");
        assert_eq!(value(setting, "app.customer", " "), None);
        assert_eq!(value(setting, "http.route", "/accounts/{id}"), None);
        assert_eq!(value(setting, "http.status_code", "200").as_deref(), Some("200"));
    }

    #[test]
    fn an_invalid_setting_is_refused() {
        let refusal = |setting| Allowlist::read(setting).unwrap_err().to_string();
        assert_eq!(refusal("a:hidden"), "`a:hidden` does not end in a class: public, pseudonym or secret");
        assert_eq!(refusal("a, a:secret"), "`a` is listed twice. An attribute can have only one class");
        assert!(refusal("app tier").starts_with("`app tier` is not an attribute"));
        assert!(refusal(":public").starts_with("`:public` is not an attribute"));
    }
}
