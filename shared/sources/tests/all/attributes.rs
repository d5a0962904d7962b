//! The topic `attributes`: which parts of an event are kept, which errors occur, and that no error repeats a value.

use cxtrace_domain::metrics::MediaType;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::genesys::attributes::{AttributesEvent, Incoming, TOPIC, read};

fn attributes(json: &str) -> AttributesEvent<'_> {
    match read(json, &|_| false) {
        Ok(Incoming::Attributes(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn names(json: &str) -> Vec<String> {
    attributes(json).names.iter().map(|name| name.as_str().to_owned()).collect()
}

fn event(detail: &str) -> String {
    format!(r#"{{"detail-type":"{TOPIC}","time":"2023-03-05T08:18:05Z","detail":{detail}}}"#)
}

fn body(members: &str) -> String {
    event(&format!(r#"{{"eventBody":{{"conversationId":"c",{members}}}}}"#))
}

fn problem(json: &str) -> String {
    let error = read(json, &|_| false).unwrap_err();
    format!("{} {}", error.field(), error.problem())
}

#[test]
fn only_names_that_may_be_metrics_are_kept() {
    let json = event(
        r#"{"timestamp":"2023-03-05T08:18:05.123Z","eventBody":{"conversationId":"c","eventTime":1678004285123,
        "attributes":{"AMetric_B(2023-03-05T08:18:04Z)":"1","AccountID":"0-000000","LLM (AW) question":{"a":[1]},
        "\u0041Metric_C(x)":null,"AMetric_D":"(2023-03-05T08:18:04Z)"}}}"#,
    );
    assert_eq!(names(&json), ["AMetric_B(2023-03-05T08:18:04Z)", "AMetric_C(x)"]);
    let event = attributes(&json);
    assert_eq!(event.published.to_rfc3339(), "2023-03-05T08:18:05.123+00:00");
    assert_eq!((event.media, event.unreadable.len()), (None, 0));
}

#[test]
fn the_order_of_the_members_does_not_matter() {
    let members = [
        format!(r#""detail-type":"{TOPIC}""#),
        r#""time":"2023-03-05T08:18:05Z""#.to_owned(),
        r#""detail":{"eventBody":{"attributes":{"AMetric_B(x)":1},"conversationId":"c"}}"#.to_owned(),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [2, 0, 1]] {
        let json = format!("{{{}}}", order.map(|at| members[at].as_str()).join(","));
        assert_eq!(names(&json), ["AMetric_B(x)"], "{json}");
    }
}

#[test]
fn a_names_invisible_characters_are_ignored() {
    let json = body(r#""attributes":{"AMetric_B(2023-03-05T08:18:04Z) ":"1","\ufeffAMet\u200bric_C(x)\u00a0":"1"}"#);
    assert_eq!(names(&json), ["AMetric_B(2023-03-05T08:18:04Z)", "AMetric_C(x)"]);
}

#[test]
fn a_value_is_read_only_where_it_names_an_id() {
    let correlations = Correlations::read("crmCaseId=crm.case").unwrap();
    for (value, expected, unreadable) in [
        (r#""500Hs1abcde""#, Some("500Hs1abcde"), false),
        (r#""500\u0048s1""#, Some("500Hs1"), false),
        (r#""500Hs1\ud83d""#, None, true),
        ("500", None, true),
        ("[\"500\"]", None, true),
        ("null", None, false),
        (r#"" ""#, None, false),
    ] {
        let json = body(&format!(r#""attributes":{{" crmCaseId\u200b":{value},"AccountID":7}}"#));
        let Ok(Incoming::Attributes(event)) = read(&json, &|name| correlations.namespace_of(name).is_some()) else {
            panic!("{json}")
        };
        assert_eq!(event.ids.first().map(|id| id.value.as_ref()), expected, "{value}");
        assert_eq!(event.unreadable.contains("attributes"), unreadable, "{value}");
        assert!(!format!("{event:?}").contains("500"));
    }
}

#[test]
fn the_envelopes_time_stands_in_for_a_timestamp_that_is_missing_or_cannot_be_read() {
    for timestamp in ["", r#""timestamp":null,"#, r#""timestamp":"soon","#, r#""timestamp":{},"#] {
        let json = event(&format!(r#"{{{timestamp}"eventBody":{{"conversationId":"c","eventTime":[]}}}}"#));
        let event = attributes(&json);
        assert_eq!(event.published.to_rfc3339(), "2023-03-05T08:18:05+00:00");
        assert_eq!(event.unreadable.contains("timestamp"), timestamp.contains("soon") || timestamp.contains("{}"));
    }
    for number in [r#""003515214916425""#, r#""2348031234567""#, "2348031234567"] {
        let json = event(&format!(r#"{{"timestamp":{number},"eventBody":{{"conversationId":"c"}}}}"#));
        let event = attributes(&json);
        assert!(
            event.unreadable.contains("timestamp") && event.published.to_rfc3339().starts_with("2023-"),
            "{number}"
        );
    }
    let millis = event(r#"{"timestamp":1678004285123.0,"eventBody":{"conversationId":"c"}}"#);
    assert_eq!(attributes(&millis).published.to_rfc3339(), "2023-03-05T08:18:05.123+00:00");
}

#[test]
fn the_first_communication_with_a_medium_says_the_media_type() {
    for (communications, media, unreadable) in [
        (r#"[{"id":"x"},{"mediaType":"VOICE"}]"#, Some("voice"), None),
        (r#"[null,{"mediaType":"VOICE"}]"#, Some("voice"), Some("communications")),
        (r#"[null]"#, None, Some("communications")),
        (r#"[7,"x",[],{"mediaType":{"x":1e999}}]"#, None, Some("communications.mediaType")),
        (r#"{"mediaType":"CHAT"}"#, Some("chat"), None),
        (r#""VOICE""#, None, Some("communications")),
        (r#"{"a":7}"#, None, None),
        ("null", None, None),
        ("[]", None, None),
        ("1e999", None, Some("communications")),
    ] {
        let json = body(&format!(r#""communications":{communications},"attributes":{{"AMetric_B(x)":"1"}}"#));
        let event = attributes(&json);
        assert_eq!(event.names.len(), 1, "{communications}");
        assert_eq!(event.media, media.map(MediaType::read), "{communications}");
        match unreadable {
            Some(field) => assert!(event.unreadable.contains(field), "{communications}: {:?}", event.unreadable),
            None => assert!(event.unreadable.is_empty(), "{communications}: {:?}", event.unreadable),
        }
    }
}

#[test]
fn empty_attributes_are_no_error() {
    for nothing in ["null", "[]", "\"\"", "{}"] {
        assert!(names(&body(&format!(r#""attributes":{nothing}"#))).is_empty(), "{nothing}");
    }
}

#[test]
fn another_topic_is_ignored_with_any_content() {
    let json = r#"{"detail-type":"v2.detail.events.conversation.{id}.customer.end","detail":{"eventBody":7}}"#;
    let incoming = read(json, &|_| false);
    assert!(matches!(incoming, Ok(Incoming::Foreign { topic }) if topic.ends_with("customer.end")));
}

#[test]
fn an_event_that_cannot_be_read_says_which_field() {
    let time = "a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568";
    let bare = format!(r#"{{"detail-type":"{TOPIC}","detail":{{"eventBody":{{"conversationId":"c"}}}}}}"#);
    for (json, expected) in [
        ("{}".to_owned(), "detail-type is missing".to_owned()),
        ("[]".to_owned(), "it is not an object".to_owned()),
        ("{".to_owned(), "it is not valid JSON at line 1 column 1".to_owned()),
        (r#"{"detail-type":7,"detail":{}}"#.to_owned(), "detail-type is not a text".to_owned()),
        (format!(r#"{{"detail-type":"{TOPIC}"}}"#), "detail is missing".to_owned()),
        (event("7"), "detail is not an object".to_owned()),
        (event("{}"), "detail.eventBody is missing".to_owned()),
        (event(r#"{"eventBody":null}"#), "detail.eventBody is missing".to_owned()),
        (event(r#"{"eventBody":[1]}"#), "detail.eventBody is not an object".to_owned()),
        (event(r#"{"eventBody":{}}"#), "detail.eventBody.conversationId is missing".to_owned()),
        (event(r#"{"eventBody":{"conversationId":""}}"#), "detail.eventBody.conversationId is missing".to_owned()),
        (event(r#"{"eventBody":{"conversationId":7}}"#), "detail.eventBody.conversationId is not a text".to_owned()),
        (
            event(r#"{"eventBody":{"conversationId":"\ud800"}}"#),
            "detail.eventBody.conversationId is not a text".to_owned(),
        ),
        (
            event(&format!(r#"{{"eventBody":{{"conversationId":"{}"}}}}"#, "c".repeat(257))),
            "detail.eventBody.conversationId is not an id of 1 to 256 bytes".to_owned(),
        ),
        (body(r#""attributes":[1]"#), "detail.eventBody.attributes is not an object of attributes".to_owned()),
        (bare.replace(r#""detail":{"#, r#""detail":{"timestamp":"soon","#), format!("detail.timestamp is not {time}")),
        (bare.replace(r#""detail":"#, r#""time":7,"detail":"#), format!("time is not {time}")),
        (bare, "time is missing".to_owned()),
    ] {
        assert_eq!(problem(&json), expected, "{json}");
    }
    let error = read("{}", &|_| false).unwrap_err().to_string();
    let advice = "Compare it with a sample in events/genesys/attributes.";
    assert_eq!(error, format!("the event cannot be read: detail-type is missing. {advice}"));
}

#[test]
fn an_error_repeats_no_customer_data() {
    let secret = "+44 7700 900123";
    for detail in [
        format!(r#"{{"eventBody":{{"conversationId":"c","attributes":"{secret}"}}}}"#),
        format!(r#"{{"eventBody":"{secret}"}}"#),
        format!(r#"{{"eventBody":{{"conversationId":["{secret}"]}}}}"#),
        format!(r#""{secret}""#),
    ] {
        let error = read(&event(&detail), &|_| false).unwrap_err().to_string();
        assert!(!error.contains("7700"), "{error}");
    }
}

#[test]
fn unknown_fields_and_topics_are_not_repeated() {
    assert_eq!(problem(r#"{"Ada Lovelace":{"Ada":nope}}"#), "it is not valid JSON at line 1 column 25");
    let foreign = read(r#"{"detail-type":"call +44 7700 900123","detail":{}}"#, &|_| false);
    assert!(matches!(foreign, Ok(Incoming::Foreign { topic }) if topic == "a topic whose name is not shown"));
}

#[test]
fn half_a_character_does_not_prevent_a_count() {
    let json = body(
        r#""attributes":{"Nickname \ud83d":"x","Nickname":"Ada \ud83d",
        "AMetric_B(2023-03-05T08:18:04Z)":"\ud800","CMetric_\udc00(2023-03-05T08:18:04Z)":{"\ud800":1},
        "DMetric_\ud83d\ude00(2023-03-05T08:18:04Z)":"1"},"\ud800":"\ud800""#,
    );
    let read = ["AMetric_B", "CMetric_\u{fffd}\u{fffd}\u{fffd}", "DMetric_\u{1f600}"];
    assert_eq!(names(&json), read.map(|name| format!("{name}(2023-03-05T08:18:04Z)")));
}

#[test]
fn deep_nesting_is_skipped_or_refused_without_a_crash() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(names(&body(&format!(r#""attributes":{{"a":{deep}}},"communications":{deep}"#))).is_empty());
    assert_eq!(problem(&deep), "it is not an object");
}
