//! Point events: the span on which each is put.

use cxtrace_domain::journeys::{Journey, SpanType, assemble};

use crate::builder::{FactBuilder, at, conversation, gathered, policy};

fn span(n: u32, span_type: SpanType, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", &conversation(n), span_type, session, from, to)
}

/// The span of a point event of the first conversation at 50 s whose type is an IVR.
fn host(facts: Vec<FactBuilder>) -> String {
    let moment = FactBuilder::of("genesys", &conversation(1), 50.0).moment("Step", SpanType::Ivr, 50.0);
    let journey = journey([facts, vec![moment]].concat());
    let mut hosts = journey.spans.iter().filter(|span| !span.events.is_empty());
    let host = hosts.next().unwrap();
    assert!(hosts.next().is_none());
    assert_eq!(
        host.events.iter().map(|event| (event.name.as_str(), event.at.0)).collect::<Vec<_>>(),
        [("Step", at(50.0))]
    );
    host.key.as_str().rsplit(':').next().unwrap().to_owned()
}

fn journey(facts: Vec<FactBuilder>) -> Journey {
    assemble(&gathered(facts), &policy(), None, at(10_000.0)).unwrap()
}

#[test]
fn the_open_span_of_its_type_has_it() {
    let facts = vec![
        span(1, SpanType::Ivr, "before", 0.0, 40.0),
        span(1, SpanType::Ivr, "then", 45.0, 60.0),
        span(1, SpanType::Queue, "queue", 48.0, 60.0),
        span(1, SpanType::Ivr, "after", 60.0, 90.0),
    ];
    assert_eq!(host(facts), "then");
}

#[test]
fn a_span_of_the_same_anchor_comes_before_anothers() {
    let facts = vec![span(1, SpanType::Ivr, "own", 0.0, 40.0), span(2, SpanType::Ivr, "others", 45.0, 60.0)];
    assert_eq!(host(facts), "own");
    assert_eq!(host(vec![span(2, SpanType::Ivr, "others", 45.0, 60.0)]), "others");
}

#[test]
fn without_an_open_span_the_latest_that_had_begun_or_the_first_has_it() {
    let earlier = vec![span(1, SpanType::Ivr, "a", 0.0, 10.0), span(1, SpanType::Ivr, "b", 20.0, 30.0)];
    assert_eq!(host(earlier), "b");
    let later = vec![span(1, SpanType::Ivr, "c", 60.0, 70.0), span(1, SpanType::Ivr, "d", 80.0, 90.0)];
    assert_eq!(host(later), "c");
}

#[test]
fn without_its_type_the_longest_open_span_has_it() {
    let facts = vec![span(1, SpanType::Telephony, "line", 0.0, 90.0), span(1, SpanType::Queue, "queue", 40.0, 60.0)];
    assert_eq!(host(facts), "line");
}

#[test]
fn without_any_span_it_becomes_a_span_of_zero_length() {
    let moment =
        |name: &str, seconds| FactBuilder::of("genesys", &conversation(1), 60.0).moment(name, SpanType::Ivr, seconds);
    let journey = journey(vec![moment("Welcome", 10.0), moment("Billing", 50.0)]);
    let spans: Vec<_> = journey
        .spans
        .iter()
        .map(|span| {
            (
                span.name.as_str(),
                span.platform.as_str(),
                span.started_at.0,
                span.ended_at.unwrap().0,
                span.flags.clone(),
            )
        })
        .collect();
    assert_eq!(
        spans,
        [
            ("Welcome", "genesys", at(10.0), at(10.0), vec!["only_a_moment"]),
            ("Billing", "genesys", at(50.0), at(50.0), vec!["only_a_moment"]),
        ]
    );
    // They hold the point event, and do not cover the time between them.
    assert!(journey.gaps.is_empty());
    assert_eq!(journey.segments.iter().map(|segment| segment.name).collect::<Vec<_>>(), ["gap", "total"]);
    assert_eq!(journey.legs.len(), 1);
}
