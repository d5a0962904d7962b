//! The events of one world, and the truth about them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_fixtures::genesys::{ATTRIBUTES_TOPIC, Detail, REGION, metric_attribute};
use cxtrace_fixtures::{Envelope, SeededRng};
use rand::Rng;
use serde_json::{Value, json};

use super::counters::Counters;
use super::faults::{Faults, Parts};

/// One delivery of an event.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The earliest time of delivery.
    pub due: DateTime<Utc>,
    /// The conversation it is about.
    pub conversation: usize,
    /// The EventBridge event.
    pub json: String,
    /// How often it has failed.
    pub failures: u32,
}

/// The correct counts.
#[derive(Debug, Default)]
pub struct Truth {
    /// The distinct metric attributes, by flow and metric.
    pub metrics: BTreeMap<(String, String), BTreeSet<(usize, String)>>,
    /// The distinct malformed attributes.
    pub malformed: BTreeSet<(usize, String)>,
    /// The distinct unreadable fields, by conversation.
    pub unreadable: BTreeSet<(usize, &'static str)>,
}

impl Truth {
    /// The number of distinct metric attributes.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.metrics.values().map(|names| names.len() as u64).sum()
    }
}

const FLOWS: [&str; 3] = ["Main", "Billing", "Survey"];
const METRICS: [&str; 3] = ["Entered", "Failed", "Done"];
const CONVERSATIONS: usize = 6;
const PARTICIPANTS: usize = 2;

/// The flow and metric of series number `n`.
#[must_use]
pub fn series(n: usize) -> (&'static str, &'static str) {
    (FLOWS[n / 3 % 3], METRICS[n % 3])
}

/// The id of conversation number `n`.
#[must_use]
pub fn conversation_id(n: usize) -> String {
    format!("conversation-{n}")
}

/// Draws `events` events that begin at `start`, and the truth about them.
pub fn draw(
    rng: &mut SeededRng,
    events: u32,
    start: DateTime<Utc>,
    faults: &Faults,
    counters: &mut Counters,
) -> (Vec<Delivery>, Truth) {
    let mut truth = Truth::default();
    let mut deliveries = Vec::new();
    let mut shown: Vec<BTreeSet<String>> = vec![BTreeSet::new(); CONVERSATIONS * PARTICIPANTS];
    let mut published = start;
    for number in 0..events {
        // Bursts: events that are published together may be processed in any order, and concurrently.
        if rng.random_bool(0.4) {
            published += TimeDelta::milliseconds(rng.random_range(0..300_000));
        }
        let conversation = rng.random_range(0..CONVERSATIONS);
        let participant = conversation * PARTICIPANTS + rng.random_range(0..PARTICIPANTS);
        let new = match rng.random_range(0..100) {
            0..30 => 0,
            30..97 => rng.random_range(1..4),
            _ => {
                counters.hit("event of 30 attributes or more");
                rng.random_range(30..60)
            }
        };
        for _ in 0..new {
            let name = attribute(rng, published, conversation, faults.parts.as_ref(), &mut truth, counters);
            shown[participant].insert(name);
        }
        let event = event(&shown[participant], conversation, participant, published, number, &mut truth, counters);
        let mut due = published;
        if rng.random_bool(faults.late) {
            counters.hit("event late by hours");
            due += TimeDelta::minutes(rng.random_range(40..400));
        }
        deliveries.push(Delivery { due, conversation, json: event.clone(), failures: 0 });
        if rng.random_bool(faults.duplicate) {
            counters.hit("event duplicated");
            deliveries.push(Delivery {
                due: due + TimeDelta::seconds(rng.random_range(0..600)),
                conversation,
                json: event,
                failures: 0,
            });
        }
        if rng.random_bool(faults.resend) {
            counters.hit("event re-sent");
            let again = published + TimeDelta::minutes(rng.random_range(0..120));
            let names = &shown[participant];
            let number = number + 1_000_000;
            let json = self::event(names, conversation, participant, again, number, &mut truth, counters);
            deliveries.push(Delivery { due: again, conversation, json, failures: 0 });
        }
    }
    (deliveries, truth)
}

/// A new attribute name, which is added to the truth.
fn attribute(
    rng: &mut SeededRng,
    published: DateTime<Utc>,
    conversation: usize,
    parts: Option<&Parts>,
    truth: &mut Truth,
    counters: &mut Counters,
) -> String {
    let drawn = rng.random_range(0..9);
    // Where series are divided, most occurrences are of one.
    let (flow, metric) = series(if parts.is_some() && drawn < 6 { 0 } else { drawn });
    if rng.random_bool(0.05) {
        counters.hit("attribute malformed");
        let typo = rng.random_range(0..1_000);
        let name = match typo % 3 {
            0 => {
                counters.hit("attribute that is malformed without parentheses");
                format!("{flow}metric_{metric} 2023-03-05T08:18:04.{typo:03}Z")
            }
            _ => format!("{flow}Metric_{metric}(typo {typo})"),
        };
        truth.malformed.insert((conversation, name.clone()));
        return name;
    }
    let behind = match rng.random_range(0..20) {
        0 => {
            counters.hit("attribute skewed");
            rng.random_range(3_100_000..20_000_000)
        }
        1 => {
            counters.hit("attribute skewed");
            -rng.random_range(310_000..parts.map_or(10_000_000, |parts| parts.most_ahead))
        }
        // Near the limit, so that another event may decide differently.
        2 => rng.random_range(2_700_000..3_000_000),
        // In a bucket that many early and late events share.
        3 | 4 => published.timestamp_millis() % 600_000 - rng.random_range(0..10_000),
        _ => rng.random_range(0..90_000),
    };
    let at = published - TimeDelta::milliseconds(behind);
    let name = metric_attribute(flow, metric, at);
    truth.metrics.entry((flow.to_owned(), metric.to_owned())).or_default().insert((conversation, name.clone()));
    name
}

/// `name` as the event number `id` writes it, sometimes with invisible characters.
fn written(name: &str, id: u32, counters: &mut Counters) -> String {
    let visible = match id % 7 {
        0 => format!("{name} "),
        1 => format!("\u{feff}{name}\u{a0}"),
        2 => name.replacen('M', "\u{200b}M", 1),
        _ => return name.to_owned(),
    };
    counters.hit("attribute with an invisible character");
    visible
}

fn event(
    names: &BTreeSet<String>,
    conversation: usize,
    participant: usize,
    published: DateTime<Utc>,
    id: u32,
    truth: &mut Truth,
    counters: &mut Counters,
) -> String {
    // An attribute's value does not matter.
    let values = [json!("1"), json!(""), json!(null), json!(1.5), json!({"a": [null]}), json!(true)];
    let value = |at: usize| values[(at + id as usize) % values.len()].clone();
    let mut attributes: BTreeMap<String, Value> =
        names.iter().enumerate().map(|(at, name)| (written(name, id, counters), value(at))).collect();
    attributes.insert("AccountID".to_owned(), json!("0-000000"));
    let number = conversation;
    let medium = if participant.is_multiple_of(2) { "VOICE" } else { "MESSAGE" };
    let conversation = conversation_id(conversation);
    let mut body = json!({
        "conversationId": conversation,
        "participantId": format!("participant-{participant}"),
        "eventTime": published.timestamp_millis(),
        "attributes": attributes,
        "communications": [{"id": "x", "mediaType": medium}],
    });
    let (communications, unreadable) = match id % 15 {
        0 | 5 | 10 => (json!([null, {"id": "x", "mediaType": medium}]), Some("communications")),
        1 => (json!(7), Some("communications")),
        2 => (json!([{"id": "x", "mediaType": {"name": medium}}]), Some("communications.mediaType")),
        3 => (json!(""), None),
        4 => (json!({"mediaType": medium}), None),
        6 => (json!([{"id": "x", "mediaType": ""}]), None),
        7 => (json!(null), None),
        _ => (body["communications"].clone(), None),
    };
    body["communications"] = communications;
    if let Some(field) = unreadable {
        counters.hit("field unreadable");
        truth.unreadable.insert((number, field));
    }
    // Nothing reads these.
    match id % 4 {
        0 => (body["eventTime"], body["participantId"]) = (json!(null), json!([])),
        1 => body["eventTime"] = json!(-1e300),
        _ => {}
    }
    let (id, source) = (format!("{id:08x}-0000-4000-8000-000000000000"), "aws.partner/genesys.com/cloud/simulation");
    let detail = Detail::new(ATTRIBUTES_TOPIC, &conversation, &id, published, body);
    let json = Envelope::new(&id, ATTRIBUTES_TOPIC, source, REGION, published, detail).json();
    // Some relays write milliseconds as a float.
    let time = published.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    match published.timestamp_millis() % 3 {
        0 => json.replace(
            &format!("\"timestamp\":\"{time}\""),
            &format!("\"timestamp\":{}.0", published.timestamp_millis()),
        ),
        1 => json.replace(
            &format!("\"timestamp\":\"{time}\""),
            &format!("\"timestamp\":\" {:e} \"", published.timestamp_millis()),
        ),
        _ => json,
    }
}
