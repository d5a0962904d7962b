//! Tests each rule of the intake.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use super::*;

mod http;

const NOW: i64 = 1_700_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// A payload of one count that obeys every rule.
fn payload() -> Value {
    json!({"series": [{
        "metric": "genesys.flow.Ivr.Paid",
        "type": 1,
        "interval": 10,
        "points": [{"timestamp": NOW, "value": 17}],
        "tags": ["metric:paid", "flow:ivr"],
    }]})
}

/// `payload()` with one member of its series set, or removed with `null`.
fn with(member: &str, value: Value) -> Value {
    let mut payload = payload();
    let series = payload["series"][0].as_object_mut().unwrap();
    if value.is_null() {
        series.remove(member);
    } else {
        series.insert(member.to_owned(), value);
    }
    payload
}

fn post(intake: &mut Intake, payload: &Value) -> IntakeResponse {
    intake.accept(now(), payload.to_string().as_bytes(), None)
}

fn status_of(payload: &Value) -> u16 {
    post(&mut Intake::new(), payload).status
}

fn status_as(body: &[u8], encoding: Option<&str>) -> u16 {
    Intake::new().accept(now(), body, encoding).status
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// `payload()` followed by spaces, with this number of bytes.
fn padded(length: usize) -> Vec<u8> {
    let mut json = payload().to_string().into_bytes();
    assert!(json.len() <= length);
    json.resize(length, b' ');
    json
}

#[test]
fn a_valid_payload_is_held_with_its_tags_sorted() {
    let mut intake = Intake::new();
    assert_eq!(post(&mut intake, &payload()), IntakeResponse { status: 202, body: r#"{"errors":[]}"#.to_owned() });
    let tags = ["flow:ivr".to_owned(), "metric:paid".to_owned()];
    let held = HeldPoint { metric: "genesys.flow.Ivr.Paid", tags: &tags, timestamp: NOW, value: 17.0 };
    assert_eq!(intake.points().collect::<Vec<_>>(), [held]);
}

#[test]
fn the_last_value_wins_for_one_name_tag_set_and_time() {
    let mut intake = Intake::new();
    post(&mut intake, &payload());
    let mut again = with("tags", json!(["flow:ivr", "metric:paid", "flow:ivr"]));
    again["series"][0]["points"] = json!([{"timestamp": NOW, "value": 18}, {"timestamp": NOW, "value": 19}]);
    post(&mut intake, &again);
    assert_eq!(intake.points().map(|point| point.value).collect::<Vec<_>>(), [19.0]);

    post(&mut intake, &with("tags", json!(["flow:ivr"])));
    post(&mut intake, &with("tags", Value::Null));
    post(&mut intake, &with("metric", json!("a")));
    post(&mut intake, &with("points", json!([{"timestamp": NOW - 10, "value": 1.5}])));
    let held: Vec<_> =
        intake.points().map(|point| (point.metric, point.tags.len(), point.timestamp, point.value)).collect();
    let name = "genesys.flow.Ivr.Paid";
    assert_eq!(
        held,
        [
            ("a", 2, NOW, 17.0),
            (name, 0, NOW, 17.0),
            (name, 1, NOW, 17.0),
            (name, 2, NOW - 10, 1.5),
            (name, 2, NOW, 19.0)
        ]
    );
}

#[test]
fn points_outside_the_window_are_silently_dropped_and_counted() {
    for (timestamp, kept) in [
        (NOW - 3_600, true),
        (NOW - 3_601, false),
        (NOW + 600, true),
        (NOW + 601, false),
        (0, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        let mut intake = Intake::new();
        let payload = with("points", json!([{"timestamp": timestamp, "value": 1}]));
        assert_eq!(post(&mut intake, &payload).status, 202, "{timestamp}");
        assert_eq!((intake.points().count() == 1, intake.dropped() == 0), (kept, kept), "{timestamp}");
    }
    let mut intake = Intake::new();
    let payload = with("points", json!([{"timestamp": NOW - 3_600, "value": 1}])).to_string();
    intake.accept(now() + TimeDelta::milliseconds(1), payload.as_bytes(), None);
    assert_eq!(intake.dropped(), 1);
}

#[test]
fn with_historical_ingestion_points_of_any_age_are_held_and_none_of_the_future() {
    let mut intake = Intake::historical();
    for timestamp in [0, NOW - 86_400, NOW + 601] {
        post(&mut intake, &with("points", json!([{"timestamp": timestamp, "value": 1}])));
    }
    assert_eq!(intake.points().map(|point| point.timestamp).collect::<Vec<_>>(), [0, NOW - 86_400]);
}

#[test]
fn a_key_must_be_given() {
    assert_eq!(Intake::check_key(Some("a")), None);
    for key in [None, Some(""), Some("  ")] {
        assert_eq!(Intake::check_key(key).map(|answer| answer.status), Some(403));
    }
}

#[test]
fn every_documented_compression_is_read() {
    let json = payload().to_string().into_bytes();
    for (body, encoding) in [
        (json.clone(), None),
        (json.clone(), Some("identity")),
        (gzip(&json), Some("gzip")),
        (gzip(&json), Some(" GZIP")),
        (zlib(&json), Some("deflate")),
    ] {
        assert_eq!(status_as(&body, encoding), 202, "{encoding:?}");
    }
}

#[test]
fn a_wrong_content_encoding_is_a_400() {
    let json = payload().to_string().into_bytes();
    let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
    bare.write_all(&json).unwrap();
    let (gzip, zlib) = (gzip(&json), zlib(&json));
    for (body, encoding) in [
        (json.clone(), Some("gzip")),
        (json.clone(), Some("zstd1")),
        (gzip.clone(), None),
        (gzip.clone(), Some("deflate")),
        (bare.finish().unwrap(), Some("deflate")),
        (gzip[..gzip.len() - 1].to_vec(), Some("gzip")),
        (zlib[..zlib.len() - 1].to_vec(), Some("deflate")),
        ([&gzip[..], b"x"].concat(), Some("gzip")),
        ([&zlib[..], b"x"].concat(), Some("deflate")),
        (Vec::new(), Some("gzip")),
    ] {
        assert_eq!(status_as(&body, encoding), 400, "{encoding:?}");
    }
}

#[test]
fn more_than_512000_bytes_as_sent_are_a_413() {
    assert_eq!(status_as(&padded(MAX_SENT), None), 202);
    assert_eq!(status_as(&padded(MAX_SENT + 1), None), 413);
    assert_eq!(status_as(&vec![b'x'; MAX_SENT + 1], Some("gzip")), 413);
}

#[test]
fn five_mebibytes_decompressed_are_a_413() {
    assert_eq!(status_as(&gzip(&padded(MAX_PLAIN - 1)), Some("gzip")), 202);
    assert_eq!(status_as(&gzip(&padded(MAX_PLAIN)), Some("gzip")), 413);
    assert_eq!(status_as(&zlib(&padded(MAX_PLAIN - 1)), Some("deflate")), 202);
    assert_eq!(status_as(&zlib(&padded(MAX_PLAIN)), Some("deflate")), 413);
}

#[test]
fn a_decompression_bomb_is_a_413() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1_000_000];
    for _ in 0..100 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < MAX_SENT, "{}", bomb.len());
    assert_eq!(status_as(&bomb, Some("gzip")), 413);
    let read = body::plain(&bomb[..bomb.len() / 2], Some("gzip"));
    assert_eq!(read.map_err(|refusal| refusal.status), Err(413), "the end of a bomb is never read");
}

#[test]
fn json_of_another_form_is_a_400_with_the_reason() {
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "{\"series\":{}}",
        "{\"series\":[]}",
        "{\"series\":[{}]}",
        "[[]]",
        "{\"series\":[[]]}",
        "not json",
    ] {
        assert_eq!(status_as(body.as_bytes(), None), 400, "{body}");
    }
    let mut surplus = payload();
    surplus["apiKey"] = json!("x");
    assert_eq!(status_of(&surplus), 400);
    for (member, value) in [
        ("metric", Value::Null),
        ("metric", json!(7)),
        ("points", Value::Null),
        ("points", json!([])),
        ("points", json!([[NOW, 1]])),
        ("points", json!([{"timestamp": NOW}])),
        ("points", json!([{"value": 1}])),
        ("points", json!([{"timestamp": NOW as f64 + 0.5, "value": 1}])),
        ("points", json!([{"timestamp": NOW.to_string(), "value": 1}])),
        ("points", json!([{"timestamp": NOW, "value": "1"}])),
        ("tags", json!("flow:ivr")),
        ("tags", json!([1])),
        ("host", json!("a")),
        ("resources", json!([{"name": "a"}])),
    ] {
        let answer = post(&mut Intake::new(), &with(member, value.clone()));
        assert_eq!(answer.status, 400, "{member} {value}");
        assert!(answer.body.len() > r#"{"errors":[""]}"#.len());
    }
    let not_a_number = payload().to_string().replace("17", "1e999");
    assert_eq!(status_as(not_a_number.as_bytes(), None), 400);
}

#[test]
fn every_documented_member_is_accepted() {
    let mut whole = with("unit", json!("call"));
    let series = whole["series"][0].as_object_mut().unwrap();
    series.insert("source_type_name".into(), json!("genesys"));
    series.insert("resources".into(), json!([{"name": "a", "type": "host"}]));
    series.insert("metadata".into(), json!({"origin": {"product": 1}}));
    assert_eq!(status_of(&whole), 202);
}

#[test]
fn types_are_numbers_and_counts_and_rates_need_an_interval() {
    for (kind, interval, status) in [
        (json!(0), Value::Null, 202),
        (json!(1), json!(10), 202),
        (json!(2), json!(10), 202),
        (json!(3), Value::Null, 202),
        (Value::Null, Value::Null, 202),
        (json!(1), Value::Null, 400),
        (json!(2), json!(0), 400),
        (json!(1), json!(1.5), 400),
        (json!(3), json!(-1), 400),
        (json!(4), json!(10), 400),
        (json!("count"), json!(10), 400),
        (json!(1.0), json!(10), 400),
    ] {
        let mut payload = with("type", kind.clone());
        payload["series"][0].as_object_mut().unwrap().remove("interval");
        if !interval.is_null() {
            payload["series"][0]["interval"] = interval.clone();
        }
        assert_eq!(status_of(&payload), status, "{kind} {interval}");
    }
}

#[test]
fn names_that_datadog_would_change_are_a_400() {
    for name in ["a", "A.b_c.9", &"a".repeat(200)] {
        assert_eq!(status_of(&with("metric", json!(name))), 202, "{name}");
    }
    for name in ["", "9a", "_a", ".a", "a-b", "a b", "flow.ä", "a/b", "a:b", &"a".repeat(201)] {
        assert_eq!(status_of(&with("metric", json!(name))), 400, "{name}");
    }
}

#[test]
fn tags_that_datadog_would_change_are_a_400() {
    let long = |length: usize| format!("a:{}", "ä".repeat(length - 2));
    for tag in ["a", "env:prod", "team:a-b/c.d_e:f9", "flow:料金", "größe:s", &long(200)] {
        assert_eq!(status_of(&with("tags", json!([tag]))), 202, "{tag}");
    }
    for tag in [
        "",
        "9a",
        "_a:b",
        ":a",
        "a:",
        "Env:prod",
        "env:Prod",
        "env:Ä",
        "a b",
        "a,b",
        "a|b",
        "a\n",
        "flow:दिन",
        "flow:m²",
        "flow:①",
        "flow:Ⅷ",
        &long(201),
    ] {
        assert_eq!(status_of(&with("tags", json!(["ok:1", tag]))), 400, "{tag:?}");
    }
}

#[test]
fn two_spellings_that_datadog_folds_overwrite_one_another() {
    let mut intake = Intake::new();
    post(&mut intake, &with("tags", json!(["flow:a__b"])));
    let mut other = with("tags", json!(["flow:a_b"]));
    other["series"][0]["points"][0]["value"] = json!(3);
    post(&mut intake, &other);
    let held: Vec<_> = intake.points().map(|point| (point.tags.to_vec(), point.value)).collect();
    assert_eq!(held, [(vec!["flow:a_b".to_owned()], 3.0)]);
}

#[test]
fn a_refused_payload_is_not_held() {
    let mut both = payload();
    let guilty = with("metric", json!("9"))["series"][0].clone();
    both["series"].as_array_mut().unwrap().push(guilty);
    let mut intake = Intake::new();
    let answer = post(&mut intake, &both);
    assert_eq!(
        answer,
        IntakeResponse {
            status: 400,
            body: r#"{"errors":["the series \"9\": a name must start with a letter"]}"#.into()
        }
    );
    assert_eq!((intake.points().count(), intake.dropped()), (0, 0));
}
