//! Checks that a journey does not cost more among many journeys.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_domain::journeys::{Fact, Id, JourneySummary};
use cxtrace_store::correlation::{JourneyRow, Listing, RowContent};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::Endpoints;
use serde_json::Value;

use crate::bench::Bench;
use crate::deployed::{Function, Template};
use crate::explorer::{between, document, request, row_ids};
use crate::growth::{Processes, compare, in_turns};
use crate::pipeline::Pipeline;
use crate::process::{self, Watched};
use crate::report::Section;
use crate::run::Failure;
use crate::traffic::{event, fact};

/// The number of new facts, and of requested pages.
const APPENDED: usize = 400;
const PAGES: usize = 100;

/// The number of rows of a page.
const ROWS: u64 = 50;

/// The path of the list.
const LIST: &str = "/api/journeys";

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Growth: many journeys");
    // Processes use the machine's clock, so no journey may have been read a moment ago. A page covers one day, so all
    // journeys are of yesterday.
    let yesterday = SystemClock.now().date_naive() - TimeDelta::days(1);
    let yesterday = yesterday.and_time(NaiveTime::MIN).and_utc();
    let [few, many] = bench.effort.listed;
    let mut tables = [Table::of(bench, few.into(), yesterday).await?, Table::of(bench, many.into(), yesterday).await?];
    // Pages come first, because updated rows are larger, which would affect the smaller table more.
    in_turns(&mut tables, PAGES, Table::readers, Table::list).await?;
    in_turns(&mut tables, APPENDED, Table::writers, Table::append).await?;
    let [few, many] = &mut tables;
    compare(&mut section, "journeys", few.writers(), many.writers())?;
    compare(&mut section, "journeys", few.readers(), many.readers())?;
    section.how(format!(
        "{PAGES} pages of {ROWS} are asked for, then {APPENDED} journeys get a fact each, which is assembled at once, in turns \
         with the other table. CPU is that of the whole processes, all of them warm; the engine runs in another process, on \
         another core where there are two.",
    ));
    bench.report.add(section);
    Ok(())
}

/// A table with journeys, and the processes that are measured on it.
struct Table {
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

impl Table {
    async fn of(bench: &Bench, held: u64, day: DateTime<Utc>) -> Result<Self, Failure> {
        let last = day + TimeDelta::hours(20);
        let world = process::world().await?;
        fill(&world, &bench.template, held, last).await?;
        let collector = Watched::new(bench.start(Function::SPAN_COLLECTOR, &world).await?)?;
        let assembler = Watched::new(bench.start(Function::JOURNEY_ASSEMBLER, &world).await?)?;
        let explorer = Watched::new(bench.start(Function::JOURNEY_EXPLORER, &world).await?)?;
        let query = format!("limit={ROWS}&{}", between(day, last));
        let (next, shown, cursor) = (0, 0, String::new());
        Ok(Self { world, collector, assembler, explorer, held, last, next, query, cursor, shown })
    }

    fn writers(&mut self) -> Processes<'_> {
        vec![
            ("appending a fact", Function::SPAN_COLLECTOR, &mut self.collector),
            ("updating a row", Function::JOURNEY_ASSEMBLER, &mut self.assembler),
        ]
    }

    fn readers(&mut self) -> Processes<'_> {
        vec![("a page", Function::JOURNEY_EXPLORER, &mut self.explorer)]
    }

    /// This many further facts, each of another journey.
    async fn append(&mut self, facts: usize) -> Result<(), Failure> {
        for _ in 0..facts {
            // A step that is coprime to the number of journeys reaches all of them.
            let journey = self.next * 7_919 % self.held;
            let at = began(self.last, self.held, journey) + TimeDelta::seconds(5);
            self.collector.answer(&self.world, &alone(journey, 11, at)?).await?;
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

/// Event number `n` of a journey with one id that no other system knows.
fn alone(journey: u64, n: u64, at: DateTime<Utc>) -> Result<String, Failure> {
    let mut event: Value = serde_json::from_str(&event(journey, n, at))?;
    event["detail"]["links"] = Value::Array(Vec::new());
    Ok(event.to_string())
}

/// The start of a journey: all are within the half day before `last`.
fn began(last: DateTime<Utc>, held: u64, journey: u64) -> DateTime<Utc> {
    last - TimeDelta::milliseconds(i64::try_from(43_200_000 * (journey + 1) / held).unwrap_or(0))
}

/// Puts this many journeys into `world`, each with a row, without waking a function. This runs in this process, which is
/// faster. All rows are copies of the first one, with their own ids and times.
async fn fill(world: &Endpoints, template: &Template, held: u64, last: DateTime<Utc>) -> Result<(), Failure> {
    let pipeline = Pipeline::over(world.engine().clone(), SimClock::at(last), template, 1)?;
    let first_fact = |journey: u64| fact(&alone(journey, 1, began(last, held, journey))?);
    let facts: Vec<Fact> = (0..held).map(first_fact).collect::<Result<_, _>>()?;
    pipeline.fill(&facts).await?;
    let anchors: Vec<_> = facts.into_iter().map(|fact| fact.anchor).collect();
    let Some(first) = anchors.first() else { return Ok(()) };
    Box::pin(pipeline.assembly().refresh(first, true)).await?;
    let table = pipeline.table();
    let model = table.rows(&[first.journey()]).await?.pop().ok_or("the first journey has no row")?;
    let listing = model.listing().ok_or("the first journey has no entry in lists")?;
    let summary = listing.summary.as_result().map_err(ToString::to_string)?;
    let mut journey = 0;
    for chunk in anchors.chunks(100) {
        let ids: Vec<_> = chunk.iter().map(Id::journey).collect();
        for (anchor, row) in chunk.iter().zip(table.rows(&ids).await?) {
            let listing = Listing {
                anchor: anchor.clone(),
                anchors: vec![anchor.clone()],
                summary: JourneySummary { id: anchor.journey(), ids: vec![anchor.clone()], ..summary.clone() }.into(),
                started_at: began(last, held, journey),
                ..listing.clone()
            };
            if anchor != first {
                table.write(&JourneyRow { content: RowContent::Listed(listing), ..row }).await?;
            }
            journey += 1;
        }
        pipeline.forget();
    }
    Ok(())
}
