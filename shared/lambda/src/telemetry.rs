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
    measure(name, "Count", 1.0);
}

/// Adds `value` in a CloudWatch unit to the metric `name`, like [`count`].
pub fn measure(name: &'static str, unit: &'static str, value: f64) {
    let line = serde_json::json!({
        "_aws": {
            "Timestamp": cxtrace_clock::Clock::now(&cxtrace_clock::SystemClock).timestamp_millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Cxtrace",
                "Dimensions": [[]],
                "Metrics": [{"Name": name, "Unit": unit}],
            }],
        },
        name: value,
    });
    println!("{line}");
}

/// Notes in CloudWatch that `items` of a table could not be read. An alarm watches this.
pub fn note_set_aside(items: usize) {
    if items > 0 {
        #[expect(clippy::cast_precision_loss, reason = "a batch has few items")]
        measure("ItemsSetAside", "Count", items as f64);
    }
}
