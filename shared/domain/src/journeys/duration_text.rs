//! The text of a duration, for every place that shows one: summaries, insights and the terminal. The page has the same rule in
//! `lib/duration.js`. This file knows no journey.

/// `350 ms`, `4.2 s`, `42 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`: rounded down. A negative duration is `0 ms`.
#[must_use]
pub fn text(ms: i64) -> String {
    let ms = ms.max(0);
    let seconds = ms / 1_000;
    let two = |more: i64, unit: &str, less: i64, part: &str| match less {
        0 => format!("{more} {unit}"),
        _ => format!("{more} {unit} {less} {part}"),
    };
    match seconds {
        0 => format!("{ms} ms"),
        1..10 if ms % 1_000 >= 100 => format!("{seconds}.{} s", ms % 1_000 / 100),
        1..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// The precision of the text of a duration, in milliseconds.
#[must_use]
pub fn precision(ms: i64) -> i64 {
    match ms {
        ..1_000 => 1,
        1_000..10_000 => 100,
        10_000..3_600_000 => 1_000,
        3_600_000..86_400_000 => 60_000,
        _ => 3_600_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        for (ms, expected) in [
            (-5, "0 ms"),
            (350, "350 ms"),
            (4_000, "4 s"),
            (4_050, "4 s"),
            (4_299, "4.2 s"),
            (42_900, "42 s"),
            (60_000, "1 min"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(text(ms), expected);
        }
    }

    #[test]
    fn the_precision_is_that_of_the_text() {
        for ms in [1, 350, 999, 1_000, 4_299, 9_950, 10_000, 59_999, 60_000, 192_700, 3_599_999, 3_600_000, 7_559_999]
            .into_iter()
            .chain([86_399_999, 86_400_000, 273_700_000])
        {
            let least = ms - ms % precision(ms);
            assert_eq!(text(least), text(ms), "{ms}");
            assert_eq!(text(least + precision(ms) - 1), text(ms), "{ms}");
            assert_ne!(text(least + precision(ms)), text(ms), "{ms}");
        }
    }
}
