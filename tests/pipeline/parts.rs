//! A hot series that is divided from noon on.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::pipeline::support::{Ingest, attribute, event, noon};

/// The totals of all ledgers, by metric, part and minutes after noon.
async fn totals(ingest: &Ingest) -> BTreeMap<(String, String, i64), u64> {
    let mut totals = BTreeMap::new();
    let mut ledgers = ingest.table.ledgers();
    while let Some(stored) = ledgers.next().await.unwrap() {
        let part = stored.series.tags().find(|tag| tag.starts_with("part:")).unwrap_or_default();
        let minute = (stored.key.bucket.start() - noon().timestamp()).div_euclid(60);
        let total = stored.contents.ledger.total();
        *totals.entry((stored.series.name().to_owned(), part.to_owned(), minute)).or_default() += total;
    }
    totals
}

fn of<'a>(totals: &'a BTreeMap<(String, String, i64), u64>, metric: &str, minute: i64) -> Vec<(&'a str, u64)> {
    let wanted = totals.iter().filter(|((name, _, at), _)| name == metric && *at == minute);
    wanted.map(|((_, part, _), total)| (part.as_str(), *total)).collect()
}

/// Ingests an event with one metric of the hot flow in each of 200 conversations.
async fn ingest_hot(ingest: &Ingest, after_noon: TimeDelta) {
    let name = attribute("Hot", "B", noon() + after_noon);
    for n in 0..200 {
        ingest.handler.handle(&event(&format!("c{n}"), noon(), [name.as_str()])).await.unwrap();
    }
}

#[tokio::test]
async fn a_hot_series_has_several_ledgers_in_the_buckets_that_begin_later() {
    let ingest = Ingest::with(&[("SERIES_PARTS", "flow:hot=4@2023-11-15T12:00:00Z"), ("MAX_SERIES", "2")]).await;
    ingest_hot(&ingest, TimeDelta::seconds(-1)).await;
    ingest_hot(&ingest, TimeDelta::zero()).await;
    ingest.handler.handle(&event("other", noon(), [attribute("Cold", "B", noon()).as_str()])).await.unwrap();

    let totals = totals(&ingest).await;
    assert_eq!(of(&totals, "genesys.flow.Hot.B", -1), [("", 200)]);
    let divided = of(&totals, "genesys.flow.Hot.B", 0);
    assert_eq!(divided.iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["", "part:2", "part:3", "part:4"]);
    assert_eq!(divided.iter().map(|(_, total)| total).sum::<u64>(), 200);
    assert!(divided.iter().all(|(_, total)| (25..=75).contains(total)), "{divided:?}");
    // Parts do not spend the budget, so there is room for the other series.
    assert_eq!(of(&totals, "genesys.flow.Cold.B", 0), [("", 1)]);
}

#[tokio::test]
async fn own_counts_are_in_the_part_of_what_they_count() {
    let ingest = Ingest::with(&[("SERIES_PARTS", "4@2023-11-15T12:00:00Z"), ("MAX_SERIES", "1")]).await;
    ingest.handler.handle(&event("other", noon(), [attribute("Cold", "B", noon()).as_str()])).await.unwrap();
    // Their home is divided, and their events are from noon.
    ingest_hot(&ingest, TimeDelta::minutes(6)).await;

    let totals = totals(&ingest).await;
    let hot = of(&totals, "genesys.flow.__other__.__other__", 0);
    assert_eq!((hot.len(), hot.iter().map(|(_, total)| total).sum::<u64>()), (4, 200));
    assert_eq!(of(&totals, "cxtrace.attributes.skewed", 0), hot);
    assert_eq!(of(&totals, "cxtrace.series.overflow", 0), hot);
}
