//! Who may say what: a sender is known by its envelope, and what no definition declares is not kept.

use cxtrace_domain::journeys::{Fact, Role};
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::cxtrace_span::{self, Allowlist};
use cxtrace_sources::registry::{Class, Definition, IdDeclaration, Registry, Undeclared};
use cxtrace_sources::{Context, Read, SourceError};
use serde_json::{Value, json};

use crate::shapes::canaries;
use crate::support::{CONVERSATION, context, fact, genesys};

const OBSERVED: &str = "2023-03-05T08:26:40Z";

fn from(envelope: &str, detail: &Value) -> String {
    json!({"detail-type": cxtrace_span::DETAIL_TYPE, "source": envelope, "time": "2023-03-05T08:26:41Z",
        "detail": detail})
    .to_string()
}

fn detail(source: &str, more: &Value) -> Value {
    let mut detail = json!({"source": source, "id": "some.thing:t-1", "observed_at": OBSERVED,
        "span": {"key": "call", "type": "telephony", "name": "SIP INVITE", "reason": "BUSY", "started_at": OBSERVED,
            "status": "ok", "attributes": {"sip.method": "INVITE"}}});
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

fn read(json: &str, context: &Context) -> Result<Fact, SourceError> {
    match cxtrace_sources::read(json, context)? {
        Read::Facts(mut facts) => Ok(facts.remove(0)),
        Read::Foreign { topic } => panic!("{topic}"),
    }
}

#[test]
fn nobody_speaks_under_the_name_of_a_declared_source_from_another_envelope() {
    for envelope in ["com.example.crm", "com.example.sbc.evil", "com.example", "", "example"] {
        let error = read(&from(envelope, &detail("sbc", &json!({}))), &context()).unwrap_err();
        assert_eq!(error.field(), "detail.source", "{envelope}");
        assert!(error.problem().contains("may not speak for it"), "{}", error.problem());
    }
    assert!(read(&from("com.example.sbc", &detail("sbc", &json!({}))), &context()).is_ok());
}

#[test]
fn of_an_undeclared_sender_ids_times_types_and_statuses_are_taken_and_its_links_are_unconfirmed() {
    let more = json!({"links": [{"id": format!("genesys.conversation:{CONVERSATION}")}],
        "phones": [{"party": "customer", "number": "+12025550143"}], "code": {"value": "4711", "act": "used"},
        "handoff": {"number": "+12025550122", "act": "arrived"}});
    let fact = read(&from("com.evil", &detail("unheard-of", &more)), &context()).unwrap();
    assert!(!fact.is_declared());
    assert!(fact.anchor.value().starts_with('~'));
    assert_eq!(fact.unconfirmed, [fact.links[0].id.clone()].into());
    assert!(fact.mentions.is_empty() && fact.codes.is_empty() && fact.handoffs.is_empty());
    let [span] = fact.spans.as_slice() else { panic!("{fact:?}") };
    assert!(span.start.is_some() && span.span_type.is_some() && span.outcome.is_some());
    assert!(span.name.is_none() && span.reason.is_none() && span.attributes.is_empty());
    let what: Vec<_> = fact.undeclared.iter().map(String::as_str).collect();
    assert_eq!(what, ["attributes", "codes", "handoffs", "names", "phones", "reasons", "source"]);
    let refusing = Context { undeclared: Undeclared::Refuse, ..context() };
    let error = read(&from("com.evil", &detail("unheard-of", &json!({}))), &refusing).unwrap_err();
    assert!(error.problem().contains("add a definition under sources/"), "{}", error.problem());
    // Two undeclared senders under one name have no span in common.
    let key = |envelope: &str| {
        read(&from(envelope, &detail("unheard-of", &json!({}))), &context()).unwrap().spans[0].key.clone()
    };
    assert_ne!(key("com.evil"), key("com.other"));
}

#[test]
fn the_senders_of_the_examples_may_speak_only_where_examples_may() {
    let production = Context::new(Pseudonyms::try_new(&[7; 32]).unwrap(), Allowlist::default());
    let more = json!({"links": [{"id": format!("genesys.conversation:{CONVERSATION}")}]});
    let event = from("com.example.sbc", &detail("sbc", &more));
    let (here, there) = (read(&event, &context()).unwrap(), read(&event, &production).unwrap());
    assert!(here.is_declared() && here.unconfirmed.is_empty() && here.spans[0].name.is_some());
    assert!(!there.is_declared() && there.spans[0].name.is_none());
    assert_eq!(there.unconfirmed, [there.links[0].id.clone()].into());
    let examples = Registry::embedded().definitions().filter(|definition| definition.is_example);
    assert!(examples.count() > 10);
    // What a definition of somebody's own says of a namespace counts more than what an example says.
    let namespace = |is_example, class| Definition {
        source: format!("s{is_example}"),
        is_example,
        ids: [("acme.call".to_owned(), IdDeclaration { class: Some(class), ..IdDeclaration::default() })].into(),
        ..Definition::default()
    };
    let registry = Registry::of(vec![namespace(true, Class::Pseudonym), namespace(false, Class::Secret)]);
    assert_eq!(registry.namespace("acme.call").unwrap().class, Some(Class::Secret));
}

#[test]
fn an_id_of_another_source_is_linked_and_not_claimed() {
    let own = format!("genesys.conversation:{CONVERSATION}");
    for (envelope, source) in [("com.evil", "unheard-of"), ("com.example.crm", "crm")] {
        let fact = read(&from(envelope, &detail(source, &json!({"id": own}))), &context()).unwrap();
        assert_eq!(fact.anchor.namespace().as_str(), "cxtrace.unidentified", "{source}");
        assert_eq!((fact.links[0].id.to_string(), fact.links[0].role), (own.clone(), Role::Same));
        assert!(fact.unconfirmed.contains(&fact.links[0].id), "{source}");
    }
}

#[test]
fn a_version_beyond_every_counter_is_left_out() {
    for (version, kept) in
        [(json!(3), 3), (json!(u64::MAX), 0), (json!(1_u64 << 53), 0), (json!((1_u64 << 53) - 1), 2 * ((1 << 53) - 1))]
    {
        let more = json!({"span": {"key": "call", "version": version}});
        let fact = read(&from("com.example.sbc", &detail("sbc", &more)), &context()).unwrap();
        assert_eq!(fact.spans[0].version, kept, "{version}");
    }
}

#[test]
fn nobody_speaks_under_cxtraces_own_name() {
    for (envelope, source) in [("cxtrace", "intruder"), ("com.evil", "cxtrace"), ("cxtrace", "cxtrace")] {
        let error = read(&from(envelope, &detail(source, &json!({}))), &context()).unwrap_err();
        assert!(error.to_string().contains("may not speak for it"), "{envelope} {source}: {error}");
    }
}

#[test]
fn a_judgement_of_a_sender_is_not_part_of_what_it_said() {
    let mut fact = fact(&from("com.example.sbc", &detail("sbc", &json!({"links": [{"id": "uui:a1"}]}))));
    let id = fact.id();
    fact.unconfirmed.insert(fact.links[0].id.clone());
    fact.undeclared.insert("source".to_owned());
    assert_eq!(fact.id(), id);
}

#[test]
fn no_canary_is_readable_in_any_field_of_any_source() {
    // Every source, as if it sent Cxtrace's own form.
    let envelope = |source: &str| format!("canary.{source}");
    let definitions: Vec<_> = Registry::embedded()
        .definitions()
        .filter(|definition| !definition.is_abstract && definition.source != "genesys")
        .map(|definition| Definition {
            envelopes: [envelope(&definition.source)].into(),
            is_example: false,
            ..definition.clone()
        })
        .collect();
    assert!(definitions.len() > 40);
    let names = |definition: &Definition| {
        let attributes = definition.attributes.iter().flat_map(|group| group.names.clone());
        let attributes: Vec<_> = attributes.chain(["http.route".to_owned(), "user.name".to_owned()]).collect();
        let namespaces: Vec<_> = definition.ids.keys().cloned().chain(["some.thing".to_owned()]).collect();
        (definition.source.clone(), attributes, namespaces)
    };
    let unheard_of = Definition { source: "unheard-of".to_owned(), ..Definition::default() };
    let sources: Vec<_> = definitions.iter().chain([&unheard_of]).map(names).collect();
    let registry = Box::leak(Box::new(Registry::of(definitions)));
    let context = Context { registry, ..context() };
    let mut refused = 0;
    for (n, canary) in canaries().enumerate() {
        let (source, attributes, namespaces) = &sources[n % sources.len()];
        let turn = n / sources.len();
        let attribute = attributes[turn % attributes.len()].as_str();
        let namespace = |n: usize| namespaces[n % namespaces.len()].as_str();
        let span = json!({"key": canary, "type": "crm", "name": canary, "platform": canary, "started_at": OBSERVED,
            "reason": canary, "parent": canary, "status": canary, "version": canary,
            "attributes": {attribute: canary, canary.as_str(): canary},
            "events": [{"name": canary, "at": OBSERVED, "attributes": {"error.type": canary, attribute: canary}}]});
        let detail = json!({"source": source, "id": format!("{}:{canary}", namespace(turn)), "observed_at": OBSERVED,
            "links": [{"id": format!("x.y:{canary}"), "role": "related"},
                {"id": format!("{}:{canary}", namespace(turn / namespaces.len() + turn))}],
            "span": span, "phones": [{"party": "customer", "number": canary}],
            "code": {"value": canary, "act": "used"},
            "handoff": {"number": canary, "act": "left", "span": canary, "customer": canary}});
        match read(&from(&envelope(source), &detail), &context) {
            Ok(fact) => {
                let stored = serde_json::to_string(&fact).unwrap();
                assert!(!stored.contains(&canary), "{source} {canary} {stored}");
            }
            // A namespace of UUIDs or traces takes no other value.
            Err(error) => {
                refused += 1;
                assert!(!format!("{error} {error:?}").contains(&canary), "{source} {canary} {error}");
            }
        }
        let words = genesys(
            "flow.end",
            &json!({"exitReason": canary, "disconnectType": canary, "wrapupCode": canary,
            "flowType": canary, "queueId": canary, "provider": canary}),
        );
        let stored = serde_json::to_string(&read(&words, &context).unwrap()).unwrap();
        assert!(!stored.contains(&canary), "genesys {canary} {stored}");
    }
    assert!(refused < canaries().count() / 2, "{refused} events were refused, so they show little");
}
