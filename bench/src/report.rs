//! The measurements, as lines on the terminal and as a document.

use chrono::NaiveDate;

use crate::run::Failure;

/// All measurements of one run.
#[derive(Debug)]
pub(crate) struct Report {
    date: NaiveDate,
    machine: String,
    sections: Vec<Section>,
}

/// The measurements of one kind.
#[derive(Debug, Default)]
pub(crate) struct Section {
    title: &'static str,
    rows: Vec<Row>,
    how: String,
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

    /// Adds a figure without a target.
    pub(crate) fn row(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.add(Row { what: what.into(), measured: measured.into(), target: None });
    }

    /// Adds a figure with its target, and whether it is `met`.
    pub(crate) fn target(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        target: impl Into<String>,
        met: bool,
    ) {
        self.add(Row { what: what.into(), measured: measured.into(), target: Some((target.into(), met)) });
    }

    /// Adds a figure with its maximum.
    pub(crate) fn at_most<T: PartialOrd + Copy>(
        &mut self,
        what: impl Into<String>,
        value: T,
        max: T,
        show: impl Fn(T) -> String,
    ) {
        self.target(what, show(value), format!("at most {}", show(max)), value <= max);
    }

    /// Adds a comparison of `many` with `few` that must not exceed `most` times.
    pub(crate) fn flat(&mut self, what: impl Into<String>, times: f64, most: f64) {
        self.target(what, format!("{times:.2} times"), format!("flat: at most {most} times"), times <= most);
    }

    /// Describes how the figures were measured.
    pub(crate) fn how(&mut self, how: impl Into<String>) {
        self.how = how.into();
    }

    fn add(&mut self, row: Row) {
        let target =
            row.target.as_ref().map_or(String::new(), |(target, met)| format!("  [{target}: {}]", verdict(*met)));
        println!("  {}: {}{target}", row.what, row.measured);
        self.rows.push(row);
    }
}

impl Row {
    fn line(&self) -> String {
        let (target, met) = self.target.as_ref().map_or(("", ""), |(target, met)| (target.as_str(), verdict(*met)));
        format!("| {} | {} | {target} | {met} |\n", self.what, self.measured)
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

impl Report {
    /// A report without figures, for this machine.
    pub(crate) fn new(date: NaiveDate) -> Result<Self, Failure> {
        let machine = machine()?;
        println!("{date}, {machine}");
        Ok(Self { date, machine, sections: Vec::new() })
    }

    /// Adds `section`.
    pub(crate) fn add(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// The document.
    pub(crate) fn markdown(&self) -> String {
        let targets = self.sections.iter().flat_map(|section| &section.rows).filter_map(|row| row.target.as_ref());
        let (all, met) = targets.fold((0, 0), |(all, met), (_, is_met)| (all + 1, met + u32::from(*is_met)));
        let mut text = format!(
            "# Performance\n\n\
             Measured on {}, on {}, by `cargo run --release -p bench`, which writes this file. Compare figures of this run \
             with each other only. 1 MB is 1,000,000 bytes. CPU is user and system time together.\n\n\
             {met} of {all} targets are met.\n",
            self.date, self.machine,
        );
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n\n| what | measured | target | |\n|---|---|---|---|\n", section.title));
            text.extend(section.rows.iter().map(Row::line));
            text.push_str(&format!("\n{}\n", section.how));
        }
        text
    }
}

/// The machine, in one line.
fn machine() -> Result<String, Failure> {
    let info = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unnamed CPU", |(_, model)| model.trim());
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split_whitespace().next().unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cores of {model} ({}), load {load} at the start", std::env::consts::ARCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_in_its_section_with_its_target() {
        let mut section = Section::new("Start");
        section.row("bare", "1.4 ms");
        section.flat("ours", 2.0, 1.5);
        section.how("By a stopwatch.");
        let mut report = Report::new(NaiveDate::from_ymd_opt(2026, 1, 2).unwrap()).unwrap();
        report.add(section);
        let text = report.markdown();
        assert!(text.contains("0 of 1 targets are met"), "{text}");
        let rows =
            "| bare | 1.4 ms |  |  |\n| ours | 2.00 times | flat: at most 1.5 times | missed |\n\nBy a stopwatch.\n";
        assert!(text.ends_with(rows), "{text}");
    }
}
