//! A command's log: lines on standard error, for people.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How the log targets of this workspace's crates begin. Libraries log from `debug` on only.
const OWN: [&str; 5] = ["cxtrace", "flow_metrics", "metrics_publisher", "span_collector", "journey_"];

/// Starts logging: warnings and errors, and more for every `-v`. `LOG_LEVEL`, as `log_level`, raises the level, too.
pub(crate) fn start(verbose: u8, log_level: Option<&str>) {
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(verbose > 1)
        .with_max_level(LevelFilter::TRACE)
        .finish();
    let started = lines.with(filter(verbose.max(level(log_level)))).try_init();
    // A test may have started logging before.
    drop(started);
}

fn level(name: Option<&str>) -> u8 {
    match name.map(str::to_ascii_lowercase).as_deref() {
        Some("info") => 1,
        Some("debug") => 2,
        Some("trace") => 3,
        _ => 0,
    }
}

fn filter(verbose: u8) -> Targets {
    let all = |level| Targets::new().with_default(level);
    let own = |level| all(LevelFilter::OFF).with_targets(OWN.map(|target| (target, level)));
    match verbose {
        // Every report has the number of late occurrences: a line for each would hide the other lines.
        0 => own(LevelFilter::WARN).with_target("metrics_publisher::late", LevelFilter::ERROR),
        1 => own(LevelFilter::INFO),
        2 => all(LevelFilter::DEBUG)
            .with_targets(["hyper", "h2", "aws", "reqwest"].map(|target| (target, LevelFilter::INFO))),
        _ => all(LevelFilter::TRACE),
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_log_only_from_debug_on() {
        let is_on = |name, target, level_of_line| filter(level(name)).would_enable(target, &level_of_line);
        assert!(is_on(None, "cxtrace_store::table", Level::WARN) && !is_on(None, "cxtrace", Level::INFO));
        assert!(!is_on(None, "metrics_publisher::late", Level::WARN) && !is_on(None, "aws_config", Level::ERROR));
        assert!(is_on(Some("INFO"), "journey_settler", Level::INFO) && !is_on(Some("INFO"), "hyper", Level::ERROR));
        assert!(is_on(Some("DEBUG"), "tower", Level::DEBUG) && !is_on(Some("DEBUG"), "hyper::proto", Level::DEBUG));
        assert_eq!(level(Some("WARN")), level(None));
    }
}
