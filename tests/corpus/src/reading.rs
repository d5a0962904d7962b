//! From events to facts, as the deployed functions read them: participant attributes here, everything else in
//! `cxtrace-sources`.
//!
//! Genesys tells all attributes of a participant again with every change. The deployed function remembers what it
//! has seen, and so does this; two instances at once do not know of each other, so one event of [`FORGOTTEN`] is read
//! as if it were the first.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Id, Namespace};
use cxtrace_domain::metrics::Attribute;
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::{Context, Read, SourceError, attributes, cxtrace_span};
use serde::Deserialize;

/// The key of all pseudonyms of made-up traffic, which are nobody's.
const KEY: [u8; 32] = *b"the corpus' people are made up..";

/// Of so many events with attributes, one is read by somebody who has seen no other.
pub const FORGOTTEN: usize = 32;

/// What has been seen of attributes: conversation, name and value.
type Seen = BTreeSet<(String, String, String)>;

/// The attributes by which the made-up flows name other systems' ids.
pub const CORRELATIONS: &str = "uui=uui, traceparent=trace, crmCaseId=crm.case, webCode=web.code";

/// Why made-up traffic could not be read: it would be a mistake of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// A setting of this file is wrong.
    #[error("the reader of made-up traffic is set up wrongly: {0}")]
    Setting(&'static str),
    /// An event is malformed.
    #[error("made-up event {index} could not be read")]
    Event {
        /// Its place in the order of arrival.
        index: usize,
        /// What is wrong with it.
        #[source]
        source: SourceError,
    },
    /// An event is of a topic that nobody reads.
    #[error("made-up event {index} is of the topic `{topic}`, which nobody reads")]
    Foreign {
        /// Its place in the order of arrival.
        index: usize,
        /// The topic.
        topic: String,
    },
}

/// What reads made-up traffic.
#[derive(Debug)]
pub struct Reader {
    context: Context,
    correlations: Correlations,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "eventBody")]
    body: Option<Body>,
    timestamp: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    conversation_id: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Reader {
    /// A reader.
    ///
    /// # Errors
    /// When this crate's own settings are wrong.
    pub fn new() -> Result<Self, Unread> {
        let pseudonyms = pseudonyms().ok_or(Unread::Setting("the key is too short"))?;
        let correlations = Correlations::read(CORRELATIONS).map_err(|_| Unread::Setting("the correlations"))?;
        Ok(Self { context: Context { pseudonyms, span_attributes: cxtrace_span::Allowlist::default() }, correlations })
    }

    /// The facts that `events` tell, in their order.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn facts<'a>(&self, events: impl IntoIterator<Item = &'a str>) -> Result<Vec<Fact>, Unread> {
        let mut facts = Vec::new();
        let mut seen = Seen::new();
        for (index, json) in events.into_iter().enumerate() {
            match cxtrace_sources::read(json, &self.context) {
                Ok(Read::Facts(read)) => facts.extend(read),
                Ok(Read::Foreign { topic }) => return Err(Unread::Foreign { index, topic }),
                Err(source) => return Err(Unread::Event { index, source }),
            }
            facts.extend(self.attributes(json, if index % FORGOTTEN == 0 { None } else { Some(&mut seen) }));
        }
        Ok(facts)
    }

    /// What an event of the topic `attributes` says that has not been seen.
    fn attributes(&self, json: &str, seen: Option<&mut Seen>) -> Vec<Fact> {
        let Ok(Envelope { detail_type, detail: Detail { body: Some(body), timestamp: Some(published) } }) =
            serde_json::from_str(json)
        else {
            return Vec::new();
        };
        if !detail_type.ends_with(".attributes") {
            return Vec::new();
        }
        let conversation = body.conversation_id.as_str();
        let fact = |(name, value): (&String, &String)| match Attribute::read(name) {
            Attribute::Metric(metric) => {
                attributes::occurrence_fact(conversation, metric.flow, metric.metric, metric.at, published)
            }
            _ => self.correlations.fact(conversation, published, name, value, &self.context.pseudonyms),
        };
        let mut new = body.attributes.clone();
        if let Some(seen) = seen {
            new.retain(|name, value| seen.insert((body.conversation_id.clone(), name.clone(), value.clone())));
        }
        new.iter().filter_map(fact).collect()
    }
}

/// What conceals made-up numbers.
#[must_use]
pub fn pseudonyms() -> Option<Pseudonyms> {
    Pseudonyms::try_new(&KEY).ok()
}

/// The id that is written `namespace:value`, as it stands in facts.
#[must_use]
pub fn id(text: &str) -> Option<Id> {
    let (namespace, value) = text.split_once(':')?;
    Id::read(Namespace::read(namespace)?, value, &pseudonyms()?).ok()
}
