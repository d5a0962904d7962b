//! What a mapping costs: its first use, and each event of 4 KB, beside an event of Cxtrace's own form.
//!
//!     cargo run --release -p cxtrace-sources --example cost
//!
//! It prints a table for each input of each definition. An event is the first sample that the input reads, made 4 KB long
//! by a member that the mapping does not read.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::Context;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, read_delivery};
use cxtrace_sources::mapping::Program;
use cxtrace_sources::registry::Definition;

const BYTES: usize = 4_000;
const RUNS: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let context = Context::new(Pseudonyms::try_new(&[7; 32])?, Allowlist::default()).with_examples();
    // The heads are read at the first question.
    let _ = context.registry.event_source("", "");
    println!("heads of all definitions: {}\n", show(started.elapsed()));
    println!("| source | input | bytes | first use | each event |\n|---|---|---|---|---|");
    let own = fs::read_to_string(root().join("../../events/cxtrace/sbc-call.json"))?;
    let reading = median(|| cxtrace_sources::read(&own, &context).is_ok());
    println!("| Cxtrace's own form | | {} | – | {} |", own.len(), show(reading));
    for definition in context.registry.definitions().filter(|definition| !definition.is_abstract) {
        measure(definition, &context)?;
    }
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn measure(definition: &Definition, context: &Context) -> Result<(), Box<dyn Error>> {
    let folder = root().join("definitions").join(&definition.source).join("samples");
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut seen = BTreeSet::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ndjson")) {
        for line in fs::read_to_string(path)?.lines().filter(|line| !line.trim().is_empty()) {
            let Some(delivery) = Delivery::from_recording(line)? else { continue };
            let Ok(read) = read_delivery(&delivery, context) else { continue };
            let Some(name) = read.input.filter(|name| seen.insert(name.clone())) else { continue };
            let Some(input) = definition.inputs.iter().find(|input| input.name == name) else { continue };
            let delivery = longer(delivery);
            let code = definition.programs.get(input.map_file()).map(String::as_str).unwrap_or_default();
            let started = Instant::now();
            let compiled = Program::compile(code).is_ok();
            let first = started.elapsed();
            let reading = median(|| read_delivery(&delivery, context).is_ok());
            let (source, bytes) = (&definition.source, delivery.body.len());
            println!("| {source} | {name} | {bytes} | {} | {} |", show(first), show(reading));
            if !compiled {
                return Err(format!("{source} cannot be compiled").into());
            }
        }
    }
    Ok(())
}

/// The delivery with a body of 4 KB, if its form is known.
fn longer(mut delivery: Delivery) -> Delivery {
    let missing = BYTES.saturating_sub(delivery.body.len());
    let end = delivery.body.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    match (delivery.body.first(), delivery.body.get(end)) {
        (Some(b'{'), Some(b'}')) => {
            delivery.body.truncate(end);
            // Members of a usual size.
            for at in 0..missing / 50 {
                delivery.body.extend(format!(",\"padding_{at:04}\":\"{}\"", "x".repeat(32)).bytes());
            }
            delivery.body.push(b'}');
        }
        (Some(first), _) if first.is_ascii_alphabetic() && delivery.body.contains(&b'&') => {
            for at in 0..missing / 50 {
                delivery.body.extend(format!("&padding_{at:04}={}", "x".repeat(36)).bytes());
            }
        }
        _ => {}
    }
    delivery
}

fn median(run: impl Fn() -> bool) -> Duration {
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(run());
            started.elapsed()
        })
        .collect();
    times.sort();
    times.get(RUNS / 2).copied().unwrap_or_default()
}

fn show(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
