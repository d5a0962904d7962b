//! A conversation's story in words.

use chrono::{DateTime, SecondsFormat, Utc};

use super::story::{Chapter, Moved, Story, Why};
use crate::report::layout::{number, several};

/// The story, for people.
pub(crate) fn write(story: &Story) -> String {
    let mut text = format!("Conversation {}\n", story.conversation);
    if story.is_empty() {
        text += "  Nothing is known of it: no event of it has counted anything, or that was\n";
        text += "  longer ago than items are kept. Check the id, and where its events went.\n";
        return text;
    }
    if let Some(media) = &story.media_type {
        text += &format!("  media type {media}\n");
    }
    text += &summary(&story.occurrences);
    for chapter in &story.occurrences {
        text += "\n";
        text += &one(chapter);
    }
    if let Some(journey) = &story.journey {
        text += "\n";
        text += &journey.text();
    }
    text
}

fn summary(chapters: &[Chapter]) -> String {
    type Holds = fn(&Chapter) -> bool;
    let count = |holds: Holds| chapters.iter().filter(|chapter| holds(chapter)).count() as u64;
    let mut parts = vec![format!("{} counted", several(chapters.len() as u64, "occurrence"))];
    let moved: [(Holds, &str); 5] = [
        (|c| c.why(Why::Skewed), "with a wrong clock"),
        (|c| c.why(Why::Malformed), "malformed"),
        (|c| c.why(Why::Unreadable), "of unreadable fields"),
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

impl Chapter {
    fn why(&self, why: Why) -> bool {
        self.moves.iter().any(|moved| moved.why == why)
    }
}

fn one(chapter: &Chapter) -> String {
    let title = match (chapter.own_time, chapter.metric.as_str()) {
        (_, "") => format!("occurrence {}", chapter.id),
        (Some(own), metric) => format!("{metric} at {}", exact(own)),
        (None, metric) => metric.to_owned(),
    };
    let mut lines = Vec::new();
    if !chapter.tags.is_empty() {
        lines.push(("tags", chapter.tags.join(", ")));
    }
    match (chapter.counted_in, chapter.moves.as_slice()) {
        (None, _) => {
            lines.push(("counted", "its items have expired; where it counted is not known any more".to_owned()))
        }
        (Some(bucket), []) => {
            lines.push(("counted", format!("in the bucket {}, that of its own time", range(bucket, chapter))))
        }
        (Some(bucket), moves) => {
            lines.push(("counted", format!("in the bucket {}", range(bucket, chapter))));
            lines.extend(moves.iter().map(|moved| ("because", because(moved, chapter))));
        }
    }
    if let Some(ledger) = chapter.ledger {
        let held = if chapter.published {
            format!("holds {} for that bucket, which is the ledger's total", number(ledger.accepted))
        } else if ledger.attempted > ledger.accepted {
            format!(
                "has not answered for the total of {} that was sent; it holds at least {}",
                number(ledger.attempted),
                number(ledger.accepted)
            )
        } else {
            format!(
                "holds {} for that bucket; the total of {} is yet to be sent",
                number(ledger.accepted),
                number(ledger.total)
            )
        };
        lines.push(("Datadog", held));
    }
    if !chapter.own_counts.is_empty() {
        lines.push(("also in", chapter.own_counts.join(", ")));
    }
    let mut text = format!("  {title}\n");
    for (label, what) in lines {
        text += &wrapped(label, &what);
    }
    text
}

fn because(moved: &Moved, chapter: &Chapter) -> String {
    match moved.why {
        Why::Malformed => "its name holds no time that can be read: it counts when its event was published".to_owned(),
        Why::Unreadable => {
            "this field of an event could not be read and was left out: it counts when the event was published"
                .to_owned()
        }
        Why::Skewed => match chapter.own_time {
            Some(own) => format!(
                "its own time is {} the publication of its event: it counts at the latter",
                distance(own, moved.to)
            ),
            None => "its own time cannot be right: it counts when its event was published".to_owned(),
        },
        Why::Late => {
            format!("the bucket {} had closed before Datadog accepted it there: it was moved", from(moved, chapter))
        }
        Why::Uncertain => format!(
            "the bucket {} had closed, and whether Datadog took the last total sent for it is not known: it was \
             moved, and may be doubled",
            from(moved, chapter)
        ),
    }
}

fn from(moved: &Moved, chapter: &Chapter) -> String {
    moved.from.map_or_else(|| "it was put into".to_owned(), |from| range(from, chapter))
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

fn range(bucket: DateTime<Utc>, chapter: &Chapter) -> String {
    format!("{} (+{} s)", exact(bucket), chapter.bucket_seconds)
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
