//! Queries of counts: `POST /api/v2/query/timeseries` (API reference, *Query timeseries data across multiple products*, v2).
//!
//! Only what a comparison of counts needs is answered: `sum:NAME{filter} by {tags}.as_count().rollup(sum, SECONDS)`, each
//! formula being the name of a query. Everything else is refused, so that no answer is a guess.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

/// A point that is held.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// The metric's name.
    pub metric: &'a str,
    /// Its tags.
    pub tags: &'a [String],
    /// In seconds since the epoch.
    pub timestamp: i64,
    /// The value.
    pub value: f64,
}

#[derive(Deserialize)]
struct Document {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "type")]
    kind: String,
    attributes: Attributes,
}

/// Times are in milliseconds. `to` is not part of the time.
#[derive(Deserialize)]
struct Attributes {
    from: i64,
    to: i64,
    queries: Vec<Query>,
    #[serde(default)]
    formulas: Vec<Formula>,
}

#[derive(Deserialize)]
struct Query {
    data_source: String,
    name: String,
    query: String,
}

#[derive(Deserialize)]
struct Formula {
    formula: String,
}

/// A query that has been read.
struct Sum<'a> {
    metric: &'a str,
    /// Each `key:value`.
    filter: Vec<&'a str>,
    by: Vec<&'a str>,
    /// In seconds.
    interval: i64,
}

/// Values by time, in milliseconds.
type Values = BTreeMap<i64, f64>;

/// The answer to the request `body`. An error says what is wrong with the request.
pub(crate) fn answer<'a>(body: &[u8], points: impl Iterator<Item = Point<'a>>) -> Result<Value, String> {
    let document: Document =
        serde_json::from_slice(body).map_err(|error| format!("the request cannot be read: {error}"))?;
    let Attributes { from, to, queries, formulas } = document.data.attributes;
    if document.data.kind != "timeseries_request" {
        return Err("the type must be timeseries_request".to_owned());
    }
    if from >= to {
        return Err("from must be before to".to_owned());
    }
    let mut sums = Vec::new();
    for Query { data_source, name, query } in &queries {
        if data_source != "metrics" {
            return Err(format!("the data source {data_source} is not answered here"));
        }
        sums.push((name, read(query).map_err(|reason| format!("the query {query:?} {reason}"))?));
    }
    let points: Vec<_> = points.filter(|point| (from..to).contains(&(point.timestamp * 1_000))).collect();
    let asked: Vec<_> = match formulas.is_empty() {
        true => sums.iter().map(|(_, sum)| sum).collect(),
        false => {
            let find = |Formula { formula }: &Formula| {
                let found = sums.iter().find(|(name, _)| *name == formula).map(|(_, sum)| sum);
                found.ok_or_else(|| format!("the formula {formula:?} is not the name of a query"))
            };
            formulas.iter().map(find).collect::<Result<_, _>>()?
        }
    };
    let answers: Vec<_> = asked.into_iter().map(|sum| groups(sum, &points)).collect();
    let times: BTreeSet<i64> = answers.iter().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).copied().collect();
    let mut series = Vec::new();
    let mut values = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        for (group, held) in answer {
            series.push(json!({"group_tags": group, "query_index": index, "unit": null}));
            values.push(times.iter().map(|time| held.get(time)).collect::<Vec<_>>());
        }
    }
    let attributes = json!({"times": times, "series": series, "values": values});
    Ok(json!({"data": {"id": "0", "type": "timeseries_response", "attributes": attributes}}))
}

/// The values of each group that has any.
fn groups(sum: &Sum<'_>, points: &[Point<'_>]) -> BTreeMap<Vec<String>, Values> {
    let mut groups: BTreeMap<Vec<String>, Values> = BTreeMap::new();
    let has = |point: &Point<'_>, wanted: &str| point.tags.iter().any(|tag| tag == wanted);
    for point in points {
        if point.metric != sum.metric || !sum.filter.iter().all(|wanted| has(point, wanted)) {
            continue;
        }
        let tag = |key: &&str| {
            let found = point.tags.iter().find(|tag| tag.split_once(':').is_some_and(|(other, _)| other == *key));
            found.cloned().unwrap_or_else(|| format!("{key}:N/A"))
        };
        let time = point.timestamp - point.timestamp.rem_euclid(sum.interval);
        let values = groups.entry(sum.by.iter().map(tag).collect()).or_default();
        *values.entry(time * 1_000).or_default() += point.value;
    }
    groups
}

fn read(query: &str) -> Result<Sum<'_>, &'static str> {
    let rest = query.strip_prefix("sum:").ok_or("is not a sum")?;
    let (metric, rest) = rest.split_once('{').ok_or("has no filter")?;
    let (filter, rest) = rest.split_once('}').ok_or("has a filter that does not end")?;
    let filter: Vec<_> = filter.split(',').map(str::trim).filter(|part| *part != "*").collect();
    if filter.iter().any(|part| part.starts_with(['$', '!']) || part.contains(['*', ' ']) || !part.contains(':')) {
        return Err("has a filter of another form than key:value");
    }
    let (by, rest) = match rest.strip_prefix(" by {") {
        None => (Vec::new(), rest),
        Some(rest) => {
            let (by, rest) = rest.split_once('}').ok_or("has tags that do not end")?;
            (by.split(',').map(str::trim).collect(), rest)
        }
    };
    let rest = rest.strip_prefix(".as_count()").ok_or("is not a count")?;
    let interval = rest.strip_prefix(".rollup(sum, ").and_then(|rest| rest.strip_suffix(')'));
    let interval = interval.and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0);
    Ok(Sum { metric, filter, by, interval: interval.ok_or("has no roll-up of whole seconds")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Value, String> {
        let tags = |flow: &str| vec![format!("flow:{flow}"), "metric:paid".to_owned()];
        let (ivr, bot) = (tags("ivr"), tags("bot"));
        let point = |tags, timestamp, value| Point { metric: "a.b", tags, timestamp, value };
        let points =
            [point(&ivr, 3_600, 1.0), point(&ivr, 7_199, 2.0), point(&bot, 7_200, 4.0), point(&bot, 10_800, 8.0)];
        let queries = json!([{"data_source": "metrics", "name": "q", "query": query}]);
        let attributes = json!({"from": 3_600_000, "to": 10_800_000, "interval": 3_600_000, "queries": queries, "formulas": [{"formula": "q"}]});
        let body = json!({"data": {"type": "timeseries_request", "attributes": attributes}});
        Ok(answer(body.to_string().as_bytes(), points.into_iter())?["data"]["attributes"].clone())
    }

    #[test]
    fn counts_are_added_up_by_hour_and_group_and_the_end_is_not_part_of_the_time() {
        let answered = ask("sum:a.b{*} by {flow}.as_count().rollup(sum, 3600)").unwrap();
        assert_eq!(answered["times"], json!([3_600_000, 7_200_000]));
        assert_eq!(answered["series"][0]["group_tags"], json!(["flow:bot"]));
        assert_eq!(answered["values"], json!([[null, 4.0], [3.0, null]]));
        let one = ask("sum:a.b{flow:ivr}.as_count().rollup(sum, 3600)").unwrap();
        assert_eq!((&one["series"][0]["group_tags"], &one["values"]), (&json!([]), &json!([[3.0]])));
        let other = ask("sum:a.b{*} by {env}.as_count().rollup(sum, 7200)").unwrap();
        assert_eq!((&other["series"][0]["group_tags"], &other["times"]), (&json!(["env:N/A"]), &json!([0, 7_200_000])));
        assert_eq!(ask("sum:other{*}.as_count().rollup(sum, 3600)").unwrap()["values"], json!([]));
    }

    #[test]
    fn what_it_does_not_understand_it_refuses() {
        for query in [
            "avg:a.b{*}.as_count().rollup(sum, 3600)",
            "sum:a.b{$flow}.as_count().rollup(sum, 3600)",
            "sum:a.b{flow:i*}.as_count().rollup(sum, 3600)",
            "sum:a.b{*}.rollup(sum, 3600)",
            "sum:a.b{*}.as_count()",
            "sum:a.b{*}.as_count().rollup(avg, 3600)",
            "sum:a.b{*}.as_count().rollup(sum, 0)",
        ] {
            assert!(ask(query).is_err(), "{query}");
        }
        assert!(answer(b"{}", std::iter::empty()).is_err());
    }
}
