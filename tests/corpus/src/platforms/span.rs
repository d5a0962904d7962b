//! A system other than Genesys (an SBC, a web site, a backend, a CRM, an AI voice platform, another contact centre) and
//! the `Cxtrace Span` events that it sends.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::envelope::{Event, add};
use cxtrace_fixtures::SeededRng;
use cxtrace_fixtures::envelope::written;

/// A system, with its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    /// Its name: the `source` of its documents.
    pub name: &'static str,
    /// How far its clock is ahead.
    pub ahead: TimeDelta,
    /// How long after a span's end it sends the event, in milliseconds: least and most.
    pub lag: (u32, u32),
}

/// An event with a code or a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The system showed the customer a code.
    Issued(String),
    /// It sent a call to a number.
    Left(String),
    /// It answered a call to a number.
    Arrived(String),
}

/// What a system reports. Times here are true; [`System::send`] converts them to the system's clock.
#[derive(Debug, Clone)]
pub struct SpanDocument {
    /// The system's own id, with its namespace.
    pub id: String,
    /// Other ids that it carries, and their roles.
    pub links: Vec<(String, &'static str)>,
    /// The customer's number, and the number that was called.
    pub phones: (Option<String>, Option<String>),
    /// Events with codes and phone numbers, and their times.
    pub acts: Vec<(Act, DateTime<Utc>)>,
    /// The span.
    pub span: Span,
}

/// The parent of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parent {
    /// A span of the same system and id, by its key; or a Genesys span, by its whole key.
    Own(String),
    /// A span of another system.
    Of {
        /// That system's name.
        system: &'static str,
        /// The id that the span is about.
        id: String,
        /// The span's key.
        key: String,
    },
}

impl Parent {
    fn json(&self) -> Value {
        match self {
            Self::Own(key) => json!(key),
            Self::Of { system, id, key } => json!({"source": system, "id": id, "key": key}),
        }
    }
}

/// A span.
#[derive(Debug, Clone)]
pub struct Span {
    /// Its key, unique within the system.
    pub key: String,
    /// Its parent.
    pub parent: Option<Parent>,
    /// Its type: `telephony`, `web`, `backend`, ...
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub to: Option<DateTime<Utc>>,
    /// How it ended: `ok`, `error` or `abandoned`.
    pub status: &'static str,
    /// The reason, in the system's own word.
    pub reason: Option<&'static str>,
    /// Its attributes.
    pub attributes: Vec<(&'static str, String)>,
    /// Its point events.
    pub events: Vec<(&'static str, DateTime<Utc>)>,
}

impl SpanDocument {
    /// A document about `id`, with a span of this type and name.
    #[must_use]
    pub fn of(id: String, kind: &'static str, name: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let span = Span {
            key: id.clone(),
            parent: None,
            kind,
            name: name.to_owned(),
            from,
            to: Some(to),
            status: "ok",
            reason: None,
            attributes: Vec::new(),
            events: Vec::new(),
        };
        Self { id, links: Vec::new(), phones: (None, None), acts: Vec::new(), span }
    }

    /// Sets the span's key.
    #[must_use]
    pub fn keyed(mut self, key: &str) -> Self {
        self.span.key = key.to_owned();
        self
    }

    /// Sets the span's parent.
    #[must_use]
    pub fn within(mut self, parent: Parent) -> Self {
        self.span.parent = Some(parent);
        self
    }

    /// Adds the id of another system.
    #[must_use]
    pub fn linked(mut self, id: String) -> Self {
        self.links.push((id, "reference"));
        self
    }

    /// Adds the two phone numbers of a call.
    #[must_use]
    pub fn call(mut self, customer: &str, centre: &str) -> Self {
        self.phones = (Some(customer.to_owned()), Some(centre.to_owned()));
        self
    }

    /// Adds an event with a code or a phone number.
    #[must_use]
    pub fn act(mut self, act: Act, at: DateTime<Utc>) -> Self {
        self.acts.push((act, at));
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.span.attributes.push((name, value.into()));
        self
    }

    /// Sets how the span ended.
    #[must_use]
    pub fn ended(mut self, status: &'static str, reason: Option<&'static str>) -> Self {
        self.span.status = status;
        self.span.reason = reason;
        self
    }

    /// Adds a point event.
    #[must_use]
    pub fn point(mut self, name: &'static str, at: DateTime<Utc>) -> Self {
        self.span.events.push((name, at));
        self
    }
}

impl System {
    /// The events that carry `document`: one for each code or phone number, and at least one.
    pub fn send(&self, document: &SpanDocument, rng: &mut SeededRng) -> Vec<Event> {
        let over = document.span.to.unwrap_or(document.span.from);
        let published = over + rng.millis(self.lag.0, self.lag.1);
        let acts = if document.acts.is_empty() { vec![None] } else { document.acts.iter().map(Some).collect() };
        acts.into_iter().map(|act| self.event(document, act, published)).collect()
    }

    fn event(&self, document: &SpanDocument, act: Option<&(Act, DateTime<Utc>)>, published: DateTime<Utc>) -> Event {
        let clock = |at: DateTime<Utc>| Value::from(written(at + self.ahead));
        let SpanDocument { span, .. } = document;
        let attributes: Map<_, _> =
            span.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        let events: Vec<_> = span.events.iter().map(|(name, at)| json!({"name": name, "at": clock(*at)})).collect();
        let mut body = json!({
            "key": span.key, "type": span.kind, "name": span.name, "started_at": clock(span.from),
            "status": span.status, "attributes": attributes, "events": events,
        });
        let optional = [
            ("ended_at", span.to.map(clock)),
            ("reason", span.reason.map(Value::from)),
            ("parent", span.parent.as_ref().map(Parent::json)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                add(&mut body, json!({ name: value }));
            }
        }
        let links: Vec<_> = document.links.iter().map(|(id, role)| json!({"id": id, "role": role})).collect();
        let (customer, centre) = &document.phones;
        let phones = [("customer", customer), ("centre", centre)];
        let phones: Vec<_> = phones
            .into_iter()
            .filter_map(|(party, number)| Some(json!({"party": party, "number": number.as_ref()?})))
            .collect();
        let mut detail = json!({
            "source": self.name, "id": document.id, "links": links, "observed_at": clock(published),
            "phones": phones, "span": body,
        });
        if let Some((act, at)) = act {
            let at = clock(*at);
            let more = match act {
                Act::Issued(code) => json!({"code": {"value": code, "act": "issued", "at": at}}),
                Act::Left(number) => json!({"handoff": handoff(number, "left", at, customer.as_ref())}),
                Act::Arrived(number) => json!({"handoff": handoff(number, "arrived", at, customer.as_ref())}),
            };
            add(&mut detail, more);
        }
        Event {
            by: self.name,
            published,
            source: format!("com.example.{}", self.name),
            region: "eu-west-1",
            detail_type: "Cxtrace Span".to_owned(),
            detail,
        }
    }
}

fn handoff(number: &str, act: &str, at: Value, customer: Option<&String>) -> Value {
    let mut handoff = json!({"number": number, "act": act, "at": at});
    if let Some(customer) = customer.filter(|number| number.starts_with('+')) {
        add(&mut handoff, json!({ "customer": customer }));
    }
    handoff
}
