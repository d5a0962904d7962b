//! Turns events of platforms into facts. Pure: no I/O, no async, no clock.
//!
//! | input | module |
//! |---|---|
//! | Genesys Cloud's conversation detail events | [`genesys`] |
//! | spans of any other system, in Cxtrace's own form | [`cxtrace_span`] |
//! | what other platforms send, by their definitions | [`delivery`], [`mapping`] |
//! | participant attributes that name another system's id | [`correlation`] |
//! | participant attributes that are metrics | [`attributes`] |
//! | ids of any namespace | [`ids`] |
//!
//! Who may send what, and what of it may be kept, is data: see [`registry`].
//!
//! Deny by default: only listed fields are read, and each must have the listed shape. Phone numbers leave only as a
//! keyed hash and two digits. Errors name fields and never repeat their values.

mod code;
mod context;
mod end_reason;
mod error;
mod policy;
mod reading;
mod times;
mod values;

pub mod attributes;
pub mod correlation;
pub mod cxtrace_span;
pub mod delivery;
pub mod genesys;
pub mod ids;
pub mod mapping;
pub mod registry;
pub mod shape;
pub mod trial;

use std::borrow::Cow;
use std::collections::BTreeMap;

use cxtrace_domain::journeys::Fact;
use cxtrace_privacy::safe_text;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

pub use context::Context;
use delivery::{Delivery, EventEnvelope, Transport};
pub use error::SourceError;
pub use policy::policy;
use reading::{Members, object};
use shape::required;
use values::{Exact, Time, Unreadable};

/// The result of reading an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Its facts. Empty for the topic `attributes`, which `flow-metrics` reads.
    Facts(Vec<Fact>),
    /// A topic that this crate does not read.
    Foreign {
        /// Its `detail-type`, if it is safe to show.
        topic: String,
    },
}

#[derive(Default)]
struct Envelope<'a> {
    detail_type: Option<Exact>,
    source: Option<Exact>,
    account: Option<Exact>,
    time: Option<Time>,
    detail: Option<&'a RawValue>,
    unreadable: Unreadable,
}

impl<'de: 'a, 'a> Members<'de> for Envelope<'a> {
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match &*member {
            "detail-type" => self.detail_type = shape::field(map, "detail-type", &mut self.unreadable)?,
            "source" => self.source = shape::field(map, "source", &mut self.unreadable)?,
            "account" => self.account = shape::field(map, "account", &mut Unreadable::new())?,
            "time" => self.time = shape::field(map, "time", &mut self.unreadable)?,
            "detail" => self.detail = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// Reads one EventBridge event by its `detail-type`. The envelope's `id` is not read, so an event that is sent again
/// gives the same fact.
///
/// # Errors
/// When the event is not a JSON object, or a required field is missing or of the wrong kind. An unknown topic is not
/// an error.
pub fn read(json: &str, context: &Context) -> Result<Read, SourceError> {
    let envelope = object(json, "it", Envelope::default())?;
    let Exact(detail_type) = required(&envelope.detail_type, ("detail-type", &envelope.unreadable), "detail-type")?;
    let detail = || envelope.detail.map(RawValue::get).ok_or_else(|| SourceError::at("detail", "is missing"));
    let published = envelope.time.map(|time| time.0);
    let mut facts = if detail_type == cxtrace_span::DETAIL_TYPE {
        let sender = envelope.source.as_ref().map_or("", |source| source.0.as_str());
        vec![cxtrace_span::read(detail()?, published, sender, context).map_err(SourceError::of_span)?]
    } else if let Some(topic) = genesys::Topic::read(detail_type) {
        genesys::read(topic, detail()?, published, &context.pseudonyms).map_err(SourceError::of_genesys)?
    } else if let Some(source) = envelope.source.as_ref().map(|source| source.0.as_str())
        && context.registry.event_source(source, detail_type).is_some()
    {
        let envelope = EventEnvelope {
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            time: published,
            account: envelope.account.as_ref().map(|account| account.0.clone()),
        };
        let delivery = Delivery {
            transport: Transport::EventBridge,
            source: String::new(),
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            body: detail()?.as_bytes().to_vec(),
            received_at: published,
            envelope: Some(envelope),
        };
        delivery::read_delivery(&delivery, context)?.facts
    } else {
        let topic = safe_text::label(detail_type).unwrap_or_else(|| "a topic whose name is not shown".to_owned());
        return Ok(Read::Foreign { topic });
    };
    for fact in &mut facts {
        fact.unreadable.extend(envelope.unreadable.iter().map(|name| (*name).to_owned()));
    }
    Ok(Read::Facts(facts))
}
