//! The settings of Cxtrace. Each setting is one entry in [`registry`]: variable, template parameter, default, range,
//! readers, meaning and parser. The page `docs/settings.md`, the error messages, `cxtrace doctor` and the test of the
//! template all follow from that entry.
//!
//! | question | module |
//! |---|---|
//! | Which settings are there? | [`registry`], and [`parameters`] for those that only the template uses |
//! | What does an entry consist of, and how is it read? | [`setting`] |
//! | Where do values come from? | [`environment`] |
//! | How is a text parsed? | [`values`], [`datadog`], [`traces`], [`secret_arn`], [`streams`], [`polls`] |
//! | Which settings belong together? | [`metrics`], [`journeys`] |
//! | How is the page generated? | [`page`] |
//!
//! This crate must not know Lambda, AWS clients or HTTP: the `cxtrace` command uses it, too.

pub mod datadog;
pub mod environment;
pub mod journeys;
pub mod metrics;
pub mod page;
pub mod parameters;
pub mod polls;
pub mod registry;
pub mod secret_arn;
pub mod setting;
pub mod streams;
pub mod traces;
pub mod values;

pub use datadog::MetricsTransport;
pub use environment::Environment;
pub use journeys::JourneySettings;
pub use metrics::MetricSettings;
pub use polls::{PollTarget, PollTargets};
pub use secret_arn::{InvalidSecretArn, SecretArn};
pub use setting::{Entry, Form, Function, Group, InvalidSetting, SetBy, Setting, Spec};
pub use streams::StreamSources;
