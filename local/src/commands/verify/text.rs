//! The result of `cxtrace verify`, for people.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};

use crate::report::layout::{columns, number, several};
use crate::verification::comparison::{Reason, Row};
use crate::verification::{Comparison, Window};

/// The maximum number of differences that are listed.
const MAX_ROWS: usize = 50;

pub(crate) fn write(comparison: &Comparison, window: Window) -> String {
    let Comparison { series, compared, counted, late, overflow, differences } = comparison;
    let mut text = format!(
        "{} to {}: {} in {}.\n",
        time(window.from),
        time(window.to),
        several(*counted, "occurrence"),
        if *series == 1 { "1 series".to_owned() } else { format!("{} series", number(*series as u64)) },
    );
    let equal = (compared - differences.len()) as u64;
    text += &match (*compared, differences.len()) {
        (0, _) => "Nothing was counted in this time.\n".to_owned(),
        (_, 0) => {
            format!("Datadog shows exactly the same ({} compared by series and hour).\n", several(equal, "count"))
        }
        (all, _) => format!(
            "Datadog shows the same in {} of {} counts by series and hour.\n",
            number(equal),
            number(all as u64)
        ),
    };
    if !differences.is_empty() {
        text += "\n";
        text += &table(differences);
        text += "\n";
        text += &sums(differences);
    }
    if *late > 0 {
        text += &format!("Late: {} in a later bucket than the one in which it happened.\n", counts(*late));
    }
    if *overflow > 0 {
        text += &format!("Overflow: {} under __other__, because MAX_SERIES was reached.\n", counts(*overflow));
    }
    text
}

fn counts(n: u64) -> String {
    format!("{} {}", several(n, "occurrence"), if n == 1 { "counts" } else { "count" })
}

fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn table(differences: &[Row]) -> String {
    let head = ["series".to_owned(), "hour".to_owned(), "counted".to_owned(), "Datadog".to_owned()];
    let rows = differences.iter().take(MAX_ROWS).map(|row| {
        let hour = DateTime::from_timestamp(row.hour, 0).unwrap_or_default().format("%d %b %H:%M").to_string();
        [
            format!("{} {}", row.metric, row.tags.join(" ")),
            hour,
            number(row.counted),
            number(row.datadog.max(0.0) as u64),
        ]
    });
    let mut text = columns(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[2, 3]);
    if differences.len() > MAX_ROWS {
        text += &format!("and {} more; --format json lists all\n", number((differences.len() - MAX_ROWS) as u64));
    }
    text
}

/// How many occurrences have each reason.
fn sums(differences: &[Row]) -> String {
    let mut sums: BTreeMap<Reason, u64> = BTreeMap::new();
    for (reason, n) in differences.iter().flat_map(|row| &row.reasons) {
        *sums.entry(*reason).or_default() += n;
    }
    sums.into_iter().map(|(reason, n)| format!("{} {}\n", number(n), reason.text())).collect()
}
