//! What platforms send, read into facts. Pure: no I/O, no async, no clock.
//!
//! | what arrives | module |
//! |---|---|
//! | Genesys Cloud's conversation detail events | [`genesys`] |
//! | spans of any other system, in Cxtrace's own form | [`cxtrace_span`] |
//! | participant attributes that name another system's id | [`correlation`] |
//! | participant attributes that are metrics | [`attributes`] |
//!
//! Deny by default: of an event nothing is kept but what is listed, in the shape that is listed. Phone numbers leave
//! only as a keyed hash and two digits. Errors name fields and never repeat what stood in them.

mod code;
mod reading;

pub mod attributes;
pub mod correlation;
pub mod cxtrace_span;
pub mod genesys;

use std::borrow::Cow;

use cxtrace_domain::journeys::Fact;
use cxtrace_privacy::{Pseudonyms, safe_text};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use reading::SourceError;
use reading::Time;

/// What reading needs to know beside the event.
#[derive(Debug, Clone)]
pub struct Context {
    /// What conceals phone numbers and other ids.
    pub pseudonyms: Pseudonyms,
    /// Which attributes of a sender's spans are kept.
    pub span_attributes: cxtrace_span::Kept,
}

/// What an event came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// What it says. Nothing, for events that others take: those of the topic `attributes`.
    Facts(Vec<Fact>),
    /// Another topic, for somebody else.
    Foreign {
        /// Its `detail-type`, where that can be shown.
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

/// Reads one EventBridge event: `detail-type` says what it is. The envelope's `id` is not read, so that an event that
/// is sent again is the same fact.
///
/// # Errors
/// When it is no JSON object, or a field that is needed is missing or of the wrong kind. A topic that is not ours is
/// no error.
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
