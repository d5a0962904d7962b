//! What a mapping costs: its first use, and each event of 4 KB, beside an event of Cxtrace's own form.
//!
//!     cargo run --release -p cxtrace-sources --example cost
//!
//! It writes `docs/source-costs.md`, with a row for each input of each definition. An event is the first sample that the
//! input reads, made 4 KB long by members that the mapping does not read. With `--print` it only prints the page.

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
const RUNS: usize = 1_000;

/// The targets: for each event, for the first use, and how many times an event of Cxtrace's own form.
const EACH: Duration = Duration::from_micros(300);
const FIRST: Duration = Duration::from_millis(2);
const TIMES: f64 = 1.5;

/// What one input takes.
struct Row {
    source: String,
    input: String,
    bytes: usize,
    first: Duration,
    each: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let context = Context::new(Pseudonyms::try_new(&[7; 32])?, Allowlist::default()).with_examples();
    // The heads are read at the first question.
    let _ = context.registry.event_source("", "");
    let heads = started.elapsed();
    let own = long_event(&fs::read_to_string(root().join("../../events/cxtrace/sbc-call.json"))?)?;
    cxtrace_sources::read(&own, &context)?;
    let own_each = median(|| cxtrace_sources::read(&own, &context).is_ok());
    let (mut rows, mut unmeasured) = (Vec::new(), Vec::new());
    for definition in context.registry.definitions().filter(|definition| !definition.is_abstract) {
        let measured = measure(definition, &context)?;
        let names = definition.inputs.iter().map(|input| &input.name);
        let missing = names.filter(|name| !measured.iter().any(|row| row.input == **name));
        unmeasured.extend(missing.map(|name| format!("{} {name}", definition.source)));
        rows.extend(measured);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.each));
    let page = page(&rows, &unmeasured, heads, (own.len(), own_each));
    if std::env::args().any(|argument| argument == "--print") {
        println!("{page}");
    } else {
        let path = root().join("../../docs/source-costs.md");
        fs::write(&path, page)?;
        println!("{} inputs are in docs/source-costs.md.", rows.len());
    }
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(rows: &[Row], unmeasured: &[String], heads: Duration, (own_bytes, own_each): (usize, Duration)) -> String {
    let times = |row: &Row| row.each.as_secs_f64() / own_each.as_secs_f64();
    let missed = |row: &&Row| row.each > EACH || row.first > FIRST || times(row) > TIMES;
    let missed: Vec<_> = rows.iter().filter(missed).map(|row| format!("`{} {}`", row.source, row.input)).collect();
    let middle = rows.get(rows.len() / 2);
    let slowest_first = rows.iter().map(|row| row.first).max().unwrap_or_default();
    let mut page = format!(
        "# What definitions of sources cost

<!-- Written by: cargo run --release -p cxtrace-sources --example cost -->

Each row is an input of a definition. *Each event* is the median time to decode, map and read an event of about 4 KB, with
its hashes: the whole way from bytes to facts. *First use* is the time to compile the mapping, once for each process that uses it. *Times own
form* compares each event with one of Cxtrace's own form of {own_bytes} bytes, which takes {}.

| measure | target | measured |
|---|---|---|
| an event of 4 KB, slowest input | {} | {} |
| an event of 4 KB, middle of all inputs | – | {} |
| the slowest input beside Cxtrace's own form | {TIMES} times | {:.1} times |
| first use, slowest input | {} | {} |
| heads of all definitions, once for each process | – | {} |

",
        show(own_each),
        show(EACH),
        rows.first().map_or_else(String::new, |row| show(row.each)),
        middle.map_or_else(String::new, |row| show(row.each)),
        rows.first().map_or(0.0, times),
        show(FIRST),
        show(slowest_first),
        show(heads),
    );
    page += &match missed.as_slice() {
        [] => format!("All {} inputs meet all targets.\n", rows.len()),
        missed => format!("{} of {} inputs miss a target: {}.\n", missed.len(), rows.len(), missed.join(", ")),
    };
    if !unmeasured.is_empty() {
        page += &format!("Not measured, because no sample is of them: {}.\n", unmeasured.join(", "));
    }
    page += "\n| source | input | bytes | first use | each event | times own form |\n|---|---|---|---|---|---|\n";
    for row in rows {
        let Row { source, input, bytes, first, each } = row;
        page += &format!("| {source} | {input} | {bytes} | {} | {} | {:.1} |\n", show(*first), show(*each), times(row));
    }
    page
}

fn measure(definition: &Definition, context: &Context) -> Result<Vec<Row>, Box<dyn Error>> {
    let folder = root().join("definitions").join(&definition.source).join("samples");
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let (mut seen, mut rows) = (BTreeSet::new(), Vec::new());
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
            if !compiled {
                return Err(format!("{} cannot be compiled", definition.source).into());
            }
            let each = median(|| read_delivery(&delivery, context).is_ok());
            let (source, bytes) = (definition.source.clone(), delivery.body.len());
            rows.push(Row { source, input: name, bytes, first, each });
        }
    }
    Ok(rows)
}

/// The delivery with a body of 4 KB, if its form is known.
fn longer(mut delivery: Delivery) -> Delivery {
    let missing = BYTES.saturating_sub(delivery.body.len());
    let end = delivery.body.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    match (delivery.body.first(), delivery.body.get(end)) {
        (Some(b'{'), Some(b'}')) => {
            delivery.body.truncate(end);
            delivery.body.extend(padding(missing).bytes());
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

/// An event of Cxtrace's own form with 4 KB.
fn long_event(json: &str) -> Result<String, Box<dyn Error>> {
    let (head, tail) = json.trim_end().rsplit_once('}').ok_or("the event is not an object")?;
    let (head, between) = head.rsplit_once('}').ok_or("the event has no detail")?;
    Ok(format!("{head}{}}}{between}}}{tail}", padding(BYTES.saturating_sub(json.len()))))
}

/// Members of a usual size.
fn padding(bytes: usize) -> String {
    (0..bytes / 50).map(|at| format!(",\"padding_{at:04}\":\"{}\"", "x".repeat(32))).collect()
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
