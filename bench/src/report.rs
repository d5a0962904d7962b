//! What was measured, as a table on the terminal and as a document.

use chrono::NaiveDate;

use crate::machine::Machine;

/// The command that makes the document.
const COMMAND: &str = "cargo run --release -p bench";

/// Everything measured in one run.
#[derive(Debug)]
pub(crate) struct Report {
    date: NaiveDate,
    machine: Machine,
    sections: Vec<Section>,
}

/// The measurements of one kind.
#[derive(Debug, Default)]
pub(crate) struct Section {
    title: &'static str,
    means: String,
    rows: Vec<Row>,
    how: Vec<String>,
}

#[derive(Debug)]
struct Row {
    what: String,
    measured: String,
    target: Option<(String, bool)>,
}

impl Section {
    /// A section without rows.
    pub(crate) fn new(title: &'static str) -> Self {
        println!("\n{title}");
        Self { title, ..Self::default() }
    }

    /// Says what the figures are, for who reads them for the first time.
    pub(crate) fn means(&mut self, means: impl Into<String>) {
        self.means = means.into();
    }

    /// Adds a figure that has no target.
    pub(crate) fn row(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.add(Row { what: what.into(), measured: measured.into(), target: None });
    }

    /// Adds a figure with its target, and whether that is `met`.
    pub(crate) fn target(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        target: impl Into<String>,
        met: bool,
    ) {
        self.add(Row { what: what.into(), measured: measured.into(), target: Some((target.into(), met)) });
    }

    /// Says how the figures were come by.
    pub(crate) fn how(&mut self, how: impl Into<String>) {
        self.how.push(how.into());
    }

    fn add(&mut self, row: Row) {
        let target =
            row.target.as_ref().map_or(String::new(), |(target, met)| format!("  [{target}: {}]", verdict(*met)));
        println!("  {}: {}{target}", row.what, row.measured);
        self.rows.push(row);
    }
}

impl Section {
    /// Its rows as a table, with a column of targets if there is any.
    fn table(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let has_targets = self.rows.iter().any(|row| row.target.is_some());
        let head = if has_targets {
            "| what | measured | target | |\n|---|---|---|---|\n"
        } else {
            "| what | measured |\n|---|---|\n"
        };
        let mut text = format!("\n{head}");
        for row in &self.rows {
            let target = match &row.target {
                Some((target, met)) => format!(" {target} | {} |", verdict(*met)),
                None if has_targets => " | |".to_owned(),
                None => String::new(),
            };
            text.push_str(&format!("| {} | {} |{target}\n", row.what, row.measured));
        }
        text
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

impl Report {
    /// A report without figures.
    pub(crate) fn new(date: NaiveDate, machine: Machine) -> Self {
        println!("{date}, {}", machine.show());
        Self { date, machine, sections: Vec::new() }
    }

    /// Adds `section`.
    pub(crate) fn add(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// How many targets are met.
    fn summary(&self) -> String {
        let targets = self.sections.iter().flat_map(|section| &section.rows).filter_map(|row| row.target.as_ref());
        let (all, met) = targets.fold((0, 0), |(all, met), (_, is_met)| (all + 1, met + u32::from(*is_met)));
        format!("{met} of {all} are met")
    }

    /// The document.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "# Performance\n\n\
             Measured on {}, on {}, by `{COMMAND}`, which writes this file. Figures are comparable with others of \
             this run and with nothing else. Sizes are decimal: 1 MB is 1,000,000 bytes. CPU is user and system time \
             together.\n\n\
             ## Targets\n\n\
             {}. Each is explained in its section below, with how it was measured.\n\n\
             | what | measured | target | |\n|---|---|---|---|\n",
            self.date,
            self.machine.show(),
            self.summary(),
        );
        for row in self.sections.iter().flat_map(|section| &section.rows) {
            if let Some((target, met)) = &row.target {
                text.push_str(&format!("| {} | {} | {target} | {} |\n", row.what, row.measured, verdict(*met)));
            }
        }
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n", section.title));
            if !section.means.is_empty() {
                text.push_str(&format!("\n{}\n", section.means));
            }
            text.push_str(&section.table());
            for how in &section.how {
                text.push_str(&format!("\n{how}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_stands_at_the_top_and_in_its_section() {
        let mut section = Section::new("Start");
        section.means("How soon.");
        section.row("bare", "1.4 ms");
        section.target("ours", "2.8 ms", "at most 1.5 times", false);
        section.how("By a stopwatch.");
        let machine = Machine::read().unwrap();
        let mut report = Report::new(NaiveDate::from_ymd_opt(2026, 1, 2).unwrap(), machine);
        report.add(section);
        let text = report.markdown();
        assert!(text.contains("| ours | 2.8 ms | at most 1.5 times | missed |\n\n## Start\n\nHow soon.\n\n"), "{text}");
        assert!(text.contains("0 of 1 are met"), "{text}");
        let rows = "| bare | 1.4 ms | | |\n| ours | 2.8 ms | at most 1.5 times | missed |\n\nBy a stopwatch.\n";
        assert!(text.ends_with(rows), "{text}");
    }
}
