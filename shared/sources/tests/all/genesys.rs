//! Genesys' topics: pairs, derived starts, traps, and how sessions end.

use cxtrace_domain::journeys::span::{SpanType, Start};
use cxtrace_domain::journeys::{Fact, HandoffAct, Outcome, Party, Role};
use cxtrace_sources::genesys::Topic;
use serde_json::{Value, json};

use crate::support::{
    AT, CONVERSATION, SESSION, at, context, fact, gathered, genesys, refusal, sample, span, try_facts,
};

#[test]
fn start_and_end_make_one_span_in_any_order() {
    let start = fact(&genesys("flow.start", &json!({"eventTime": 1_678_004_799_000_i64, "flowType": "INBOUNDCALL"})));
    let end = json!({"flowType": "INBOUNDCALL", "connectedDurationMs": 900, "exitReason": "FLOW_DISCONNECT"});
    let end = fact(&genesys("flow.end", &end));
    let forwards = gathered(&[start.clone(), end.clone()]);
    assert_eq!(forwards, gathered(&[end.clone(), start, end]));
    let [span] = forwards.spans.values().collect::<Vec<_>>()[..] else { panic!("{forwards:?}") };
    assert_eq!((span.start(), span.end()), (Some(at(-1000)), Some(at(0))), "the observed start, not the computed one");
    assert_eq!((span.outcome(), span.reason()), (Some(Outcome::Ok), Some("FLOW_DISCONNECT")));
}

#[test]
fn a_start_alone_is_a_span_under_way_and_an_end_alone_a_whole_one() {
    let open = span(&genesys("acd.start", &json!({})));
    assert_eq!((open.start, open.end), (Some(Start { derived: false, at: at(0) }), None));
    for (topic, duration) in [
        ("customer.end", "interactingDurationMs"),
        ("flow.end", "connectedDurationMs"),
        ("acd.end", "connectedDurationMs"),
        ("user.end", "interactingDurationMs"),
        ("voicemail.end", "voicemailDurationMs"),
        ("acw", "wrapupDurationMs"),
        ("wrapup", "wrapupDurationMs"),
    ] {
        let whole = span(&genesys(topic, &json!({duration: 5000})));
        assert_eq!((whole.start, whole.end), (Some(Start { derived: true, at: at(-5000) }), Some(at(0))), "{topic}");
        let unknown = span(&genesys(topic, &json!({})));
        assert_eq!((unknown.start, unknown.end), (None, Some(at(0))), "{topic}");
    }
}

#[test]
fn an_agents_session_is_alert_talk_and_hold() {
    let end = json!({"interactingDurationMs": 10_000, "heldDurationMs": 4000, "alertingDurationMs": 3000,
        "contactingDurationMs": 2000, "dialingDurationMs": 1000, "callbackDurationMs": 0, "disconnectType": "PEER"});
    let fact = fact(&genesys("user.end", &end));
    let [agent, hold] = fact.spans.as_slice() else { panic!("{fact:?}") };
    assert_eq!(agent.start, Some(Start { derived: true, at: at(-20_000) }));
    let events: Vec<_> = agent.events.iter().map(|event| (event.name.as_str(), event.at)).collect();
    let alert_contact_dial = [("alert", at(-20_000)), ("contact", at(-17_000)), ("dial", at(-15_000))];
    assert_eq!(events, [&alert_contact_dial[..], &[("answer", at(-14_000)), ("disconnect", at(0))]].concat());
    assert_eq!((hold.start.unwrap().at, hold.end), (at(-4000), Some(at(0))));
    assert_eq!((hold.parent.as_ref(), hold.span_type), (Some(&agent.key), Some(SpanType::Hold)));
    assert_eq!(hold.attributes["position"], "estimated");
}

#[test]
fn queue_and_agent_overlap_while_the_agent_is_alerted() {
    let facts: Vec<Fact> =
        ["conversation/acd-start", "conversation/acd-end", "foreign/user-start", "conversation/user-end"]
            .map(|name| fact(&sample(&format!("genesys/{name}.json"))))
            .into();
    let gathered = gathered(&facts);
    let of = |span_type| gathered.spans.values().find(|span| span.span_type() == span_type).unwrap();
    let (queue, agent) = (of(SpanType::Queue), of(SpanType::AgentInteraction));
    assert!(queue.start() < agent.start() && agent.start() < queue.end());
    assert_eq!(agent.start().unwrap().to_rfc3339(), "2023-03-05T08:21:12.378+00:00");
}

#[test]
fn an_outcome_is_a_point_on_the_flow_at_its_own_times() {
    let outcome = json!({"flowOutcomeStartTime": 1_678_004_700_000_i64, "flowOutcomeEndTime": 1_678_004_710_000_i64,
        "flowOutcomeValue": "FAILURE", "flowOutcomeId": SESSION,
        "flowMilestones": [{"milestoneId": CONVERSATION, "milestoneTime": 1_678_004_750_000_i64}]});
    let said = span(&genesys("flow.outcome", &outcome));
    assert_eq!(said.key.as_str(), format!("genesys:{CONVERSATION}:flow:{SESSION}"));
    assert_eq!((said.start, said.end, said.outcome), (None, None, None), "it does not contain the flow's own times");
    let [value, milestone] = said.events.as_slice() else { panic!("{said:?}") };
    assert_eq!((value.at, milestone.at), (at(-90_000), at(-50_000)), "a milestone after the outcome's end");
    assert_eq!(value.attributes["genesys.flow_outcome"], "FAILURE");
    assert_eq!(value.attributes["started_at"], "2023-03-05T08:25:00.000Z");
    assert_eq!(milestone.attributes["genesys.flow_milestone_id"], CONVERSATION);
    // `eventTime` is the time of Genesys' report.
    let mut later = outcome.clone();
    later["eventTime"] = json!("2023-03-06T00:00:00Z");
    assert_eq!(span(&genesys("flow.outcome", &later)), said);
    let unfinished = span(&genesys("flow.outcome", &json!({"flowOutcomeStartTime": 1_678_004_700_000_i64})));
    assert_eq!(unfinished.events[0].at, at(-100_000));
}

#[test]
fn every_ending_has_its_status_and_its_reason() {
    use Outcome::{Abandoned, Error, Ok};
    let cases: [(&str, Value, Option<Outcome>, Option<&str>); 19] = [
        ("customer.end", json!({"disconnectType": "CLIENT"}), Some(Ok), Some("CLIENT")),
        ("customer.end", json!({"disconnectType": "transport_failure"}), Some(Error), Some("TRANSPORT_FAILURE")),
        ("customer.end", json!({"disconnectType": "INACTIVITY"}), Some(Abandoned), Some("INACTIVITY")),
        ("customer.end", json!({"disconnectType": "UNKNOWN"}), None, None),
        ("customer.end", json!({"disconnectType": "ADA_LOVELACE"}), None, None),
        ("flow.end", json!({"exitReason": "FLOW_ERROR_EXIT"}), Some(Error), Some("FLOW_ERROR_EXIT")),
        ("flow.end", json!({"exitReason": "DISCONNECT"}), Some(Abandoned), Some("DISCONNECT")),
        ("flow.end", json!({"exitReason": "DISCONNECT", "flowType": "inqueuecall"}), Some(Ok), Some("DISCONNECT")),
        ("flow.end", json!({"exitReason": "TRANSFER", "disconnectType": "ERROR"}), Some(Error), Some("TRANSFER")),
        ("flow.end", json!({"disconnectType": "SYSTEM"}), Some(Ok), Some("SYSTEM")),
        ("acd.end", json!({"acdOutcome": "ABANDON", "disconnectType": "PEER"}), Some(Abandoned), Some("ABANDON")),
        ("acd.end", json!({"acdOutcome": "Answered"}), Some(Ok), Some("ANSWERED")),
        ("acd.end", json!({"acdOutcome": "UNKNOWN", "disconnectType": "PEER"}), None, Some("PEER")),
        ("acd.end", json!({"disconnectType": "ERROR"}), Some(Error), Some("ERROR")),
        ("user.end", json!({"disconnectType": "PEER", "interactingDurationMs": 1}), Some(Ok), Some("PEER")),
        ("user.end", json!({"disconnectType": "PEER", "alertingDurationMs": 1}), Some(Abandoned), Some("PEER")),
        ("user.end", json!({"disconnectType": "CLIENT", "alertingDurationMs": 1}), Some(Error), Some("CLIENT")),
        ("user.end", json!({"disconnectType": "DND_TRANSFER"}), Some(Error), Some("DND_TRANSFER")),
        ("voicemail.end", json!({"disconnectType": "ENDPOINT"}), Some(Ok), Some("ENDPOINT")),
    ];
    for (topic, fields, outcome, reason) in cases {
        let span = span(&genesys(topic, &fields));
        assert_eq!((span.outcome, span.reason.as_deref()), (outcome, reason), "{topic} {fields}");
    }
}

#[test]
fn a_medium_decides_what_a_customers_session_is_and_a_flow_type_what_a_flow_is() {
    use SpanType::{AiConversation, Ivr, Message, Telephony};
    for (media, expected) in [
        (json!("VOICE"), Some(Telephony)),
        (json!("callback"), Some(Telephony)),
        (json!("HOLOGRAM"), None),
        (json!("MESSAGE"), Some(Message)),
        (json!("EMAIL"), Some(Message)),
        (json!("chat"), Some(Message)),
        (json!("UNKNOWN"), None),
        (Value::Null, None),
    ] {
        let span = span(&genesys("customer.start", &json!({"mediaType": media})));
        assert_eq!(span.span_type, expected, "{media}");
    }
    for (flow_type, expected, kept) in [
        ("INBOUNDCALL", Ivr, Some("INBOUNDCALL")),
        ("inqueuecall", Ivr, Some("INQUEUECALL")),
        ("DIGITALBOT", AiConversation, Some("DIGITALBOT")),
        ("BRAND_NEW", Ivr, None),
        ("Flow of Ada", Ivr, None),
    ] {
        let span = span(&genesys("flow.start", &json!({"flowType": flow_type})));
        assert_eq!(span.span_type, Some(expected), "{flow_type}");
        assert_eq!(span.attributes.get("genesys.flow_type").map(String::as_str), kept);
        assert_eq!(span.parent, None, "a flow's session does not say whose it is");
    }
}

#[test]
fn numbers_are_hashed_and_the_direction_decides_their_owner() {
    let numbers = |direction: &str| {
        let fields = json!({"mediaType": "VOICE", "direction": direction, "ani": "tel:+447700900123", "dnis": "sip:+12025550100@x"});
        let fact = fact(&genesys("acd.start", &fields));
        assert!(!format!("{fact:?}").contains("7700"));
        fact.mentions.iter().map(|mention| (mention.party, mention.phone.masked.clone())).collect::<Vec<_>>()
    };
    let (caller, called) = ("•••• 23".to_owned(), "•••• 00".to_owned());
    assert_eq!(numbers("INBOUND"), [(Party::Customer, caller.clone()), (Party::Centre, called.clone())]);
    assert_eq!(numbers("OUTBOUND"), [(Party::Centre, caller), (Party::Customer, called)]);
    let callback = json!({"callbackNumbers": ["+447700900123", "447700900123", "extension 7"]});
    assert_eq!(fact(&genesys("wrapup", &callback)).mentions.len(), 1);
}

#[test]
fn a_call_to_a_number_is_a_hand_off() {
    let call = |direction: &str, media: &str| {
        let fields = json!({"mediaType": media, "direction": direction, "ani": "+12025550143", "dnis": "+12025550100"});
        fact(&genesys("customer.start", &fields)).handoffs
    };
    let [arrived] = &call("INBOUND", "VOICE")[..] else { panic!() };
    assert_eq!((arrived.act, arrived.at, arrived.number.masked.as_str()), (HandoffAct::Arrived, at(0), "•••• 00"));
    assert_eq!(arrived.customer.as_ref().unwrap().masked, "•••• 43");
    assert_eq!(arrived.span.as_ref().unwrap().as_str(), format!("genesys:{CONVERSATION}:customer:{SESSION}"));
    let [left] = &call("OUTBOUND", "VOICE")[..] else { panic!() };
    assert_eq!(
        (left.act, left.number.clone(), left.customer.clone()),
        (HandoffAct::Left, arrived.number.clone(), arrived.customer.clone())
    );
    assert!(call("INBOUND", "MESSAGE").is_empty() && call("UNKNOWN", "VOICE").is_empty());
}

#[test]
fn a_transfer_to_a_known_number_is_a_hand_off() {
    let transfer = |topic: &str, more: Value| {
        let mut fields = json!({"mediaType": "VOICE", "direction": "INBOUND", "ani": "+12025550143",
            "dnis": "+12025550100", "addressTo": "tel:+12025550122"});
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        fact(&genesys(topic, &fields)).handoffs
    };
    let to_a_number = json!({"exitReason": "TRANSFER", "transferType": "number"});
    let [left] = &transfer("flow.end", to_a_number)[..] else { panic!() };
    assert_eq!((left.act, left.number.masked.as_str(), left.at), (HandoffAct::Left, "•••• 22", at(0)));
    assert_eq!(left.customer.as_ref().unwrap().masked, "•••• 43");
    assert_eq!(transfer("user.end", json!({"disconnectType": "CONSULT_TRANSFER"}))[0].number, left.number);
    for (topic, more) in [
        ("flow.end", json!({"exitReason": "TRANSFER", "transferType": "ACD"})),
        ("flow.end", json!({"transferType": "NUMBER", "addressTo": "+1 202 555 0100"})),
        ("user.end", json!({"disconnectType": "TRANSFER", "addressTo": "ada@example.com"})),
        ("user.end", json!({"disconnectType": "PEER"})),
    ] {
        assert!(transfer(topic, more.clone()).is_empty(), "{topic} {more}");
    }
}

#[test]
fn a_web_session_is_a_link_and_an_external_contact_is_not() {
    let fields = json!({"journeyContext": {"sessionId": "s-81f2", "sessionIdType": "web"},
        "externalContactId": SESSION, "conversationExternalContactIds": [SESSION]});
    let fact = fact(&genesys("customer.start", &fields));
    let [link] = fact.links.as_slice() else { panic!("{fact:?}") };
    assert_eq!((link.id.to_string().as_str(), link.role), ("web.session:s-81f2", Role::Reference));
}

#[test]
fn wrap_up_codes_are_kept_as_uuids_and_words() {
    for (code, kept) in [
        (SESSION, Some(SESSION)),
        ("ADA_LOVELACE", None),
        ("ININ-WRAP-UP-TIMEOUT", Some("ININ-WRAP-UP-TIMEOUT")),
        ("Alex moved", None),
    ] {
        let span = span(&genesys("acw", &json!({"wrapupCode": code})));
        assert_eq!(span.attributes.get("genesys.wrapup_code").map(String::as_str), kept, "{code}");
    }
}

#[test]
fn an_event_that_is_sent_again_is_the_same_fact() {
    let first = sample("genesys/conversation/user-end.json");
    let mut again: Value = serde_json::from_str(&first).unwrap();
    again["id"] = json!("another-envelope");
    again["time"] = json!("2023-03-07T00:00:00Z");
    again["detail"]["metadata"]["CorrelationId"] = json!("another");
    assert_eq!(fact(&first), fact(&again.to_string()));
    assert_eq!(fact(&first).id(), fact(&again.to_string()).id());
    assert_eq!(
        fact(&first).id().to_string(),
        "54552fb158ea5cde24f66fd22ac1ab77",
        "the same on every machine, for ever"
    );
    again["detail"]["eventBody"]["heldDurationMs"] = json!(60_001);
    assert_ne!(fact(&first).id(), fact(&again.to_string()).id());
}

#[test]
fn an_event_that_cannot_be_read_says_which_field() {
    let body = |fields: Value| genesys("user.start", &fields);
    for (json, expected) in [
        (body(json!({"conversationId": "c-1"})), "detail.eventBody.conversationId is not a UUID"),
        (body(json!({"conversationId": null})), "detail.eventBody.conversationId is missing"),
        (body(json!({"conversationId": {}})), "detail.eventBody.conversationId is not a text"),
        (body(json!({"sessionId": "+447700900123"})), "detail.eventBody.sessionId is not a UUID"),
        (body(json!({"sessionId": null})), "detail.eventBody.sessionId is missing"),
        (body(json!({"sessionId": null, "participantId": "p"})), "detail.eventBody.participantId is not a UUID"),
        (body(json!({"eventTime": null})), "detail.eventBody.eventTime is missing"),
        (
            body(json!({"eventTime": "soon"})),
            "detail.eventBody.eventTime is not a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568",
        ),
        (body(json!({"sessionId": ["s"]})), "detail.eventBody.sessionId is not a text"),
        (genesys("flow.outcome", &json!({})), "detail.eventBody.flowOutcomeEndTime is missing"),
        (
            genesys("flow.outcome", &json!({"flowOutcomeEndTime": 7, "flowOutcomeStartTime": 1_678_004_700_000_i64})),
            "detail.eventBody.flowOutcomeEndTime is not a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568",
        ),
        (
            r#"{"detail-type":"v2.detail.events.conversation.{id}.acw","detail":{"eventBody":7}}"#.to_owned(),
            "detail.eventBody is not an object",
        ),
        (
            json!({"detail-type": "v2.detail.events.conversation.{id}.acw",
                "detail": {"eventBody": {"conversationId": CONVERSATION}}})
            .to_string(),
            "time is missing",
        ),
        ("{}".to_owned(), "detail-type is missing"),
        ("[]".to_owned(), "it is not an object"),
    ] {
        assert_eq!(refusal(&json), expected, "{json}");
    }
    let error = try_facts(&body(json!({"sessionId": null}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the event cannot be read: detail.eventBody.sessionId is missing. Compare it with a sample in events/genesys."
    );
}

#[test]
fn the_participant_replaces_a_missing_session() {
    let span = span(&genesys("acd.start", &json!({"sessionId": null, "participantId": CONVERSATION})));
    assert_eq!(span.key.as_str(), format!("genesys:{CONVERSATION}:acd:{CONVERSATION}"));
}

#[test]
fn the_envelopes_time_replaces_a_missing_timestamp() {
    let mut event: Value = serde_json::from_str(&genesys("acd.start", &json!({}))).unwrap();
    event["detail"].as_object_mut().unwrap().remove("timestamp");
    assert_eq!(fact(&event.to_string()).observed_at, at(1000));
    assert!(cxtrace_sources::read(&event.to_string(), &context()).is_ok());
}

/// A number that somebody dials, as it may stand in the place of a time. Read as milliseconds it is of 2044 or 2081.
#[test]
fn a_number_in_the_place_of_a_time_is_stored_nowhere() {
    let mut read = 0;
    for number in
        [json!("003515214916425"), json!("+2348031234567"), json!("2348031234567"), json!(2_348_031_234_567_i64)]
    {
        let whole = json!({"flowOutcomeStartTime": AT, "flowOutcomeEndTime": AT, "callbackScheduledTime": AT,
            "flowMilestones": [{"milestoneId": CONVERSATION, "milestoneTime": AT}]});
        let fields =
            ["eventTime", "flowOutcomeStartTime", "flowOutcomeEndTime", "callbackScheduledTime", "milestoneTime"];
        for (topic, field) in Topic::ALL.iter().flat_map(|topic| fields.map(|field| (topic, field))) {
            let mut fields = whole.clone();
            match field {
                "milestoneTime" => fields["flowMilestones"][0][field] = number.clone(),
                field => fields[field] = number.clone(),
            }
            let event: Value = serde_json::from_str(&genesys(topic.name(), &fields)).unwrap();
            let mut with_timestamp = event.clone();
            with_timestamp["detail"]["timestamp"] = number.clone();
            for event in [event, with_timestamp] {
                let result = format!("{:?}", try_facts(&event.to_string()));
                read += usize::from(result.starts_with("Ok"));
                for trace in ["5214916425", "8031234567", "2044-", "2081-"] {
                    assert!(!result.contains(trace), "{} {field}: {result}", topic.name());
                }
            }
        }
    }
    assert!(read > 400, "{read}");
}

#[test]
fn a_callback_may_be_scheduled_for_next_month() {
    let ahead = json!({"callbackScheduledTime": "2023-04-05T08:00:00Z"});
    let scheduled = span(&genesys("acd.start", &ahead)).traits.scheduled_for.unwrap();
    assert_eq!(scheduled.to_rfc3339(), "2023-04-05T08:00:00+00:00");
}
