//! Spans as bars of text, one line each: where it lies in the journey, its name and its duration.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::Outcome;
use cxtrace_domain::journeys::document::{Span, Time};
use cxtrace_domain::journeys::duration_text;

/// The maximum number of lines. The JSON has all spans.
const MAX_SPANS: usize = 60;

/// The columns of the bars, and of the platforms and names beside them.
const WIDTH: usize = 32;
const NAME: usize = 34;

/// The spans of a journey from `start` to `end`, in their order. An open span has a dotted end, and so has a span whose end
/// was not reported.
pub(super) fn draw(spans: &[Span], start: Time, end: Option<Time>) -> String {
    let end_of = |span: &Span| span.ended_at.or(span.ended_by);
    let first = spans.iter().map(|span| span.started_at.0).chain([start.0]).min().unwrap_or(start.0);
    let last = spans.iter().map(|span| end_of(span).map_or(span.started_at.0, |end| end.0)).chain(end.map(|end| end.0));
    let last = last.max().unwrap_or(first);
    let mut text = String::new();
    for span in spans.iter().take(MAX_SPANS) {
        let name = clipped(&format!("{}  {}", span.platform, span.name), NAME);
        let until = end_of(span).map_or(last, |end| end.0);
        let bar = bar(span.started_at.0, until, first, last, span.ended_at.is_some());
        let took = (until - span.started_at.0).num_milliseconds();
        let sign = match (span.ended_at, span.status) {
            (None, _) if span.ended_by.is_some() => "  end not reported",
            (None, _) => "  open",
            (_, Some(Outcome::Error)) => "  fault",
            (_, Some(Outcome::Abandoned)) => "  abandoned",
            _ => "",
        };
        text += &format!("  {name:<NAME$} |{bar}| {}{sign}\n", duration_text::text(took));
    }
    if spans.len() > MAX_SPANS {
        text += &format!("  and {} more spans: see --format json\n", spans.len() - MAX_SPANS);
    }
    text
}

fn bar(start: DateTime<Utc>, end: DateTime<Utc>, first: DateTime<Utc>, last: DateTime<Utc>, reported: bool) -> String {
    let total = (last - first).num_milliseconds().max(1);
    let column = |time: DateTime<Utc>| {
        let share = (time - first).num_milliseconds().clamp(0, total) * WIDTH as i64 / total;
        usize::try_from(share).unwrap_or(0).min(WIDTH)
    };
    let from = column(start).min(WIDTH - 1);
    let to = column(end).max(from + 1);
    let mut bar: String = " ".repeat(from) + &"=".repeat(to - from) + &" ".repeat(WIDTH - to);
    if !reported {
        bar.replace_range(to - 1..to, ":");
    }
    bar
}

fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most - 1) {
        Some((at, _)) if text.chars().count() > most => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_bar_lies_where_its_span_lies() {
        let bar = |from, to, reported| super::bar(at(from), at(to), at(0), at(320), reported);
        assert_eq!(bar(0, 320, true), "=".repeat(32));
        assert_eq!(bar(160, 170, true), format!("{}={}", " ".repeat(16), " ".repeat(15)));
        assert_eq!(bar(320, 320, true), format!("{}=", " ".repeat(31)));
        assert_eq!(bar(0, 100, false), format!("{}:{}", "=".repeat(9), " ".repeat(22)));
    }
}
