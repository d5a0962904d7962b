//! Statistics of several measurements.

use std::time::Duration;

/// The percentile `share` (0 to 1) of `values`, by the nearest rank. Zero if there are none.
pub(crate) fn percentile(values: &[Duration], share: f64) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The median.
pub(crate) fn median(values: &[Duration]) -> Duration {
    percentile(values, 0.5)
}

/// `duration` in a suitable unit.
pub(crate) fn show(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.1} µs", seconds * 1e6)
    }
}

/// How many times `part` fits into `whole`.
pub(crate) fn ratio(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}

/// The share of each of `n` in `total`.
pub(crate) fn each(total: Duration, n: usize) -> Duration {
    total / u32::try_from(n.max(1)).unwrap_or(u32::MAX)
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far from the limit")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// `bytes` in MB.
#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// `n` with commas between thousands.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<_> = (1..=10).rev().map(Duration::from_secs).collect();
        assert_eq!(median(&values), Duration::from_secs(5));
        assert_eq!(percentile(&values, 0.99), Duration::from_secs(10));
        assert_eq!(percentile(&values, 0.0), Duration::from_secs(1));
        assert_eq!(median(&[]), Duration::ZERO);
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!([7, 1_000, 12_345_678].map(thousands), ["7", "1,000", "12,345,678"]);
    }
}
