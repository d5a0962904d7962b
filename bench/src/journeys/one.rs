//! Checks that a fact does not cost more in a journey with many facts.

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_domain::journeys::Id;
use cxtrace_test_support::clock::SimClock;

use super::explorer::request;
use super::limits::{item, memory};
use super::pipeline::Journeys;
use super::traffic::{STEP, event, fact};
use crate::binaries::Binaries;
use crate::deployed::{Function, Template};
use crate::pipeline::Work;
use crate::process::{self, peak};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{ratio, thousands};

/// The cost of one more fact may differ by this factor between the smallest and the largest journey.
const FLAT: f64 = 1.15;

/// The number of facts that are appended to measure the cost of one.
const APPENDED: usize = 200;

/// What was measured of a journey of one size.
struct Growth {
    facts: u64,
    spans: usize,
    appended: Work,
    largest: u64,
    peaks: [u64; 2],
}

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("Growth: one journey");
    let mut all = Vec::new();
    for facts in effort.facts {
        let growth = grow(binaries, template, facts).await?;
        let of = format!("{} facts ({} spans)", thousands(growth.facts), thousands(growth.spans as u64));
        for (function, peak) in [Function::JOURNEY_ASSEMBLER, Function::JOURNEY_EXPLORER].into_iter().zip(growth.peaks)
        {
            memory(&mut section, template, &of, function, peak)?;
        }
        item(&mut section, &of, growth.largest);
        all.push(growth);
    }
    if let (Some(few), Some(many)) = (all.first(), all.last()) {
        let against = format!("at {} facts against at {}", thousands(many.facts), few.facts);
        let cost = |growth: &Growth| (growth.appended.meter.all(), growth.appended.meter.units);
        let same = cost(few) == cost(many);
        let measured = if same { "the same" } else { "not the same" };
        section.target(format!("requests and units of appending a fact, {against}"), measured, "flat: the same", same);
        section.flat(format!("CPU of appending a fact, {against}"), ratio(many.appended.cpu, few.appended.cpu), FLAT);
    }
    section.how(
        "A journey of six ids. Two facts describe a span, each with a point on it. Memory is the peak of a process that reads \
         the whole journey. A journey of n facts is read at most every n/500 seconds, no item grows with it, and an id with \
         more than 200 neighbours joins nothing.",
    );
    report.add(section);
    Ok(())
}

async fn grow(binaries: &Binaries, template: &Template, facts: u64) -> Result<Growth, Failure> {
    let world = process::world().await?;
    // Processes use the machine's clock, so the journey must not have been read a moment ago.
    let now = SystemClock.now() - TimeDelta::hours(2);
    let start = now - STEP * i32::try_from(facts)?;
    let at = |n: u64| start + STEP * i32::try_from(n).unwrap_or(i32::MAX);
    let journeys = Journeys::over(world.engine().clone(), SimClock::at(now), template, 1)?;
    let all = (0..facts).map(|n| fact(&event(0, n, at(n)))).collect::<Result<Vec<_>, _>>()?;
    journeys.fill(&all).await?;
    drop(all);
    let seed = fact(&event(0, 0, start))?.anchor;
    Box::pin(journeys.assembly().refresh(&seed, true)).await?;
    let spans = journeys.assembly().gather(&seed).await?.spans.len();

    let id = journey(&journeys, &seed).await?;
    let mut next = facts;
    let mut more = || {
        next += 1;
        event(0, next - 1, at(next - 1))
    };
    let mut appended = Work::default();
    for _ in 0..APPENDED {
        journeys.append(&more(), &mut appended).await?;
    }
    let largest = journeys.largest();

    // One new fact, for the processes to find.
    journeys.forget();
    journeys.append(&more(), &mut Work::default()).await?;
    let assembler = process::started(&binaries.of(Function::JOURNEY_ASSEMBLER), &world).await?;
    process::take(&assembler, &process::batch(&process::facts(world.engine()))).await?;
    let explorer = process::started(&binaries.of(Function::JOURNEY_EXPLORER), &world).await?;
    process::take(&explorer, &request(&format!("/api/journeys/{id}"), "")).await?;
    let peaks = [peak(&assembler)?, peak(&explorer)?];
    Ok(Growth { facts, spans, appended, largest, peaks })
}

/// The current id of the journey of `seed`.
async fn journey(journeys: &Journeys, seed: &Id) -> Result<String, Failure> {
    let gathered = journeys.assembly().gather(seed).await?;
    Ok(gathered.journey().ok_or("the journey has no facts")?.to_string())
}
