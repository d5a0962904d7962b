//! The durations of a settled journey: the whole journey, its segments, and its waits.

use cxtrace_datadog::Measure;
use cxtrace_domain::journeys::assemble::POINT_EVENT_ONLY;
use cxtrace_domain::journeys::document::Span;
use cxtrace_domain::journeys::{Journey, SpanType};
use cxtrace_domain::metrics::SelfMetric;

/// The duration of journeys, in seconds.
pub const DURATION: &str = SelfMetric::JourneyDuration.name();

/// The duration of a segment of a journey, in seconds, by `segment`.
pub const SEGMENT: &str = SelfMetric::JourneySegment.name();

/// The time that a customer waits in queues and on hold, in seconds.
pub const WAIT: &str = SelfMetric::JourneyWait.name();

/// The measures of `journey`, tagged with its first platform and its revision: `revision:1` counts each journey once.
#[must_use]
pub fn of(journey: &Journey) -> Vec<Measure> {
    let platform = journey.platforms.first().map_or("unknown", String::as_str);
    let revision = match journey.revision {
        0..=4 => journey.revision.to_string(),
        _ => "5_or_more".to_owned(),
    };
    let tags = |more: Option<String>| {
        let own = [format!("platform:{}", tag(platform)), format!("revision:{revision}")];
        own.into_iter().chain(more).collect::<Vec<_>>()
    };
    let seconds = |millis: i64| millis as f64 / 1_000.0;
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

/// The milliseconds in queues and on hold. Overlaps count once. `None` if no wait has ended.
fn waited(journey: &Journey) -> Option<i64> {
    let waits = journey.spans.iter().filter(|span| is_wait(span));
    let mut times: Vec<_> = waits.filter_map(|span| Some((span.started_at.0, span.ended_at?.0))).collect();
    times.sort_unstable();
    let (mut reached, _) = *times.first()?;
    let mut sum = 0;
    for (start, end) in times {
        sum += (end - start.max(reached)).num_milliseconds().max(0);
        reached = reached.max(end);
    }
    Some(sum)
}

/// Whether the span is an observed wait.
fn is_wait(span: &Span) -> bool {
    matches!(span.span_type, SpanType::Queue | SpanType::Hold) && !span.flags.contains(&POINT_EVENT_ONLY)
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

    fn seconds(name: &str, journey: &Journey) -> Vec<f64> {
        of(journey).into_iter().filter(|measure| measure.name == name).map(|measure| measure.value).collect()
    }

    #[test]
    fn waits_in_queues_and_on_hold_count_overlaps_once() {
        let [queue, hold] = [SpanType::Queue, SpanType::Hold].map(|wait| move |from, to| (wait, from, Some(to)));
        for (spans, waited) in [
            (vec![queue(0, 30)], 30.0),
            (vec![hold(50, 60)], 10.0),
            (vec![queue(0, 30), hold(50, 60)], 40.0),
            (vec![queue(0, 30), (SpanType::AgentInteraction, 25, Some(200)), hold(50, 60), hold(55, 70)], 50.0),
            (vec![queue(0, 30), hold(20, 25), queue(30, 40), (SpanType::Hold, 60, None)], 40.0),
        ] {
            assert_eq!(seconds(WAIT, &journey(&spans)), [waited], "{spans:?}");
        }
    }

    #[test]
    fn a_journey_without_a_wait_has_no_wait_measure() {
        let journey = journey(&[(SpanType::Ivr, 0, Some(30)), (SpanType::Queue, 60, None)]);
        assert_eq!(seconds(WAIT, &journey), [0.0; 0]);
        assert_eq!(seconds(DURATION, &journey), [200.0]);
    }
}
