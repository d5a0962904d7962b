//! The report: how well several hours are joined, as a table for a terminal and as Markdown.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use cxtrace_domain::journeys::learn::{self, Reading};
use cxtrace_domain::journeys::{Clocks, Source};
use cxtrace_fixtures::MemoryTable;

use crate::quality::{Quality, Score};
use crate::reading::{Reader, ReadingError};
use crate::scenarios::{Hour, Kind};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many hours. Each has the next seed.
    pub seeds: u64,
    /// The first hour.
    pub first: Hour,
}

/// The result, with and without learned clock offsets.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many hours were measured.
    pub hours: u64,
    /// How many events were read.
    pub events: u64,
    /// With clock offsets learned from the settled journeys of the same hour.
    pub learned: Quality,
    /// Without clock corrections.
    pub unlearned: Quality,
    /// The lowest precision and the lowest recall of any hour, with learned clocks.
    pub worst: Option<(f64, f64)>,
}

/// The precision that is promised.
pub const PRECISION: f64 = 0.995;

/// The recall that is promised.
pub const RECALL: f64 = 0.98;

impl Report {
    /// Measures.
    ///
    /// # Errors
    /// When generated traffic cannot be read, which is a fault of this crate or of a reader.
    pub fn of(plan: &Plan) -> Result<Self, ReadingError> {
        let reader = Reader::new()?;
        let mut report = Self { hours: plan.seeds, ..Self::default() };
        for more in 0..plan.seeds {
            let corpus = Hour { seed: plan.first.seed + more, ..plan.first }.corpus();
            report.events += corpus.events.len() as u64;
            let facts = reader.facts(corpus.events.iter().map(String::as_str))?;
            let table = MemoryTable::of(&facts);
            let score = |clocks: &Clocks| Quality::of(&table.partition(clocks), &facts, clocks, &corpus.truth);
            let learned = score(&learned(&table));
            let hour = (learned.overall.precision(), learned.overall.recall());
            let worst = report.worst.unwrap_or(hour);
            report.worst = Some((worst.0.min(hour.0), worst.1.min(hour.1)));
            report.learned.add(&learned);
            report.unlearned.add(&score(&Clocks::default()));
        }
        Ok(report)
    }

    /// Whether the promised precision and recall hold, with learned clocks.
    #[must_use]
    pub fn holds(&self) -> bool {
        let number_alone = self.learned.by_number_alone + self.unlearned.by_number_alone;
        self.learned.overall.precision() >= PRECISION && self.learned.overall.recall() >= RECALL && number_alone == 0
    }

    /// The rows of the table: a title, and the scores with and without learned clocks.
    fn rows(&self) -> Vec<(&'static str, Score, Score)> {
        let kinds = Kind::ALL.into_iter().filter_map(|kind| {
            let learned = self.learned.kinds.get(&kind)?;
            Some((kind.title(), *learned, self.unlearned.kinds.get(&kind).copied().unwrap_or_default()))
        });
        let mut rows = vec![("all", self.learned.overall, self.unlearned.overall)];
        rows.extend(kinds);
        rows
    }

    /// The report as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(HEADER);
        for row in self.cells() {
            table.add_row(row);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if index > 0 {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        format!("{}\n\n{table}\n\n{}", self.headline(), self.alone())
    }

    /// The table of the report, as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut text = format!("{}\n\n", self.headline());
        text += &line(&HEADER.map(str::to_owned));
        text += "|---|---:|---:|---:|---:|---:|---:|---:|\n";
        self.cells().iter().for_each(|cells| text += &line(cells));
        format!("{text}\n{}\n", self.alone())
    }

    fn cells(&self) -> Vec<[String; 8]> {
        let cells = |(title, learned, unlearned): (&str, Score, Score)| {
            let pairs = learned.joined + learned.missed + learned.hidden;
            let unknown = format!("{} / {}", percent(unlearned.precision()), percent(unlearned.recall()));
            [
                title.to_owned(),
                pairs.to_string(),
                if pairs == 0 { "–".to_owned() } else { percent(learned.precision()) },
                if pairs == 0 { "–".to_owned() } else { percent(learned.recall()) },
                learned.wrong.to_string(),
                learned.missed.to_string(),
                learned.hidden.to_string(),
                if pairs == 0 { "–".to_owned() } else { unknown },
            ]
        };
        self.rows().into_iter().map(cells).collect()
    }

    fn headline(&self) -> String {
        format!(
            "{} hours, {} events, {} anchors of {} journeys, joined to {}.",
            self.hours, self.events, self.learned.anchors, self.learned.true_journeys, self.learned.journeys
        )
    }

    fn alone(&self) -> String {
        let alone = self.learned.by_number_alone + self.unlearned.by_number_alone;
        let worst = self.worst.map(|(precision, recall)| {
            let (precision, recall) = (percent(precision), percent(recall));
            format!("The lowest of any hour: precision {precision}, recall {recall}.\n")
        });
        format!("{}Edges with a phone number as their only evidence: {alone}.", worst.unwrap_or_default())
    }
}

const HEADER: [&str; 8] = ["scenario", "pairs", "precision", "recall", "wrong", "missed", "hidden", "clocks unknown"];

/// The marks before and after the measured part of `docs/joins.md`.
const MARKS: (&str, &str) = ("<!-- measured: begin -->\n", "<!-- measured: end -->\n");

/// The page with `measured` between its marks; `None` when a mark is missing.
#[must_use]
pub fn filled(page: &str, measured: &str) -> Option<String> {
    let (begin, end) = MARKS;
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{measured}\n{end}{after}"))
}

/// The clock offsets that the journeys of `table` show, with no earlier knowledge.
fn learned(table: &MemoryTable) -> Clocks {
    let mut readings: BTreeMap<Source, Vec<Reading>> = BTreeMap::new();
    for journey in table.partition(&Clocks::default()) {
        for (source, reading) in learn::readings(&journey, &cxtrace_sources::genesys::SOURCE) {
            readings.entry(source).or_default().push(reading);
        }
    }
    let mut clocks = Clocks::default();
    for (source, readings) in readings {
        if let Some(ahead) = learn::believed(&readings[..readings.len().min(learn::MAX_READINGS)], TimeDelta::zero()) {
            clocks.note(source, DateTime::UNIX_EPOCH, ahead);
        }
    }
    clocks
}

/// A percentage with two decimals, rounded down: 99.999 % must not read 100 %.
fn percent(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
}
