//! Logs: JSON lines on standard output, one object each.
//!
//! Levels say what was lost: WARN means that something went wrong and nothing was lost; ERROR that
//! something was lost or that an operator is needed. No log line holds an attribute's value or raw name.

use tracing_subscriber::EnvFilter;

/// Starts logging as JSON on standard output, at `level` (such as `info`, or `warn,flow_metrics=debug`).
/// A level that cannot be read is taken as `info`, with a warning: logs must not keep a function down.
pub fn start(level: Option<&str>) {
    let level = level.unwrap_or("info");
    let (filter, unreadable) = match EnvFilter::try_new(level) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    // Lambda's own time stamps the line.
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .without_time()
        .with_target(false)
        .with_env_filter(filter)
        .try_init();
    if started.is_ok()
        && let Some(error) = unreadable
    {
        tracing::warn!(level, %error, "LOG_LEVEL cannot be read and is taken as info. Set it to error, warn, info or debug.");
    }
}

/// Counts one `name` in CloudWatch, namespace `Cxtrace`, through a log line in the embedded metric format.
///
/// For what is worth a look and need not be exact; what must be exact is an occurrence.
pub fn count(name: &'static str) {
    let line = serde_json::json!({
        "_aws": {
            "Timestamp": cxtrace_clock::Clock::now(&cxtrace_clock::SystemClock).timestamp_millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Cxtrace",
                "Dimensions": [[]],
                "Metrics": [{"Name": name, "Unit": "Count"}],
            }],
        },
        name: 1,
    });
    println!("{line}");
}
