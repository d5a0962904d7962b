//! What `cxtrace up` has received so far, as a line on standard error, and a line for each failure.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cxtrace_clock::{Clock, SystemClock};

use crate::report::layout::{number, several};
use crate::twin::Ingested;

/// How often the tally is printed, if it has changed.
const INTERVAL: Duration = Duration::from_secs(2);

/// The tally, which all routes share.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

/// What was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    processed: u64,
    ignored: u64,
    failed: u64,
    webhooks: u64,
    records: u64,
    polled: u64,
}

impl Tally {
    /// Counts an event, and prints why it failed. `line` is where it stands in its request.
    pub(super) fn event(&self, line: u64, taken: &Ingested) {
        self.change(|counts| match taken {
            Ingested::Processed { .. } => counts.processed += 1,
            Ingested::Ignored => counts.ignored += 1,
            Ingested::Unreadable(_) | Ingested::NotStored(_) => counts.failed += 1,
        });
        if let Ingested::Unreadable(reason) | Ingested::NotStored(reason) = taken {
            eprintln!("failed: line {line} of a request to /events: {reason}");
        }
    }

    /// Counts a webhook, or prints why it failed.
    pub(super) fn webhook(&self, path: &str, status: u16) {
        self.delivery(
            status,
            |counts| &mut counts.webhooks,
            || format!("a webhook to {path} was answered with {status}"),
        );
    }

    /// Counts a record of a stream, or prints why it failed.
    pub(super) fn record(&self, stream: &str, status: u16) {
        self.delivery(
            status,
            |counts| &mut counts.records,
            || format!("a record of {stream} was answered with {status}"),
        );
    }

    /// Counts the items of a polled API, and prints what is wrong with it.
    pub(super) fn polled(&self, stored: u64, unreadable: u64, refused: &[String]) {
        self.change(|counts| {
            counts.polled += stored;
            counts.failed += unreadable + refused.len() as u64;
        });
        for reason in refused {
            eprintln!("failed: polling {reason}");
        }
    }

    fn delivery(&self, status: u16, of: impl Fn(&mut Counts) -> &mut u64, what: impl Fn() -> String) {
        if status < 400 {
            self.change(|counts| *of(counts) += 1);
        } else {
            self.change(|counts| counts.failed += 1);
            eprintln!("failed: {}", what());
        }
    }

    fn change(&self, act: impl FnOnce(&mut Counts)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn counts(&self) -> Counts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// `1,204 events processed, 3 of other topics ignored, 2 webhooks, 1 failed`.
    fn text(&self) -> String {
        let mut text = format!("{} processed", several(self.processed, "event"));
        if self.ignored > 0 {
            text += &format!(", {} of other topics ignored", number(self.ignored));
        }
        for (count, what) in [(self.webhooks, "webhook"), (self.records, "record"), (self.polled, "polled item")] {
            if count > 0 {
                text += &format!(", {}", several(count, what));
            }
        }
        if self.failed > 0 {
            text += &format!(", {} failed", number(self.failed));
        }
        text
    }
}

/// Prints the tally whenever it has changed, for as long as the process runs.
pub(super) async fn run(tally: Tally) {
    let mut shown = Counts::default();
    loop {
        SystemClock.sleep(INTERVAL).await;
        let counts = tally.counts();
        if std::mem::replace(&mut shown, counts) != counts {
            eprintln!("{}", counts.text());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_counts_what_was_received() {
        let tally = Tally::default();
        assert_eq!(tally.counts().text(), "0 events processed");
        for _ in 0..1_204 {
            tally.event(1, &Ingested::Processed { new: 1 });
        }
        tally.event(2, &Ingested::Ignored);
        tally.event(3, &Ingested::Unreadable("it is not JSON".to_owned()));
        tally.webhook("/hooks/vapi", 204);
        tally.webhook("/hooks/vapi", 401);
        tally.record("cdr", 200);
        tally.polled(7, 1, &["polyai: it answered 403 Forbidden".to_owned()]);
        let expected =
            "1,204 events processed, 1 of other topics ignored, 1 webhook, 1 record, 7 polled items, 4 failed";
        assert_eq!(tally.counts().text(), expected);
    }
}
