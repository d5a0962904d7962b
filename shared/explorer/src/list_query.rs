//! Reading a [`ListQuery`] from a query string, and the cursors of its pages.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::document::{InsightRule, Status};
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::query::{ListPosition, ListQuery, SearchBy};
use cxtrace_domain::journeys::{FlowMetric, Id, JourneyId};
use cxtrace_domain::metrics::timestamp;
use cxtrace_privacy::{NoNumber, Pseudonym, Pseudonyms, Telephone, safe_text};
use cxtrace_sources::ids;

use crate::api_error::ApiError;
use crate::cursor::{Cursor, is_searchable};
use crate::parameters::Parameters;

const KNOWN: [&str; 10] = ["phone", "id", "metric", "from", "to", "platform", "insight", "status", "cursor", "limit"];

const ONE: &str = "A search is by phone, by id or by metric. Leave the others out.";

const STATUSES: [(&str, Status); 4] = [
    ("live", Status::Live),
    ("provisional", Status::Provisional),
    ("settled", Status::Settled),
    ("revised", Status::Revised),
];

/// Reads a query string at `now`.
pub(crate) fn read(query: Option<&str>, now: DateTime<Utc>, pseudonyms: &Pseudonyms) -> Result<ListQuery, ApiError> {
    let parameters = Parameters::read(query, &KNOWN)?;
    let get = |name| parameters.get(name);
    let by = by(get("phone"), get("id"), get("metric"), pseudonyms)?;
    let platform = get("platform").map(platform).transpose()?;
    let insight = get("insight").map(insight).transpose()?;
    let status = get("status").map(status).transpose()?;
    let limit = get("limit").map_or(Ok(ListQuery::DEFAULT_LIMIT), limit)?;
    let from = get("from").map(|text| time("from", text)).transpose()?;
    let to = get("to").map(|text| time("to", text)).transpose()?;
    let (from, to, cursor) = match get("cursor") {
        None => {
            let (from, to) = range(from, to, &by, now)?;
            (from, to, None)
        }
        Some(text) => {
            let search = describe(&by, platform.as_deref(), insight, status);
            let cursor = Cursor::read(text, &search, pseudonyms).ok_or_else(ApiError::invalid_cursor)?;
            if from.is_some_and(|from| from != cursor.from) || to.is_some_and(|to| to != cursor.to) {
                return Err(ApiError::invalid_cursor());
            }
            (cursor.from, cursor.to, Some(cursor))
        }
    };
    Ok(ListQuery { by, from, to, platform, insight, status, after: cursor.map(|cursor| cursor.after), limit })
}

/// The cursor of the page of the same search that begins after `after`.
pub(crate) fn cursor(query: &ListQuery, after: ListPosition, pseudonyms: &Pseudonyms) -> String {
    let search = describe(&query.by, query.platform.as_deref(), query.insight, query.status);
    Cursor { from: query.from, to: query.to, after }.write(&search, pseudonyms)
}

/// A text that differs for every search. It is hashed into cursors. None of its parts has a line break.
fn describe(by: &SearchBy, platform: Option<&str>, insight: Option<InsightRule>, status: Option<Status>) -> String {
    let by = match by {
        SearchBy::Time => String::new(),
        SearchBy::Phone(hashes) => hashes.iter().fold("phone".to_owned(), |text, hash| format!("{text} {hash}")),
        SearchBy::Id(ids, journey) => {
            let own = journey.iter().map(ToString::to_string);
            own.chain(ids.iter().map(ToString::to_string)).fold("id".to_owned(), |text, id| format!("{text} {id}"))
        }
        SearchBy::Metric(metric) => format!("metric {}", metric.as_str()),
    };
    let status = status.and_then(|status| STATUSES.iter().find(|(_, other)| *other == status)).map(|(name, _)| *name);
    let insight = insight.map(InsightRule::as_str);
    format!("{by}\n{}\n{}\n{}", platform.unwrap_or_default(), insight.unwrap_or_default(), status.unwrap_or_default())
}

fn by(
    phone: Option<&str>,
    id: Option<&str>,
    metric: Option<&str>,
    pseudonyms: &Pseudonyms,
) -> Result<SearchBy, ApiError> {
    match (phone, id, metric) {
        (None, None, None) => Ok(SearchBy::Time),
        (Some(text), None, None) => numbers(text, pseudonyms).map(SearchBy::Phone),
        (None, Some(text), None) => {
            Ok(SearchBy::Id(ids_of(text, pseudonyms)?, JourneyId::from_hex(&text.trim().to_ascii_lowercase())))
        }
        (None, None, Some(text)) => FlowMetric::read(text).map(SearchBy::Metric).ok_or_else(|| {
            let message = "This is not a flow metric. Write it as Flow.Metric, such as CustomerRouting.Unknown.";
            ApiError::invalid_parameter("metric", message)
        }),
        (_, Some(_), _) => Err(ApiError::invalid_parameter("id", ONE)),
        (_, _, Some(_)) => Err(ApiError::invalid_parameter("metric", ONE)),
    }
}

/// The hashes that the phone number `text` may be stored as.
pub(crate) fn numbers(text: &str, pseudonyms: &Pseudonyms) -> Result<Vec<Pseudonym>, ApiError> {
    Telephone::hashes(text, pseudonyms).map_err(|why| {
        let message = match why {
            NoNumber::Unreadable => {
                "This is not a phone number. Write it with its country code, 7 to 15 digits, such as \
                         +44 7700 900123."
            }
            NoNumber::Meaningless => {
                "These digits stand for callers whose number is not shown, so no journey has them. Search by \
                         another number or by an id."
            }
        };
        ApiError::invalid_parameter("phone", message)
    })
}

/// The ids that `text` may be stored as.
fn ids_of(text: &str, pseudonyms: &Pseudonyms) -> Result<Vec<Id>, ApiError> {
    let written = "This is not an id. Write it as namespace:value, such as \
                   genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10, or write its value alone.";
    match ids::candidates(text, pseudonyms) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(InvalidId::Written) => Err(ApiError::invalid_parameter("id", written)),
        Err(why) => Err(ApiError::invalid_parameter("id", format!("The id is invalid: {why}. Check its value."))),
    }
}

fn platform(text: &str) -> Result<String, ApiError> {
    safe_text::label(text).ok_or_else(|| {
        ApiError::invalid_parameter(
            "platform",
            "This is not a platform's name. Use one that a journey shows, such as genesys.",
        )
    })
}

fn insight(text: &str) -> Result<InsightRule, ApiError> {
    InsightRule::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or_else(|| {
        let names = InsightRule::ALL.map(InsightRule::as_str).join(", ");
        ApiError::invalid_parameter("insight", format!("There is no such insight. Use one of {names}."))
    })
}

fn status(text: &str) -> Result<Status, ApiError> {
    STATUSES.iter().find(|(name, _)| *name == text).map(|(_, status)| *status).ok_or_else(|| {
        let names = STATUSES.map(|(name, _)| name).join(", ");
        ApiError::invalid_parameter("status", format!("There is no such status. Use one of {names}."))
    })
}

fn limit(text: &str) -> Result<usize, ApiError> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| plain && (1..=ListQuery::MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("The limit is out of range. Use a number from 1 to {}.", ListQuery::MAX_LIMIT);
        ApiError::invalid_parameter("limit", message)
    })
}

fn time(field: &'static str, text: &str) -> Result<DateTime<Utc>, ApiError> {
    // A `+` that was not encoded arrives as a space: `09:00:00 01:00` was an offset.
    let offset = text.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    timestamp::parse(text).or_else(|| timestamp::parse(&offset?)).filter(|time| is_searchable(*time)).ok_or_else(|| {
        let message =
            format!("The time in {field} cannot be read, or is before 1970. Write it as 2026-11-20T09:00:00Z.");
        ApiError::invalid_parameter(field, message)
    })
}

fn range(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    by: &SearchBy,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    let longest = TimeDelta::days(ListQuery::MAX_DAYS);
    let default = if matches!(by, SearchBy::Id(..) | SearchBy::Metric(_)) { longest } else { TimeDelta::days(1) };
    // In milliseconds, as the response gives it, so that a caller can send it again.
    let now = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
    let to = to.unwrap_or(now);
    let from = from.unwrap_or(to - default);
    if from > to {
        let message = "The range ends before it begins. Give a from that is not after to; to is now by default.";
        return Err(ApiError::invalid_parameter("from", message));
    }
    if to - from > longest {
        let message = format!("The range is too long. Ask for at most {} days.", ListQuery::MAX_DAYS);
        return Err(ApiError::invalid_parameter("from", message));
    }
    Ok((from, to))
}
