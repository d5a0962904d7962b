//! Times in the notations of vendors, in milliseconds since the epoch. What cannot be read is null.

use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse_and_remainder};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::json::Json;
use crate::times;

fn of(millis: Option<i64>) -> Json {
    let at = millis.and_then(DateTime::from_timestamp_millis).and_then(times::of_this_century);
    at.map_or(Json::Null, |at| Json::Int(at.timestamp_millis()))
}

/// A time in any notation, in milliseconds since the epoch. A time without an offset is in `zone`, or in UTC.
pub(super) fn time(value: &Json, zone: &Json) -> Json {
    let Ok(zone) = zone_of(zone) else { return Json::Null };
    of(match value {
        Json::Int(number) => of_number(*number),
        Json::Float(number) => of_float(*number),
        Json::Text(text) => {
            let text = text.trim();
            of_digits(text).or_else(|| iso(text, zone.as_ref())).or_else(|| rfc_2822(text))
        }
        // As protocol buffers write a time.
        Json::Object(object) => {
            let part = |name: &str| object.inside.get(name).map(|part| of_part(part).unwrap_or(0));
            part("seconds")
                .and_then(|seconds| seconds.checked_mul(1000)?.checked_add(part("nanos").unwrap_or(0) / 1_000_000))
        }
        _ => None,
    })
}

fn of_part(part: &Json) -> Option<i64> {
    match part {
        Json::Int(number) => Some(*number),
        Json::Text(text) => Some(text.trim()).filter(|text| times::may_count_from_the_epoch(text))?.parse().ok(),
        _ => None,
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since the epoch, by size.
fn of_number(number: i64) -> Option<i64> {
    match number {
        100_000_000_000_000_000.. => Some(number / 1_000_000),
        100_000_000_000_000.. => Some(number / 1_000),
        100_000_000_000.. => Some(number),
        946_684_800.. => number.checked_mul(1_000),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float that is too large becomes the largest number, which is not a time"
)]
fn of_float(number: f64) -> Option<i64> {
    // Seconds with a fraction keep their milliseconds.
    if (946_684_800.0..100_000_000_000.0).contains(&number) {
        return Some((number * 1000.0).round() as i64);
    }
    of_number(number.floor() as i64)
}

fn of_digits(text: &str) -> Option<i64> {
    let is_number = times::may_count_from_the_epoch(text)
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+'));
    if !is_number {
        return None;
    }
    text.parse().ok().map_or_else(|| text.parse().ok().and_then(of_float), of_number)
}

fn zone_of(zone: &Json) -> Result<Option<TimeZone>, ()> {
    match zone {
        Json::Null => Ok(None),
        Json::Text(name) => TimeZone::get(name.trim()).map(Some).map_err(|_| ()),
        _ => Err(()),
    }
}

/// A local time in `zone`. If the clocks showed it twice, the first one counts. If they skipped it, it is later by what they
/// skipped.
fn local(at: NaiveDateTime, zone: Option<&TimeZone>) -> Option<i64> {
    let as_if_utc = at.and_utc().timestamp_millis();
    let Some(zone) = zone else { return Some(as_if_utc) };
    let at = Offset::UTC.to_datetime(Timestamp::from_millisecond(as_if_utc).ok()?);
    Some(zone.to_timestamp(at).ok()?.as_millisecond())
}

/// RFC 3339 with any fraction, `T` or a space, and `Z`, an offset, `UTC` or nothing.
fn iso(text: &str, zone: Option<&TimeZone>) -> Option<i64> {
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    let (date, rest) = text.split_at_checked(10)?;
    let number = |text: &str| -> Option<u32> { text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())? };
    if &date[4..5] != "-" || &date[7..8] != "-" {
        return None;
    }
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(number(&date[..4])?).ok()?, number(&date[5..7])?, number(&date[8..])?)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let (clock, rest) = rest.split_at_checked(5)?;
    let (hour, minute) = clock.split_once(':')?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => {
            let (second, rest) = rest.split_at_checked(2)?;
            (number(second)?, rest)
        }
        None => (0, rest),
    };
    let (millis, rest) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let millis = format!("{:0<3}", &rest[..digits.min(3)]);
            (number(&millis).filter(|_| digits > 0)?, &rest[digits..])
        }
        None => (0, rest),
    };
    let time = NaiveTime::from_hms_milli_opt(number(hour)?, number(minute)?, second.min(59), millis)?;
    let at = date.and_time(time);
    match rest.trim() {
        "" => local(at, zone),
        offset => Some((at - offset_of(offset)?).and_utc().timestamp_millis()),
    }
}

/// `Z`, `UTC`, `GMT`, `+01:00`, `+0100` or `+01`.
fn offset_of(text: &str) -> Option<TimeDelta> {
    if ["z", "utc", "gmt", "ut"].iter().any(|zulu| text.eq_ignore_ascii_case(zulu)) {
        return Some(TimeDelta::zero());
    }
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..)?);
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<i64>().ok()? };
    let size = TimeDelta::minutes(hours * 60 + minutes);
    match text.as_bytes().first()? {
        _ if hours > 23 || minutes > 59 || digits.len() > 4 => None,
        b'+' => Some(size),
        b'-' => Some(-size),
        _ => None,
    }
}

/// `Thu, 05 Mar 2026 08:16:20 +0000`. The day of the week is not read, because some vendors write a wrong one.
fn rfc_2822(text: &str) -> Option<i64> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    let mut words = text.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, offset) = (words.next()?, words.next().unwrap_or("GMT"));
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name))? + 1;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(month).ok()?, day.parse().ok()?)?;
    let time = NaiveTime::parse_from_str(clock, "%H:%M:%S").ok()?;
    Some((date.and_time(time) - offset_of(offset)?).and_utc().timestamp_millis())
}

/// A time in the notation `format` of chrono. The day of the week is skipped.
pub(super) fn parse_time(value: &Json, format: &Json, zone: &Json) -> Json {
    let (Some(text), Some(format), Ok(zone)) = (value.as_text(), format.as_text(), zone_of(zone)) else {
        return Json::Null;
    };
    let text = text.trim();
    // In this notation, `%s` counts seconds from the epoch.
    if format.contains("%s") && !times::may_count_from_the_epoch(text) {
        return Json::Null;
    }
    of(parsed(text, format, zone.as_ref()))
}

fn parsed(text: &str, format: &str, zone: Option<&TimeZone>) -> Option<i64> {
    let mut found = Parsed::new();
    let mut rest = text;
    for item in StrftimeItems::new(format) {
        let skipped = matches!(item, Item::Fixed(Fixed::ShortWeekdayName | Fixed::LongWeekdayName));
        let mut unused = Parsed::new();
        let to = if skipped { &mut unused } else { &mut found };
        rest = parse_and_remainder(to, rest, std::iter::once(&item)).ok()?;
    }
    if !rest.trim().is_empty() {
        return None;
    }
    if let Ok(at) = found.to_datetime() {
        return Some(at.timestamp_millis());
    }
    let date = found.to_naive_datetime_with_offset(0);
    let date = date.or_else(|error| found.to_naive_date().map(|date| date.and_time(NaiveTime::MIN)).map_err(|_| error));
    local(date.ok()?, zone)
}

/// `time` and a number of milliseconds, or of `unit` times as many.
#[expect(clippy::cast_possible_truncation, reason = "a time that is too large is not a time")]
pub(super) fn plus(time: &Json, more: &Json, unit: f64) -> Json {
    let number = |value: &Json| match value {
        Json::Text(text) => text.trim().parse().ok(),
        value => value.as_number(),
    };
    match (time.as_number(), number(more)) {
        (Some(time), Some(more)) => of(Some((time + more * unit).round() as i64)),
        _ => Json::Null,
    }
}
