//! Counts by series and hour: `POST /api/v2/query/timeseries`.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{ApiError, DatadogApi, Request};
use crate::verification::{LedgerTotal, Shown, Window};

/// How many metrics one request asks for.
const BATCH: usize = 10;

/// What Datadog writes for a tag that a series does not have.
const NONE: &str = "N/A";

/// The keys of the tags of each metric.
pub(crate) fn tag_keys(ledgers: &[LedgerTotal]) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ledger in ledgers {
        let own = ledger.tags.iter().filter_map(|tag| Some(tag.split_once(':')?.0.to_owned()));
        keys.entry(ledger.metric.clone()).or_default().extend(own);
    }
    keys
}

impl DatadogApi {
    /// What Datadog shows of these metrics, each split by its tags, in each hour of `window`.
    pub(crate) async fn counts(
        &self,
        metrics: &BTreeMap<String, BTreeSet<String>>,
        window: Window,
    ) -> Result<Shown, ApiError> {
        let metrics: Vec<_> = metrics.iter().collect();
        let mut shown = Shown::new();
        for batch in metrics.chunks(BATCH) {
            let query = |(n, (metric, keys)): (usize, &(&String, &BTreeSet<String>))| {
                let keys: Vec<_> = keys.iter().map(String::as_str).collect();
                let by = if keys.is_empty() { String::new() } else { format!(" by {{{}}}", keys.join(",")) };
                // Whole hours, so that Datadog's own roll-up, which is an average, never applies.
                let query = format!("sum:{metric}{{*}}{by}.as_count().rollup(sum, 3600)");
                json!({"data_source": "metrics", "name": format!("q{n}"), "query": query})
            };
            let attributes = json!({
                "from": window.from * 1_000,
                "to": window.to * 1_000,
                "interval": 3_600_000,
                "queries": batch.iter().enumerate().map(query).collect::<Vec<_>>(),
                "formulas": (0..batch.len()).map(|n| json!({"formula": format!("q{n}")})).collect::<Vec<_>>(),
            });
            let body = json!({"data": {"type": "timeseries_request", "attributes": attributes}});
            let request = Request {
                method: Method::POST,
                path: "/api/v2/query/timeseries",
                parameters: &[],
                body: Some(&body),
                what: format!("read the counts of {}", batch[0].0),
                scope: "timeseries_query",
                is_idempotent: true,
            };
            let answer = self.send(&request).await?;
            take(&answer["data"]["attributes"], batch, &mut shown);
        }
        Ok(shown)
    }
}

fn take(attributes: &Value, batch: &[(&String, &BTreeSet<String>)], shown: &mut Shown) {
    let list = |name: &str| attributes[name].as_array().cloned().unwrap_or_default();
    let (times, values) = (list("times"), list("values"));
    for (series, values) in list("series").iter().zip(&values) {
        let index = series["query_index"].as_u64().unwrap_or_default() as usize;
        let Some((metric, _)) = batch.get(index) else { continue };
        let tags = series["group_tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut tags: Vec<_> =
            tags.filter(|tag| tag.split_once(':').is_some_and(|(_, value)| value != NONE)).map(str::to_owned).collect();
        tags.sort();
        for (time, value) in times.iter().zip(values.as_array().into_iter().flatten()) {
            if let (Some(time), Some(value)) = (time.as_i64(), value.as_f64().filter(|value| *value != 0.0)) {
                *shown.entry((((*metric).clone(), tags.clone()), time / 1_000)).or_default() += value;
            }
        }
    }
}
