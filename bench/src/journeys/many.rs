//! Checks that a journey does not cost more among many journeys.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_domain::journeys::{Id, JourneySummary};
use cxtrace_store::correlation::{JourneyRow, Listing, RowContent};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::Endpoints;
use serde_json::Value;

use super::explorer::{between, document, request, row_ids};
use super::pipeline::Journeys;
use super::traffic::{alone, event};
use crate::billing::real;
use crate::binaries::Binaries;
use crate::deployed::{Function, Template};
use crate::process::{self, Watched};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::ratio;

/// CPU and memory may differ by this factor between few and many, and still count as equal.
const FLAT: f64 = 1.15;

/// The number of new facts, and of requested pages.
const APPENDED: usize = 400;
const PAGES: usize = 100;

/// The number of rows of a page.
const ROWS: u64 = 50;

/// The number of turns in which the two tables are measured, so that other load of the machine affects both.
const TURNS: usize = 10;

/// The path of the list.
const LIST: &str = "/api/journeys";

/// A table with journeys, and the processes that are measured on it.
struct Populated {
    world: Endpoints,
    collector: Watched,
    assembler: Watched,
    explorer: Watched,
    held: u64,
    /// The start of the latest journey.
    last: DateTime<Utc>,
    /// The journey of the next fact.
    next: u64,
    /// The query of the first page, and the additional parameters of the next one.
    query: String,
    cursor: String,
    /// The number of rows that the search has shown so far.
    shown: u64,
}

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("Growth: many journeys");
    // Processes use the machine's clock, so no journey may have been read a moment ago. A page covers one day, so all
    // journeys are of yesterday.
    let yesterday = SystemClock.now().date_naive() - TimeDelta::days(1);
    let yesterday = yesterday.and_time(NaiveTime::MIN).and_utc();
    let mut all = Vec::new();
    for held in effort.listed {
        all.push(Populated::of(binaries, template, u64::from(held), yesterday).await?);
    }
    // Pages come first, because updated rows are larger, which would affect the smaller table more.
    for table in &mut all {
        table.list(PAGES / TURNS).await?;
        table.explorer.forget()?;
    }
    for _ in 0..TURNS {
        for table in &mut all {
            table.list(PAGES / TURNS).await?;
        }
    }
    for table in &mut all {
        table.append(APPENDED / TURNS).await?;
        table.collector.forget()?;
        table.assembler.forget()?;
    }
    for _ in 0..TURNS {
        for table in &mut all {
            table.append(APPENDED / TURNS).await?;
        }
    }
    if let [few, many] = all.as_slice() {
        growth(&mut section, few, many)?;
    }
    section.how(format!(
        "{PAGES} pages of {ROWS} are asked for, then {APPENDED} journeys get a fact each, which is assembled at once, in {TURNS} \
         turns with the other table. CPU is that of the whole processes, all of them warm; the engine runs in another \
         process, on another core where there are two.",
    ));
    report.add(section);
    Ok(())
}

/// Compares the two tables.
fn growth(section: &mut Section, few: &Populated, many: &Populated) -> Result<(), Failure> {
    for ((what, function, few), (_, _, many)) in few.watched().into_iter().zip(many.watched()) {
        let (few_done, many_done) = (few.done()?, many.done()?);
        let cpu = ratio(many_done.cpu, few_done.cpu);
        let same = few_done.requests == many_done.requests;
        section.target(
            format!("{what}, among many journeys against among few"),
            format!("{} against {} requests, CPU {cpu:.2} times", many_done.requests, few_done.requests),
            format!("flat: the same requests, at most {FLAT} times the CPU"),
            same && cpu <= FLAT,
        );
        let peak = real(many.peak()?) / real(few.peak()?);
        section.flat(format!("peak memory of `{}`, among many journeys against among few", function.name), peak, FLAT);
    }
    Ok(())
}

impl Populated {
    async fn of(binaries: &Binaries, template: &Template, held: u64, day: DateTime<Utc>) -> Result<Self, Failure> {
        let last = day + TimeDelta::hours(20);
        let world = process::world().await?;
        fill(&world, template, held, last).await?;
        let watched = async |function: Function| Watched::new(process::started(&binaries.of(function), &world).await?);
        let collector = watched(Function::SPAN_COLLECTOR).await?;
        let assembler = watched(Function::JOURNEY_ASSEMBLER).await?;
        let explorer = watched(Function::JOURNEY_EXPLORER).await?;
        let query = format!("limit={ROWS}&{}", between(day, last));
        let (next, shown, cursor) = (0, 0, String::new());
        Ok(Self { world, collector, assembler, explorer, held, last, next, query, cursor, shown })
    }

    /// The work of each process.
    fn watched(&self) -> [(&'static str, Function, &Watched); 3] {
        [
            ("telling a fact", Function::SPAN_COLLECTOR, &self.collector),
            ("updating a row", Function::JOURNEY_ASSEMBLER, &self.assembler),
            ("a page", Function::JOURNEY_EXPLORER, &self.explorer),
        ]
    }

    /// This many further facts, each of another journey.
    async fn append(&mut self, facts: usize) -> Result<(), Failure> {
        for _ in 0..facts {
            // A step that is coprime to the number of journeys reaches all of them.
            let journey = self.next * 7_919 % self.held;
            let at = began(self.last, self.held, journey) + TimeDelta::seconds(5);
            let mut more: Value = serde_json::from_str(&event(journey, 11, at))?;
            more["detail"]["links"] = Value::Array(Vec::new());
            self.collector.answer(&self.world, &more.to_string()).await?;
            let records = process::facts(self.world.engine());
            if records.len() != 1 {
                return Err(format!("the stream has {} facts, not one", records.len()).into());
            }
            self.assembler.answer(&self.world, &process::batch(&records)).await?;
            self.next += 1;
        }
        Ok(())
    }

    /// This many further pages.
    async fn list(&mut self, pages: usize) -> Result<(), Failure> {
        for _ in 0..pages {
            // The rest would not be a full page.
            if self.shown + ROWS > self.held {
                self.shown = 0;
                self.cursor.clear();
            }
            let asked = request(LIST, &format!("{}{}", self.query, self.cursor));
            let page = document(LIST, &self.explorer.answer(&self.world, &asked).await?)?;
            let rows = row_ids(&page).len() as u64;
            if rows != ROWS {
                return Err(format!("a page has {rows} rows").into());
            }
            self.shown += rows;
            self.cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        }
        Ok(())
    }
}

/// Puts this many journeys into `world`, without waking a function. This runs in this process, which is faster. Returns
/// the size of the largest item, in bytes.
async fn fill(world: &Endpoints, template: &Template, held: u64, last: DateTime<Utc>) -> Result<(), Failure> {
    let journeys = Journeys::over(world.engine().clone(), SimClock::at(last), template, 1)?;
    let began = |journey: u64| began(last, held, journey);
    let facts = (0..held).map(|journey| alone(journey, began(journey))).collect::<Result<Vec<_>, _>>()?;
    journeys.fill(&facts).await?;
    show_all(&journeys, facts.iter().map(|fact| fact.anchor.clone()), began).await
}

/// The start of a journey: all are within the half day before `last`.
fn began(last: DateTime<Utc>, held: u64, journey: u64) -> DateTime<Utc> {
    last - TimeDelta::milliseconds(i64::try_from(43_200_000 * (journey + 1) / held).unwrap_or(0))
}

/// Gives every journey a row: a copy of the first one's, with its own id and time.
async fn show_all(
    journeys: &Journeys,
    anchors: impl Iterator<Item = Id>,
    began: impl Fn(u64) -> DateTime<Utc>,
) -> Result<(), Failure> {
    let table = journeys.table();
    let anchors: Vec<_> = anchors.collect();
    let Some(first) = anchors.first() else { return Ok(()) };
    Box::pin(journeys.assembly().refresh(first, true)).await?;
    let model = table.rows(&[first.journey()]).await?.pop().ok_or("the first journey has no row")?;
    let listing = model.listing().ok_or("the first journey has no entry in lists")?;
    let summary = listing.summary.as_result().map_err(ToString::to_string)?;
    for (n, chunk) in anchors.chunks(100).enumerate() {
        let ids: Vec<_> = chunk.iter().map(Id::journey).collect();
        for (place, (anchor, row)) in chunk.iter().zip(table.rows(&ids).await?).enumerate() {
            if anchor == first {
                continue;
            }
            let summary = JourneySummary { id: anchor.journey(), ids: vec![anchor.clone()], ..summary.clone() };
            let listing = Listing {
                anchor: anchor.clone(),
                anchors: vec![anchor.clone()],
                summary: summary.into(),
                started_at: began(n as u64 * 100 + place as u64),
                ..listing.clone()
            };
            table.write(&JourneyRow { content: RowContent::Listed(listing), ..row }).await?;
        }
        journeys.forget();
    }
    Ok(())
}
