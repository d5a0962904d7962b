//! The account of the customer's time as a reader sees it. Texts round durations down, so the parts of an account could
//! miss their total by a second. Here the parts are rounded so that they add up to the total as it is shown. This file
//! knows no words: the caller says how precise its texts are.

use super::document::{TimeKind, TimePart};

/// A part whose own text is more precise than the total's may be rounded to this, in milliseconds.
const SECOND: i64 = 1_000;

/// `parts` as texts show them. `precision` is the precision of the text of a duration, in milliseconds: the text shows
/// the duration rounded down to a multiple of it.
///
/// The sum of all parts has the same text as the exact sum. So has the sum of the waiting times, unless queue and hold are
/// shown with different precision.
#[must_use]
pub fn shown(parts: &[TimePart], precision: fn(i64) -> i64) -> Vec<TimePart> {
    let down = |ms: i64| ms - ms % precision(ms).max(1);
    let mut shown: Vec<_> =
        parts.iter().map(|part| TimePart { duration_ms: down(part.duration_ms), ..*part }).collect();
    let own = |n: usize| precision(parts[n].duration_ms).max(1);
    let lost = |n: usize| parts[n].duration_ms - down(parts[n].duration_ms);

    // First queue and hold against their own sum.
    let mut waits = shown.clone();
    let raised = |n: usize, step: i64| (parts[n].duration_ms / step + 1) * step;
    let mut order: Vec<_> = (0..parts.len()).filter(|n| parts[*n].kind.is_waiting() && lost(*n) > 0).collect();
    order.sort_by_key(|n| rank(parts[*n].kind));
    for n in order {
        if waited(&waits) < down(waited(parts)) {
            waits[n].duration_ms = raised(n, own(n));
        }
    }
    if waited(&waits) <= waited(parts) {
        shown = waits;
    }

    // Then all parts against the total. A part becomes longer by its own precision, then by that of the total.
    let total = sum(parts);
    let common = precision(total).clamp(1, SECOND);
    let mut steps: Vec<_> = (0..parts.len()).map(|n| (n, own(n))).filter(|(n, _)| lost(*n) > 0).collect();
    steps.extend((0..parts.len()).filter(|n| own(*n) < common).map(|n| (n, common)));
    steps.sort_by_key(|(n, step)| (rank(parts[*n].kind), *step != own(*n), std::cmp::Reverse(lost(*n))));
    for (n, step) in steps {
        if sum(&shown) < down(total) {
            shown[n].duration_ms = raised(n, step).max(shown[n].duration_ms);
        }
    }
    shown
}

/// The time in queues and on hold, in milliseconds.
#[must_use]
pub fn waited(parts: &[TimePart]) -> i64 {
    parts.iter().filter(|part| part.kind.is_waiting()).map(|part| part.duration_ms).sum()
}

/// The time of all parts, in milliseconds.
fn sum(parts: &[TimePart]) -> i64 {
    parts.iter().map(|part| part.duration_ms).sum()
}

/// Which parts are shown longer first. Insights name single waits, gaps and conversations with an AI agent, so these
/// change last.
fn rank(kind: TimeKind) -> u8 {
    match kind {
        TimeKind::SelfService | TimeKind::Agent | TimeKind::Transfer => 0,
        TimeKind::Ai | TimeKind::Gap => 1,
        TimeKind::Hold => 2,
        TimeKind::Queue => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journeys::duration_text::precision;

    fn parts(durations: &[(TimeKind, i64)]) -> Vec<TimePart> {
        durations.iter().map(|(kind, duration_ms)| TimePart { kind: *kind, duration_ms: *duration_ms }).collect()
    }

    fn durations(parts: &[TimePart]) -> Vec<i64> {
        parts.iter().map(|part| part.duration_ms).collect()
    }

    #[test]
    fn a_queue_and_a_hold_add_up_to_the_wait() {
        let exact = parts(&[(TimeKind::Queue, 47_600), (TimeKind::Hold, 22_700)]);
        assert_eq!(durations(&shown(&exact, precision)), [47_000, 23_000]);
    }

    #[test]
    fn what_an_insight_names_is_not_shown_longer_while_another_part_can_be() {
        let exact = parts(&[(TimeKind::Queue, 47_900), (TimeKind::Ai, 20_800), (TimeKind::Agent, 30_400)]);
        assert_eq!(durations(&shown(&exact, precision)), [47_000, 21_000, 31_000]);
        let exact = parts(&[(TimeKind::Ai, 20_800), (TimeKind::Agent, 30_400)]);
        assert_eq!(durations(&shown(&exact, precision)), [20_000, 31_000]);
        let exact = parts(&[(TimeKind::Queue, 209_700), (TimeKind::SelfService, 39_800), (TimeKind::Transfer, 500)]);
        assert_eq!(durations(&shown(&exact, precision)), [209_000, 40_000, 1_000]);
    }

    #[test]
    fn nothing_changes_that_adds_up_already() {
        let exact = parts(&[(TimeKind::Queue, 63_000), (TimeKind::Hold, 22_000), (TimeKind::Agent, 4_200)]);
        assert_eq!(shown(&exact, precision), exact);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_total_that_is_shown(durations in proptest::collection::vec(
            prop_oneof![Just(0_i64), 1_i64..1_500, 1_i64..90_000, 1_i64..7_200_000, 1_i64..400_000_000], 7,
        )) {
            let kinds = TimeKind::ALL.into_iter().zip(durations).filter(|(_, ms)| *ms > 0);
            let exact = parts(&kinds.collect::<Vec<_>>());
            let shown = shown(&exact, precision);
            let down = |ms: i64| ms - ms % precision(ms);
            let total = sum(&exact);
            prop_assert_eq!(down(sum(&shown)), down(total));
            if total < 3_600_000 {
                let queue = |parts: &[TimePart]| parts.iter().find(|part| part.kind == TimeKind::Queue).copied();
                prop_assert_eq!(queue(&shown).map(|part| part.duration_ms), queue(&exact).map(|p| down(p.duration_ms)));
            }
            prop_assert!((down(waited(&shown)) - down(waited(&exact))).abs() <= precision(waited(&exact)));
            for (shown, exact) in shown.iter().zip(&exact) {
                prop_assert_eq!(shown.kind, exact.kind);
                prop_assert_eq!(down(shown.duration_ms), shown.duration_ms, "a text would round it again");
                let step = precision(exact.duration_ms).max(precision(total).min(SECOND));
                prop_assert!((shown.duration_ms - exact.duration_ms).abs() <= step);
            }
        }
    }
}
