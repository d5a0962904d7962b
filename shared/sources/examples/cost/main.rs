//! What a mapping costs: its first use, and each event of 4 KB, beside what `span-collector` takes for an event of Cxtrace's own
//! form.
//!
//!     cargo run --release -p cxtrace-sources --example cost -- --collector target/release/span-collector
//!
//! It writes `docs/source-costs.md`, with a row for each input of each definition. An event is the first sample that the
//! input reads, made 4 KB long by members that the mapping does not read. With `--print` it only prints the page. Without the
//! function it prints the rows, and with `--only SOURCE` those of one source.

mod collector;
mod cpu;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::Context;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, read_delivery};
use cxtrace_sources::registry::Definition;

type Failure = Box<dyn Error>;

const BYTES: usize = 4_000;

/// How many processes measure the first use of one input.
const PROCESSES: usize = 7;

/// The targets: for each event, for the first use, and how many times what `span-collector` takes for its own form.
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

/// What an event of Cxtrace's own form takes.
struct Own {
    bytes: usize,
    /// Reading it.
    read: Duration,
    /// The whole function.
    whole: Duration,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let before = cpu::of_this_thread();
    let context = Context::new(Pseudonyms::try_new(&[7; 32])?, Allowlist::default()).with_examples();
    // The heads are read at the first question.
    let _ = context.registry.event_source("", "");
    let heads = cpu::of_this_thread() - before;
    if let Some(recording) = value("--first") {
        println!("{}", first_use(recording, &context)?.as_nanos());
        return Ok(());
    }
    let own = long_event(&fs::read_to_string(root().join("../../events/cxtrace/sbc-call.json"))?)?;
    let (mut rows, mut unmeasured) = (Vec::new(), Vec::new());
    let is_asked = |definition: &&Definition| value("--only").is_none_or(|only| definition.source == *only);
    for definition in context.registry.definitions().filter(|definition| !definition.is_abstract).filter(is_asked) {
        let measured = measure(definition, &context)?;
        let names = definition.inputs.iter().map(|input| &input.name);
        let missing = names.filter(|name| !measured.iter().any(|row| row.input == **name));
        unmeasured.extend(missing.map(|name| format!("{} {name}", definition.source)));
        rows.extend(measured);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.each));
    let collector = value("--collector").filter(|_| value("--only").is_none());
    let Some(collector) = collector else {
        rows.iter()
            .for_each(|row| println!("{} {}: {} first, {}", row.source, row.input, show(row.first), show(row.each)));
        return Ok(());
    };
    let own = Own {
        bytes: own.len(),
        read: cpu::of_run(|| cxtrace_sources::read(&own, &context).is_ok()),
        whole: collector::of_event(Path::new(collector), |number| {
            own.replace("a84b4c76e66710", &format!("{number:014x}"))
        })?,
    };
    let page = page(&rows, &unmeasured, heads, &own);
    if arguments.iter().any(|argument| argument == "--print") {
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

fn page(rows: &[Row], unmeasured: &[String], heads: Duration, own: &Own) -> String {
    let times = |row: &Row| row.each.as_secs_f64() / own.whole.as_secs_f64();
    let missed = |row: &&Row| row.each > EACH || row.first > FIRST || times(row) > TIMES;
    let missed: Vec<_> = rows.iter().filter(missed).map(|row| format!("`{} {}`", row.source, row.input)).collect();
    let middle = rows.get(rows.len() / 2);
    let slowest_first = rows.iter().map(|row| row.first).max().unwrap_or_default();
    let mut page = format!(
        "# What definitions of sources cost

<!-- Written by: cargo run --release -p cxtrace-sources --example cost -- --collector PROGRAM -->

Each row is an input of a definition. *Each event* is what it takes to decode, map and read an event of about 4 KB, with
its hashes: the whole way from bytes to facts. *First use* is what the first such event of a process takes more than the others:
reading the definition and compiling its programs. It happens once in a process for each source that it meets. *Times own form*
compares each event with what the function `span-collector` takes in all for an event of Cxtrace's own form of {} bytes: {}.
Reading that event takes {} of these.

| measure | target | measured |
|---|---|---|
| an event of 4 KB, slowest input | {} | {} |
| an event of 4 KB, middle of all inputs | – | {} |
| the slowest input beside an event of Cxtrace's own form in `span-collector` | {TIMES} times | {:.1} times |
| first use, slowest input | {} | {} |
| heads of all definitions, once for each process that reads an event | – | {} |

",
        own.bytes,
        show(own.whole),
        show(own.read),
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
    page += &format!(
        "\nAll figures are CPU time. Other work on the machine can lengthen it through shared caches and cores, by more than half on a virtual machine, so
they are the least of 25 rounds of 20 events, and for the first use the least of {PROCESSES} processes. The function ran as its own process, with the program that `sam build` makes, a
Runtime API on loopback and a table that answers at once. {}. Figures are comparable with others of this page and with nothing
else. What a start of a function costs is in [performance.md](performance.md#start-of-a-process): no definition is read then.\n",
        machine()
    );
    page += "\n| source | input | bytes | first use | each event | times own form |\n|---|---|---|---|---|---|\n";
    for row in rows {
        let Row { source, input, bytes, first, each } = row;
        page += &format!("| {source} | {input} | {bytes} | {} | {} | {:.2} |\n", show(*first), show(*each), times(row));
    }
    page
}

/// What it was measured on.
fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "The processor was {} ({}), and the load of the machine was {}",
        model.map_or("unknown", |(_, model)| model.trim()),
        std::env::consts::ARCH,
        load.split_whitespace().next().unwrap_or("unknown"),
    )
}

/// The samples of a definition, each as its file and line.
fn recordings(definition: &Definition) -> Result<Vec<(String, Delivery)>, Failure> {
    let folder = root().join("definitions").join(&definition.source).join("samples");
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut all = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ndjson")) {
        for (at, line) in fs::read_to_string(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            if let Some(delivery) = Delivery::from_recording(line)? {
                all.push((format!("{}:{at}", path.display()), delivery));
            }
        }
    }
    Ok(all)
}

fn measure(definition: &Definition, context: &Context) -> Result<Vec<Row>, Failure> {
    let (mut seen, mut rows) = (BTreeSet::new(), Vec::new());
    for (recording, delivery) in recordings(definition)? {
        let Ok(read) = read_delivery(&delivery, context) else { continue };
        let Some(name) = read.input.filter(|name| seen.insert(name.clone())) else { continue };
        let delivery = longer(delivery);
        let each = cpu::of_run(|| read_delivery(&delivery, context).is_ok());
        let first = (0..PROCESSES).map(|_| first_use_in_a_process(&recording)).collect::<Result<Vec<_>, _>>()?;
        let first = first.into_iter().min().unwrap_or_default();
        rows.push(Row { source: definition.source.clone(), input: name, bytes: delivery.body.len(), first, each });
    }
    Ok(rows)
}

fn first_use_in_a_process(recording: &str) -> Result<Duration, Failure> {
    let output = Command::new(std::env::current_exe()?).args(["--first", recording]).output()?;
    Ok(Duration::from_nanos(String::from_utf8(output.stdout)?.trim().parse()?))
}

/// How much longer the first reading of a recording takes than the others. What every process reads once, such as the tables of
/// phone numbers, was read before.
fn first_use(recording: &str, context: &Context) -> Result<Duration, Failure> {
    let (path, line) = recording.rsplit_once(':').ok_or("a recording is a file and a line")?;
    let text = fs::read_to_string(path)?;
    let line = text.lines().nth(line.parse()?).ok_or("the file has no such line")?;
    let delivery = longer(Delivery::from_recording(line)?.ok_or("it is not a recording")?);
    let own = long_event(&fs::read_to_string(root().join("../../events/cxtrace/sbc-call.json"))?)?;
    cxtrace_sources::read(&own, context)?;
    let before = cpu::of_this_thread();
    read_delivery(&delivery, context)?;
    let first = cpu::of_this_thread() - before;
    Ok(first.saturating_sub(cpu::of_run(|| read_delivery(&delivery, context).is_ok())))
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
fn long_event(json: &str) -> Result<String, Failure> {
    let (head, tail) = json.trim_end().rsplit_once('}').ok_or("the event is not an object")?;
    let (head, between) = head.rsplit_once('}').ok_or("the event has no detail")?;
    Ok(format!("{head}{}}}{between}}}{tail}", padding(BYTES.saturating_sub(json.len()))))
}

/// Members of a usual size.
fn padding(bytes: usize) -> String {
    (0..bytes / 50).map(|at| format!(",\"padding_{at:04}\":\"{}\"", "x".repeat(32))).collect()
}

fn show(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
