//! DogStatsD lines, and datagrams of whole lines (docs, *DogStatsD: datagram format and shell usage*).

use cxtrace_domain::metrics::{Bucket, Series};

/// The maximum size of a datagram in bytes: the extension's buffer.
pub const MAX_DATAGRAM: usize = 8_192;

/// The maximum number of tags of a line. The extension drops lines with more.
pub const MAX_TAGS: usize = 100;

/// Why a series cannot be sent as a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsendableReason {
    /// A character in the name or in a tag would end it.
    #[error("its name or one of its tags contains a character with a special meaning in DogStatsD")]
    Characters,
    /// Too many tags.
    #[error("it has more than {MAX_TAGS} tags; set fewer in METRIC_TAGS")]
    Tags,
    /// Longer than a datagram.
    #[error("its name and tags have more than {MAX_DATAGRAM} bytes; set fewer or shorter tags in METRIC_TAGS")]
    Length,
    /// The protocol does not support times before 1970.
    #[error("its bucket does not start after 1 January 1970")]
    Time,
}

/// The line of one occurrence.
pub(super) fn line(series: &Series, bucket: Bucket) -> Result<String, UnsendableReason> {
    let reserved =
        |text: &str, more: char| text.is_empty() || text.contains(|c: char| c == '|' || c == more || c.is_control());
    if reserved(series.name(), ':') || series.tags().any(|tag| reserved(tag, ',')) {
        return Err(UnsendableReason::Characters);
    }
    if series.tags().len() > MAX_TAGS {
        return Err(UnsendableReason::Tags);
    }
    if bucket.start() <= 0 {
        return Err(UnsendableReason::Time);
    }
    let mut line = format!("{}:1|d", series.name());
    for (n, tag) in series.tags().enumerate() {
        line.push_str(if n == 0 { "|#" } else { "," });
        line.push_str(tag);
    }
    line.push_str(&format!("|T{}", bucket.start()));
    if line.len() > MAX_DATAGRAM { Err(UnsendableReason::Length) } else { Ok(line) }
}

/// Repeats each line by its count, in as few datagrams as their order allows. Every line must fit into a datagram.
pub(super) fn datagrams(lines: &[(String, u64)]) -> impl Iterator<Item = String> {
    let mut lines = lines.iter().flat_map(|(line, count)| (0..*count).map(move |_| line)).peekable();
    std::iter::from_fn(move || {
        let mut datagram = lines.next()?.clone();
        while let Some(line) = lines.next_if(|line| datagram.len() + 1 + line.len() <= MAX_DATAGRAM) {
            datagram.push('\n');
            datagram.push_str(line);
        }
        Some(datagram)
    })
}
