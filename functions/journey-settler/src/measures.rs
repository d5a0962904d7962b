//! The durations of a settled journey: the whole journey, its segments, its waits, its hand-offs, its queues, and the
//! places of its insights. The times of the customer are those of the journey's own account.

use cxtrace_datadog::Measure;
use cxtrace_domain::journeys::assemble::POINT_EVENT_ONLY;
use cxtrace_domain::journeys::document::{Insight, Leg, Span, TimeKind};
use cxtrace_domain::journeys::{Journey, Outcome, SpanType};
use cxtrace_domain::metrics::series::OTHER;
use cxtrace_domain::metrics::{AdmissionId, SelfMetric, Series, Tag};

/// The duration of journeys, in seconds.
pub const DURATION: &str = SelfMetric::JourneyDuration.name();

/// The duration of a segment of a journey, in seconds, by `segment`.
pub const SEGMENT: &str = SelfMetric::JourneySegment.name();

/// The time that a customer waits in queues and on hold, in seconds.
pub const WAIT: &str = SelfMetric::JourneyWait.name();

/// The time between two legs of a journey, in seconds, by `from` and `to`.
pub const HANDOFF: &str = SelfMetric::JourneyHandoff.name();

/// The time in each queue of a journey, in seconds, by `platform`, `queue` and `outcome`.
pub const QUEUE_WAIT: &str = SelfMetric::JourneyQueueWait.name();

/// The time from the start of a journey to the first span of an insight, in seconds, by `rule`, `platform` and `queue`.
pub const INSIGHT_OFFSET: &str = SelfMetric::JourneyInsightOffset.name();

/// The tag for an insight before the first queue.
const NO_QUEUE: &str = "none";

/// A measure whose tags senders choose, so the cardinality budget decides about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Budgeted {
    /// The measure, if its series is admitted.
    pub measure: Measure,
    /// The measure, if its series is beyond the budget.
    pub overflow: Measure,
    /// What the cardinality budget knows its series by.
    pub admission: AdmissionId,
}

/// The measures of `journey`, tagged with its first platform and its revision: `revision:1` counts each journey once.
#[must_use]
pub fn of(journey: &Journey) -> Vec<Measure> {
    let platform = journey.platforms.first().map_or("unknown", String::as_str);
    let tags = |more: Option<String>| {
        let own = [format!("platform:{}", tag(platform)), revision(journey)];
        own.into_iter().chain(more).collect::<Vec<_>>()
    };
    let measure = |name: &str, tags, millis| Measure { name: name.to_owned(), tags, value: seconds(millis) };
    let mut all: Vec<_> = journey.duration_ms.map(|millis| measure(DURATION, tags(None), millis)).into_iter().collect();
    for segment in &journey.segments {
        all.push(measure(SEGMENT, tags(Some(format!("segment:{}", segment.name))), segment.duration_ms));
    }
    if let Some(millis) = waited(journey) {
        all.push(measure(WAIT, tags(None), millis));
    }
    all
}

/// The hand-offs, the waits in queues and the insights of `journey`.
#[must_use]
pub fn budgeted(journey: &Journey) -> Vec<Budgeted> {
    let handoffs = journey.legs.windows(2).filter_map(|legs| handoff(journey, &legs[0], &legs[1]));
    let queues = journey.spans.iter().filter(|span| is_queue(span));
    let insights = journey.insights.iter().filter_map(|insight| insight_offset(journey, insight));
    handoffs.chain(queues.filter_map(|span| queue_wait(journey, span))).chain(insights).collect()
}

/// `None` for an insight without a span: it has no place.
fn insight_offset(journey: &Journey, insight: &Insight) -> Option<Budgeted> {
    let spans = journey.spans.iter().filter(|span| insight.spans.contains(&span.key));
    let first = spans.min_by_key(|span| (span.started_at.0, &span.key))?;
    let queues = journey.spans.iter().filter(|span| span.span_type == SpanType::Queue);
    let before = queues.filter(|queue| queue.started_at.0 <= first.started_at.0);
    let last = before.max_by_key(|queue| (queue.started_at.0, &queue.key)).map_or(NO_QUEUE, queue);
    let millis = (first.started_at.0 - journey.started_at.0).num_milliseconds().max(0);
    let bounded = [format!("rule:{}", insight.rule.as_str()), revision(journey)];
    Some(Budgeted::of(INSIGHT_OFFSET, [("platform", first.platform.as_str()), ("queue", last)], &bounded, millis))
}

/// The time from the end of a leg to the start of the next; 0 where they overlap, and `None` while the first goes on.
fn handoff(journey: &Journey, left: &Leg, next: &Leg) -> Option<Budgeted> {
    let millis = (next.started_at.0 - left.ended_at?.0).num_milliseconds().max(0);
    let tags = [("from", left.platform.as_str()), ("to", next.platform.as_str())];
    Some(Budgeted::of(HANDOFF, tags, &[revision(journey)], millis))
}

fn queue_wait(journey: &Journey, span: &Span) -> Option<Budgeted> {
    let millis = journey.time.within(TimeKind::Queue, span.started_at.0, span.ended_at?.0);
    let outcome = match span.status {
        Some(Outcome::Ok) => "ok",
        Some(Outcome::Error) => "error",
        Some(Outcome::Abandoned) => "abandoned",
        None => "unknown",
    };
    let tags = [("platform", span.platform.as_str()), ("queue", queue(span))];
    Some(Budgeted::of(QUEUE_WAIT, tags, &[format!("outcome:{outcome}"), revision(journey)], millis))
}

/// A queue's name, or else its id, whatever prefix its platform gives the attribute.
fn queue(span: &Span) -> &str {
    let ending = |end: &str| {
        let is_ours =
            |name: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '_']));
        span.attributes.iter().find(|(name, value)| is_ours(name) && !value.is_empty()).map(|(_, value)| value.as_str())
    };
    let endings = ["queue.name", "queue_name", "queue.id", "queue_id", "queue"];
    endings.into_iter().find_map(ending).unwrap_or("unknown")
}

impl Budgeted {
    /// `varying` are the tags that spend the budget; `bounded` have few values.
    fn of(name: &'static str, varying: [(&'static str, &str); 2], bounded: &[String], millis: i64) -> Self {
        let admitted = varying.map(|(key, value)| Tag::new(key, value));
        let series = Series::new(name, admitted.to_vec());
        let measure = |tags: [String; 2]| {
            let tags = tags.into_iter().chain(bounded.iter().cloned()).collect();
            Measure { name: name.to_owned(), tags, value: seconds(millis) }
        };
        Self {
            overflow: measure(varying.map(|(key, _)| format!("{key}:{OTHER}"))),
            measure: measure(admitted.map(|tag| tag.as_str().to_owned())),
            admission: AdmissionId::from_bytes(*series.id().as_bytes()),
        }
    }
}

/// The tag that tells the first settlement of a journey from later ones.
fn revision(journey: &Journey) -> String {
    match journey.revision {
        0..=4 => format!("revision:{}", journey.revision),
        _ => "revision:5_or_more".to_owned(),
    }
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

/// The milliseconds in queues and on hold. `None` if the customer has not waited.
fn waited(journey: &Journey) -> Option<i64> {
    (journey.time.waited_ms > 0).then_some(journey.time.waited_ms)
}

/// Whether the span is an observed queue.
fn is_queue(span: &Span) -> bool {
    span.span_type == SpanType::Queue && !span.flags.contains(&POINT_EVENT_ONLY)
}

/// A platform's name in Datadog's spelling for tags.
fn tag(platform: &str) -> String {
    cxtrace_domain::metrics::normalise::tag_value(platform, "platform".len())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use cxtrace_domain::journeys::{Fact, Gathered, Observation, Policy, Source, SpanKey, Start, assemble};

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_049_600, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    /// The journey of a call of 200 seconds with these spans. Spans without an end are open.
    fn journey(spans: &[(SpanType, i64, Option<i64>)]) -> Journey {
        let source = Source::known("genesys");
        let anchor = "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96ba".parse().unwrap();
        let mut fact = Fact::of(source, anchor, at(200), "test");
        for (n, (span_type, start, end)) in [(SpanType::Telephony, 0, Some(200))].iter().chain(spans).enumerate() {
            let mut span = Observation::of(SpanKey::of(&["genesys", &n.to_string()]));
            span.span_type = Some(*span_type);
            span.start = Some(Start { derived: false, at: at(*start) });
            span.end = end.map(at);
            fact.spans.push(span);
        }
        let mut gathered = Gathered::default();
        gathered.take(&fact);
        assemble(&gathered, &Policy::default(), None, at(1_000_000)).unwrap()
    }

    fn values(name: &str, journey: &Journey) -> Vec<f64> {
        of(journey).into_iter().filter(|measure| measure.name == name).map(|measure| measure.value).collect()
    }

    #[test]
    fn waits_in_queues_and_on_hold_count_overlaps_once() {
        let [queue, hold] = [SpanType::Queue, SpanType::Hold].map(|wait| move |from, to| (wait, from, Some(to)));
        for (spans, waited) in [
            (vec![queue(0, 30)], 30.0),
            (vec![hold(50, 60)], 10.0),
            // Between a queue and a hold, the customer waits.
            (vec![queue(0, 30), hold(50, 60)], 60.0),
            (vec![queue(0, 30), (SpanType::AgentInteraction, 25, Some(200)), hold(50, 60), hold(55, 70)], 50.0),
            // A hold whose end was not reported ends with the line.
            (vec![queue(0, 30), hold(20, 25), queue(30, 40), (SpanType::Hold, 60, None)], 200.0),
        ] {
            assert_eq!(values(WAIT, &journey(&spans)), [waited], "{spans:?}");
        }
    }

    #[test]
    fn a_journey_without_a_wait_has_no_wait_measure() {
        let journey = journey(&[(SpanType::Ivr, 0, Some(30)), (SpanType::AgentInteraction, 60, None)]);
        assert_eq!(values(WAIT, &journey), [0.0; 0]);
        assert_eq!(values(DURATION, &journey), [200.0]);
    }

    #[test]
    fn an_insight_has_the_platform_of_its_first_span_and_the_last_queue_before_it() {
        use cxtrace_domain::journeys::InsightRule;
        use cxtrace_domain::journeys::document::Severity;
        let mut journey = journey(&[
            (SpanType::Queue, 20, Some(40)),
            (SpanType::AgentInteraction, 40, Some(90)),
            (SpanType::Queue, 95, Some(120)),
        ]);
        let key = |journey: &Journey, span_type, at: i64| {
            let found = journey.spans.iter().find(|span| {
                span.span_type == span_type && (span.started_at.0 - journey.started_at.0).num_seconds() == at
            });
            found.unwrap().key.clone()
        };
        let keys = [(SpanType::Queue, 95), (SpanType::AgentInteraction, 40), (SpanType::Telephony, 0)];
        let [later, agent, call] = keys.map(|(span_type, at)| key(&journey, span_type, at));
        for (span, name) in journey.spans.iter_mut().filter(|span| span.span_type == SpanType::Queue).zip(["a", "b"]) {
            span.attributes.insert("queue.name".to_owned(), name.to_owned());
        }
        let insight = |spans: Vec<SpanKey>| Insight {
            rule: InsightRule::ALL[0],
            severity: Severity::Error,
            text: String::new(),
            spans,
        };
        journey.insights = vec![insight(vec![later, agent]), insight(vec![call]), insight(Vec::new())];
        journey.revision = 1;
        let insights = budgeted(&journey).into_iter().filter(|budgeted| budgeted.measure.name == INSIGHT_OFFSET);
        let rule = InsightRule::ALL[0].as_str();
        assert_eq!(
            insights.map(|budgeted| shown(&budgeted.measure)).collect::<Vec<_>>(),
            [
                format!("cxtrace.journey.insight_offset platform:genesys,queue:a,rule:{rule},revision:1 40"),
                format!("cxtrace.journey.insight_offset platform:genesys,queue:none,rule:{rule},revision:1 0"),
            ]
        );
    }

    #[test]
    fn the_segments_are_the_journeys_account_of_time() {
        let journey = journey(&[
            (SpanType::Ivr, 0, Some(20)),
            (SpanType::Queue, 20, Some(50)),
            (SpanType::AgentInteraction, 50, Some(200)),
            (SpanType::Hold, 60, Some(70)),
        ]);
        let parts: f64 = journey.time.parts.iter().map(|part| seconds(part.duration_ms)).sum();
        assert_eq!(values(DURATION, &journey), [parts]);
        assert_eq!(values(SEGMENT, &journey), [30.0, 10.0, 20.0, 140.0, 200.0]);
        assert_eq!(values(WAIT, &journey), [40.0]);
        assert_eq!(budgeted(&journey)[0].measure.value, 30.0);
    }

    fn shown(measure: &Measure) -> String {
        format!("{} {} {}", measure.name, measure.tags.join(","), measure.value)
    }

    #[test]
    fn hand_offs_have_both_platforms_and_queues_have_their_name() {
        let mut journey = journey(&[(SpanType::Queue, 60, Some(90))]);
        let leg = |number, platform: &str, from, to: Option<i64>| Leg {
            number,
            platform: platform.to_owned(),
            started_at: cxtrace_domain::journeys::document::Time(at(from)),
            ended_at: to.map(|to| cxtrace_domain::journeys::document::Time(at(to))),
        };
        // The second leg begins before the first has ended, and the last one goes on.
        journey.legs = vec![leg(1, "sbc", 0, Some(20)), leg(2, "genesys", 10, Some(60)), leg(3, "AI Agent", 62, None)];
        journey.revision = 7;
        journey.insights.clear();
        let queue = journey.spans.iter_mut().find(|span| span.span_type == SpanType::Queue).unwrap();
        queue.status = Some(Outcome::Abandoned);
        queue.attributes.insert("genesys.queue_id".to_owned(), "5cb9bb62".to_owned());
        let all = budgeted(&journey);
        assert_eq!(
            all.iter().map(|budgeted| shown(&budgeted.measure)).collect::<Vec<_>>(),
            [
                "cxtrace.journey.handoff from:sbc,to:genesys,revision:5_or_more 0",
                "cxtrace.journey.handoff from:genesys,to:ai_agent,revision:5_or_more 2",
                "cxtrace.journey.queue_wait platform:genesys,queue:5cb9bb62,outcome:abandoned,revision:5_or_more 30",
            ]
        );
        assert_eq!(
            shown(&all[2].overflow),
            "cxtrace.journey.queue_wait platform:__other__,queue:__other__,outcome:abandoned,revision:5_or_more 30"
        );
        let queue = journey.spans.iter_mut().find(|span| span.span_type == SpanType::Queue).unwrap();
        queue.attributes.insert("acme.queue_name".to_owned(), "Billing".to_owned());
        queue.status = None;
        let named = &budgeted(&journey)[2];
        assert_eq!(named.measure.tags[1..3], ["queue:billing", "outcome:unknown"]);
        // What has few values does not spend the budget.
        journey.revision = 1;
        assert_eq!(budgeted(&journey)[2].admission, named.admission);
    }
}
