//! Which event wakes which handler in the twin. `template.yaml` says the same for the deployed system.

use cxtrace_sources::{cxtrace_span, genesys};

/// A function's handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// `functions/flow-metrics`.
    FlowMetrics,
    /// `functions/metrics-publisher`.
    MetricsPublisher,
    /// `functions/span-collector`.
    SpanCollector,
    /// `functions/journey-assembler`.
    JourneyAssembler,
}

/// The table changes that wake a handler: event name, prefix of the sort key, handler.
const CHANGES: [(&str, &str, Handler); 5] = [
    ("INSERT", "occurrence#", Handler::MetricsPublisher),
    ("INSERT", "carried#", Handler::MetricsPublisher),
    ("INSERT", "fact#", Handler::JourneyAssembler),
    ("INSERT", "cut#", Handler::JourneyAssembler),
    ("INSERT", "decision#", Handler::JourneyAssembler),
];

/// The handler of an EventBridge event whose `detail-type` is `topic`; `None` when no handler takes it. An event without
/// a topic goes to flow-metrics, whose error says what is missing.
#[must_use]
pub fn of_event(topic: Option<&str>) -> Option<Handler> {
    match topic {
        None => Some(Handler::FlowMetrics),
        Some(genesys::attributes::TOPIC) => Some(Handler::FlowMetrics),
        Some(cxtrace_span::DETAIL_TYPE) => Some(Handler::SpanCollector),
        Some(topic) => genesys::TOPICS.contains(&topic).then_some(Handler::SpanCollector),
    }
}

/// The handler of a change of a table; `None` when the change wakes none.
#[must_use]
pub fn of_change(event_name: &str, sort_key: &str) -> Option<Handler> {
    let matches = |(name, prefix, _): &&(&str, &str, Handler)| *name == event_name && sort_key.starts_with(prefix);
    CHANGES.iter().find(matches).map(|(_, _, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_and_each_new_fact_wakes_one_function() {
        assert_eq!(of_event(Some("v2.detail.events.conversation.{id}.attributes")), Some(Handler::FlowMetrics));
        let collector = Some(Handler::SpanCollector);
        assert_eq!(of_event(Some("v2.detail.events.conversation.{id}.customer.end")), collector);
        assert_eq!(of_event(Some("Cxtrace Span")), collector);
        assert_eq!(of_event(Some("v2.users.{id}.activity")), None);
        assert_eq!(of_event(None), Some(Handler::FlowMetrics));
        assert_eq!(of_change("INSERT", "occurrence#07"), Some(Handler::MetricsPublisher));
        assert_eq!(of_change("INSERT", "carried#07#0#1"), Some(Handler::MetricsPublisher));
        assert_eq!(of_change("MODIFY", "occurrence#07"), None);
        assert_eq!(of_change("INSERT", "moved#07"), None);
        assert_eq!(of_change("INSERT", "fact#07"), Some(Handler::JourneyAssembler));
        assert_eq!(of_change("INSERT", "edge#crm.case:7"), None);
    }
}
