//! How far the events of a polled API are stored.

use chrono::{DateTime, TimeDelta, Utc};

use super::key;
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::table::{CorrelationTable, item};

const UNTIL: &str = "until_ms";
const NEXT_AT: &str = "next_at_ms";
const FROM: &str = "from_ms";
const TO: &str = "to_ms";
const PAGE: &str = "page";

/// How far an API is read. Everything before `until` is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollCursor {
    pub until: DateTime<Utc>,
    /// When it is asked again, at the earliest.
    pub next_at: DateTime<Utc>,
    /// The window that is read now, if some of its pages are stored.
    pub window: Option<PollWindow>,
}

/// A window with several pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollWindow {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// The API's name of the next page.
    pub page: String,
}

impl CorrelationTable {
    /// The cursor of `target`. An item that cannot be read is set aside, and counts as none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn poll_cursor(&self, target: &str) -> Result<Option<PollCursor>, StoreError> {
        let items = self.query("Query of a cursor", key::poll(target), "", true).await?;
        Ok(items.iter().find_map(|item| self.set_aside.unless_readable(cursor(item))))
    }

    /// Stores the cursor of `target`. It does not expire: it is what is known of an API that has not answered for weeks.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn store_poll_cursor(&self, target: &str, cursor: &PollCursor) -> Result<(), StoreError> {
        let mut stored = item(key::poll(target), key::POLL_CURSOR.to_owned());
        let mut put = |name: &str, at: DateTime<Utc>| stored.insert(name.to_owned(), number(at.timestamp_millis()));
        put(UNTIL, cursor.until);
        put(NEXT_AT, cursor.next_at);
        if let Some(window) = &cursor.window {
            put(FROM, window.from);
            put(TO, window.to);
            stored.insert(PAGE.to_owned(), text(&window.page));
        }
        self.put_all(vec![stored]).await
    }
}

fn cursor(item: &Item) -> Result<PollCursor, StoreError> {
    let reader = Reader(item);
    let time = |name: &str| {
        let at = TimeDelta::try_milliseconds(reader.required_number(name)?);
        let at = at.and_then(|since| DateTime::UNIX_EPOCH.checked_add_signed(since));
        at.ok_or_else(|| reader.unreadable(format!("`{name}` is out of range")))
    };
    let window = match item.contains_key(PAGE) {
        true => Some(PollWindow { from: time(FROM)?, to: time(TO)?, page: reader.text(PAGE)?.to_owned() }),
        false => None,
    };
    Ok(PollCursor { until: time(UNTIL)?, next_at: time(NEXT_AT)?, window })
}
