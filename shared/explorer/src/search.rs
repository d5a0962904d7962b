//! Which journeys are meant: a search as the API takes it.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::document::{InsightRule, Status};
use cxtrace_domain::journeys::{Id, Namespace};
use cxtrace_domain::metrics::timestamp;
use cxtrace_privacy::{NoNumber, Pseudonym, Pseudonyms, Telephone, safe_text};

use crate::cursor::{Cursor, Position};
use crate::parameters::Parameters;
use crate::refusal::Refusal;

/// The namespace of an id that is written as a UUID alone.
const CONVERSATION: Namespace = Namespace::known("genesys.conversation");

/// Which journeys are meant, and which part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// What they have in common.
    pub by: Search,
    /// They began then or later.
    pub from: DateTime<Utc>,
    /// They began before.
    pub to: DateTime<Utc>,
    /// They passed through this platform.
    pub platform: Option<String>,
    /// This rule found something in them.
    pub insight: Option<InsightRule>,
    /// They are this final.
    pub status: Option<Status>,
    /// They come after this one.
    pub after: Option<Position>,
    /// How many at most.
    pub limit: usize,
}

/// What journeys have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// Nothing.
    All,
    /// A phone number, by its keyed hash.
    Phone(Pseudonym),
    /// An id of any system.
    Id(Id),
}

const KNOWN: [&str; 9] = ["phone", "id", "from", "to", "platform", "insight", "status", "cursor", "limit"];

const STATUSES: [(&str, Status); 4] = [
    ("live", Status::Live),
    ("provisional", Status::Provisional),
    ("settled", Status::Settled),
    ("revised", Status::Revised),
];

impl ListQuery {
    /// The longest range, in days; also the range of a search by id that names none.
    pub const MOST_DAYS: i64 = 366;
    /// The most rows of a page.
    pub const MOST_ROWS: usize = 200;
    /// The rows of a page when nobody says how many.
    pub const ROWS: usize = 50;

    /// Reads a query string.
    pub(crate) fn read(query: Option<&str>, now: DateTime<Utc>, pseudonyms: &Pseudonyms) -> Result<Self, Refusal> {
        let parameters = Parameters::read(query, &KNOWN)?;
        let get = |name| parameters.get(name);
        let by = by(get("phone"), get("id"), pseudonyms)?;
        let platform = get("platform").map(platform).transpose()?;
        let insight = get("insight").map(insight).transpose()?;
        let status = get("status").map(status).transpose()?;
        let limit = get("limit").map_or(Ok(Self::ROWS), limit)?;
        let from = get("from").map(|text| time("from", text)).transpose()?;
        let to = get("to").map(|text| time("to", text)).transpose()?;
        let (from, to, cursor) = match get("cursor") {
            None => {
                let (from, to) = range(from, to, &by, now)?;
                (from, to, None)
            }
            Some(text) => {
                let search = describe(&by, platform.as_deref(), insight, status);
                let cursor = Cursor::read(text, &search, pseudonyms).ok_or_else(Refusal::invalid_cursor)?;
                if from.is_some_and(|from| from != cursor.from) || to.is_some_and(|to| to != cursor.to) {
                    return Err(Refusal::invalid_cursor());
                }
                (cursor.from, cursor.to, Some(cursor))
            }
        };
        Ok(Self { by, from, to, platform, insight, status, after: cursor.map(|cursor| cursor.after), limit })
    }

    /// The cursor of the page of the same search that begins after `after`.
    pub(crate) fn cursor(&self, after: Position, pseudonyms: &Pseudonyms) -> String {
        let search = describe(&self.by, self.platform.as_deref(), self.insight, self.status);
        Cursor { from: self.from, to: self.to, after }.write(&search, pseudonyms)
    }
}

/// A text that is the same for the same search only: it is hashed into cursors. None of its parts has a line break.
fn describe(by: &Search, platform: Option<&str>, insight: Option<InsightRule>, status: Option<Status>) -> String {
    let by = match by {
        Search::All => String::new(),
        Search::Phone(hash) => format!("phone {hash}"),
        Search::Id(id) => format!("id {id}"),
    };
    let status = status.and_then(|status| STATUSES.iter().find(|(_, other)| *other == status)).map(|(name, _)| *name);
    let insight = insight.map(InsightRule::as_str);
    format!("{by}\n{}\n{}\n{}", platform.unwrap_or_default(), insight.unwrap_or_default(), status.unwrap_or_default())
}

fn by(phone: Option<&str>, id: Option<&str>, pseudonyms: &Pseudonyms) -> Result<Search, Refusal> {
    match (phone, id) {
        (None, None) => Ok(Search::All),
        (Some(text), None) => Telephone::read(text, pseudonyms).map(|phone| Search::Phone(phone.hash)).map_err(|why| {
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
            Refusal::invalid_parameter("phone", message)
        }),
        (None, Some(text)) => id_of(text, pseudonyms).map(Search::Id),
        (Some(_), Some(_)) => {
            Err(Refusal::invalid_parameter("id", "A search is by phone or by id. Leave one of the two out."))
        }
    }
}

/// Reads an id as a platform wrote it, or as a journey shows it. A UUID alone is a Genesys conversation.
fn id_of(text: &str, pseudonyms: &Pseudonyms) -> Result<Id, Refusal> {
    let invalid = |message: String| Refusal::invalid_parameter("id", message);
    let written = || {
        let message = "This is not an id. Write it as namespace:value, such as \
                       genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10, or a conversation's UUID alone.";
        invalid(message.to_owned())
    };
    let text = text.trim();
    if let Some(uuid) = safe_text::uuid(text) {
        return Id::uuid(CONVERSATION, &uuid).map_err(|_| written());
    }
    let (namespace, value) = text.split_once(':').ok_or_else(written)?;
    let namespace = Namespace::read(namespace).ok_or_else(written)?;
    if is_hashed(value) {
        return text.parse().map_err(|_| written());
    }
    let id =
        if namespace == CONVERSATION { Id::uuid(namespace, value) } else { Id::read(namespace, value, pseudonyms) };
    id.map_err(|why| invalid(format!("The id cannot be: {why}. Check its value.")))
}

/// Whether a value is one that was hashed before it was kept, as [`Id::read`] writes it.
fn is_hashed(value: &str) -> bool {
    value.strip_prefix('~').is_some_and(|hash| Pseudonym::from_hex(hash).is_some())
}

fn platform(text: &str) -> Result<String, Refusal> {
    safe_text::label(text).ok_or_else(|| {
        Refusal::invalid_parameter(
            "platform",
            "This is not a platform's name. Use one that a journey shows, such as genesys.",
        )
    })
}

fn insight(text: &str) -> Result<InsightRule, Refusal> {
    InsightRule::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or_else(|| {
        let names = InsightRule::ALL.map(InsightRule::as_str).join(", ");
        Refusal::invalid_parameter("insight", format!("There is no such insight. Use one of {names}."))
    })
}

fn status(text: &str) -> Result<Status, Refusal> {
    STATUSES.iter().find(|(name, _)| *name == text).map(|(_, status)| *status).ok_or_else(|| {
        let names = STATUSES.map(|(name, _)| name).join(", ");
        Refusal::invalid_parameter("status", format!("There is no such status. Use one of {names}."))
    })
}

fn limit(text: &str) -> Result<usize, Refusal> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| plain && (1..=ListQuery::MOST_ROWS).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("The limit cannot be that. Use a number from 1 to {}.", ListQuery::MOST_ROWS);
        Refusal::invalid_parameter("limit", message)
    })
}

fn time(field: &'static str, text: &str) -> Result<DateTime<Utc>, Refusal> {
    // A `+` that was not encoded has become a space: `09:00:00 01:00` was an offset.
    let offset = text.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    timestamp::parse(text).or_else(|| timestamp::parse(&offset?)).ok_or_else(|| {
        let message = format!("The time in {field} cannot be read. Write it as 2026-11-20T09:00:00Z.");
        Refusal::invalid_parameter(field, message)
    })
}

fn range(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    by: &Search,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Refusal> {
    let most = TimeDelta::days(ListQuery::MOST_DAYS);
    let usual = if matches!(by, Search::Id(_)) { most } else { TimeDelta::days(1) };
    // As it is written in the answer, so that it can be given again.
    let now = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
    let to = to.unwrap_or(now);
    let from = from.unwrap_or(to - usual);
    if from > to {
        let message = "The range ends before it begins. Give a from that is not after to, which is now if left out.";
        return Err(Refusal::invalid_parameter("from", message));
    }
    if to - from > most {
        let message = format!("The range is too long. Ask for at most {} days.", ListQuery::MOST_DAYS);
        return Err(Refusal::invalid_parameter("from", message));
    }
    Ok((from, to))
}
