//! Turns participant attributes that are metrics into points on the flow that set them.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::span::SpanType;
use cxtrace_domain::journeys::{Fact, PointEvent};
use cxtrace_privacy::{detectors, digits, safe_text};

use crate::genesys;

/// The fact that a flow set a metric at the metric's own time `at`: a point on the flow's span. The point is named after
/// flow and metric, or `metric` if these are not labels. `None` if `conversation` is not a UUID.
#[must_use]
pub fn occurrence_fact(
    conversation: &str,
    flow: &str,
    metric: &str,
    at: DateTime<Utc>,
    published: DateTime<Utc>,
) -> Option<Fact> {
    let anchor = genesys::conversation_id(conversation).ok()?;
    let mut fact = Fact::of(genesys::SOURCE, anchor, published, "attributes");
    // Engineers name flows and metrics. A number among such a name is masked, as it is in Datadog.
    let label = |text: &str| safe_text::label(&detectors::masked(text, digits::MIN_OF_A_NUMBER));
    let name = label(&format!("{} {}", flow.trim(), metric.trim())).unwrap_or_else(|| "metric".to_owned());
    let attributes = [("flow", flow), ("metric", metric)]
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), label(text)?)))
        .collect();
    fact.point_events.push(PointEvent { at, name, on: SpanType::Ivr, attributes });
    Some(fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(conversation: &str, flow: &str, metric: &str) -> Option<Fact> {
        let at = "2023-03-05T08:18:04.568Z".parse().unwrap();
        occurrence_fact(conversation, flow, metric, at, "2023-03-05T08:18:05Z".parse().unwrap())
    }

    #[test]
    fn a_metric_is_a_point_on_the_flow_at_its_own_time() {
        let fact = fact("279C39cf-15fa-48e9-b435-f9667f4f96ba", "CustomerRouting", "Unknown").unwrap();
        assert_eq!(fact.anchor.to_string(), "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96ba");
        let [point] = fact.point_events.as_slice() else { panic!("{fact:?}") };
        assert_eq!((point.name.as_str(), point.on), ("CustomerRouting Unknown", SpanType::Ivr));
        assert_eq!(point.at.to_rfc3339(), "2023-03-05T08:18:04.568+00:00");
        assert_eq!(point.attributes["metric"], "Unknown");
    }

    #[test]
    fn a_number_in_a_name_is_masked() {
        let fact = fact("279c39cf-15fa-48e9-b435-f9667f4f96ba", "Call", "+44 7700 900123").unwrap();
        assert_eq!(fact.point_events[0].name, "Call number-23");
        assert!(!format!("{fact:?}").contains("7700"));
    }

    #[test]
    fn a_conversation_without_a_uuid_has_no_journey() {
        assert_eq!(fact("c", "A", "B"), None);
    }
}
