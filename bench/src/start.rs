//! The time from the start of a process to its request for the first event: our part of a cold start.

use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Start;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::process;
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{median, percentile, ratio, show};

/// The maximum factor compared with a function that does nothing.
const MAX_TIMES: f64 = 1.5;

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Start of a process");
    let world = process::world().await?;
    let binaries = &bench.binaries;
    let functions = Function::ALL.map(|function| (function.name, binaries.of(function)));
    let mut all = Vec::new();
    for (name, binary) in std::iter::once(("bare", binaries.named("bare"))).chain(functions) {
        all.push((name, copied(&binary, &binaries.target.join("bench"))?, Vec::new(), Vec::new()));
    }
    // In turns, so that other load affects all of them. The first round only loads the files.
    for round in 0..=bench.effort.starts {
        for (_, binary, took, used) in &mut all {
            let (start, cpu) = start(binary, &world).await?;
            if round > 0 {
                took.push(start);
                used.push(cpu);
            }
        }
    }
    let bare = median(&all[0].2);
    for (name, _, took, used) in &all {
        let what = format!("process start to first `/invocation/next`, `{name}`");
        let (slow, cpu) = (percentile(took, 0.9), median(used));
        let times = ratio(median(took), bare);
        let measured = format!("{} (90 of 100: {}), CPU {}", show(median(took)), show(slow), show(cpu));
        if *name == "bare" {
            section.row(what, measured);
        } else {
            let target = format!("at most {MAX_TIMES} times the bare one's");
            section.target(what, format!("{measured}; {times:.2} times the bare one's"), target, times <= MAX_TIMES);
        }
    }
    section.how(format!(
        "Median of {} starts of each, in turn, with a Runtime API on loopback. `bare` is a `lambda_runtime` function that \
         does nothing, built with the same profile. Each program was written to its file at once and lies in memory in large \
         pieces; where it lies there page by page, as a linker leaves it, functions take longer, and more so than `bare`.",
        bench.effort.starts
    ));
    bench.report.add(section);
    Ok(())
}

/// A copy of `binary` in `folder`, written at once, so that it lies in memory in large pieces. A linker leaves a file there
/// page by page, and each page that a start touches must be mapped.
fn copied(binary: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder)?;
    let copy = folder.join(binary.file_name().ok_or("a binary without a name")?);
    std::fs::remove_file(&copy).or_else(|error| if error.kind() == NotFound { Ok(()) } else { Err(error) })?;
    std::fs::write(&copy, std::fs::read(binary)?)?;
    std::fs::set_permissions(&copy, std::fs::metadata(binary)?.permissions())?;
    Ok(copy)
}

/// The duration of one start, and its CPU time.
async fn start(binary: &Path, world: &Endpoints) -> Result<(Duration, Duration), Failure> {
    let process = process::function(binary, world).start().await?;
    let start = process.started().await;
    let cpu = process::cpu_of(process.pid());
    let log = process.kill().await;
    match start {
        Start::Ready(took) => Ok((took, cpu?)),
        _ => Err(format!("{} does not start: {log}", binary.display()).into()),
    }
}
