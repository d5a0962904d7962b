//! Laws of exported journeys.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::Time;
use cxtrace_otlp::export::{Before, LaneSpan, Window, export, export_since, lost};
use cxtrace_otlp::messages::{KeyValue, Span, StatusCode, Value};
use proptest::prelude::*;

use crate::journeys::{later, settled, start};

const DATADOG: Window = Window { max_age: TimeDelta::hours(18) };

/// A receiver that takes everything.
const ANY: Window = Window { max_age: TimeDelta::days(365) };

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|pair| pair.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn ids(spans: &[LaneSpan]) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    spans.iter().map(|one| (one.span.trace_id.clone(), one.span.span_id.clone())).collect()
}

/// What holds for every export.
fn check(journey: &Journey, spans: &[LaneSpan]) {
    let known = ids(spans);
    assert_eq!(known.len(), spans.len(), "two spans of {} have one id", journey.id);
    let mut roots: BTreeMap<&[u8], &Span> = BTreeMap::new();
    for LaneSpan { span, .. } in spans.iter().filter(|one| one.span.parent_span_id.is_empty()) {
        assert!(roots.insert(&span.trace_id, span).is_none(), "a trace has two roots");
    }
    for LaneSpan { lane, span } in spans {
        assert!(!lane.is_empty() && !span.name.is_empty());
        assert!(span.trace_id.len() == 16 && span.span_id.len() == 8);
        assert!(span.trace_id[8..] != [0; 8] && span.trace_id[..8] != [0; 8] && span.span_id != [0; 8]);
        let root = roots.get(span.trace_id.as_slice()).expect("every trace has a root");
        let within = root.start_time_unix_nano..=root.end_time_unix_nano;
        assert!(within.contains(&span.start_time_unix_nano) && within.contains(&span.end_time_unix_nano));
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        if !span.parent_span_id.is_empty() {
            assert!(
                known.contains(&(span.trace_id.clone(), span.parent_span_id.clone())),
                "{} has no parent",
                span.name
            );
        }
        assert_eq!(text(&span.attributes, "cx.journey.id"), Some(journey.id.to_string().as_str()));
    }
}

#[test]
fn every_span_of_a_journey_stands_in_its_trace_once_under_its_leg_or_parent() {
    for journey in settled(3) {
        let exported = export(&journey, ANY, later());
        assert_eq!(exported.outside, 0);
        check(&journey, &exported.spans);
        let by_key: BTreeMap<&str, &LaneSpan> =
            exported.spans.iter().filter_map(|one| Some((text(&one.span.attributes, "cx.span.key")?, one))).collect();
        assert_eq!(by_key.len(), journey.spans.len());
        for span in &journey.spans {
            let LaneSpan { lane, span: exported } = by_key[span.key.as_str()];
            assert_eq!((lane, &exported.name), (&span.platform, &span.name));
            let millis = |nanos: u64| i64::try_from(nanos / 1_000_000).unwrap();
            assert_eq!(millis(exported.start_time_unix_nano), span.started_at.0.timestamp_millis());
            let end = span.ended_at.unwrap_or(span.started_at);
            assert_eq!(millis(exported.end_time_unix_nano), end.0.timestamp_millis());
            assert_eq!(exported.events.len(), span.events.len());
            for (name, value) in &span.attributes {
                let pair = exported.attributes.iter().find(|pair| pair.key == *name).unwrap();
                let exported = match pair.value.as_ref().unwrap().value.as_ref().unwrap() {
                    Value::Int(number) => number.to_string(),
                    Value::String(text) => text.clone(),
                    other => panic!("{name} is {other:?}"),
                };
                assert_eq!(&exported, value);
            }
            if let Some(parent) = span.parent.as_ref().and_then(|parent| by_key.get(parent.as_str())) {
                assert_eq!(exported.parent_span_id, parent.span.span_id);
            }
        }
        let roots: Vec<_> = exported.spans.iter().filter(|one| one.span.parent_span_id.is_empty()).collect();
        let events = roots.iter().flat_map(|root| &root.span.events).filter(|event| event.name == "cx.insight");
        let rules: BTreeSet<_> = events.filter_map(|event| text(&event.attributes, "cx.insight.rule")).collect();
        assert_eq!(rules, journey.insights.iter().map(|insight| insight.rule.as_str()).collect());
        let handed: usize = exported
            .spans
            .iter()
            .map(|one| {
                one.span.links.iter().filter(|link| text(&link.attributes, "cx.link") == Some("handoff")).count()
            })
            .sum();
        assert!(roots.len() > 1 || handed == journey.handoffs.len());
    }
}

#[test]
fn a_later_fact_and_a_later_export_change_no_id() {
    for journey in settled(1) {
        let first = export(&journey, ANY, later());
        assert_eq!(first, export(&journey, ANY, later() + TimeDelta::minutes(5)));
        let mut revised = journey.clone();
        revised.revision += 1;
        let mut added = revised.spans[0].clone();
        added.started_at = Time(added.started_at.0 - TimeDelta::seconds(2));
        added.key = serde_json::from_value("crm:crm.case:c-1:added".into()).unwrap();
        revised.spans.insert(0, added);
        let second = export(&revised, ANY, later());
        assert!(ids(&first.spans).is_subset(&ids(&second.spans)));
    }
}

#[test]
fn a_journey_of_days_is_one_trace_for_each_day_with_links_between_them() {
    let mut journey = settled(1)
        .into_iter()
        .find(|journey| {
            journey.spans.len() > 2
                && journey.started_at.0 >= start()
                && journey.duration_ms.unwrap_or_default() < 14_400_000
        })
        .unwrap();
    let first_day = journey.spans.clone();
    for days in [1, 3] {
        for (number, span) in first_day.iter().enumerate() {
            let mut span = span.clone();
            let later = TimeDelta::days(days);
            span.started_at = Time(span.started_at.0 + later);
            span.ended_at = span.ended_at.map(|at| Time(at.0 + later));
            span.parent = None;
            span.events.clear();
            span.key = serde_json::from_value(format!("again:{days}:{number}").into()).unwrap();
            journey.spans.push(span);
        }
    }
    let exported = export(&journey, ANY, start() + TimeDelta::hours(84));
    check(&journey, &exported.spans);
    let roots: Vec<_> = exported.spans.iter().filter(|one| one.span.parent_span_id.is_empty()).collect();
    assert_eq!(roots.len(), 3);
    let linked = |root: &LaneSpan| root.span.links.iter().map(|link| link.trace_id.clone()).collect::<Vec<_>>();
    assert_eq!(linked(roots[0]), [roots[1].span.trace_id.clone()]);
    assert_eq!(linked(roots[1]), [roots[0].span.trace_id.clone(), roots[2].span.trace_id.clone()]);
    // What is too old for the receiver is counted, and the rest keeps its ids.
    let late = export(&journey, DATADOG, start() + TimeDelta::hours(84));
    assert_eq!(late.outside, 2 * first_day.len());
    check(&journey, &late.spans);
    assert!(ids(&late.spans).is_subset(&ids(&exported.spans)));
}

#[test]
fn a_part_without_news_is_not_sent_again_and_what_is_too_old_is_counted_once() {
    let mut journey = settled_one();
    let like = journey.spans[0].clone();
    let began = later() - TimeDelta::hours(60);
    let span = |number: i64, hours: i64| {
        let mut span = like.clone();
        span.key = serde_json::from_value(format!("x:{number}").into()).unwrap();
        span.parent = None;
        span.started_at = Time(began + TimeDelta::hours(hours));
        span.ended_at = Some(Time(span.started_at.0 + TimeDelta::minutes(1)));
        span
    };
    journey.spans = vec![span(0, 0), span(1, 1), span(2, 30)];
    let at = |hours: i64| began + TimeDelta::hours(hours);
    let first = export_since(&journey, ANY, at(31), None);
    let news = export_since(&journey, ANY, at(31), Some(at(5)));
    assert!(ids(&news.spans).is_subset(&ids(&first.spans)) && news.spans.len() < first.spans.len());
    check(&journey, &news.spans);
    assert!(export_since(&journey, ANY, at(31), Some(at(31))).spans.is_empty());

    let before = |hours: i64, spans: usize| Some(Before { until: at(hours), spans });
    assert_eq!(lost(&journey, DATADOG, at(31), None), 2);
    // Both were sent in time.
    assert_eq!(lost(&journey, DATADOG, at(31), before(5, 2)), 0);
    assert_eq!(lost(&journey, DATADOG, at(60), before(31, 3)), 0);
    // A span was reported too late for any export.
    journey.spans.push(span(3, 2));
    assert_eq!(lost(&journey, DATADOG, at(31), before(5, 2)), 1);
    assert_eq!(lost(&journey, DATADOG, at(31), before(5, 3)), 0);
    // The receiver was down since the first export.
    assert_eq!(lost(&journey, DATADOG, at(60), before(5, 3)), 1);
}

#[test]
fn a_fault_is_an_error_with_its_reason_and_a_leaving_customer_is_none() {
    let journeys = settled(2);
    let mut seen = BTreeSet::new();
    for journey in &journeys {
        for LaneSpan { span, .. } in export(journey, ANY, later()).spans {
            let code = span.status.as_ref().map(|status| status.code);
            match text(&span.attributes, "cx.outcome") {
                Some("error") => assert_eq!(code, Some(StatusCode::Error.into())),
                Some("ok") => assert_eq!(code, Some(StatusCode::Ok.into())),
                Some("abandoned") => assert_eq!(code, Some(StatusCode::Unset.into())),
                _ => continue,
            }
            seen.insert(text(&span.attributes, "cx.outcome").unwrap().to_owned());
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn the_span_of_an_application_is_linked() {
    let mut journey = settled(1).remove(0);
    let key = "shop:trace:0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331";
    journey.spans[0].key = serde_json::from_value(key.into()).unwrap();
    let exported = export(&journey, ANY, later());
    let links = exported.spans.iter().flat_map(|one| &one.span.links);
    let links: Vec<_> = links.map(|link| (hex::encode(&link.trace_id), hex::encode(&link.span_id))).collect();
    assert!(links.contains(&("0af7651916cd43dd8448eb211c80319c".to_owned(), "b7ad6b7169203331".to_owned())));
}

proptest! {
    /// Whatever parents, times and window: the laws hold, and every span is exported or counted.
    #[test]
    fn the_laws_hold_for_every_tree_and_window(
        tree in proptest::collection::vec((0_usize..20, -100_i64..4_000, proptest::option::of(0_i64..2_000)), 1..20),
        max_age in 1_i64..80,
    ) {
        let mut journey = settled_one();
        let like = journey.spans[0].clone();
        journey.spans = tree.iter().enumerate().map(|(number, (parent, start, took))| {
            let mut span = like.clone();
            let key = |n: usize| serde_json::from_value(format!("x:{n}").into()).unwrap();
            span.key = key(number);
            span.parent = Some(key(*parent));
            span.started_at = Time(later() - TimeDelta::minutes(*start));
            span.ended_at = took.map(|took| Time(span.started_at.0 + TimeDelta::minutes(took)));
            span
        }).collect();
        let exported = export(&journey, Window { max_age: TimeDelta::hours(max_age) }, later());
        check(&journey, &exported.spans);
        let own = exported.spans.iter().filter(|one| text(&one.span.attributes, "cx.span.key").is_some()).count();
        prop_assert_eq!(own + exported.outside, journey.spans.len());
    }
}

fn settled_one() -> Journey {
    static ONE: std::sync::OnceLock<Journey> = std::sync::OnceLock::new();
    ONE.get_or_init(|| settled(1).remove(0)).clone()
}
