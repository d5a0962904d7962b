//! Whether a journey costs more among many.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Id;
use cxtrace_store::correlation::{Line, Row, Standing};
use serde_json::Value;

use super::one::LARGEST;
use super::pipeline::Journeys;
use super::share;
use super::traffic::{alone, event};
use crate::billing::real;
use crate::pipeline::Work;
use crate::report::{Report, Section};
use crate::stats::{ratio, thousands};
use crate::template::Template;
use crate::{Effort, Failure};

/// By how much CPU may differ between few and many and still be said to be the same.
const FLAT: f64 = 1.15;

/// How many journeys are told of, and how many pages are asked for.
const TOLD: usize = 200;
const PAGES: usize = 20;

/// How many rows a page has.
const ROWS: usize = 50;

/// In how many turns the two tables are measured: what the machine does meanwhile concerns both.
const TURNS: usize = 10;

/// A table with journeys in it, and what was found of it so far.
struct Among {
    journeys: Journeys,
    held: u64,
    start: DateTime<Utc>,
    /// Which journey is told of next.
    next: u64,
    cursor: String,
    told: Work,
    refreshed: Work,
    listed: Work,
    largest: u64,
}

/// Measures it.
pub(crate) async fn measure(template: &Template, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Growth: many journeys");
    section.means("Whether a journey costs more the more others there are: it must not.");
    let mut all = Vec::new();
    for held in effort.listed {
        all.push(Among::of(template, u64::from(held)).await?);
    }
    for _ in 0..TURNS {
        for found in &mut all {
            found.turn().await?;
        }
    }
    for found in &all {
        let of = format!("among {} journeys", thousands(found.held));
        section.row(format!("{of}: telling a fact of a journey"), share(&found.told, TOLD));
        section.row(format!("{of}: bringing its row up to date"), share(&found.refreshed, TOLD));
        section.row(format!("{of}: a page of {ROWS} in the explorer"), share(&found.listed, PAGES));
        section.target(
            format!("{of}: requests of a page"),
            format!("{:.2}", real(found.listed.meter.all()) / real(PAGES as u64)),
            "1, a query",
            found.listed.meter.all() == PAGES as u64,
        );
        section.target(
            format!("{of}: the largest item of the table"),
            format!("{} bytes", thousands(found.largest)),
            format!("at most {} bytes", thousands(LARGEST)),
            found.largest <= LARGEST,
        );
    }
    if let [few, many] = all.as_slice() {
        for (what, few, many) in [
            ("telling a fact", &few.told, &many.told),
            ("bringing a row up to date", &few.refreshed, &many.refreshed),
            ("a page", &few.listed, &many.listed),
        ] {
            let cpu = ratio(many.cpu, few.cpu);
            let same = few.meter.requests == many.meter.requests;
            section.target(
                format!("{what}, among many journeys against among few"),
                format!("{} requests, CPU {cpu:.2} times", if same { "the same" } else { "other" }),
                format!("flat: the same requests, at most {FLAT} times the CPU"),
                same && cpu <= FLAT,
            );
        }
    }
    section.how(format!(
        "All journeys began within half a day. {TOLD} of them are told a fact each, which is then assembled, and {PAGES} \
         pages of {ROWS} are asked for, one after the other, in {TURNS} turns with the other table. CPU is the handlers', the SDK's and the client's; the \
         embedded engine's own is left out, for DynamoDB takes its place.",
    ));
    report.add(section);
    Ok(())
}

impl Among {
    async fn of(template: &Template, held: u64) -> Result<Self, Failure> {
        let start: DateTime<Utc> = "2026-03-02T20:00:00Z".parse()?;
        let journeys = Journeys::new(start, template, 1).await?;
        let began = |journey: u64| began(start, held, journey);
        let facts = (0..held).map(|journey| alone(journey, began(journey))).collect::<Result<Vec<_>, _>>()?;
        journeys.fill(&facts).await?;
        show_all(&journeys, facts.iter().map(|fact| fact.anchor.clone()), began).await?;
        let largest = journeys.largest();
        let (told, refreshed, listed) = (Work::default(), Work::default(), Work::default());
        Ok(Self { journeys, held, start, next: 0, cursor: String::new(), told, refreshed, listed, largest })
    }

    /// Some facts and pages more.
    async fn turn(&mut self) -> Result<(), Failure> {
        for _ in 0..TOLD / TURNS {
            // A step that has no divisor in common with the number of journeys comes to all of them.
            let journey = self.next * 7_919 % self.held;
            let at = began(self.start, self.held, journey) + TimeDelta::seconds(5);
            let mut more: Value = serde_json::from_str(&event(journey, 11, at))?;
            more["detail"]["links"] = Value::Array(Vec::new());
            self.journeys.tell(&more.to_string(), &mut self.told).await?;
            self.journeys.wake(&mut self.refreshed).await?;
            self.next += 1;
        }
        for _ in 0..PAGES / TURNS {
            let path = format!("/api/journeys?limit={ROWS}{}", self.cursor);
            let page = self.journeys.page(&path, &mut self.listed).await?;
            let rows = page["rows"].as_array().map_or(0, Vec::len);
            if rows != ROWS {
                return Err(format!("a page has {rows} rows").into());
            }
            self.cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        }
        Ok(())
    }
}

/// When a journey began: all within half a day.
fn began(start: DateTime<Utc>, held: u64, journey: u64) -> DateTime<Utc> {
    start - TimeDelta::milliseconds(i64::try_from(43_200_000 * (journey + 1) / held).unwrap_or(0))
}

/// Gives every journey a row: the first one's, as it is assembled, under its own id and time.
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
    let Standing::Line(line) = &model.standing else { return Err("the first journey has no line".into()) };
    for (n, chunk) in anchors.chunks(100).enumerate() {
        let ids: Vec<_> = chunk.iter().map(Id::journey).collect();
        for (place, (anchor, row)) in chunk.iter().zip(table.rows(&ids).await?).enumerate() {
            if anchor == first {
                continue;
            }
            let body = line.body.replace(&first.journey().to_string(), &anchor.journey().to_string());
            let line = Line {
                anchor: anchor.clone(),
                anchors: vec![anchor.clone()],
                body: body.replace(&first.to_string(), &anchor.to_string()),
                began: began(n as u64 * 100 + place as u64),
                ..line.clone()
            };
            table.write(&Row { standing: Standing::Line(line), ..row }).await?;
        }
        journeys.forget();
    }
    Ok(())
}
