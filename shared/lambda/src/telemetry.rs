//! Logs: one JSON object a line on standard output.
//!
//! WARN means that something went wrong and nothing was lost. ERROR means that something was lost or that a person is
//! needed. No log line holds the value or the raw name of an attribute.

use tracing_subscriber::EnvFilter;

/// Starts the log at `level`, such as `info` or `warn,flow_metrics=debug`. An invalid level counts as `info` and is
/// logged as a warning, because a function must not fail for its log.
pub fn start(level: Option<&str>) {
    let level = level.unwrap_or("info");
    let (filter, invalid) = match EnvFilter::try_new(level) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    // Lambda adds the time.
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .without_time()
        .with_target(false)
        .with_env_filter(filter)
        .try_init();
    if started.is_ok()
        && let Some(error) = invalid
    {
        tracing::warn!(level, %error, "LOG_LEVEL is invalid and counts as info. Set it to error, warn, info or debug.");
    }
}

/// Adds 1 to the metric `name` in CloudWatch (namespace `Cxtrace`) by a log line in the embedded metric format.
///
/// This is for counts that need not be exact. An exact count is an occurrence.
pub fn count(name: &'static str) {
    println!("{}", line(name, "Count", 1.0, None));
}

/// Adds `value` to the metric `name` of this function in CloudWatch, in a unit of CloudWatch.
pub fn measure(name: &'static str, unit: &'static str, value: f64) {
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    println!("{}", line(name, unit, value, Some(&function)));
}

/// Notes in CloudWatch that this function could not read `items` of a table. An alarm watches this.
pub fn note_set_aside(items: usize) {
    if items > 0 {
        measure("ItemsSetAside", "Count", items as f64);
    }
}

fn line(name: &str, unit: &str, value: f64, function: Option<&str>) -> serde_json::Value {
    let dimensions = function.map_or_else(Vec::new, |_| vec!["FunctionName"]);
    let mut line = serde_json::json!({
        "_aws": {
            "Timestamp": cxtrace_clock::Clock::now(&cxtrace_clock::SystemClock).timestamp_millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Cxtrace",
                "Dimensions": [dimensions],
                "Metrics": [{"Name": name, "Unit": unit}],
            }],
        },
        name: value,
    });
    if let Some(function) = function {
        line["FunctionName"] = function.into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_has_the_dimension_that_its_alarm_watches_and_a_count_has_none() {
        let measured = line("JourneysOverdueSeconds", "Seconds", 7.5, Some("settler"));
        assert_eq!(measured["_aws"]["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([["FunctionName"]]));
        assert_eq!((&measured["FunctionName"], &measured["JourneysOverdueSeconds"]), (&"settler".into(), &7.5.into()));
        let counted = line("EventsIgnored", "Count", 1.0, None);
        assert_eq!(counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([[]]));
    }
}
