//! The names of Cxtrace's own attributes and events in exported traces. `docs/semantic-conventions.md` describes each;
//! where OpenTelemetry has a name, that name is used instead.

pub const JOURNEY_ID: &str = "cx.journey.id";
pub const JOURNEY_REVISION: &str = "cx.journey.revision";
pub const JOURNEY_STATUS: &str = "cx.journey.status";
pub const JOURNEY_DURATION_MS: &str = "cx.journey.duration_ms";
pub const JOURNEY_PLATFORMS: &str = "cx.journey.platforms";
pub const JOURNEY_INSIGHTS: &str = "cx.journey.insights";
pub const JOURNEY_TRACES: &str = "cx.journey.trace_ids";
pub const JOURNEY_PART: &str = "cx.journey.part.day";
pub const JOURNEY_PARTS: &str = "cx.journey.part.count";
/// Followed by the segment's name and `_ms`.
pub const SEGMENT: &str = "cx.journey.segment.";
pub const LEG_NUMBER: &str = "cx.leg.number";
pub const SPAN_KEY: &str = "cx.span.key";
pub const SPAN_TYPE: &str = "cx.span.type";
pub const SPAN_FLAGS: &str = "cx.span.flags";
pub const SPAN_OPEN: &str = "cx.span.open";
pub const OUTCOME: &str = "cx.outcome";
pub const END_REASON: &str = "cx.end.reason";
pub const SOURCES: &str = "cx.sources";
pub const CLOCK_SHIFT_MS: &str = "cx.clock.shift_ms";
pub const LINK: &str = "cx.link";
pub const INSIGHT_EVENT: &str = "cx.insight";
pub const INSIGHT_RULE: &str = "cx.insight.rule";
pub const INSIGHT_SEVERITY: &str = "cx.insight.severity";
pub const INSIGHT_TEXT: &str = "cx.insight.text";
pub const GAP_EVENT: &str = "cx.gap";
pub const GAP_CLASS: &str = "cx.gap.class";
pub const GAP_DURATION_MS: &str = "cx.gap.duration_ms";

/// Every name above, for the test of the page that describes them.
pub const ALL: &[&str] = &[
    JOURNEY_ID,
    JOURNEY_REVISION,
    JOURNEY_STATUS,
    JOURNEY_DURATION_MS,
    JOURNEY_PLATFORMS,
    JOURNEY_INSIGHTS,
    JOURNEY_TRACES,
    JOURNEY_PART,
    JOURNEY_PARTS,
    SEGMENT,
    LEG_NUMBER,
    SPAN_KEY,
    SPAN_TYPE,
    SPAN_FLAGS,
    SPAN_OPEN,
    OUTCOME,
    END_REASON,
    SOURCES,
    CLOCK_SHIFT_MS,
    LINK,
    INSIGHT_EVENT,
    INSIGHT_RULE,
    INSIGHT_SEVERITY,
    INSIGHT_TEXT,
    GAP_EVENT,
    GAP_CLASS,
    GAP_DURATION_MS,
];
