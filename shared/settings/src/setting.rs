//! One setting: what is written down about it, and how its value is read.

use std::fmt;

use crate::environment::Environment;

/// A setting whose value has the type `T`.
#[derive(Debug)]
pub struct Setting<T: 'static> {
    pub spec: Spec,
    /// Parses a value. An error describes the problem, or is empty if the [`Form`] describes it already.
    pub parse: fn(&Spec, &str) -> Result<T, String>,
}

/// The documentation of a setting.
#[derive(Debug)]
pub struct Spec {
    /// The environment variable.
    pub variable: &'static str,
    /// The section of `docs/settings.md`.
    pub group: Group,
    /// Where its value comes from in a deployed stack.
    pub set_by: SetBy,
    /// The value of a variable that is not set. An empty text means that the setting is empty by default.
    pub default: Option<&'static str>,
    /// Which values are valid.
    pub form: Form,
    /// Whether the value is secret and must never be shown.
    pub secret: bool,
    /// The functions that read it. The local twin reads every setting except those that [`SetBy::Lambda`] sets.
    pub readers: &'static [Function],
    /// What it does, in one or two sentences.
    pub meaning: &'static str,
}

/// A section of `docs/settings.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What is counted, and how.
    Counting,
    /// Sending counts to Datadog.
    Datadog,
    /// Assembling journeys.
    Journeys,
    /// Traces from and to OpenTelemetry.
    Traces,
    /// Access to the Journey Explorer.
    Explorer,
    /// Everything else.
    Operation,
    /// Variables that AWS sets.
    Aws,
}

/// Where a setting's value comes from in a deployed stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// The template's parameter of this name.
    Parameter(&'static str),
    /// The stack, which knows the names of its own resources.
    Stack,
    /// Nothing sets it in a stack. Only the local twin uses it.
    Twin,
    Lambda,
}

/// Which values of a setting are valid. Completes the sentence "It must be …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text of this description.
    Text(&'static str),
    /// A whole number within these bounds, both included.
    Whole {
        /// The smallest valid number.
        min: u64,
        /// The largest valid number.
        max: u64,
        /// The counted unit, in the plural.
        unit: &'static str,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Whole { min, max, unit } => {
                write!(f, "a whole number from {} to {} {unit}", grouped(*min), grouped(*max))
            }
            Self::OneOf(words) => {
                for (n, word) in words.iter().enumerate() {
                    let separator = if n == 0 {
                        ""
                    } else if n + 1 == words.len() {
                        " or "
                    } else {
                        ", "
                    };
                    write!(f, "{separator}`{word}`")?;
                }
                Ok(())
            }
        }
    }
}

/// `number` with a comma after each group of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A deployed function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `flow-metrics`
    FlowMetrics,
    /// `metrics-publisher`
    MetricsPublisher,
    /// `span-collector`
    SpanCollector,
    /// `journey-assembler`
    JourneyAssembler,
    /// `journey-settler`
    JourneySettler,
    /// `journey-explorer`
    JourneyExplorer,
    /// `webhook-receiver`
    WebhookReceiver,
    /// `source-poller`
    SourcePoller,
}

impl Function {
    /// Every function.
    pub const ALL: &'static [Self] = &[
        Self::FlowMetrics,
        Self::MetricsPublisher,
        Self::SpanCollector,
        Self::JourneyAssembler,
        Self::JourneySettler,
        Self::JourneyExplorer,
        Self::WebhookReceiver,
        Self::SourcePoller,
    ];

    /// The name of its folder and its binary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FlowMetrics => "flow-metrics",
            Self::MetricsPublisher => "metrics-publisher",
            Self::SpanCollector => "span-collector",
            Self::JourneyAssembler => "journey-assembler",
            Self::JourneySettler => "journey-settler",
            Self::JourneyExplorer => "journey-explorer",
            Self::WebhookReceiver => "webhook-receiver",
            Self::SourcePoller => "source-poller",
        }
    }

    /// Its logical id in the template.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::FlowMetrics => "FlowMetrics",
            Self::MetricsPublisher => "MetricsPublisher",
            Self::SpanCollector => "SpanCollector",
            Self::JourneyAssembler => "JourneyAssembler",
            Self::JourneySettler => "JourneySettler",
            Self::JourneyExplorer => "JourneyExplorer",
            Self::WebhookReceiver => "WebhookReceiver",
            Self::SourcePoller => "SourcePoller",
        }
    }
}

/// A setting that is missing or has an invalid value. A function with one does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// A required variable is not set.
    #[error("{variable} is not set. Set it to {form}.")]
    Missing {
        variable: &'static str,
        /// Which values are valid.
        form: Form,
    },
    /// The value is invalid.
    #[error("{variable} must be {form}, but is {value}{}.", reason_after_colon(.reason))]
    Invalid {
        variable: &'static str,
        /// Which values are valid.
        form: Form,
        /// The value in a form that may be shown.
        value: String,
        /// The problem of this value. Empty if the form describes it.
        reason: String,
    },
}

fn reason_after_colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl Spec {
    /// The error that this setting is not set.
    #[must_use]
    pub fn missing(&self) -> InvalidSetting {
        InvalidSetting::Missing { variable: self.variable, form: self.form }
    }

    /// The error that `value` is invalid for `reason`.
    #[must_use]
    pub fn invalid(&self, value: &str, reason: String) -> InvalidSetting {
        // An address may contain a password before an @.
        let value = match self.secret || value.contains('@') {
            true => "not valid (the value is not shown)".to_owned(),
            false => format!("`{}`", value.chars().take(200).collect::<String>()),
        };
        InvalidSetting::Invalid { variable: self.variable, form: self.form, value, reason }
    }
}

impl<T> Setting<T> {
    /// The value in `environment`, or the default.
    ///
    /// # Errors
    /// When the value is invalid, or when there is neither a value nor a default.
    pub fn read(&self, environment: &Environment) -> Result<T, InvalidSetting> {
        match environment.get(self.spec.variable).or(self.spec.default) {
            Some(value) => self.parse(value),
            None => Err(self.spec.missing()),
        }
    }

    /// The value in `environment`; `None` when the variable is not set.
    ///
    /// # Errors
    /// When the value is invalid.
    pub fn read_if_set(&self, environment: &Environment) -> Result<Option<T>, InvalidSetting> {
        environment.get(self.spec.variable).map(|value| self.parse(value)).transpose()
    }

    fn parse(&self, value: &str) -> Result<T, InvalidSetting> {
        (self.parse)(&self.spec, value).map_err(|reason| self.spec.invalid(value, reason))
    }
}

/// A setting of any type.
pub trait Entry: Sync {
    fn spec(&self) -> &Spec;

    /// The problem of its value in `environment`. A variable that is not set is not a problem.
    fn check(&self, environment: &Environment) -> Option<InvalidSetting>;
}

impl<T> Entry for Setting<T> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn check(&self, environment: &Environment) -> Option<InvalidSetting> {
        self.read_if_set(environment).err()
    }
}
