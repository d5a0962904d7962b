//! From the start of a process to its request for the first event: what a cold start adds to Lambda's own part.

use std::path::Path;
use std::time::Duration;

use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Start;

use crate::binaries::Binaries;
use crate::clock::cpu_of;
use crate::functions::Function;
use crate::report::{Report, Section};
use crate::stats::{median, percentile, ratio, show};
use crate::{Effort, Failure, process};

/// How many times as long as a function that does nothing ours may take.
const MOST: f64 = 1.5;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Start of a process");
    section.means("What a cold start adds to Lambda's own part: a function is ready when it asks for its first event.");
    let world = process::world().await?;
    // A file as a linker leaves it is scattered over memory, another one each time; a copy lies there in one piece,
    // as it does when it has been loaded from a disk.
    let copies = binaries.target.join("bench");
    std::fs::create_dir_all(&copies)?;
    let mut all = Vec::new();
    let functions = Function::ALL.map(|function| binaries.of(function));
    for binary in std::iter::once(&binaries.bare).chain(&functions) {
        let copy = copies.join(binary.file_name().ok_or("a binary without a name")?);
        std::fs::copy(binary, &copy)?;
        all.push(copy);
    }
    let mut took = vec![Vec::<Duration>::new(); all.len()];
    let mut used = vec![Vec::<Duration>::new(); all.len()];
    // In turn, so that a machine that is busy for a while is so for all. The first round only loads the files.
    for round in 0..=effort.starts {
        for (n, binary) in all.iter().enumerate() {
            let (start, cpu) = start(binary, &world).await?;
            if round > 0 {
                took[n].push(start);
                used[n].push(cpu);
            }
        }
    }
    let shown = |n: usize| {
        let (took, used) = (&took[n], median(&used[n]));
        format!("{} (90 of 100: {}), CPU {}", show(median(took)), show(percentile(took, 0.9)), show(used))
    };
    section.row("process start to first `/invocation/next`, a bare `lambda_runtime` function", shown(0));
    for (n, function) in (1..).zip(Function::ALL) {
        let times = ratio(median(&took[n]), median(&took[0]));
        section.target(
            format!("process start to first `/invocation/next`, `{}`", function.name()),
            format!("{}; {times:.2} times the bare one's", shown(n)),
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

/// How long one start took, and its CPU.
async fn start(binary: &Path, world: &Endpoints) -> Result<(Duration, Duration), Failure> {
    let process = process::function(binary, world).start().await?;
    let start = process.started().await;
    let cpu = cpu_of(process.pid());
    let log = process.kill().await;
    match start {
        Start::Ready(took) => Ok((took, cpu?)),
        _ => Err(format!("{} does not start: {log}", binary.display()).into()),
    }
}
