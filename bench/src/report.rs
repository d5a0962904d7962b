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

    /// The document.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "# Performance\n\n\
             Measured on {}, on {}, by `{COMMAND}`, which writes this file. Figures are comparable with others of \
             this run and with nothing else. Sizes are decimal: 1 MB is 1,000,000 bytes.\n\n\
             ## Targets\n\n\
             | what | measured | target | |\n|---|---|---|---|\n",
            self.date,
            self.machine.show(),
        );
        for row in self.sections.iter().flat_map(|section| &section.rows) {
            if let Some((target, met)) = &row.target {
                text.push_str(&format!("| {} | {} | {target} | {} |\n", row.what, row.measured, verdict(*met)));
            }
        }
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n\n| what | measured |\n|---|---|\n", section.title));
            for row in &section.rows {
                text.push_str(&format!("| {} | {} |\n", row.what, row.measured));
            }
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
        section.row("bare", "1.4 ms");
        section.target("ours", "2.8 ms", "at most 1.5 times", false);
        section.how("By a stopwatch.");
        let machine = Machine::read().unwrap();
        let mut report = Report::new(NaiveDate::from_ymd_opt(2026, 1, 2).unwrap(), machine);
        report.add(section);
        let text = report.markdown();
        assert!(text.contains("| ours | 2.8 ms | at most 1.5 times | missed |\n\n## Start\n"), "{text}");
        assert!(text.ends_with("| bare | 1.4 ms |\n| ours | 2.8 ms |\n\nBy a stopwatch.\n"), "{text}");
    }
}
