//! What of a settled journey is measured: how long it was, and how long each of its segments took.

use cxtrace_datadog::Measure;
use cxtrace_domain::journeys::Journey;

/// The duration of journeys, in seconds.
pub const DURATION: &str = "cxtrace.journey.duration";

/// The duration of a segment of a journey, in seconds, by `segment`.
pub const SEGMENT: &str = "cxtrace.journey.segment";

/// How long customers wait: in queues and on hold, in seconds.
pub const WAIT: &str = "cxtrace.journey.wait";

/// The measures of `journey`, tagged with the platform that it began on, and with its revision: `revision:1` counts
/// each journey once.
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
    if let Some(queue) = journey.segments.iter().find(|segment| segment.name == "queue") {
        all.push(measure(WAIT, tags(None), queue.duration_ms));
    }
    all
}

/// A platform's name as Datadog would write it in a tag.
fn tag(platform: &str) -> String {
    cxtrace_domain::metrics::normalise::tag_value(platform, "platform".len())
}
