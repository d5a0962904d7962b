//! Moves a recorded delivery to another time. Vendors write times in many ways; each one that is near the delivery's own time
//! is moved, and nothing else changes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

/// A time further away from the delivery does not belong to its story: it is a placeholder, a birthday or a number.
const NEAR: TimeDelta = TimeDelta::days(2);

/// Times as texts: the form, its length, and a byte of it with its position. The byte makes the search quick.
const TEXTS: [(&str, usize, usize, u8); 3] = [
    // RFC 3339, up to the second. A fraction and an offset stay.
    ("%Y-%m-%dT%H:%M:%S", 19, 10, b'T'),
    // RFC 2822 in a form, up to the second.
    ("%a%%2C+%d+%b+%Y+%H%%3A%M%%3A%S", 31, 3, b'%'),
    // The records of AudioCodes.
    ("%H:%M:%S%.3f UTC %a %b %d %Y", 32, 13, b'U'),
];

/// The bytes before the times of a span of OpenTelemetry in protobuf: its start, its end, and an event's time.
const TAGS: [u8; 3] = [0x39, 0x41, 0x09];

/// `line` moved by `by`, which is a whole number of seconds. `None` if it is not a JSON object with a time.
pub(super) fn moved(line: &str, by: TimeDelta) -> Option<String> {
    let mut json: Value = serde_json::from_str(line).ok()?;
    let at: DateTime<Utc> = json.get("received_at").or_else(|| json.get("time"))?.as_str()?.parse().ok()?;
    if json["body_base64"] == true {
        let body = STANDARD.decode(json["body"].as_str()?).ok()?;
        json["body"] = STANDARD.encode(moved_bytes(body, at, by)).into();
        return Some(moved_text(&json.to_string(), at, by));
    }
    Some(moved_text(line, at, by))
}

/// `body` with the nanoseconds of its spans moved.
fn moved_bytes(mut body: Vec<u8>, around: DateTime<Utc>, by: TimeDelta) -> Vec<u8> {
    let mut at = 0;
    while at + 9 <= body.len() {
        let nanos = body.get(at + 1..at + 9).and_then(|bytes| bytes.try_into().ok()).map(i64::from_le_bytes);
        let time = nanos.filter(|_| TAGS.contains(&body[at])).map(DateTime::from_timestamp_nanos);
        match time.filter(|time| is_near(*time, around)) {
            Some(time) => {
                let nanos = (time + by).timestamp_nanos_opt().unwrap_or_default();
                body[at + 1..at + 9].copy_from_slice(&nanos.to_le_bytes());
                at += 9;
            }
            None => at += 1,
        }
    }
    body
}

/// `text` with the times in it moved.
fn moved_text(text: &str, around: DateTime<Utc>, by: TimeDelta) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_whole = !moved.ends_with(|before: char| before.is_ascii_alphanumeric());
        let found = written(rest, around, by).or_else(|| number(rest, around, by).filter(|_| is_whole));
        match found {
            Some((length, time)) => {
                moved.push_str(&time);
                rest = &rest[length..];
            }
            None => {
                moved.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    moved
}

/// The time that `text` begins with: its length, and the moved time in the same form.
fn written(text: &str, around: DateTime<Utc>, by: TimeDelta) -> Option<(usize, String)> {
    TEXTS.iter().find_map(|(form, length, at, byte)| {
        let text = text.get(..*length).filter(|text| text.as_bytes()[*at] == *byte)?;
        let time = NaiveDateTime::parse_from_str(text, form).ok()?.and_utc();
        is_near(time, around).then(|| (*length, (time + by).format(form).to_string()))
    })
}

/// The seconds or milliseconds since the epoch that `text` begins with.
fn number(text: &str, around: DateTime<Utc>, by: TimeDelta) -> Option<(usize, String)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let ends = text[length..].chars().next().is_none_or(|after| !after.is_ascii_alphanumeric());
    let number: i64 = text[..length].parse().ok().filter(|_| ends)?;
    let (time, moved) = match length {
        10 => (DateTime::from_timestamp(number, 0)?, number + by.num_seconds()),
        13 => (DateTime::from_timestamp_millis(number)?, number + by.num_milliseconds()),
        _ => return None,
    };
    is_near(time, around).then(|| (length, moved.to_string()))
}

fn is_near(time: DateTime<Utc>, around: DateTime<Utc>) -> bool {
    (time - around).abs() <= NEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_time_is_moved_and_nothing_else() {
        let line = r#"{"received_at": "2026-03-05T12:00:02.400Z", "body": "Timestamp=Thu%2C+05+Mar+2026+23%3A59%3A58+%2B0000&TimestampMs=1772712020100&Timestamp=1772712020&From=%2B12025550145", "gone": "1970-01-01T00:00:00.001Z", "setup": "|11:59:59.600 UTC Thu Mar 05 2026 |", "local": "2026-03-05T13:00:00+01:00"}"#;
        let expected = r#"{"received_at": "2026-03-06T12:01:02.400Z", "body": "Timestamp=Sat%2C+07+Mar+2026+00%3A00%3A58+%2B0000&TimestampMs=1772798480100&Timestamp=1772798480&From=%2B12025550145", "gone": "1970-01-01T00:00:00.001Z", "setup": "|12:00:59.600 UTC Fri Mar 06 2026 |", "local": "2026-03-06T13:01:00+01:00"}"#;
        assert_eq!(moved(line, TimeDelta::seconds(86_460)).unwrap(), expected);
        assert_eq!(moved(expected, TimeDelta::seconds(-86_460)).unwrap(), line);
    }

    #[test]
    fn the_nanoseconds_of_protobuf_are_moved() {
        let start = 1_772_712_000_100_000_000_i64;
        let body = |start: i64| [&[0x0a, 0x02, 0x39][..], &start.to_le_bytes(), &[0x41, 1, 2]].concat();
        let line = |start| {
            let body = STANDARD.encode(body(start));
            serde_json::json!({"received_at": "2026-03-05T12:00:02Z", "body": body, "body_base64": true}).to_string()
        };
        let by = TimeDelta::seconds(3_600);
        let expected = line(start + 3_600_000_000_000).replace("T12", "T13");
        assert_eq!(moved(&line(start), by).unwrap(), expected);
    }

    #[test]
    fn what_has_no_time_of_its_own_is_not_moved() {
        assert_eq!(moved("{}", TimeDelta::zero()), None);
        assert_eq!(moved("[", TimeDelta::zero()), None);
    }
}
