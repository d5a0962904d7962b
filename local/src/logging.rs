//! A command's log: lines on standard error, for people.

use tracing_subscriber::EnvFilter;

/// How the log targets of this workspace's crates begin. Libraries log from `debug` on only.
const OWN: [&str; 5] = ["cxtrace", "flow_metrics", "metrics_publisher", "span_collector", "journey_"];

/// Starts logging: warnings and errors, and more for every `-v`. `LOG_LEVEL`, as `log_level`, raises the level, too.
pub(crate) fn start(verbose: u8, log_level: Option<&str>) {
    let started = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(verbose > 1)
        .with_env_filter(EnvFilter::new(filter(verbose.max(level(log_level)))))
        .try_init();
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

fn filter(verbose: u8) -> String {
    let own = |level: &str| OWN.map(|target| format!("{target}={level}")).join(",");
    match verbose {
        // Every report has the number of late occurrences: a line for each would hide the other lines.
        0 => format!("off,{},metrics_publisher::late=error", own("warn")),
        1 => format!("off,{}", own("info")),
        2 => "debug,hyper=info,h2=info,aws=info,reqwest=info".to_owned(),
        _ => "trace".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_log_only_from_debug_on() {
        assert!(filter(0).starts_with("off,cxtrace=warn,"));
        assert!(filter(level(Some("INFO"))).starts_with("off,cxtrace=info,"));
        assert!(filter(level(Some("DEBUG"))).starts_with("debug,"));
        assert_eq!(level(Some("WARN")), level(None));
    }
}
