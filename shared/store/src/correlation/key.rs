//! The keys of the correlation table. See the table in `docs/design.md`.

use std::iter;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_domain::journeys::{CodeAct, DecisionAct, FactId, HandoffAct, Id, JourneyId, Source};
use cxtrace_privacy::Pseudonym;

// Entries under an id, in this order: a reader knows the retractions and the neighbours before the first fact.
/// A retraction of an earlier version, which said neither who nor why.
pub(super) const CUT: &str = "cut#";
pub(super) const DECISION: &str = "decision#";
/// A neighbour, as an earlier version wrote it: without the source that links it.
pub(super) const EDGE: &str = "edge#";
/// A neighbour with the source that links it. All neighbours of one source stand together.
const EDGE_OF: &str = "edge:";
pub(super) const FACT: &str = "fact#";

/// The attribute with the content of a fact: compressed JSON, or a text that an earlier version wrote.
pub(super) const BODY: &str = "body";

/// The mark of a trace that belongs to a journey. It comes after the facts, so it is in no reader's way.
pub(super) const KNOWN: &str = "known";

pub(super) const ROW: &str = "row";
pub(super) const POLL_CURSOR: &str = "cursor";
pub(super) const CLOCKS: &str = "clocks";
/// The mark of an id through which nothing is joined, as an earlier version wrote it.
const QUARANTINE: &str = "alone";

/// The number of partitions over which an index distributes its rows. One partition accepts 1,000 writes a second. With
/// more, it throttles its table.
const PARTITIONS: u8 = 16;

/// The index of rows by start, and in it the day of the start.
pub(super) const BY_START: &str = "by-start";
pub(super) const LISTED: &str = "listed";
pub(super) const BEGAN: &str = "began";

/// The same index of an earlier version. Its rows move when they are written again; otherwise they expire.
pub(super) const BY_DAY: &str = "by-day";
pub(super) const DAY: &str = "day";

/// The index of rows by the time at which they are to be settled.
pub(super) const BY_DUE: &str = "by-due";
pub(super) const DUE: &str = "due";
pub(super) const DUE_AT: &str = "due_at";

/// The index value for the row of `journey`, among the values of `value`.
pub(super) fn partition(value: &str, journey: JourneyId) -> String {
    let digit = journey.to_string().chars().next().unwrap_or('0');
    format!("{value}#{digit}")
}

/// Every index value for the rows of `value`.
pub(super) fn partitions(value: &str) -> impl Iterator<Item = String> {
    (0..PARTITIONS).map(move |digit| format!("{value}#{digit:x}"))
}

pub(super) fn id(id: &Id) -> String {
    format!("id#{id}")
}

pub(super) fn decision(at: DateTime<Utc>, act: DecisionAct, other: &Id) -> String {
    format!("{DECISION}{}#{}#{other}", time(at), act.as_str())
}

/// The time and the act of a decision, and the text of the other id.
pub(super) fn read_decision(sk: &str) -> Option<(DateTime<Utc>, DecisionAct, &str)> {
    let mut parts = sk.strip_prefix(DECISION)?.splitn(3, '#');
    Some((parts.next()?.parse().ok()?, DecisionAct::read(parts.next()?)?, parts.next()?))
}

/// Where the limits of a user's searches are counted.
pub(super) fn searches(user: Pseudonym) -> String {
    format!("searches#{user}")
}

/// The neighbour `other`, as `source` links it. `None` stands for the entries of an earlier version.
pub(super) fn edge(source: Option<&Source>, other: &Id) -> String {
    format!("{}{other}", edges_of(source))
}

/// The beginning of the keys of the neighbours that `source` links.
pub(super) fn edges_of(source: Option<&Source>) -> String {
    source.map_or_else(|| EDGE.to_owned(), |source| format!("{EDGE_OF}{source}#"))
}

/// The source and the text of the id of a neighbour.
pub(super) fn read_edge(sk: &str) -> Option<(Option<Source>, &str)> {
    if let Some(other) = sk.strip_prefix(EDGE) {
        return Some((None, other));
    }
    let (source, other) = sk.strip_prefix(EDGE_OF)?.split_once('#')?;
    Some((Some(Source::read(source)?), other))
}

/// The mark of an id at which the links of `source` join nothing. `None` stands for every source.
pub(super) fn quarantine(source: Option<&Source>) -> String {
    source.map_or_else(|| QUARANTINE.to_owned(), |source| format!("{QUARANTINE}#{source}"))
}

/// The source of such a mark.
pub(super) fn read_quarantine(sk: &str) -> Option<Option<Source>> {
    match sk.strip_prefix(QUARANTINE)? {
        "" => Some(None),
        source => Some(Some(Source::read(source.strip_prefix('#')?)?)),
    }
}

pub(super) fn fact(id: FactId) -> String {
    format!("{FACT}{id}")
}

pub(super) fn code(code: &Id) -> String {
    format!("code#{code}")
}

pub(super) fn number(number: Pseudonym) -> String {
    format!("number#{number}")
}

/// A fact that shows a number as the customer's in a transfer. It is in no time range of transfers.
pub(super) fn shown_customer(fact: FactId) -> String {
    format!("customer#{fact}")
}

/// Where the facts are found that link `id` and may not prove it. No walk reads it.
pub(super) fn named(id: &Id) -> String {
    format!("named#{id}")
}

/// A fact's anchor under [`named`].
pub(super) fn naming(source: &Source, anchor: &Id) -> String {
    format!("{source}#{anchor}")
}

/// The beginning of the keys of all neighbours, with a source and without.
pub(super) const EDGES: &str = "edge";

pub(super) fn phone(phone: Pseudonym) -> String {
    format!("phone#{phone}")
}

pub(super) fn is_phone(pk: &str) -> bool {
    pk.starts_with("phone#")
}

/// How far an API is read.
pub(super) fn poll(target: &str) -> String {
    format!("poll#{target}")
}

pub(super) fn readings(source: &Source) -> String {
    format!("readings#{source}")
}

pub(super) fn journey(id: JourneyId) -> String {
    format!("journey#{id}")
}

/// The ids that are still to be erased because of a number.
pub(super) fn erasing(number: Pseudonym) -> String {
    format!("erasing#{}", JourneyId::of_erased_number(number))
}

/// A time as a part of a sort key: the texts sort like the times. The precision is milliseconds, as in sources'
/// reports.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A text that sorts after every sort key that begins with `text`.
pub(super) fn after(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

pub(super) fn code_event(at: DateTime<Utc>, act: CodeAct, fact: FactId) -> String {
    let act = match act {
        CodeAct::Issued => "issued",
        CodeAct::Used => "used",
    };
    format!("{}#{act}#{fact}", time(at))
}

/// An end of a hand-off, among those of its minute. In a minute, the ends of each customer stand together, by time.
pub(super) fn handoff_event(at: DateTime<Utc>, act: HandoffAct, customer: Option<Pseudonym>, fact: FactId) -> String {
    let customer = customer.map_or_else(|| NO_CUSTOMER.to_owned(), |customer| customer.to_string());
    format!("{}#{customer}#{}", minute(at), earlier_handoff_event(at, act, fact))
}

/// Stands in a key for the customer if no source knows the number. No hash is so short.
const NO_CUSTOMER: &str = "-";

/// The UTC minute of a time: a text with which [`time`] begins.
fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

/// The range of the keys of all hand-offs in the minutes of `from..=to`. Those of an earlier version are in it, because `#` sorts
/// before the `:` after their minute.
pub(super) fn handoff_minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> (String, String) {
    (minute(from), after(&minute(to)))
}

/// The ranges of the keys of exactly the hand-offs of a customer in `from..=to`: one for each minute, and one for those of an earlier
/// version.
pub(super) fn handoffs_of(customer: Pseudonym, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(String, String)> {
    let (first, last) = (time(from), after(&time(to)));
    let minutes = iter::successors(Some(from), |at| at.checked_add_signed(TimeDelta::minutes(1)));
    let minutes = minutes.map(minute).take_while(|at| *at <= minute(to));
    let range = |before: String| (format!("{before}#{customer}#{first}"), format!("{before}#{customer}#{last}"));
    minutes.chain([EARLIER_HANDOFFS_OF.to_owned()]).map(range).collect()
}

/// The end of a hand-off as an earlier version stored it, among all ends by time.
pub(super) fn earlier_handoff_event(at: DateTime<Utc>, act: HandoffAct, fact: FactId) -> String {
    let act = match act {
        HandoffAct::Left => "left",
        HandoffAct::Arrived => "arrived",
    };
    format!("{}#{act}#{fact}", time(at))
}

const EARLIER_HANDOFFS_OF: &str = "of";

/// The same end, as an earlier version stored it a second time among those of one customer.
pub(super) fn earlier_handoff_of(customer: Pseudonym, event: &str) -> String {
    format!("{EARLIER_HANDOFFS_OF}#{customer}#{event}")
}

pub(super) fn mention(at: DateTime<Utc>, anchor: &Id) -> String {
    format!("{}#{anchor}", time(at))
}
