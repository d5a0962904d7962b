//! A system of one's own (an SBC, a web site, a backend, a CRM, an AI voice platform, another contact centre) and the
//! spans that it tells as `Cxtrace Span` events.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::envelope::{Event, add, written};
use crate::dice::Dice;

/// A system, with its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    /// What it calls itself.
    pub name: &'static str,
    /// How far its clock is ahead.
    pub ahead: TimeDelta,
    /// How long it takes to tell, in milliseconds: at least and at most.
    pub lag: (u32, u32),
}

/// What happens with a code or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The system showed the customer a code.
    Issued(String),
    /// It sent a call to a number.
    Left(String),
    /// It answered a call to a number.
    Arrived(String),
}

/// What a system tells, with true times: they are told as its clock shows them.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its own id of what it speaks of, with its namespace.
    pub id: String,
    /// Other ids that it carries, with what they are to it.
    pub links: Vec<(String, &'static str)>,
    /// The customer's number, and the one that was called.
    pub phones: (Option<String>, Option<String>),
    /// What happened with a code or a number, and when.
    pub acts: Vec<(Act, DateTime<Utc>)>,
    /// What took time.
    pub span: Span,
}

/// The span that another is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parent {
    /// One of the same system, told of the same thing, by its key; or one of Genesys, by its whole key.
    Own(String),
    /// One of another system.
    Of {
        /// What that calls itself.
        system: &'static str,
        /// What it told it of.
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

/// What took time.
#[derive(Debug, Clone)]
pub struct Span {
    /// Its key; unique for the system.
    pub key: String,
    /// The span that it is part of.
    pub parent: Option<Parent>,
    /// What it is: `telephony`, `web`, `backend`, ...
    pub kind: &'static str,
    /// What to call it.
    pub name: String,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; open without.
    pub to: Option<DateTime<Utc>>,
    /// How it ended: `ok`, `error` or `abandoned`.
    pub status: &'static str,
    /// Why, in the system's word.
    pub reason: Option<&'static str>,
    /// What else is known of it.
    pub attributes: Vec<(&'static str, String)>,
    /// Points on it.
    pub events: Vec<(&'static str, DateTime<Utc>)>,
}

impl Told {
    /// What is told of `id`: a span of it, named and typed so.
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

    /// Its span has this key.
    #[must_use]
    pub fn keyed(mut self, key: &str) -> Self {
        self.span.key = key.to_owned();
        self
    }

    /// Its span is part of that one.
    #[must_use]
    pub fn within(mut self, parent: Parent) -> Self {
        self.span.parent = Some(parent);
        self
    }

    /// It carries `id` of another system.
    #[must_use]
    pub fn linked(mut self, id: String) -> Self {
        self.links.push((id, "reference"));
        self
    }

    /// It was a call of `customer` to `centre`.
    #[must_use]
    pub fn call(mut self, customer: &str, centre: &str) -> Self {
        self.phones = (Some(customer.to_owned()), Some(centre.to_owned()));
        self
    }

    /// Something happened with a code or a number.
    #[must_use]
    pub fn act(mut self, act: Act, at: DateTime<Utc>) -> Self {
        self.acts.push((act, at));
        self
    }

    /// This is known of it too.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.span.attributes.push((name, value.into()));
        self
    }

    /// It ended so.
    #[must_use]
    pub fn ended(mut self, status: &'static str, reason: Option<&'static str>) -> Self {
        self.span.status = status;
        self.span.reason = reason;
        self
    }

    /// This happened on the way.
    #[must_use]
    pub fn point(mut self, name: &'static str, at: DateTime<Utc>) -> Self {
        self.span.events.push((name, at));
        self
    }
}

impl System {
    /// The events that it tells `told` in: one, or two where a code and a number both had their part.
    pub fn tell(&self, told: &Told, dice: &mut Dice) -> Vec<Event> {
        let over = told.span.to.unwrap_or(told.span.from);
        let published = over + dice.millis(self.lag.0, self.lag.1);
        let acts = if told.acts.is_empty() { vec![None] } else { told.acts.iter().map(Some).collect() };
        acts.into_iter().map(|act| self.event(told, act, published)).collect()
    }

    fn event(&self, told: &Told, act: Option<&(Act, DateTime<Utc>)>, published: DateTime<Utc>) -> Event {
        let clock = |at: DateTime<Utc>| Value::from(written(at + self.ahead));
        let Told { span, .. } = told;
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
        let links: Vec<_> = told.links.iter().map(|(id, role)| json!({"id": id, "role": role})).collect();
        let (customer, centre) = &told.phones;
        let phones = [("customer", customer), ("centre", centre)];
        let phones: Vec<_> = phones
            .into_iter()
            .filter_map(|(party, number)| Some(json!({"party": party, "number": number.as_ref()?})))
            .collect();
        let mut detail = json!({
            "source": self.name, "id": told.id, "links": links, "observed_at": clock(published),
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
