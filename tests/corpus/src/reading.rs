//! Reads events into facts, as the deployed functions do. Participant attributes are read here, everything else by
//! `cxtrace-sources`.
//!
//! Genesys repeats all attributes of a participant with every change. The deployed function remembers which ones it has
//! seen, and so does this reader. Two concurrent instances do not share that memory, so the reader forgets it for one
//! event in [`FORGET_EVERY`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Id, Namespace};
use cxtrace_domain::metrics::Attribute;
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::{Context, Read, SourceError, attributes, cxtrace_span, ids};
use serde::Deserialize;

/// The key of the pseudonyms of generated traffic. It protects nobody: all numbers are fictional.
const KEY: [u8; 32] = *b"the corpus' people are made up..";

/// One event in this many is read without any memory of earlier ones.
pub const FORGET_EVERY: usize = 32;

/// The attributes that have been seen: conversation, name and value.
type Seen = BTreeSet<(String, String, String)>;

/// The attributes in which the generated flows store other systems' ids.
pub const CORRELATIONS: &str = "uui=uui, traceparent=trace, crmCaseId=crm.case, webCode=web.code";

/// Generated traffic could not be read. It is a fault of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// A setting of this file is invalid.
    #[error("the reader of generated traffic has an invalid setting: {0}")]
    Setting(&'static str),
    /// An event is malformed.
    #[error("generated event {index} could not be read")]
    Event {
        /// Its place in the order of arrival.
        index: usize,
        /// The reason.
        #[source]
        source: SourceError,
    },
    /// An event has a topic that no function reads.
    #[error("generated event {index} has the topic `{topic}`, which no function reads")]
    Foreign {
        /// Its place in the order of arrival.
        index: usize,
        /// The topic.
        topic: String,
    },
}

/// Reads generated traffic.
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
    /// When this crate's own settings are invalid.
    pub fn new() -> Result<Self, ReadingError> {
        let pseudonyms = pseudonyms().ok_or(ReadingError::Setting("the key is too short"))?;
        let correlations = Correlations::read(CORRELATIONS).map_err(|_| ReadingError::Setting("the correlations"))?;
        Ok(Self { context: Context::new(pseudonyms, cxtrace_span::Allowlist::default()).with_examples(), correlations })
    }

    /// The facts of `events`, in the order of the events.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn facts<'a>(&self, events: impl IntoIterator<Item = &'a str>) -> Result<Vec<Fact>, ReadingError> {
        let mut facts = Vec::new();
        let mut seen = Seen::new();
        for (index, json) in events.into_iter().enumerate() {
            match cxtrace_sources::read(json, &self.context) {
                Ok(Read::Facts(read)) => facts.extend(read),
                Ok(Read::Foreign { topic }) => return Err(ReadingError::Foreign { index, topic }),
                Err(source) => return Err(ReadingError::Event { index, source }),
            }
            facts.extend(self.attributes(json, if index % FORGET_EVERY == 0 { None } else { Some(&mut seen) }));
        }
        Ok(facts)
    }

    /// The facts of the attributes of an event that have not been seen.
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

/// The pseudonyms of generated phone numbers.
#[must_use]
pub fn pseudonyms() -> Option<Pseudonyms> {
    Pseudonyms::try_new(&KEY).ok()
}

/// The id of `namespace:value`, as facts contain it.
#[must_use]
pub fn id(text: &str) -> Option<Id> {
    let (namespace, value) = text.split_once(':')?;
    ids::read(Namespace::read(namespace)?, value, &pseudonyms()?).ok()
}
