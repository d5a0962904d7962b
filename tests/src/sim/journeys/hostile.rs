//! Three senders that attack the others: one that no definition declares, one whose links count only with a witness, and one
//! whose word is enough, and which links a victim's id with more things than one source may.
//!
//! Whatever they send, the journeys of the others must be the same as without them.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::super_connector::MAX_EDGES;
use cxtrace_fixtures::Envelope;
use cxtrace_fixtures::SeededRng;
use cxtrace_fixtures::envelope::written;
use cxtrace_fixtures::genesys::REGION;
use cxtrace_sources::cxtrace_span;
use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

/// The attackers' envelopes and names.
pub const ATTACKERS: [(&str, &str); 3] =
    [("com.evil", "intruder"), ("com.example.partner", "partner"), ("com.example.old-pbx", "old-pbx")];

/// Ids that the other senders own.
const VICTIMS: [&str; 9] = [
    "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96b0",
    "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96b1",
    "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96b2",
    "crm.case:c1",
    "crm.case:c2",
    "pbx.call:t1",
    "web.session:t2",
    "outsourcer.call:t0",
    "voicebot.call:t3",
];

/// The events of the sender whose word is enough: too many links of one victim, in the ten minutes after `start`.
pub fn flood(rng: &mut SeededRng, start: DateTime<Utc>) -> Vec<String> {
    let (envelope, source) = ATTACKERS[2];
    let victim = pick(rng, &VICTIMS);
    let event = |n: usize| {
        let at = start + TimeDelta::milliseconds(2_500 * n as i64);
        let detail = json!({
            "source": source,
            "id": format!("pbx.call:flood{n}"),
            "observed_at": written(at),
            "links": [{"id": victim, "role": "same"}],
        });
        let id = "00000000-0000-4000-8000-000000000000";
        Envelope::new(id, cxtrace_span::DETAIL_TYPE, envelope, REGION, at, &detail).json()
    };
    (0..=MAX_EDGES).map(event).collect()
}

/// One event of an attacker, in the ten minutes after `start`.
pub fn hostile(rng: &mut SeededRng, start: DateTime<Utc>) -> String {
    let at = start + TimeDelta::milliseconds(500 * rng.random_range(0..1_200));
    let (envelope, source) = ATTACKERS[rng.random_range(0..2)];
    let own = format!("{source}.call:p{}", rng.random_range(0..3));
    let victim = |rng: &mut SeededRng| pick(rng, &VICTIMS).to_owned();
    let id = if rng.random_bool(0.5) { own } else { victim(rng) };
    let role = ["same", "root", "parent", "previous", "related", "reference"];
    let link = |rng: &mut SeededRng| json!({"id": victim(rng), "role": pick(rng, &role)});
    let links: Vec<_> = (0..rng.random_range(0..8)).map(|_| link(rng)).collect();
    let parent = match rng.random_range(0..3) {
        0 => json!("genesys:279c39cf-15fa-48e9-b435-f9667f4f96b0:flow:a0ada15d-0ab1-4285-a80b-c11663084cd9"),
        1 => json!({"source": "sbc", "id": "pbx.call:t1", "key": "s0"}),
        _ => Value::Null,
    };
    let version = if rng.random_bool(0.5) { u64::MAX } else { (1 << 53) - 1 };
    let detail = json!({
        "source": source,
        "id": id,
        "observed_at": written(at),
        "links": links,
        "span": {
            "key": pick(rng, &["s0", "s1", "call", "pbx.call:t1"]),
            "type": pick(rng, &["telephony", "web", "agent_interaction", "platform_handoff"]),
            "name": "sbc",
            "platform": "sbc",
            "started_at": written(at - TimeDelta::days(rng.random_range(0..360))),
            "status": "error",
            "parent": parent,
            "version": version,
        },
        "phones": [{"party": "customer", "number": "+447700900001"}],
        "code": {"value": pick(rng, &["AB10", "AB11"]), "act": pick(rng, &["issued", "used"]), "at": written(at)},
        "handoff": {
            "number": pick(rng, &["+441134960200", "+442079460180"]),
            "act": pick(rng, &["left", "arrived"]),
            "at": written(at),
            "customer": "+447700900001",
        },
    });
    let id = "00000000-0000-4000-8000-000000000000";
    Envelope::new(id, cxtrace_span::DETAIL_TYPE, envelope, REGION, at, &detail).json()
}

fn pick(rng: &mut SeededRng, of: &[&'static str]) -> &'static str {
    of.choose(rng).copied().unwrap_or_default()
}
