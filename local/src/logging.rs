//! Logs of a command: lines on standard error, for people.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging: warnings and errors, and more for every `-v`.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        // What is counted late is in every report: a line for each would bury the rest.
        0 => "warn,metrics_publisher::late=error",
        1 => "info,aws_config=warn",
        2 => "debug,hyper=info,h2=info,aws=info,reqwest=info",
        _ => "trace",
    };
    let started = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(verbose > 1)
        .with_env_filter(EnvFilter::new(filter))
        .try_init();
    // Logging that was started before stays as it is.
    drop(started);
}
