//! Strangers who share only placeholder values.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use cxtrace_domain::journeys::Fact;
use cxtrace_privacy::meaningless;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::{Context, Read, ids};
use serde_json::json;

use crate::support::{context, envelope, fact, genesys as genesys_event, sample};

const STRANGERS: usize = 1_000;

/// Values that are not words.
const VALUES: [&str; 22] = [
    "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000000}",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "00000000000000000000000000000000",
    "0",
    "000000",
    "9999999999",
    "xxxx",
    "1234567890",
    "[object Object]",
    "-",
    "--",
    ".",
    "{{case_id}}",
    "${id}",
    "%s",
    "<id>",
    "\"null\"",
    " NULL\u{200b} ",
    "undefined undefined",
    "00000000000000000000000000000000;remote=00000000000000000000000000000000",
    "anonymous@anonymous.invalid",
];

/// Numbers of withheld callers.
const NUMBERS: [&str; 12] = [
    "+266696687",
    "+7378742833",
    "+86282452253",
    "+10000000000",
    "0000000000",
    "+2562533",
    "+8566696",
    "+7748283",
    "anonymous",
    "sip:anonymous@anonymous.invalid",
    "\"Anonymous\" <sip:restricted@10.0.0.1>;tag=1",
    "+٢٦٦٦٩٦٦٨٧",
];

/// Everything in a fact that can join or compare.
fn joins(fact: &Fact) -> Vec<String> {
    let links = fact.links.iter().map(|link| link.id.to_string());
    let mentions = fact.mentions.iter().map(|mention| mention.phone.hash.to_string());
    let codes = fact.codes.iter().map(|usage| usage.code.to_string());
    let handoffs = fact.handoffs.iter().flat_map(|handoff| {
        [Some(&handoff.number), handoff.customer.as_ref()].into_iter().flatten().map(|number| number.hash.to_string())
    });
    let keys =
        fact.spans.iter().flat_map(|span| [Some(&span.key), span.parent.as_ref()]).flatten().map(ToString::to_string);
    [fact.anchor.to_string()]
        .into_iter()
        .chain(links)
        .chain(mentions)
        .chain(codes)
        .chain(handoffs)
        .chain(keys)
        .collect()
}

/// The places of ids: every known namespace and an unknown one, in every role.
struct Places {
    namespaces: Vec<&'static str>,
    correlations: Correlations,
    context: Context,
}

const ROLES: [&str; 4] = ["same", "root", "parent", "reference"];

impl Places {
    fn all() -> Self {
        let known = ids::NAMESPACES.iter().copied().filter(|namespace| !["phone", "web.code"].contains(namespace));
        let namespaces: Vec<_> = known.chain(["vendor.thing"]).collect();
        let attributes = namespaces.iter().chain(&["web.code"]).map(|namespace| format!("{namespace}={namespace}"));
        let correlations = Correlations::read(&attributes.collect::<Vec<_>>().join(",")).unwrap();
        Self { namespaces, correlations, context: context() }
    }

    /// The facts of a stranger from every reader, with `value` in every place of an id and `number` in every place of a
    /// number. A link has one namespace and one role, so the strangers take turns.
    fn facts(&self, stranger: usize, value: &str, number: &str) -> Vec<Fact> {
        let namespace = self.namespaces.get(stranger % self.namespaces.len()).unwrap();
        let role = ROLES.get(stranger / self.namespaces.len() % ROLES.len()).unwrap();
        let mut all = self.read(&genesys(stranger, value, number));
        for id in [format!("crm.case:c-{stranger}"), format!("{namespace}:{value}")] {
            all.extend(self.read(&span(stranger, &id, (namespace, role), (value, number))));
        }
        let conversation = format!("6efd5506-3fd6-49a1-8a51-{stranger:012}");
        let published = "2023-03-05T08:18:05Z".parse().unwrap();
        all.extend([*namespace, "web.code"].into_iter().filter_map(|attribute| {
            self.correlations.fact(&conversation, published, attribute, value, &self.context.pseudonyms)
        }));
        all
    }

    fn read(&self, event: &str) -> Vec<Fact> {
        match cxtrace_sources::read(event, &self.context) {
            Ok(Read::Facts(facts)) => facts,
            read => panic!("{read:?} {event}"),
        }
    }
}

fn genesys(stranger: usize, value: &str, number: &str) -> String {
    let body = json!({
        "eventTime": 1_678_004_800_000_i64,
        "conversationId": format!("6efd5506-3fd6-49a1-8a51-{stranger:012}"),
        "mediaType": "VOICE",
        "direction": "INBOUND",
        "sessionId": format!("a0ada15d-0ab1-4285-a80b-{stranger:012}"),
        "ani": number,
        "dnis": number,
        "callbackNumbers": [number],
        "journeyContext": {"sessionId": value},
    });
    let detail = json!({"timestamp": "2023-03-05T08:26:40.262Z", "eventBody": body});
    envelope("v2.detail.events.conversation.{id}.customer.start", &detail)
}

fn span(stranger: usize, id: &str, (namespace, role): (&str, &str), (value, number): (&str, &str)) -> String {
    let start = 1_678_004_000_000_i64 + i64::try_from(stranger).unwrap();
    let parent = json!({"source": "crm", "id": format!("{namespace}:{value}"), "key": value});
    let detail = json!({
        "source": "crm",
        "id": id,
        "observed_at": "2023-03-05T08:26:40Z",
        "links": [{"id": format!("{namespace}:{value}"), "role": role}],
        "span": {"key": format!("k-{stranger}"), "started_at": start, "parent": parent},
        "phones": [{"party": "customer", "number": number}],
        "code": {"value": value, "act": "used"},
        "handoff": {"number": number, "act": "left", "customer": number},
    });
    envelope("Cxtrace Span", &detail)
}

/// A thousand strangers for each word and value, and for each number, in every reader.
#[test]
fn no_stranger_is_joined_by_a_placeholder() {
    let places = Places::all();
    let values: Vec<_> = meaningless::words_of_the_list().chain(VALUES).collect();
    assert!(values.len() * STRANGERS > 100_000, "{}", values.len());
    let mut seen = HashSet::new();
    for (at, value) in values.iter().enumerate() {
        for stranger in (0..STRANGERS).map(|n| at * STRANGERS + n) {
            let number = NUMBERS.get(stranger % NUMBERS.len()).unwrap();
            let facts = places.facts(stranger, value, number);
            let mine: HashSet<_> = facts.iter().flat_map(joins).collect();
            for join in mine {
                let mut hasher = DefaultHasher::new();
                join.hash(&mut hasher);
                assert!(seen.insert(hasher.finish()), "{value:?} and {number:?} join strangers by {join}");
            }
        }
    }
}

#[test]
fn an_event_with_a_placeholder_id_keeps_the_rest() {
    let event = |id: &str, links: serde_json::Value| {
        let span = json!({"key": "call", "started_at": "2023-03-05T08:20:00Z"});
        let detail =
            json!({"source": "sbc", "id": id, "observed_at": "2023-03-05T08:26:40Z", "links": links, "span": span});
        fact(&envelope("Cxtrace Span", &detail))
    };
    let linked = |id: &str| event(id, json!([{"id": "crm.case:4711a"}, {"id": "crm.contact:null"}]));
    let (one, other) = (linked("sip.call_id:null"), linked("sip.call_id:0"));
    assert_eq!(one.anchor, other.anchor, "both are about the case");
    assert_eq!(one.anchor.namespace().as_str(), "cxtrace.unidentified");
    assert_eq!(one.links.len(), 1);
    assert_eq!(one.meaningless, [("crm.contact".to_owned(), 1), ("sip.call_id".to_owned(), 1)].into());
    assert_eq!(one.spans.len(), 1);
    assert_ne!(event("sip.call_id:null", json!([])).anchor, event("sip.call_id:nil", json!([])).anchor);
}

#[test]
fn an_unreadable_number_leaves_the_rest_of_the_event() {
    let detail = json!({
        "source": "sbc", "id": "sip.call_id:a84b4c", "observed_at": "2023-03-05T08:26:40Z",
        "span": {"key": "call", "started_at": "2023-03-05T08:20:00Z", "parent": "0000000000000000"},
        "handoff": {"number": "sip:alice@example.com", "act": "left", "customer": "+12025550143"},
        "phones": [{"party": "customer", "number": "12"}, {"party": "customer", "number": "anonymous"}],
    });
    let fact = fact(&envelope("Cxtrace Span", &detail));
    assert_eq!((fact.spans.len(), fact.handoffs.len(), fact.mentions.len()), (1, 0, 0));
    assert_eq!(fact.spans[0].parent, None, "a span id of zeros is not a parent");
    assert_eq!(fact.meaningless, [("phone".to_owned(), 1)].into());
}

#[test]
fn samples_of_numbers_and_nil_ids_are_read() {
    let numbers = fact(&sample("cxtrace/sip-numbers.json"));
    let hashes: HashSet<_> = numbers.mentions.iter().map(|mention| mention.phone.hash).collect();
    assert_eq!((numbers.mentions.len(), hashes.len()), (4, 4), "five spellings of four numbers");
    let withheld = fact(&sample("cxtrace/withheld-callers.json"));
    assert!(withheld.mentions.is_empty());
    assert_eq!(withheld.meaningless["phone"], 8);
    let first_invite = fact(&sample("cxtrace/sip-session-id.json"));
    let ids: Vec<_> = first_invite.links.iter().map(|link| link.id.to_string()).collect();
    assert_eq!(ids, ["sip.session_id:ab30317f1a784dc48ff824d0d3715d86"]);
}

#[test]
fn an_event_of_genesys_without_a_conversation_only_notes_the_placeholder() {
    for placeholder in ["00000000-0000-0000-0000-000000000000", "undefined", "null"] {
        let event = genesys_event("user.start", &json!({"conversationId": placeholder, "ani": "+12025550143"}));
        let fact = fact(&event);
        assert!(fact.is_void(), "{placeholder}: {fact:?}");
        assert_eq!(fact.meaningless, [("genesys.conversation".to_owned(), 1)].into(), "{placeholder}");
        assert_eq!(fact, crate::support::fact(&event), "an event that is sent again is the same fact");
    }
}

#[test]
fn a_number_that_cannot_be_read_is_noted_and_the_rest_is_kept() {
    let start = |fields: serde_json::Value| fact(&genesys_event("customer.start", &fields));
    let read = start(json!({"ani": "sip:alice@example.com", "dnis": "+12025550143", "mediaType": "VOICE"}));
    assert_eq!(read.unreadable, ["ani".to_owned()].into());
    assert_eq!((read.mentions.len(), read.spans.len()), (1, 1));
    let extension = start(json!({"ani": "204", "dnis": "+12025550143", "mediaType": "VOICE"}));
    assert!(extension.unreadable.is_empty(), "an extension is not a fault: {extension:?}");
    let chat = start(json!({"ani": "alice", "mediaType": "MESSAGE"}));
    assert!(chat.unreadable.is_empty(), "a chat has no number: {chat:?}");
}
