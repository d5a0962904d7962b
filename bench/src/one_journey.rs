//! Checks that a fact does not cost more in a journey with many facts.

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::clock::SimClock;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::explorer::request;
use crate::growth::FLAT;
use crate::metered::Work;
use crate::pipeline::Pipeline;
use crate::process::{self, peak};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{megabytes, ratio, thousands};
use crate::traffic::{STEP, event, fact};

/// The number of facts that are appended to measure the cost of one.
const APPENDED: usize = 200;

/// The maximum size of an item in bytes (DynamoDB Developer Guide, "Quotas").
const MAX_ITEM: u64 = 400_000;

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Growth: one journey");
    let mut all = Vec::new();
    for facts in bench.effort.facts {
        all.push((facts, grow(bench, facts, &mut section).await?));
    }
    if let [(few, few_work), .., (many, many_work)] = all.as_slice() {
        let against = format!("at {} facts against at {few}", thousands(*many));
        let cost = |work: &Work| (work.meter.requests, work.meter.units);
        let same = cost(few_work) == cost(many_work);
        let measured = if same { "the same" } else { "not the same" };
        section.target(format!("requests and units of appending a fact, {against}"), measured, "flat: the same", same);
        section.flat(format!("CPU of appending a fact, {against}"), ratio(many_work.cpu, few_work.cpu), FLAT);
    }
    section.how(
        "A journey of six ids. Two facts describe a span, each with a point on it. Memory is the peak of a process that reads \
         the whole journey. A journey of n facts is read at most every n/500 seconds, no item grows with it, and an id with \
         more than 200 neighbours joins nothing.",
    );
    bench.report.add(section);
    Ok(())
}

/// Makes a journey of this many facts, and measures the memory that it takes. Returns the cost of further facts.
async fn grow(bench: &Bench, facts: u64, section: &mut Section) -> Result<Work, Failure> {
    let world = process::world().await?;
    // Processes use the machine's clock, so the journey must not have been read a moment ago.
    let now = SystemClock.now() - TimeDelta::hours(2);
    let start = now - STEP * i32::try_from(facts)?;
    let nth = |n: u64| event(0, n, start + STEP * i32::try_from(n).unwrap_or(i32::MAX));
    let pipeline = Pipeline::over(world.engine().clone(), SimClock::at(now), &bench.template, 1)?;
    let all = (0..facts).map(|n| fact(&nth(n))).collect::<Result<Vec<_>, _>>()?;
    pipeline.fill(&all).await?;
    drop(all);
    let seed = fact(&nth(0))?.anchor;
    Box::pin(pipeline.assembly().refresh(&seed, true)).await?;
    let journey = pipeline.assembly().gather(&seed).await?;
    let id = journey.journey().ok_or("the journey has no facts")?;

    let mut appended = Work::default();
    for n in facts..facts + APPENDED as u64 {
        pipeline.append(&nth(n), &mut appended).await?;
    }
    let largest = pipeline.largest();

    // One new fact, for the processes to find.
    pipeline.forget();
    pipeline.append(&nth(facts + APPENDED as u64), &mut Work::default()).await?;
    let of = format!("{} facts ({} spans)", thousands(facts), thousands(journey.spans.len() as u64));
    let assemble = process::batch(&process::facts(world.engine()));
    let open = request(&format!("/api/journeys/{id}"), "");
    for (function, event) in [(Function::JOURNEY_ASSEMBLER, assemble), (Function::JOURNEY_EXPLORER, open)] {
        let process = bench.start(function, &world).await?;
        process::take(&process, [event]).await?;
        let (peak, most) = (peak(&process)?, bench.template.memory_mb(function)?);
        section.target(
            format!("{of}: peak memory of `{}`", function.name),
            megabytes(peak),
            format!("at most the {most} MB that it has"),
            peak <= most * 1_048_576,
        );
    }
    let bytes = |bytes| format!("{} bytes", thousands(bytes));
    section.at_most(format!("{of}: the largest item of the table, as JSON"), largest, MAX_ITEM, bytes);
    Ok(appended)
}
