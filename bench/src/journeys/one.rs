//! Whether a fact costs more in a journey that has many.

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_domain::journeys::Id;
use cxtrace_test_support::clock::SimClock;

use super::pipeline::Journeys;
use super::share;
use super::traffic::{Class, STEP, event, fact};
use crate::binaries::Binaries;
use crate::functions::Function;
use crate::memory::{peak, show as megabytes};
use crate::pipeline::Work;
use crate::report::{Report, Section};
use crate::stats::{ratio, thousands};
use crate::template::Template;
use crate::{Effort, Failure, process};

/// The most bytes of an item (DynamoDB Developer Guide, "Quotas").
pub(super) const LARGEST: u64 = 400_000;

/// By how much telling a fact more may differ between the smallest and the largest journey.
const FLAT: f64 = 1.15;

/// For how many seconds a fact comes each second: a minute at least, and until a large journey has been read three
/// times.
fn seconds(facts: u64) -> usize {
    usize::try_from(facts * 3 / 500).unwrap_or(usize::MAX).max(60)
}

/// How many facts are told to find out what one costs.
const TOLD: usize = 200;

/// How often a journey is read, each time with a fact more.
const READ: usize = 3;

struct Found {
    facts: u64,
    spans: usize,
    told: Work,
    read: Work,
    kept: Work,
    opened: Work,
    answer: String,
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
    section.means(
        "Whether a fact costs more in a journey that has many already. Telling it must not. Reading a journey grows \
         with it, so the larger it is the less often it is read: of one journey at most about 500 facts a second.",
    );
    let mut all = Vec::new();
    for facts in effort.facts {
        let found = grow(binaries, template, facts).await?;
        rows(&mut section, template, &found);
        all.push(found);
    }
    if let (Some(few), Some(many)) = (all.first(), all.last()) {
        let requests = |found: &Found| found.told.meter.all();
        let same = requests(few) == requests(many) && few.told.meter.units == many.told.meter.units;
        section.target(
            format!(
                "requests and units of telling a fact, at {} facts against at {}",
                thousands(many.facts),
                few.facts
            ),
            if same { "the same" } else { "not the same" },
            "flat: the same",
            same,
        );
        let cpu = ratio(many.told.cpu, few.told.cpu);
        section.target(
            format!("CPU of telling a fact, at {} facts against at {}", thousands(many.facts), few.facts),
            format!("{cpu:.2} times"),
            format!("flat: at most {FLAT} times"),
            cpu <= FLAT,
        );
    }
    section.how(
        "A journey of six ids (a conversation, and a session, call, request and case of five systems that know it). Two \
         facts tell of a span, each with a point on it. Its share of keeping the row is what assembler and settler do \
         while a fact comes each second for a minute or more, by the fact, with the stream's window and the settler's \
         schedule of the template: a journey of few facts grows by sixty meanwhile. CPU is the handlers', the SDK's and the client's; the embedded engine's own is left \
         out. Memory is the peak of a process that reads the whole journey. Nothing limits how many facts or spans a \
         journey has: what is bounded is how often it is read (n/500 seconds apart for n facts), what is stored (no \
         item grows with the journey: a fact has at most 100 KB, a row less than 16 KB of lists) and what joins it (an \
         id with more than 200 neighbours joins nothing). What the explorer cannot carry, more than 4.4 MB compressed, \
         it refuses with a reason.",
    );
    report.add(section);
    Ok(())
}

fn rows(section: &mut Section, template: &Template, found: &Found) {
    let of = format!("{} facts ({} spans)", thousands(found.facts), thousands(found.spans as u64));
    section.row(format!("{of}: telling one fact more"), share(&found.told, TOLD));
    section
        .row(format!("{of}: its share of keeping the row, a fact a second"), share(&found.kept, seconds(found.facts)));
    section.row(format!("{of}: reading all of it once"), share(&found.read, READ));
    section.row(format!("{of}: opening it in the explorer"), format!("{}; {}", share(&found.opened, 1), found.answer));
    for (function, peak) in [Function::JourneyAssembler, Function::JourneyExplorer].into_iter().zip(found.peaks) {
        let most = template.memory_mb(function);
        section.target(
            format!("{of}: peak memory of `{}`", function.name()),
            megabytes(peak),
            format!("at most the {most} MB that it has"),
            peak <= most * 1_048_576,
        );
    }
    section.target(
        format!("{of}: the largest item of the table"),
        format!("{} bytes", thousands(found.largest)),
        format!("at most {} bytes", thousands(LARGEST)),
        found.largest <= LARGEST,
    );
}

async fn grow(binaries: &Binaries, template: &Template, facts: u64) -> Result<Found, Failure> {
    let world = process::world().await?;
    // Processes live on the machine's clock, and must not find the journey to have been read a moment ago.
    let now = SystemClock.now() - TimeDelta::hours(2);
    let start = now - STEP * i32::try_from(facts)?;
    let at = |n: u64| start + STEP * i32::try_from(n).unwrap_or(i32::MAX);
    let mut journeys = Journeys::over(world.engine().clone(), SimClock::at(now), template, 1)?;
    let all = (0..facts).map(|n| fact(&event(0, n, at(n)))).collect::<Result<Vec<_>, _>>()?;
    journeys.fill(&all).await?;
    drop(all);
    let seed = fact(&event(0, 0, start))?.anchor;
    Box::pin(journeys.assembly().refresh(&seed, true)).await?;
    let spans = journeys.assembly().gather(&seed).await?.spans.len();

    let mut next = facts;
    let mut more = || {
        next += 1;
        event(0, next - 1, at(next - 1))
    };
    let mut read = Work::default();
    for _ in 0..READ {
        journeys.tell(&more(), &mut Work::default()).await?;
        let assembly = journeys.assembly().clone();
        journeys.timed(&mut read, Box::pin(assembly.refresh(&seed, true))).await?;
    }
    journeys.forget();

    let mut opened = Work::default();
    let id = journey(&journeys, &seed).await?;
    let answer = journeys.get(&format!("/api/journeys/{id}"), &mut opened).await?;
    let answer = format!("answer {} with {} bytes", answer.status(), thousands(answer.body().len() as u64));

    let begin = journeys.clock.time();
    for second in 1..=i64::try_from(seconds(facts))? {
        journeys.advance_to(begin + TimeDelta::seconds(second)).await?;
        journeys.take(Class::Span, &more()).await?;
    }
    let mut kept = journeys.done.assembler.clone();
    kept.merge(&journeys.done.settler);
    kept.merge(&journeys.done.idle);

    let mut told = Work::default();
    for _ in 0..TOLD {
        journeys.tell(&more(), &mut told).await?;
    }
    let largest = journeys.largest();

    // For processes to find: one fact that is new.
    journeys.forget();
    journeys.tell(&more(), &mut Work::default()).await?;
    let assembler = process::started(&binaries.of(Function::JourneyAssembler), &world).await?;
    process::take(&assembler, &process::batch(&process::facts(world.engine()))).await?;
    let explorer = process::started(&binaries.of(Function::JourneyExplorer), &world).await?;
    process::take(&explorer, &super::latency::request(&format!("/api/journeys/{id}"), "")).await?;
    let peaks = [peak(&assembler)?, peak(&explorer)?];
    Ok(Found { facts, spans, told, read, kept, opened, answer, largest, peaks })
}

/// The id that the journey of `seed` has now.
async fn journey(journeys: &Journeys, seed: &Id) -> Result<String, Failure> {
    let gathered = journeys.assembly().gather(seed).await?;
    Ok(gathered.journey().ok_or("the journey has no facts")?.to_string())
}
