//! An explanation as text for people.

use chrono::{DateTime, SecondsFormat, Utc};

use super::explanation::{Explanation, Move, OccurrenceTrace, Why};
use crate::report::layout::{self, number, several};

/// That nothing was found, where it was searched, and what to do. Without the table of journeys (`all` is false), only
/// counts were searched.
pub(crate) fn nothing(id: &str, place: &str, all: bool) -> String {
    let kinds = match all {
        true => "as the id of a conversation, a journey, a trace or any other system",
        false => "as the id of a conversation whose flow metrics were counted",
    };
    let mut text = format!("Nothing was found for {id}.\n");
    let searched = format!("Searched {place}: {kinds}.");
    layout::wrapped(&searched).iter().for_each(|line| text += &format!("  {line}\n"));
    let remedy = "Check the spelling, and that an event with this id is there. Give an id of another system with its \
                  namespace, such as crm.case:500Hs00001abcde. A stack forgets ids RETENTION_DAYS after their last event.";
    layout::wrapped(remedy).iter().for_each(|line| text += &format!("  {line}\n"));
    text
}

pub(crate) fn write(explanation: &Explanation) -> String {
    // How the journey ended comes first.
    let journey = explanation.journey.as_ref().map(|journey| journey.text() + "\n").unwrap_or_default();
    let mut text = format!("{journey}Conversation {}\n", explanation.conversation);
    if let Some(media) = &explanation.media_type {
        text += &format!("  media type {media}\n");
    }
    text += &summary(&explanation.occurrences);
    for trace in &explanation.occurrences {
        text += "\n";
        text += &one(trace);
    }
    text
}

fn summary(traces: &[OccurrenceTrace]) -> String {
    type Holds = fn(&OccurrenceTrace) -> bool;
    let count = |holds: Holds| traces.iter().filter(|trace| holds(trace)).count() as u64;
    if traces.is_empty() {
        return "  No flow metric was set in it.\n".to_owned();
    }
    let mut parts = vec![format!("{} counted", several(traces.len() as u64, "occurrence"))];
    let moved: [(Holds, &str); 6] = [
        (|c| c.why(Why::Skewed), "with a wrong clock"),
        (|c| c.why(Why::Malformed), "malformed"),
        (|c| c.why(Why::Unreadable), "of unreadable fields"),
        (|c| c.why(Why::Meaningless), "of placeholder ids"),
        (|c| c.why(Why::Late) || c.why(Why::Uncertain), "late"),
        (|c| c.counted_in.is_some() && !c.published, "not yet in Datadog"),
    ];
    for (holds, what) in moved {
        let some = count(holds);
        if some > 0 {
            parts.push(format!("{} {what}", number(some)));
        }
    }
    format!("  {}\n", parts.join(", "))
}

impl OccurrenceTrace {
    fn why(&self, why: Why) -> bool {
        self.moves.iter().any(|moved| moved.why == why)
    }
}

fn one(trace: &OccurrenceTrace) -> String {
    let title = match (trace.own_time, trace.metric.as_str()) {
        (_, "") => format!("occurrence {}", trace.id),
        (Some(own), metric) => format!("{metric} at {}", exact(own)),
        (None, metric) => metric.to_owned(),
    };
    let mut lines = Vec::new();
    if !trace.tags.is_empty() {
        lines.push(("tags", trace.tags.join(", ")));
    }
    match (trace.counted_in, trace.moves.as_slice()) {
        (None, _) => lines.push(("counted", "in an unknown bucket, because its items have expired".to_owned())),
        (Some(bucket), []) => {
            lines.push(("counted", format!("in the bucket {}, the bucket of its own time", range(bucket, trace))))
        }
        (Some(bucket), moves) => {
            lines.push(("counted", format!("in the bucket {}", range(bucket, trace))));
            lines.extend(moves.iter().map(|moved| ("because", because(moved, trace))));
        }
    }
    if let Some(ledger) = trace.ledger {
        let held = if trace.published {
            format!("holds {} for that bucket, which equals the ledger's total", number(ledger.accepted))
        } else if ledger.attempted > ledger.accepted {
            format!(
                "did not respond to the total of {}; it holds at least {}",
                number(ledger.attempted),
                number(ledger.accepted)
            )
        } else {
            format!(
                "holds {} for that bucket; the total of {} is not sent yet",
                number(ledger.accepted),
                number(ledger.total)
            )
        };
        lines.push(("Datadog", held));
        if let Some(carried) = ledger.carried {
            let what = format!(
                "{} of that bucket came too late for Datadog and count in later buckets",
                number(carried.count)
            );
            let to = carried.to.map(|to| format!(", the latest in {}", range(to, trace))).unwrap_or_default();
            lines.push(("late", what + &to));
        }
    }
    if !trace.own_counts.is_empty() {
        lines.push(("also in", trace.own_counts.join(", ")));
    }
    let mut text = format!("  {title}\n");
    for (label, what) in lines {
        text += &wrapped(label, &what);
    }
    text
}

fn because(moved: &Move, trace: &OccurrenceTrace) -> String {
    match moved.why {
        Why::Malformed => {
            "its name is not a metric's, or has no valid time: it counts at its event's publication time".to_owned()
        }
        Why::Meaningless => {
            "this id is a placeholder and was left out: it counts at the event's publication time".to_owned()
        }
        Why::Unreadable => {
            "this field of an event could not be read and was left out: it counts at the event's publication time"
                .to_owned()
        }
        Why::Skewed => match trace.own_time {
            Some(own) => format!(
                "its own time is {} its event's publication time: it counts at the publication time",
                distance(own, moved.to)
            ),
            None => "its own time is wrong: it counts at its event's publication time".to_owned(),
        },
        Why::Late => {
            format!("the bucket {} closed before Datadog accepted it there: it was moved", from(moved, trace))
        }
        Why::Uncertain => format!(
            "the bucket {} closed, and Datadog did not respond to the last total of it: it was moved, and may count \
             twice",
            from(moved, trace)
        ),
    }
}

fn from(moved: &Move, trace: &OccurrenceTrace) -> String {
    moved.from.map_or_else(|| "it was put into".to_owned(), |from| range(from, trace))
}

fn distance(own: DateTime<Utc>, published: DateTime<Utc>) -> String {
    let minutes = (own - published).num_minutes();
    let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    let size = match hours {
        0 => several(rest, "minute"),
        1..48 => format!("{} h {rest} min", hours),
        _ => several(hours / 24, "day"),
    };
    format!("{size} {}", if minutes < 0 { "behind" } else { "ahead of" })
}

fn exact(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn range(bucket: DateTime<Utc>, trace: &OccurrenceTrace) -> String {
    format!("{} (+{} s)", exact(bucket), trace.bucket_seconds)
}

/// A labelled paragraph, in 80 columns.
fn wrapped(label: &str, what: &str) -> String {
    const INDENT: usize = 13;
    let mut text = String::new();
    let mut line = format!("    {label:<9}");
    for word in what.split(' ') {
        let is_first = line.chars().count() == INDENT;
        if !is_first && line.chars().count() + 1 + word.chars().count() > 80 {
            text += &line;
            text.push('\n');
            line = " ".repeat(INDENT);
        } else if !is_first {
            line.push(' ');
        }
        line += word;
    }
    text + &line + "\n"
}
