//! Cxtrace Span events: which forms are accepted, and which are refused.

use cxtrace_domain::journeys::{CodeAct, HandoffAct, Outcome};
use cxtrace_sources::{Read, cxtrace_span, read};
use serde_json::{Value, json};

use crate::support::{context_with, envelope, fact, gathered, refusal};

const OBSERVED: &str = "2023-03-05T08:26:40Z";

/// An event of the source `sbc` about `pbx.call:c-1`, with `more` in addition or instead.
fn event(more: &Value) -> String {
    let mut detail = json!({"source": "sbc", "id": "pbx.thing:c-1", "observed_at": OBSERVED});
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    envelope(cxtrace_span::DETAIL_TYPE, &detail)
}

/// The end of the error about a time far in the past.
const UNSET: &str = ": the sender's clock may not be set";

#[test]
fn a_senders_keys_begin_with_its_name() {
    let key = |more: &Value| fact(&event(more)).spans[0].key.to_string();
    assert!(key(&json!({"span": {"key": "call"}})).starts_with("sbc:pbx.thing:~"));
    assert!(key(&json!({"span": {"key": "call"}})).ends_with(":call"));
    let genesys = "genesys:279c39cf-15fa-48e9-b435-f9667f4f96ba:flow:a0ada15d-0ab1-4285-a80b-c11663084cd9";
    assert!(key(&json!({"span": {"key": genesys}})).starts_with("sbc:pbx.thing:"), "nobody writes to Genesys' spans");
    assert_ne!(key(&json!({"span": {"key": "call"}})), key(&json!({"source": "web", "span": {"key": "call"}})));
    assert_ne!(key(&json!({"span": {"key": "call"}})), key(&json!({"id": "pbx.thing:c-2", "span": {"key": "call"}})));
    assert_eq!(refusal(&event(&json!({"span": {"key": ""}}))), "detail.span.key is missing");
    let long = json!({"span": {"key": "k".repeat(257)}});
    assert_eq!(refusal(&event(&long)), "detail.span.key has no text, or one of more than 256 bytes");
    assert_eq!(key(&json!({"span": {"key": 7}})), key(&json!({"span": {"key": "7"}})));
}

#[test]
fn a_parent_is_an_own_key_or_a_whole_reference() {
    let parent = |parent: Value| {
        let fact = fact(&event(&json!({"span": {"key": "call", "parent": parent}})));
        fact.spans[0].parent.as_ref().map(ToString::to_string)
    };
    let genesys = "genesys:279c39cf-15fa-48e9-b435-f9667f4f96ba:flow:a0ada15d-0ab1-4285-a80b-c11663084cd9";
    assert!(parent(json!("leg-1")).is_some_and(|parent| parent.ends_with(":leg-1")));
    assert_eq!(parent(json!(genesys)).as_deref(), Some(genesys));
    assert_eq!(
        parent(json!({"source": "web", "id": "web.session:s-81f2", "key": "page"})).as_deref(),
        Some("web:web.session:s-81f2:page")
    );
    assert_eq!(parent(json!("call")), None, "itself");
    for nobody in [json!({}), json!({"source": 7}), json!({"source": {}, "key": "page"}), json!(true), json!("")] {
        assert_eq!(parent(nobody.clone()), None, "{nobody}");
    }
}

#[test]
fn a_span_may_be_reported_in_parts_and_corrected() {
    let say = |span: Value, observed_at: &str| fact(&event(&json!({"span": span, "observed_at": observed_at})));
    let parts = [
        say(json!({"key": "call", "started_at": "2023-03-05T08:00:00Z", "type": "telephony"}), "2023-03-05T08:00:01Z"),
        say(json!({"key": "call", "ended_at": "2023-03-05T08:09:00Z", "version": 2}), "2023-03-05T08:10:00Z"),
        say(
            json!({"key": "call", "ended_at": "2023-03-05T08:05:00Z", "status": "error", "version": 3}),
            "2023-03-05T08:05:00Z",
        ),
    ];
    let all = gathered(&parts);
    let mut backwards = parts.to_vec();
    backwards.reverse();
    assert_eq!(all, gathered(&backwards));
    let span = all.spans.values().next().unwrap();
    assert_eq!(span.end().unwrap().to_rfc3339(), "2023-03-05T08:05:00+00:00", "the greatest version wins");
    assert_eq!(span.outcome(), Some(Outcome::Error));
    let backwards = say(json!({"key": "a", "started_at": OBSERVED, "ended_at": "2023-03-05T08:00:00Z"}), OBSERVED);
    assert!(gathered(&[backwards]).spans.values().next().unwrap().ends_before_it_starts());
}

#[test]
fn a_code_and_a_hand_off_default_to_the_spans_times() {
    let span = json!({"key": "call", "started_at": "2023-03-05T08:00:00Z", "ended_at": "2023-03-05T08:10:00Z"});
    let code = |more: Value| fact(&event(&more)).codes[0].at.format("%H:%M").to_string();
    assert_eq!(code(json!({"code": {"value": "4711", "act": "issued"}})), "08:26");
    assert_eq!(code(json!({"code": {"value": "4711", "act": "issued"}, "span": span})), "08:10");
    let at = json!({"value": "4711", "act": "issued", "at": "2023-03-05T08:02:00Z"});
    assert_eq!(code(json!({"code": at, "span": span})), "08:02");
    let handoff = |act: &str, more: Value| {
        let mut handoff = json!({"number": "+12025550122", "act": act});
        for (name, value) in more.as_object().unwrap() {
            handoff[name] = value.clone();
        }
        let fact = fact(&event(&json!({"handoff": handoff, "span": span})));
        (fact.handoffs[0].at.format("%H:%M").to_string(), fact.handoffs[0].act, fact.handoffs[0].span.clone())
    };
    let key = fact(&event(&json!({"span": span}))).spans[0].key.clone();
    assert_eq!(handoff("left", json!({})), ("08:10".to_owned(), HandoffAct::Left, Some(key.clone())));
    assert_eq!(handoff("arrived", json!({})), ("08:00".to_owned(), HandoffAct::Arrived, Some(key.clone())));
    assert_eq!(handoff("left", json!({"at": "2023-03-05T08:09:00Z", "span": "call"})).0, "08:09");
    assert_eq!(fact(&event(&json!({"code": {"value": "ab-12", "act": "used"}}))).codes[0].act, CodeAct::Used);
}

#[test]
fn the_setting_adds_attributes() {
    let json = event(
        &json!({"span": {"key": "a"}, "attributes": {"app.tier": "gold", "app.hidden": "x", "sip.method": "BYE"}}),
    );
    let attributes = |setting: &str| match read(&json, &context_with(setting)) {
        Ok(Read::Facts(facts)) => facts[0].spans[0].attributes.keys().cloned().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(attributes(""), ["sip.method"]);
    assert_eq!(attributes("app.tier, sip.method:secret"), ["app.tier"]);
}

#[test]
fn an_event_beyond_the_limits_is_refused() {
    let spans =
        |count: usize| json!({"spans": (0..count).map(|key| json!({"key": format!("k-{key}")})).collect::<Vec<_>>()});
    assert_eq!(fact(&event(&spans(100))).spans.len(), 100);
    assert_eq!(refusal(&event(&spans(101))), "detail.spans has more than 100 spans");
    let links: Vec<_> = (0..101).map(|id| json!({"id": format!("crm.case:c-{id}")})).collect();
    assert_eq!(refusal(&event(&json!({"links": links}))), "detail.links has more than 100 entries");
    let events: Vec<_> = (0..101).map(|_| json!({"name": "a", "at": OBSERVED})).collect();
    let on_the_span = json!({"span": {"key": "a", "events": events}});
    assert_eq!(refusal(&event(&on_the_span)), "detail.span.events has more than 100 entries");
    let long = json!({"filler": "x".repeat(65_536)});
    assert_eq!(refusal(&event(&long)), "detail is longer than 64 KB: send fewer spans in one event");
    let attributes: Value = (0..70).map(|n| (format!("a{n}"), json!("1"))).collect::<serde_json::Map<_, _>>().into();
    let json = event(&json!({"span": {"key": "a", "attributes": attributes.clone()}, "attributes": attributes}));
    let setting = (0..70).map(|n| format!("a{n}")).collect::<Vec<_>>().join(",");
    let Ok(Read::Facts(facts)) = read(&json, &context_with(&setting)) else { panic!() };
    assert_eq!(facts[0].spans[0].attributes.len(), cxtrace_span::MAX_ATTRIBUTES);
}

#[test]
fn an_impossible_value_is_refused_with_its_field() {
    let name = "is not the name of a source: 2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter";
    let written = "must have the form namespace:value, such as sip.call_id:a84b4c76e66710";
    for (more, expected) in [
        (json!({"source": "Ada Lovelace"}), format!("detail.source {name}")),
        (json!({"source": "a447700900123"}), format!("detail.source {name}")),
        (json!({"source": {}}), "detail.source is not a text".to_owned()),
        (json!({"id": null}), "detail.id is missing".to_owned()),
        (json!({"links": [{"id": {}}]}), "detail.links[0].id is not a text".to_owned()),
        (json!({"span": 7}), "detail.span is not an object".to_owned()),
        (json!({"spans": "a"}), "detail.spans is not a list".to_owned()),
        (json!({"span": {"type": "web"}}), "detail.span.key is missing".to_owned()),
        (json!({"source": "genesys"}), "detail.source is genesys, which is reserved for Genesys Cloud".to_owned()),
        (json!({"id": "c-1"}), format!("detail.id {written}")),
        (json!({"id": "phone:+447700900123"}), format!("detail.id {written}")),
        (json!({"id": "tel447700900123:x"}), format!("detail.id {written}")),
        (
            json!({"id": format!("crm.case:{}", "a1".repeat(129))}),
            "detail.id has a value of more than 256 bytes".to_owned(),
        ),
        (json!({"id": "genesys.conversation:c-1"}), "detail.id has a value that is not a UUID".to_owned()),
        (
            json!({"id": "web.code:4711"}),
            "detail.id is a verification code, which does not identify anything: put it into detail.code".to_owned(),
        ),
        (
            json!({"links": [{"id": "trace:ab"}]}),
            "detail.links[0].id has a value that is not a trace id or a traceparent".to_owned(),
        ),
        (
            json!({"span": {"key": "a", "type": "dance"}}),
            "detail.span.type is not telephony, ivr, ai_conversation, queue, agent_interaction, hold, wrap_up, \
             platform_handoff, voicemail, backend, crm, web or message"
                .to_owned(),
        ),
        (
            json!({"span": {"key": "a", "started_at": "2023-03-06T08:26:41Z"}}),
            "detail.span.started_at is more than 24 hours after it was observed".to_owned(),
        ),
        (
            json!({"spans": [{"key": "a", "ended_at": "2023-03-06T08:26:41Z"}]}),
            "detail.spans[0].ended_at is more than 24 hours after it was observed".to_owned(),
        ),
        (
            json!({"observed_at": "2023-03-06T08:26:42Z"}),
            "detail.observed_at is more than 24 hours after the event's own time".to_owned(),
        ),
        (
            json!({"observed_at": "2000-01-01T00:00:00Z"}),
            format!("detail.observed_at is more than 366 days before the event's own time{UNSET}"),
        ),
        (
            json!({"span": {"key": "a", "started_at": "2000-01-01T00:00:00Z"}}),
            format!("detail.span.started_at is more than 366 days before it was observed{UNSET}"),
        ),
        (
            json!({"span": {"key": "a"}, "spans": [{"key": "b"}]}),
            "detail.spans and detail.span are both present: send only one of them".to_owned(),
        ),
        (
            json!({"spans": [{"key": "b"}], "attributes": {}}),
            "detail.attributes needs detail.span: with detail.spans, put it into each span".to_owned(),
        ),
    ] {
        assert_eq!(refusal(&event(&more)), expected, "{more}");
    }
}

#[test]
fn the_time_of_observation_defaults_to_the_time_of_sending() {
    let observed =
        |detail: Value| fact(&envelope(cxtrace_span::DETAIL_TYPE, &detail)).observed_at.format("%H:%M:%S").to_string();
    let bare = json!({"source": "sbc", "id": "pbx.thing:c-1"});
    assert_eq!(observed(bare.clone()), "08:26:41", "the envelope's");
    assert_eq!(observed(json!({"source": "sbc", "id": "pbx.thing:c-1", "time": "2023-03-05T08:00:00Z"})), "08:00:00");
    let without =
        json!({"detail-type": cxtrace_span::DETAIL_TYPE, "source": "example.telemetry", "detail": bare}).to_string();
    assert_eq!(refusal(&without), "detail.observed_at is missing");
}

#[test]
fn an_event_that_is_sent_again_is_the_same_fact() {
    let mut again: Value = serde_json::from_str(&event(&json!({"span": {"key": "a"}}))).unwrap();
    let first = fact(&again.to_string());
    again["id"] = json!("another-envelope");
    again["time"] = json!("2023-03-05T10:00:00Z");
    assert_eq!((fact(&again.to_string()).id(), fact(&again.to_string())), (first.id(), first));
}
