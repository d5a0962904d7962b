//! Cursors: where a page of a list begins, as a text with a keyed hash. A cursor is valid for one search only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use cxtrace_domain::journeys::JourneyId;
use cxtrace_domain::journeys::query::{ListPosition, ListQuery};
use cxtrace_privacy::{HashDomain, Pseudonyms};
use subtle::ConstantTimeEq;

/// The position after which a page begins, and the range of the first page. A range that follows the clock would
/// otherwise change from page to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) after: ListPosition,
}

/// The version of the format, which is the first part of a cursor's text.
const VERSION: &str = "2";
/// The longest cursor: 3 times of at most 23 characters, an id, and a hash of 32 with its key, in base64.
const MAX_BYTES: usize = 256;

/// Between the content and its keyed hash.
const BEFORE_MARK: char = '~';

impl Cursor {
    /// The text of the cursor, for the search that `search` describes.
    pub(crate) fn write(&self, search: &str, pseudonyms: &Pseudonyms) -> String {
        let content = self.content();
        let mark = pseudonyms.of(HashDomain::Cursor, &format!("{content}\n{search}"));
        URL_SAFE_NO_PAD.encode(format!("{content}{BEFORE_MARK}{mark}"))
    }

    /// Reads what [`Self::write`] wrote for the same search; `None` for everything else.
    pub(crate) fn read(text: &str, search: &str, pseudonyms: &Pseudonyms) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (content, mark) = text.rsplit_once(BEFORE_MARK)?;
        let expected = pseudonyms.of(HashDomain::Cursor, &format!("{content}\n{search}")).to_string();
        if !bool::from(mark.as_bytes().ct_eq(expected.as_bytes())) {
            return None;
        }
        let parts: Vec<_> = content.split('.').collect();
        let [VERSION, from, to, started_at, journey] = parts.as_slice() else { return None };
        let after = ListPosition { started_at: time(started_at)?, journey: JourneyId::from_hex(journey)? };
        Some(Self { from: time(from)?, to: time(to)?, after }).filter(Self::is_in_range)
    }

    /// Whether a search could have made it: its range is allowed, and its position is in the range.
    fn is_in_range(&self) -> bool {
        let Self { from, to, after } = self;
        let is_allowed =
            is_searchable(*from) && is_searchable(*to) && *to - *from <= TimeDelta::days(ListQuery::MAX_DAYS);
        is_allowed && (*from..=*to).contains(&after.started_at)
    }

    fn content(&self) -> String {
        let ListPosition { started_at, journey } = self.after;
        let [from, to, started_at] = [self.from, self.to, started_at].map(written);
        format!("{VERSION}.{from}.{to}.{started_at}.{journey}")
    }
}

/// Whether a search may have this time as an end of its range: from 1970 up to 9999, whose years have four digits.
pub(crate) fn is_searchable(time: DateTime<Utc>) -> bool {
    (1970..=9999).contains(&time.year())
}

/// Seconds and nanoseconds. A rounded time would skip or repeat a journey.
fn written(time: DateTime<Utc>) -> String {
    format!("{}_{}", time.timestamp(), time.timestamp_subsec_nanos())
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = text.split_once('_')?;
    DateTime::from_timestamp(seconds.parse().ok()?, nanos.parse().ok()?)
}
