//! What a journey does not show: links that nobody has confirmed, and what is beyond the limits of a source.

use super::sentences;
use crate::journeys::document::{KeptOutLine, UnconfirmedLine};
use crate::journeys::gathered::Gathered;
use crate::journeys::origin::Source;
use crate::journeys::source_limits::{Kind, MAX_BYTES_OF_SOURCE, MAX_IDS, MAX_SPANS_OF_SOURCE};
use crate::journeys::super_connector::MAX_EDGES;

/// A document lists so many unconfirmed ids.
const MAX_UNCONFIRMED: usize = 50;

pub(super) fn unconfirmed(gathered: &Gathered) -> Vec<UnconfirmedLine> {
    let lines = gathered.unconfirmed.iter().take(MAX_UNCONFIRMED);
    lines.map(|(id, sources)| UnconfirmedLine { id: id.clone(), sources: sources.iter().cloned().collect() }).collect()
}

pub(super) fn kept_out(gathered: &Gathered) -> Vec<KeptOutLine> {
    let text = |source: &Source, kind, count| match kind {
        Kind::Links => sentences::too_many_ids(source, MAX_IDS),
        Kind::LinksOfId if count == 1 => sentences::too_many_links(source, MAX_EDGES),
        Kind::LinksOfId => sentences::too_many_links_of_ids(source, count, MAX_EDGES),
        Kind::Spans => sentences::too_many_spans(source, thousands(MAX_SPANS_OF_SOURCE), thousands(count)),
        Kind::Facts => sentences::too_many_bytes(source, MAX_BYTES_OF_SOURCE / 1_000_000, thousands(count)),
    };
    let all = gathered.kept_out.iter();
    all.map(|(source, what, count)| KeptOutLine {
        source: source.clone(),
        what,
        count,
        text: text(source, what, count),
    })
    .collect()
}

/// A number with a comma between its thousands.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
