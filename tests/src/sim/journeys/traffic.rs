//! The events and retractions of one world.
//!
//! Half of the worlds hold a few customers of the corpus. The others are crowded: a few systems write many spans within
//! ten minutes, whose links, codes and hand-offs collide.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::wiring::{Handler, of_event};
use cxtrace_corpus::{Hour, reading};
use cxtrace_domain::journeys::{Clocks, Id, Source};
use cxtrace_fixtures::envelope::written;
use cxtrace_fixtures::genesys::REGION;
use cxtrace_fixtures::{Envelope, SeededRng};
use cxtrace_sources::{Context, cxtrace_span, genesys};
use rand::Rng;
use serde_json::{Value, json};

use super::facts::{Facts, collected};
use super::{hostile, odd};
use crate::sim::counters::Counters;
use crate::sim::faults::Faults;

/// One delivery of an input.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The earliest time of delivery.
    pub due: DateTime<Utc>,
    /// The delivered input.
    pub input: Input,
}

/// An input of the system.
#[derive(Debug, Clone)]
pub enum Input {
    /// An EventBridge event, for a handler.
    Event(Handler, String),
    /// A retraction of two ids.
    Cut(Id, Id),
}

/// A world's events, and the truth about them.
#[derive(Debug)]
pub struct Traffic {
    /// All deliveries.
    pub deliveries: Vec<Delivery>,
    /// Every event once in its plain shape, in the order in which they were published.
    pub events: Vec<(Handler, String)>,
    /// Every retracted pair of ids.
    pub cuts: Vec<(Id, Id)>,
    /// The facts that may be stored, and those that must be.
    pub facts: Facts,
    /// The known clock offsets, as an operator stores them.
    pub clocks: Vec<KnownOffset>,
}

/// The known offset of a source's clock, with the time from which it applies.
pub type KnownOffset = (Source, DateTime<Utc>, TimeDelta);

/// The key of pseudonyms of a world.
#[must_use]
pub fn context() -> Context {
    #[expect(clippy::expect_used, reason = "the corpus' own key is long enough")]
    let pseudonyms = reading::pseudonyms().expect("a key");
    Context::new(pseudonyms, cxtrace_span::Allowlist::default()).with_examples()
}

impl Traffic {
    /// Draws the events of the world `seed`, which begins at `start`.
    pub fn draw(
        rng: &mut SeededRng,
        seed: u64,
        start: DateTime<Utc>,
        faults: &Faults,
        counters: &mut Counters,
    ) -> Self {
        let (events, clocks) = if seed.is_multiple_of(2) { customers(rng, start) } else { crowd(rng, start) };
        let mut attackers = SeededRng::new(seed, ATTACKERS_STREAM);
        let attacks: Vec<_> =
            (0..attackers.random_range(0..6)).map(|_| hostile::hostile(&mut attackers, start)).collect();
        let flood = if seed % FLOODED == 7 { hostile::flood(&mut attackers, start) } else { Vec::new() };
        counters.add("flood of links", flood.len() as u64);
        counters.add("hostile event", attacks.len() as u64);
        let mut events: Vec<_> = events.into_iter().chain(attacks).chain(flood).filter_map(read).collect();
        events.sort_by(|one, other| (one.published, &one.json).cmp(&(other.published, &other.json)));
        events.dedup_by(|one, other| one.json == other.json);
        let share = [0.0, 0.3, 1.0][rng.random_range(0..3)];
        for event in &mut events {
            if rng.random_bool(share) {
                event.sent = odd::odd(rng, &event.json, counters);
            }
        }
        let withheld = events.iter().filter(|event| event.json.contains(WITHHELD)).count();
        counters.add("caller withheld", withheld as u64);
        let context = context();
        let facts = Facts::of(events.iter().map(|event| (event.handler, event.sent.as_str())), &context);
        let cuts = cuts(rng, &events, &context);
        counters.add("edge retracted", cuts.len() as u64);

        // Inputs that are due at the same time may be processed in any order, and concurrently.
        let burst = [1, 60, 600, 3_600][rng.random_range(0..4)];
        let mut deliveries = Vec::new();
        for event in &events {
            let seconds = event.published.timestamp();
            let mut due = DateTime::from_timestamp(seconds - seconds.rem_euclid(burst) + burst, 0).unwrap_or(start);
            if rng.random_bool(faults.late) {
                counters.hit("event late by hours");
                due += TimeDelta::minutes(rng.random_range(40..400));
            }
            let input = Input::Event(event.handler, event.sent.clone());
            deliveries.push(Delivery { due, input: input.clone() });
            if rng.random_bool(faults.duplicate) {
                counters.hit("event duplicated");
                deliveries.push(Delivery { due: due + TimeDelta::seconds(rng.random_range(0..600)), input });
            }
            if rng.random_bool(faults.resend) {
                counters.hit("event re-sent");
                let json = again(&event.sent);
                let due = due + TimeDelta::minutes(rng.random_range(0..120));
                deliveries.push(Delivery { due, input: Input::Event(event.handler, json) });
            }
        }
        for (one, other) in &cuts {
            let due = start + TimeDelta::seconds(rng.random_range(0..7_200));
            deliveries.push(Delivery { due, input: Input::Cut(one.clone(), other.clone()) });
        }
        let events = events.into_iter().map(|event| (event.handler, event.json)).collect();
        Self { deliveries, events, cuts, facts, clocks }
    }

    /// The known offsets of sources' clocks.
    #[must_use]
    pub fn known_clocks(&self) -> Clocks {
        let mut clocks = Clocks::default();
        for (source, from, ahead) in &self.clocks {
            clocks.note(source.clone(), *from, *ahead);
        }
        clocks
    }
}

struct Event {
    published: DateTime<Utc>,
    handler: Handler,
    json: String,
    /// The same, as it is delivered: perhaps in an odd shape.
    sent: String,
}

/// In one of so many worlds, a sender floods a victim's id with links.
const FLOODED: u64 = 150;

/// The stream of random numbers from which the attackers' events are drawn, so that they change no other event.
const ATTACKERS_STREAM: u64 = 11;

/// A caller whose number is hidden.
const WITHHELD: &str = "\"customer\":\"anonymous\"";

fn read(json: String) -> Option<Event> {
    let event: Value = serde_json::from_str(&json).ok()?;
    let handler = of_event(event["detail-type"].as_str())?;
    Some(Event { published: published(&json)?, handler, sent: json.clone(), json })
}

/// An event's publication time.
#[must_use]
pub fn published(json: &str) -> Option<DateTime<Utc>> {
    let event: Value = serde_json::from_str(json).ok()?;
    let detail = &event["detail"];
    let times = [&detail["timestamp"], &detail["observed_at"], &event["time"]];
    times.into_iter().find_map(|time| time.as_str()?.parse().ok())
}

/// The same event in another envelope.
fn again(json: &str) -> String {
    let mut event: Value = serde_json::from_str(json).unwrap_or_default();
    event["id"] = json!("11111111-1111-4111-8111-111111111111");
    event.to_string()
}

/// A few customers, and one item that belongs to nothing else.
fn customers(rng: &mut SeededRng, start: DateTime<Utc>) -> (Vec<String>, Vec<KnownOffset>) {
    let hour = Hour { seed: rng.random(), journeys: rng.random_range(1..4), distractors: 1, test_calls: 0, start };
    let corpus = hour.corpus();
    let since = start - TimeDelta::days(1);
    let sources = ["sbc", "web", "backend", "crm", "voiceai", "outsourcer"];
    let clocks = sources.into_iter().filter_map(Source::read).map(|source| {
        let ahead = start - corpus.clocks.corrected(&source, start);
        (source, since, ahead)
    });
    (corpus.events, clocks.collect())
}

/// A few items of a few systems, crowded into ten minutes.
fn crowd(rng: &mut SeededRng, start: DateTime<Utc>) -> (Vec<String>, Vec<KnownOffset>) {
    let events = (0..rng.random_range(8..28)).map(|_| one_of_a_crowd(rng, start)).collect();
    let ahead = TimeDelta::milliseconds(rng.random_range(-6_000..6_000));
    let clocks = Source::read("outsourcer").map(|source| (source, start - TimeDelta::days(1), ahead));
    (events, clocks.into_iter().collect())
}

fn one_of_a_crowd(rng: &mut SeededRng, start: DateTime<Utc>) -> String {
    // Coarse, so that times are sometimes equal.
    let at = start + TimeDelta::milliseconds(500 * rng.random_range(0..1_200));
    if rng.random_bool(0.15) {
        return attributes(rng, at);
    }
    let source = ["sbc", "web", "outsourcer", "voicebot"][rng.random_range(0..4)];
    let key = format!("s{}", rng.random_range(0..2));
    let open = rng.random_bool(0.2);
    let kind = ["telephony", "ivr", "web", "agent_interaction"][rng.random_range(0..4)];
    let mut span = json!({
        "key": key,
        "type": kind,
        "name": source,
        "started_at": written(at),
        "status": "ok",
    });
    if !open {
        span["ended_at"] = json!(written(at + TimeDelta::seconds(rng.random_range(1..200))));
    }
    let mut detail = json!({
        "source": source,
        "id": format!("{}:t{}", own_namespace(source), rng.random_range(0..4)),
        "observed_at": written(at + TimeDelta::milliseconds(rng.random_range(0..250_000))),
        "span": span,
    });
    match rng.random_range(0..4) {
        0 => {
            let other = ["crm.case:c1", "crm.case:c2", "web.session:t1", "pbx.call:t2"][rng.random_range(0..4)];
            let role = ["reference", "same", "parent"][rng.random_range(0..3)];
            detail["links"] = json!([{"id": other, "role": role}]);
        }
        1 => {
            let act = ["issued", "used"][rng.random_range(0..2)];
            let value = ["AB10", "AB11"][rng.random_range(0..2)];
            detail["code"] = json!({"value": value, "act": act, "at": written(at)});
        }
        _ => {
            let number = ["+441134960200", "+442079460180"][rng.random_range(0..2)];
            let act = ["left", "arrived"][rng.random_range(0..2)];
            detail["handoff"] = json!({"number": number, "act": act, "at": written(at), "span": key});
            match rng.random_range(0..4) {
                0 => detail["handoff"]["customer"] = json!("+447700900001"),
                1 => detail["handoff"]["customer"] = json!("+447700900002"),
                2 => detail["handoff"]["customer"] = json!("anonymous"),
                _ => {}
            }
        }
    }
    envelope(cxtrace_span::DETAIL_TYPE, at, &detail)
}

/// A namespace that only this source may claim.
fn own_namespace(source: &str) -> &'static str {
    match source {
        "web" => "web.session",
        "outsourcer" => "outsourcer.call",
        "voicebot" => "voicebot.call",
        _ => "pbx.call",
    }
}

/// A flow of a conversation stores the data that came with the call.
fn attributes(rng: &mut SeededRng, at: DateTime<Utc>) -> String {
    let conversation = rng.random_range(0..3);
    let (name, value) = match rng.random_range(0..3) {
        0 => ("crmCaseId".to_owned(), format!("c{}", rng.random_range(1..3))),
        1 => ("webCode".to_owned(), format!("AB1{}", rng.random_range(0..2))),
        _ => (format!("MainMetric_Entered({})", written(at)), "1".to_owned()),
    };
    let detail = json!({
        "timestamp": written(at),
        "eventBody": {
            "conversationId": format!("279c39cf-15fa-48e9-b435-f9667f4f96b{conversation}"),
            "attributes": {name: value},
        },
    });
    envelope(genesys::attributes::TOPIC, at, &detail)
}

fn envelope(topic: &str, at: DateTime<Utc>, detail: &Value) -> String {
    Envelope::new("00000000-0000-4000-8000-000000000000", topic, "example.telemetry", REGION, at, detail).json()
}

/// In most worlds, a source reports that one or two pairs belong together, and an operator retracts them.
fn cuts(rng: &mut SeededRng, events: &[Event], context: &Context) -> Vec<(Id, Id)> {
    let facts = events.iter().flat_map(|event| collected(&event.json, context));
    let links = facts.flat_map(|fact| {
        let anchor = fact.anchor;
        fact.links.into_iter().map(move |link| (anchor.clone(), link.id))
    });
    let links: Vec<_> = links.filter(|(one, other)| one != other).collect::<BTreeSet<_>>().into_iter().collect();
    let wanted = if links.is_empty() { 0 } else { rng.random_range(0..3) };
    (0..wanted).filter_map(|_| links.get(rng.random_range(0..links.len())).cloned()).collect()
}
