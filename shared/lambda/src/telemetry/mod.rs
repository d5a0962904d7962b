//! Logs: one JSON object a line on standard output.
//!
//! WARN means that something went wrong and nothing was lost. ERROR means that something was lost or that a person is
//! needed. No log line holds the value or the raw name of an attribute.

mod invocation;
mod lines;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

pub use invocation::{Counts, InvocationLine, InvocationOutcome};
use lines::Lines;

/// Starts the log at `level`, such as `info` or `warn,flow_metrics=debug`. An invalid level counts as `info` and is
/// logged as a warning, because a function must not fail for its log.
pub fn start(level: Option<&str>) {
    let level = level.unwrap_or("info");
    let (filter, invalid) = match level.parse::<Targets>() {
        Ok(filter) => (filter, None),
        Err(error) => (Targets::new().with_default(LevelFilter::INFO), Some(error)),
    };
    let started = tracing::subscriber::set_global_default(Lines::new(filter, std::io::stdout()));
    if started.is_ok()
        && let Some(error) = invalid
    {
        tracing::warn!(log_level = level, %error, "LOG_LEVEL is invalid and counts as info. Set it to error, warn, info or debug.");
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
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    /// What the subscriber writes, for a test.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Checks a line against `docs/log.schema.json`, as far as that schema goes.
    fn assert_in_schema(line: &str) {
        let schema: Value = serde_json::from_str(include_str!("../../../../docs/log.schema.json")).unwrap();
        let object: Value = serde_json::from_str(line).unwrap();
        for name in schema["required"].as_array().unwrap() {
            assert!(object.get(name.as_str().unwrap()).is_some(), "{name} is missing in {line}");
        }
        let fits = |kind: &str, value: &Value| match kind {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            _ => panic!("the test does not know the type {kind}"),
        };
        for (name, value) in object.as_object().unwrap() {
            let rule = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
            let kinds: Vec<_> = match &rule["type"] {
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                kind => kind.as_str().into_iter().collect(),
            };
            let is_listed = rule["enum"].as_array().is_some_and(|words| words.contains(value));
            assert!(is_listed || kinds.iter().any(|kind| fits(kind, value)), "{name} does not fit {rule} in {line}");
            assert_eq!(line.matches(&format!("\"{name}\":")).count(), 1, "{name} stands twice in {line}");
        }
    }

    #[test]
    fn every_line_has_the_form_of_the_schema() {
        let written = Written::default();
        let subscriber =
            Lines::new("info,cxtrace_lambda=debug,quiet=error".parse::<Targets>().unwrap(), written.clone());
        let (error, id): (Box<dyn std::error::Error>, _) = ("no answer".into(), "a-1");
        tracing::dispatcher::with_default(&tracing::Dispatch::new(subscriber), || {
            let span = tracing::info_span!("work", of = "the SDK");
            let _inside = span.enter();
            tracing::error!(error = cxtrace_error_chain::error_chain(error.as_ref()), items = 3_usize, "it failed");
            tracing::warn!(message_id = "m", reason = "throttled", seconds = 30_u32, "an event \"waits\"\nhere");
            tracing::info!(log = "access", user = None::<&str>, status = 200_u16, ms = 1.5, %error, "request");
            assert!(tracing::enabled!(tracing::Level::DEBUG) && !tracing::enabled!(tracing::Level::TRACE));
            tracing::debug!("nothing else");
            tracing::trace!("too fine");
            tracing::debug!(target: "other", "too fine for other crates");
            tracing::warn!(target: "quiet", "too fine for this one");
            tracing::info!(is_last = true, change = -3, %id, kind = ?Some("a"), big = u128::MAX, "values");
        });
        let lines = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(lines.lines().count(), 5, "{lines}");
        lines.lines().for_each(assert_in_schema);
        let expected = [
            r#"{"level":"ERROR","message":"it failed","error":"no answer","items":3}"#,
            r#"{"level":"WARN","message":"an event \"waits\"\nhere","message_id":"m","reason":"throttled","seconds":30}"#,
            r#"{"level":"INFO","message":"request","log":"access","status":200,"ms":1.5,"error":"no answer"}"#,
            r#"{"level":"DEBUG","message":"nothing else"}"#,
            r#"{"level":"INFO","message":"values","is_last":true,"change":-3,"id":"a-1","kind":"Some(\"a\")","big":"340282366920938463463374607431768211455"}"#,
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
        let counts = Counts::default();
        counts.add("events", 3_u64);
        let line = InvocationLine::new(("flow-metrics", "r"), InvocationOutcome::Ok, 12, false, &counts);
        assert_in_schema(&serde_json::to_string(&line).unwrap());
    }

    #[test]
    fn a_measure_has_the_dimension_that_its_alarm_watches_and_a_count_has_none() {
        let measured = line("JourneysOverdueSeconds", "Seconds", 7.5, Some("settler"));
        assert_eq!(measured["_aws"]["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([["FunctionName"]]));
        assert_eq!((&measured["FunctionName"], &measured["JourneysOverdueSeconds"]), (&"settler".into(), &7.5.into()));
        let counted = line("EventsIgnored", "Count", 1.0, None);
        assert_eq!(counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([[]]));
    }
}
