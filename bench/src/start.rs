//! From the start of a process to its request for the first event: what a cold start adds to Lambda's own part.

use std::path::Path;
use std::time::Duration;

use cxtrace_tests::endpoints::Endpoints;
use cxtrace_tests::runtime_api::Start;

use crate::binaries::Binaries;
use crate::report::{Report, Section};
use crate::stats::{median, percentile, ratio, show};
use crate::{Effort, Failure, process};

/// How many times as long as a function that does nothing ours may take.
const MOST: f64 = 1.5;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Start of a process");
    let world = process::world().await?;
    let all = [&binaries.bare, &binaries.flow_metrics, &binaries.metrics_publisher];
    let mut took: [Vec<Duration>; 3] = Default::default();
    // In turn, so that a machine that is busy for a while is so for all. The first round only loads the files.
    for round in 0..=effort.starts {
        for (binary, took) in all.iter().zip(&mut took) {
            let start = start(binary, &world).await?;
            if round > 0 {
                took.push(start);
            }
        }
    }
    let [bare, flow_metrics, metrics_publisher] = took;
    let shown = |took: &[Duration]| format!("{} (90 of 100: {})", show(median(took)), show(percentile(took, 0.9)));
    section.row("process start to first `/invocation/next`, a bare `lambda_runtime` function", shown(&bare));
    for (name, took) in [("flow-metrics", flow_metrics), ("metrics-publisher", metrics_publisher)] {
        let times = ratio(median(&took), median(&bare));
        section.target(
            format!("process start to first `/invocation/next`, `{name}`"),
            format!("{}, {times:.2} times the bare one's", shown(&took)),
            format!("at most {MOST} times the bare one's"),
            times <= MOST,
        );
    }
    section.how(format!(
        "Median of {} starts of each, in turn, from before the process is spawned to the arrival of its request at a \
         Runtime API on loopback. The bare function is built with the same profile.",
        effort.starts
    ));
    report.add(section);
    Ok(())
}

async fn start(binary: &Path, world: &Endpoints) -> Result<Duration, Failure> {
    let process = process::function(binary, world).start().await?;
    let start = process.started().await;
    let log = process.kill().await;
    match start {
        Start::Ready(took) => Ok(took),
        _ => Err(format!("{} does not start: {log}", binary.display()).into()),
    }
}
