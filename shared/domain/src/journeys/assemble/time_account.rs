//! The customer's time: each moment of a journey is exactly one kind of time. Every duration that is shown or published
//! comes from here.
//!
//! A moment with several activities has the kind of the first of them in this order: hold, agent, AI, queue,
//! self-service, transfer. A moment without an activity has the kind of its gap. Wrap-up, carriers and backends are not
//! the customer's time.

use chrono::{DateTime, Utc};

use super::bounds::Bounds;
use super::gaps::GapCandidate;
use super::placed::{PlacedSpan, SpanEnd};
use super::view::{Stay, View};
use crate::journeys::document::{Stretch, Time, TimeAccount, TimeKind, TimePart};
use crate::journeys::span::SpanType;

/// A time with its kind. Later ranks win over earlier ones.
struct Piece {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    rank: Rank,
}

/// The kinds of pieces, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Line,
    Gap(TimeKind),
    Ringing,
    SelfService,
    Queue,
    Ai,
    Agent,
    Hold,
}

impl Rank {
    const COUNT: usize = 8;

    fn index(self) -> usize {
        match self {
            Self::Line => 0,
            Self::Gap(_) => 1,
            Self::Ringing => 2,
            Self::SelfService => 3,
            Self::Queue => 4,
            Self::Ai => 5,
            Self::Agent => 6,
            Self::Hold => 7,
        }
    }
}

/// The time from when the customer came to when the customer left. `dropped` is the end of a call that dropped with
/// nothing after it. `None` if no source reported where the customer was.
///
/// A line without activities of its own platform, such as a carrier's, does not prolong it, unless a gap shows that the
/// customer was on that line.
pub(super) fn stay(view: &View<'_>, dropped: Option<DateTime<Utc>>) -> Option<Stay> {
    let lines = view.lines;
    let platforms: std::collections::BTreeSet<_> =
        lines.activities.iter().map(|placed| placed.span.platform.as_str()).collect();
    let own = lines.lines.iter().filter(|line| platforms.contains(line.span.platform.as_str()));
    let there = || lines.activities.iter().chain(own.clone());
    let gaps = || view.gaps.iter().filter(|candidate| candidate.kind.is_some());
    let bounds = Bounds::of(view.gathered, view.spans, view.policy);
    let earliest = bounds.earliest_start();
    let starts = there().map(|placed| placed.start()).chain(gaps().map(|gap| gap.gap.started_at.0));
    let start = starts.filter(|start| Some(*start) >= earliest).min()?;
    if view.is_live() {
        return Some(Stay { start, end: None });
    }
    // A way to another platform may stay open after the customer has left. How far the customer came is not known.
    let until = |placed: &PlacedSpan| if placed.is_live(view.now) { placed.start() } else { placed.until(view.now) };
    let ends = there().filter(|placed| !matches!(placed.end, SpanEnd::Unattended(_))).map(|placed| until(placed));
    let ends = ends.chain(gaps().map(|gap| gap.gap.ended_at.0));
    let latest = bounds.latest_end(view.now);
    let end = ends.filter(|end| latest.is_none_or(|latest| *end <= latest)).max().unwrap_or(start);
    let end = dropped.map_or(end, |dropped| end.min(dropped));
    Some(Stay { start, end: Some(end.max(start)) })
}

/// The account of the time in `stay`. The time that goes on has a stretch without an end, which is in no sum.
pub(super) fn account(view: &View<'_>, stay: Stay) -> TimeAccount {
    let end = stay.end.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let stretches = stretches(pieces(view), stay.start, end);
    let mut account = TimeAccount::default();
    for Stretch { kind, started_at, ended_at } in stretches {
        let started_at = Time(millis(started_at.0));
        let ended_at = ended_at.map(|end| Time(millis(end.0))).filter(|end| end.0 < millis(DateTime::<Utc>::MAX_UTC));
        if ended_at == Some(started_at) {
            continue;
        }
        account.stretches.push(Stretch { kind, started_at, ended_at });
    }
    account.parts = TimeKind::ALL
        .into_iter()
        .map(|kind| TimePart { kind, duration_ms: account.sum(kind) })
        .filter(|part| part.duration_ms > 0)
        .collect();
    account.waited_ms = TimeKind::ALL.into_iter().filter(|kind| kind.is_waiting()).map(|kind| account.sum(kind)).sum();
    account
}

/// The account of a journey of which no source reported where the customer was.
pub(super) fn unknown(start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> TimeAccount {
    let stretch =
        Stretch { kind: TimeKind::Gap, started_at: Time(millis(start)), ended_at: end.map(|end| Time(millis(end))) };
    let duration_ms = stretch.duration_ms().unwrap_or_default();
    if stretch.ended_at.is_some() && duration_ms == 0 {
        return TimeAccount::default();
    }
    let parts = (duration_ms > 0).then_some(TimePart { kind: TimeKind::Gap, duration_ms });
    TimeAccount { waited_ms: 0, parts: parts.into_iter().collect(), stretches: vec![stretch] }
}

/// A time in the milliseconds that documents have. Differences of such times are exact.
pub(super) fn millis(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

fn pieces(view: &View<'_>) -> Vec<Piece> {
    let queues = QueueEnds::of(view);
    let mut pieces = Vec::new();
    for placed in &view.lines.activities {
        let (start, end) = (placed.start(), placed.until(view.now));
        match rank(placed) {
            Rank::Agent => {
                let answered = answered_at(placed, &queues).map_or(end, |at| at.clamp(start, end));
                pieces.push(Piece { start, end: answered, rank: Rank::Ringing });
                pieces.push(Piece { start: answered, end, rank: Rank::Agent });
            }
            rank => pieces.push(Piece { start, end, rank }),
        }
    }
    let gap = |GapCandidate { gap, kind, .. }: &GapCandidate| {
        Some(Piece { start: gap.started_at.0, end: gap.ended_at.0, rank: Rank::Gap((*kind)?) })
    };
    pieces.extend(view.gaps.iter().filter_map(gap));
    pieces
}

fn rank(placed: &PlacedSpan) -> Rank {
    match placed.span.span_type {
        SpanType::Hold => Rank::Hold,
        SpanType::AgentInteraction if placed.is_unanswered_agent() => Rank::Ringing,
        SpanType::AgentInteraction => Rank::Agent,
        SpanType::AiConversation => Rank::Ai,
        SpanType::Queue => Rank::Queue,
        _ if placed.is_in_queue() => Rank::Queue,
        SpanType::PlatformHandoff => Rank::Ringing,
        SpanType::Telephony => Rank::Line,
        _ => Rank::SelfService,
    }
}

/// When the agent began to talk. `None` if nobody has answered yet.
///
/// Without a reported answer, it is the end of the queue in which the customer was when the agent was alerted.
fn answered_at(agent: &PlacedSpan, queues: &QueueEnds) -> Option<DateTime<Utc>> {
    let shows = |name: &str| agent.span.events.iter().find(|event| event.name == name).map(|event| event.at.0);
    if let Some(answered) = shows("answer") {
        return Some(answered);
    }
    if agent.span.ended_at.is_none() && ["alert", "contact", "dial"].into_iter().any(|name| shows(name).is_some()) {
        return None;
    }
    let left = queues.latest_of(agent.start()).filter(|left| agent.span.ended_at.is_none_or(|end| *left < end.0));
    Some(left.map_or(agent.start(), |left| left.max(agent.start())))
}

/// For each start of a queue, the latest reported end of the queues that had begun by then.
struct QueueEnds(Vec<(DateTime<Utc>, DateTime<Utc>)>);

impl QueueEnds {
    fn of(view: &View<'_>) -> Self {
        let queues = view.lines.activities.iter().filter(|placed| placed.is(&[SpanType::Queue]));
        let mut ends: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        for (start, end) in queues.filter_map(|queue| match queue.end {
            SpanEnd::Reported(end) => Some((queue.start(), end)),
            SpanEnd::WithLine(_) | SpanEnd::LostFrom(_) | SpanEnd::Unattended(_) => None,
        }) {
            let latest = ends.last().map_or(end, |(_, latest)| end.max(*latest));
            ends.push((start, latest));
        }
        Self(ends)
    }

    fn latest_of(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let begun = self.0.partition_point(|(start, _)| *start <= at);
        self.0.get(begun.checked_sub(1)?).map(|(_, latest)| *latest)
    }
}

/// The kinds of time from `from` to `to`, in order and without overlaps. Neighbours differ in kind.
fn stretches(pieces: Vec<Piece>, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Stretch> {
    let mut changes = Vec::with_capacity(pieces.len() * 2 + 2);
    for piece in pieces {
        let (start, end) = (piece.start.max(from), piece.end.min(to));
        if start < end {
            changes.push((start, 1, piece.rank));
            changes.push((end, -1, piece.rank));
        }
    }
    changes.sort_unstable();
    let mut open = [0_i32; Rank::COUNT];
    let mut gap = TimeKind::Gap;
    let mut found: Vec<Stretch> = Vec::new();
    let mut at = from;
    let mut add = |start: DateTime<Utc>, end: DateTime<Utc>, kind: TimeKind| {
        if start >= end {
            return;
        }
        match found.last_mut() {
            Some(last) if last.kind == kind => last.ended_at = Some(Time(end)),
            _ => found.push(Stretch { kind, started_at: Time(start), ended_at: Some(Time(end)) }),
        }
    };
    for (time, by, rank) in changes {
        add(at, time, kind_of(&open, gap));
        at = time;
        if let (Rank::Gap(kind), 1) = (rank, by) {
            gap = kind;
        }
        if let Some(count) = open.get_mut(rank.index()) {
            *count += by;
        }
    }
    // What goes on without an activity is not a short step yet.
    let last =
        if to == DateTime::<Utc>::MAX_UTC && open == [0; Rank::COUNT] { TimeKind::Gap } else { kind_of(&open, gap) };
    add(at, to, last);
    found
}

/// The kind of a moment. Between activities, without a gap, there is a short step.
fn kind_of(open: &[i32; Rank::COUNT], gap: TimeKind) -> TimeKind {
    match open.iter().rposition(|count| *count > 0) {
        Some(7) => TimeKind::Hold,
        Some(6) => TimeKind::Agent,
        Some(5) => TimeKind::Ai,
        Some(4) => TimeKind::Queue,
        Some(3) => TimeKind::SelfService,
        Some(2) => TimeKind::Transfer,
        Some(1) => gap,
        Some(_) => TimeKind::Gap,
        None => TimeKind::Transfer,
    }
}
