//! Strangers who share only placeholder values.

use std::collections::HashSet;

use cxtrace_domain::journeys::Fact;
use cxtrace_privacy::meaningless;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::{Read, ids};
use serde_json::json;

use crate::support::{context, envelope, fact, sample};

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

/// Facts of one stranger, with `value` in every place of an id and `number` in every place of a number.
fn facts(stranger: usize, value: &str, number: &str, namespaces: &[String]) -> Vec<Fact> {
    let context = context();
    let conversation = format!("6efd5506-3fd6-49a1-8a51-{stranger:012}");
    let links: Vec<_> = namespaces
        .iter()
        .flat_map(|namespace| {
            ["same", "root", "parent", "reference"]
                .map(|role| json!({"id": format!("{namespace}:{value}"), "role": role}))
        })
        .take(100)
        .collect();
    let span = |id: String| {
        envelope(
            "Cxtrace Span",
            &json!({
                "source": "crm", "id": id, "observed_at": "2023-03-05T08:26:40Z", "links": links,
                "span": {
                    "key": format!("k-{stranger}"), "started_at": 1_678_004_000_000_i64 + i64::try_from(stranger).unwrap(),
                    "parent": {"source": "crm", "id": format!("crm.case:{value}"), "key": value},
                },
                "phones": [{"party": "customer", "number": number}],
                "code": {"value": value, "act": "used"},
                "handoff": {"number": number, "act": "left", "customer": number},
            }),
        )
    };
    let genesys = json!({
        "timestamp": "2023-03-05T08:26:40.262Z",
        "eventBody": {
            "eventTime": 1_678_004_800_000_i64, "conversationId": conversation, "mediaType": "VOICE", "direction": "INBOUND",
            "sessionId": format!("a0ada15d-0ab1-4285-a80b-{stranger:012}"), "ani": number, "dnis": number,
            "callbackNumbers": [number], "journeyContext": {"sessionId": value},
        },
    });
    let genesys = envelope("v2.detail.events.conversation.{id}.customer.start", &genesys);
    let mut all = vec![fact(&genesys)];
    for event in [span(format!("crm.case:c-{stranger}")), span(format!("crm.case:{value}"))] {
        // A code must have the form of a code. If not, the event is noted as unreadable.
        let without_code = event.replace("\"code\"", "\"no_code\"");
        let read = cxtrace_sources::read(&event, &context).or_else(|_| cxtrace_sources::read(&without_code, &context));
        let Ok(Read::Facts(facts)) = read else { panic!("{read:?} {event}") };
        all.extend(facts);
    }
    let setting = "a=crm.case,b=web.code,c=trace,d=sip.session_id,e=web.session,f=genesys.conversation";
    let correlations = Correlations::read(setting).unwrap();
    let published = "2023-03-05T08:18:05Z".parse().unwrap();
    all.extend(
        ["a", "b", "c", "d", "e", "f"]
            .iter()
            .filter_map(|attribute| correlations.fact(&conversation, published, attribute, value, &context.pseudonyms)),
    );
    all
}

#[test]
fn no_stranger_is_joined_by_a_placeholder() {
    let namespaces: Vec<_> = ids::NAMESPACES
        .iter()
        .filter(|namespace| !["phone", "web.code"].contains(namespace))
        .map(|namespace| (*namespace).to_owned())
        .chain(["vendor.thing".to_owned()])
        .collect();
    let words: Vec<_> = meaningless::words_of_the_list().chain(VALUES).collect();
    let mut seen = HashSet::new();
    // Every stranger has one word and one number, and every word has a thousand strangers in each reader.
    for (at, value) in words.iter().enumerate() {
        let strangers = if at % 20 == 0 { STRANGERS } else { 20 };
        for stranger in 0..strangers {
            let number = NUMBERS.get((at + stranger) % NUMBERS.len()).unwrap();
            let facts = facts(at * STRANGERS + stranger, value, number, &namespaces);
            let mine: HashSet<_> = facts.iter().flat_map(joins).collect();
            for join in mine {
                assert!(seen.insert(join.clone()), "{value:?} and {number:?} join strangers by {join}");
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
    assert_eq!(fact.spans[0].parent, None, "a span id of zeros is no parent");
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
