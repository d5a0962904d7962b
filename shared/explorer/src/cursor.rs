//! Where a page of a list begins, as a text that only we can have made and that fits one search only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::JourneyId;
use cxtrace_privacy::Pseudonyms;

use crate::row::Row;

/// A place in a list that goes from the newest journey to the oldest: what comes after it is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// When the last journey that was looked at began.
    pub started_at: DateTime<Utc>,
    /// That journey: several may begin at one time.
    pub journey: JourneyId,
}

impl Position {
    /// The place of a row.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        Self { started_at: row.started_at.0, journey: row.id }
    }
}

/// A page's beginning, with the range of the first page: without one in the request it would move on with the
/// clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) after: Position,
}

/// The first part of a cursor's text: what another version means would have another.
const SHAPE: &str = "1";
/// No cursor is longer: 3 times of at most 23 characters, an id and a hash of 32, with dots, in base64.
const MOST_BYTES: usize = 256;

impl Cursor {
    /// As text, for the search that `search` describes. Whoever changes the text or the search has no valid one.
    pub(crate) fn write(&self, search: &str, pseudonyms: &Pseudonyms) -> String {
        let content = self.content();
        let mark = pseudonyms.of("cursor", &format!("{content}\n{search}"));
        URL_SAFE_NO_PAD.encode(format!("{content}.{mark}"))
    }

    /// Reads what [`Self::write`] wrote for the same search; `None` for everything else.
    pub(crate) fn read(text: &str, search: &str, pseudonyms: &Pseudonyms) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (content, mark) = text.rsplit_once('.')?;
        let expected = pseudonyms.of("cursor", &format!("{content}\n{search}")).to_string();
        let same = |a: &str, b: &str| {
            // Every byte is looked at, so that the time it takes tells nothing of where they differ.
            a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
        };
        if !same(mark, &expected) {
            return None;
        }
        let parts: Vec<_> = content.split('.').collect();
        let [SHAPE, from, to, started_at, journey] = parts.as_slice() else { return None };
        let after = Position { started_at: time(started_at)?, journey: JourneyId::from_hex(journey)? };
        Some(Self { from: time(from)?, to: time(to)?, after })
    }

    fn content(&self) -> String {
        let Position { started_at, journey } = self.after;
        let [from, to, started_at] = [self.from, self.to, started_at].map(written);
        format!("{SHAPE}.{from}.{to}.{started_at}.{journey}")
    }
}

/// Seconds and nanoseconds: no time is rounded, for a rounded one would skip or repeat a row.
fn written(time: DateTime<Utc>) -> String {
    format!("{}_{}", time.timestamp(), time.timestamp_subsec_nanos())
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = text.split_once('_')?;
    DateTime::from_timestamp(seconds.parse().ok()?, nanos.parse().ok()?)
}
