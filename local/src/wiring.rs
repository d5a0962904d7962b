//! Which event wakes which handler: what `template.yaml` says for the deployed system, said for the twin.

/// A function that is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// `functions/flow-metrics`.
    FlowMetrics,
    /// `functions/metrics-publisher`.
    MetricsPublisher,
}

/// EventBridge events, by their `detail-type`.
const EVENTS: [(&str, Handler); 1] = [(flow_metrics::event::TOPIC, Handler::FlowMetrics)];

/// Changes of the state table, by what happened and how the sort key begins.
const CHANGES: [(&str, &str, Handler); 1] = [("INSERT", "occurrence#", Handler::MetricsPublisher)];

/// Who takes an event of `topic`. One that states none is for who can say what is wrong with it.
#[must_use]
pub fn of_event(topic: Option<&str>) -> Option<Handler> {
    match topic {
        None => Some(Handler::FlowMetrics),
        Some(topic) => EVENTS.iter().find(|(known, _)| *known == topic).map(|(_, handler)| *handler),
    }
}

/// Who takes a change of the state table.
#[must_use]
pub fn of_change(event_name: &str, sort_key: &str) -> Option<Handler> {
    let matches = |(name, prefix, _): &&(&str, &str, Handler)| *name == event_name && sort_key.starts_with(prefix);
    CHANGES.iter().find(matches).map(|(_, _, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attribute_events_and_new_occurrences_wake_anyone() {
        assert_eq!(of_event(Some("v2.detail.events.conversation.{id}.attributes")), Some(Handler::FlowMetrics));
        assert_eq!(of_event(Some("v2.detail.events.conversation.{id}.customer.end")), None);
        assert_eq!(of_event(None), Some(Handler::FlowMetrics));
        assert_eq!(of_change("INSERT", "occurrence#07"), Some(Handler::MetricsPublisher));
        assert_eq!(of_change("MODIFY", "occurrence#07"), None);
        assert_eq!(of_change("INSERT", "moved#07"), None);
    }
}
