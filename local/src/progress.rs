//! A progress bar for long work, on standard error. It is hidden when standard error is not a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    events: u64,
}

impl Progress {
    /// A bar that is full at `length`. Without a length, it shows only the work done so far.
    pub(crate) fn new(length: Option<u64>) -> Self {
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        let style = match length {
            Some(_) => "  [{bar:32}] {percent:>3} %  {msg}  {eta} left",
            None => "  {spinner} {msg}",
        };
        bar.set_style(
            ProgressStyle::with_template(style)
                .map_or_else(|_| ProgressStyle::default_bar(), |s| s.progress_chars("=> ")),
        );
        Self { bar, events: 0 }
    }

    /// Counts one event. `position` is the progress of the whole work.
    pub(crate) fn event(&mut self, position: u64) {
        self.events += 1;
        self.bar.set_position(position);
        if self.events.is_multiple_of(64) {
            let rate = self.events as f64 / self.bar.elapsed().max(Duration::from_millis(1)).as_secs_f64();
            self.bar.set_message(format!("{} events, {rate:.0}/s", self.events));
        }
    }

    /// Writes a line to standard error, above the bar.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
