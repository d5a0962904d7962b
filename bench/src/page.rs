//! The speed of large journeys in a browser, measured by `tests/browser/scale.mjs`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::bench::Bench;
use crate::deployed::workspace;
use crate::report::Section;
use crate::run::Failure;
use crate::stats::thousands;

/// The maximum time until a journey is drawn, in milliseconds.
const FIRST_PAINT: f64 = 1_500.0;

/// The maximum duration of half of all frames, in milliseconds: a screen shows sixty a second.
const FRAME: f64 = 16.7;

/// The browser is ended after this many seconds.
const TIMEOUT_SECONDS: &str = "600";

const CHROMIUM: &str = "/usr/bin/chromium";

/// The script's output for one size.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Measured {
    spans: u64,
    first_paint_ms: f64,
    median_frame_ms: f64,
    p99_frame_ms: f64,
    heap_mb: f64,
}

/// Measures it if there is a browser.
pub(crate) fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Journey Explorer in a browser");
    match run(bench.effort.spans) {
        Ok(all) => {
            for measured in all {
                rows(&mut section, &measured);
            }
            section.how(
                "Headless Chromium without a graphics card: `tests/browser/scale.mjs`. First paint is from the navigation to \
                 the first drawn chart. Frames are measured while the view is panned and zoomed; 16.7 ms is sixty a second.",
            );
        }
        Err(reason) => section.how(format!("Not measured: {reason}.")),
    }
    bench.report.add(section);
    Ok(())
}

fn rows(section: &mut Section, measured: &Measured) {
    let Measured { spans, first_paint_ms, median_frame_ms, p99_frame_ms, heap_mb } = *measured;
    let spans = thousands(spans);
    section.target(
        format!("{spans} spans: first paint"),
        format!("{first_paint_ms:.0} ms"),
        format!("at most {FIRST_PAINT:.0} ms"),
        first_paint_ms <= FIRST_PAINT,
    );
    section.target(
        format!("{spans} spans: a frame, 50 of 100"),
        format!("{median_frame_ms:.1} ms"),
        format!("at most {FRAME} ms"),
        // Both are shown and compared with one decimal.
        (median_frame_ms * 10.0).round() <= FRAME * 10.0,
    );
    section.row(format!("{spans} spans: a frame, 99 of 100"), format!("{p99_frame_ms:.1} ms"));
    section.row(format!("{spans} spans: memory of the page's own objects"), format!("{heap_mb:.1} MB"));
}

/// Runs the script for journeys of these sizes. Returns the reason if it cannot run.
fn run(spans: &[u64]) -> Result<Vec<Measured>, String> {
    let folder = workspace().join("tests/browser");
    if !std::path::Path::new(CHROMIUM).exists() {
        return Err("Chromium is not installed".to_owned());
    }
    if Command::new("node").arg("--version").output().is_err() {
        return Err("Node.js is not installed".to_owned());
    }
    let is_built = std::env::var_os("CXTRACE").is_some() || workspace().join("target/debug/cxtrace").exists();
    if !is_built {
        return Err("the cxtrace command, which serves the page, is not built (`cargo build` does so)".to_owned());
    }
    if !folder.join("node_modules").exists() {
        return Err("the packages of tests/browser are not installed (`npm ci` there does so)".to_owned());
    }
    let mut script = Command::new("timeout")
        .args([TIMEOUT_SECONDS, "node", "scale.mjs", "--json"])
        .args(spans.iter().map(u64::to_string))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the script could not be run ({error})"))?;
    let lines = script.stdout.take().map(|output| BufReader::new(output).lines());
    let figures = lines.into_iter().flatten().map_while(Result::ok).find_map(|line| serde_json::from_str(&line).ok());
    // A browser may end slowly or never. Its results have been printed.
    let pid = i32::try_from(script.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid.filter(|_| figures.is_some()) {
        // This fails if the script has just ended by itself, which is harmless.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let ended = script.wait().map_err(|error| format!("the script was lost ({error})"))?;
    figures.ok_or_else(|| format!("the script printed no figures and ended with {ended}"))
}
