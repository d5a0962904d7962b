//! Versions of spans. A sender chooses them, and a sender may take a phone number or a card number for one. So Cxtrace
//! does not store such a number unchanged. The order of versions stays the same.

use chrono::{DateTime, Utc};

use crate::times;

/// The greatest version: the greatest whole number that every reader of JSON reads exactly. A time in microseconds fits.
pub(super) const MAX_VERSION: u64 = (1 << 53) - 1;

/// Mappings add this much to the versions of better records, up to [`RECORDS`] times.
const RECORD: u64 = 1_000_000_000_000_000;
const RECORDS: u64 = 4;

/// A smaller number identifies nobody.
const LEAST: u64 = 1_000_000;

/// The version to store for a report that was observed at `observed_at`. The part that may be somebody's number is multiplied
/// by two.
pub(super) fn stored(version: u64, observed_at: DateTime<Utc>) -> u64 {
    let number = if version < RECORDS * RECORD { version % RECORD } else { version };
    match number {
        ..LEAST => version,
        _ if is_time(number, observed_at) || is_time(version, observed_at) => version,
        _ => version + number,
    }
}

/// Whether `number` is a possible time in milliseconds or microseconds.
fn is_time(number: u64, observed_at: DateTime<Utc>) -> bool {
    [number, number / 1_000].into_iter().any(|millis| {
        let at = i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis);
        at.is_some_and(|at| times::is_possible(at, observed_at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed_at() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_678_004_284_568).unwrap()
    }

    #[test]
    fn no_number_of_somebody_is_stored_as_a_version() {
        for number in [
            2_025_557_391,
            447_700_900_123,
            2_348_031_234_567,
            3_515_214_916_425,
            371_234_567_891_234,
            3_530_111_333_300_000,
            4_929_123_456_787_391,
            5_555_555_555_554_444,
        ] {
            assert!(!stored(number, observed_at()).to_string().contains(&number.to_string()), "{number}");
        }
    }

    #[test]
    fn counters_and_times_stay_and_all_keep_their_order() {
        for version in [
            0,
            1,
            999_999,
            RECORD,
            3 * RECORD + 2,
            1_678_004_284_568,
            RECORD + 1_678_004_284_568,
            1_678_004_284_568_123,
        ] {
            assert_eq!(stored(version, observed_at()), version);
        }
        let growing =
            [7, 999_999, 1_000_000, 1_000_001, 447_700_900_123, 2_348_031_234_567, RECORD, 2 * RECORD + 1_000_000];
        assert!(growing.map(|version| stored(version, observed_at())).is_sorted());
    }
}
