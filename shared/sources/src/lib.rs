//! What platforms send, read into facts. Pure: no I/O, no async, no clock.
//!
//! | what arrives | module |
//! |---|---|
//! | Genesys Cloud's conversation detail events | [`genesys`] |
//! | spans of any other system, in Cxtrace's own form | [`cxtrace_span`] |
//! | participant attributes that name another system's id | [`correlation`] |
//! | participant attributes that are metrics | [`attributes`] |
//! | ids of any namespace | [`ids`] |
//!
//! Deny by default: only listed fields are read, and each must have the listed shape. Phone numbers leave only as a
//! keyed hash and two digits. Errors name fields and never repeat their values.

mod code;
mod context;
mod end_reason;
mod policy;
mod reading;

pub mod attributes;
pub mod correlation;
pub mod cxtrace_span;
pub mod genesys;
pub mod ids;

use std::borrow::Cow;

use cxtrace_domain::journeys::Fact;
use cxtrace_privacy::safe_text;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use context::Context;
pub use policy::policy;
pub use reading::SourceError;
use reading::Time;

/// The result of reading an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// What it says. Empty for the topic `attributes`, which `flow-metrics` reads.
    Facts(Vec<Fact>),
    /// A topic that this crate does not read.
    Foreign {
        /// Its `detail-type`, if it is safe to show.
        topic: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type", borrow)]
    detail_type: Cow<'a, str>,
    time: Option<Time>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Reads one EventBridge event by its `detail-type`. The envelope's `id` is not read, so an event that is sent again
/// gives the same fact.
///
/// # Errors
/// When the event is not a JSON object, or a required field is missing or of the wrong kind. An unknown topic is not
/// an error.
pub fn read(json: &str, context: &Context) -> Result<Read, SourceError> {
    let envelope: Envelope<'_> = reading::parse(json, "")?;
    let published = envelope.time.map(|time| time.0);
    if envelope.detail_type == cxtrace_span::DETAIL_TYPE {
        let fact = cxtrace_span::read(envelope.detail.get(), published, context).map_err(SourceError::of_span)?;
        return Ok(Read::Facts(vec![fact]));
    }
    match genesys::Topic::read(&envelope.detail_type) {
        Some(topic) => {
            let facts = genesys::read(topic, envelope.detail.get(), published, &context.pseudonyms);
            Ok(Read::Facts(facts.map_err(SourceError::of_genesys)?))
        }
        None => {
            let topic =
                safe_text::label(&envelope.detail_type).unwrap_or_else(|| "a topic that is no label".to_owned());
            Ok(Read::Foreign { topic })
        }
    }
}
