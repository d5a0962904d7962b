//! The metadata of metrics: type, unit and description (API reference, *Edit metric metadata*, v1).

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::self_metrics::{Definition, MetricType};
use serde_json::{Value, json};

use crate::deployment::Deployment;

/// The metadata of every metric of `deployment` whose name is known, by name.
pub(crate) fn all(deployment: &Deployment) -> Vec<(String, Value)> {
    let own = SelfMetric::ALL.iter().map(|own| own.definition()).map(|own| (own.name.to_owned(), of_own(&own)));
    let of_flow = |name: String, what: String| {
        let description = format!("{what} Counted by Cxtrace, each occurrence once.");
        (name, json!({"type": "count", "unit": "occurrence", "description": description}))
    };
    let flows: Vec<_> = match deployment.has_one_name() {
        true => vec![of_flow(deployment.metric_name.clone(), "How often flows reach their metrics.".to_owned())],
        false => {
            let flows = deployment.flows.iter().map(|flow| {
                let what = format!("How often the flow {} reaches its metric {}.", flow.flow, flow.metric);
                of_flow(flow.name.clone(), what)
            });
            flows.collect()
        }
    };
    own.chain(flows).collect()
}

fn of_own(own: &Definition) -> Value {
    // Datadog takes units of its own list only (docs, *Units*).
    let unit = match own.unit {
        unit @ ("second" | "occurrence" | "item") => unit,
        _ => "occurrence",
    };
    let mut json = json!({"unit": unit, "description": own.description});
    if own.metric_type == MetricType::Count {
        json["type"] = json!("count");
    }
    json
}
