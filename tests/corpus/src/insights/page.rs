//! The page `docs/insights.md`: each rule's definition and measured score.

use cxtrace_domain::journeys::assemble::insights::{Definition, definition};
use cxtrace_domain::journeys::document::Severity;
use cxtrace_domain::journeys::{InsightRule, Policy, duration_text};

use super::score::{InsightScores, PRECISION, RECALL};
use super::{CLEAN, OTHERS};

/// The page, with the scores of a measurement.
#[must_use]
pub fn page(scores: &InsightScores) -> String {
    let mut text = "# Insights\n\n\
        An insight is a finding about a journey, with the spans that show it. `cargo run -p cxtrace-corpus -- --write`\n\
        writes this page from the rules' own definitions and from a measurement.\n\n\
        Each section says in which media the rule applies, which evidence it needs, and what defeats it. A rule that needs the\n\
        *absence* of something waits until every source's delay has elapsed, if the journey is still going on.\n\
        [design.md](design.md#10-words) explains the words.\n\n"
        .to_owned();
    for rule in InsightRule::ALL {
        text += &with_defaults(section(rule, definition(rule)));
    }
    text += &measured(scores);
    text
}

/// The text, with a link and the default at the first mention of each setting.
fn with_defaults(text: String) -> String {
    let Policy { long_queue, long_gap, slow_backend, .. } = Policy::default();
    let settings =
        [("LONG_QUEUE_SECONDS", long_queue), ("LONG_GAP_SECONDS", long_gap), ("SLOW_BACKEND_MS", slow_backend)];
    settings.into_iter().fold(text, |text, (name, default)| {
        let default = duration_text::text(default.num_milliseconds());
        text.replacen(&format!("`{name}`"), &format!("[`{name}`](settings.md) (default {default})"), 1)
    })
}

fn section(rule: InsightRule, definition: &Definition) -> String {
    let Definition { title, severity, finds, media, evidence, defeated_by, .. } = definition;
    let severity = match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    format!(
        "## {title}\n\n`{}`, {severity}. {finds}\n\n- **Media:** {media}\n- **Evidence:** {evidence}\n\
         - **Defeated by:** {defeated_by}\n\n",
        rule.as_str()
    )
}

/// The scores as a table for the page and for a terminal.
#[must_use]
pub fn measured(scores: &InsightScores) -> String {
    let mut text = format!(
        "## How well the rules do\n\n\
         {} journeys were simulated in {} situations; {} of the journeys have no true insight. The simulation decides what is\n\
         true. No rule does. Each rule promises a precision of {:.0} % and a recall of {:.0} %.\n\n\
         | rule | true | correctly found | wrong | missed | precision | recall |\n|---|---:|---:|---:|---:|---:|---:|\n",
        with_commas(scores.journeys),
        CLEAN.len() + OTHERS.len(),
        with_commas(scores.without),
        PRECISION * 100.0,
        RECALL * 100.0
    );
    for (rule, score) in &scores.rules {
        text += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            rule.as_str(),
            score.found + score.missed,
            score.found,
            score.wrong,
            score.missed,
            percent(score.precision()),
            percent(score.recall())
        );
    }
    text += "\nSituations without a true insight:\n\n";
    CLEAN.iter().for_each(|situation| text += &format!("- {}\n", situation.title));
    text += "\nSituations with a true insight, or with something similar:\n\n";
    OTHERS.iter().for_each(|situation| text += &format!("- {}\n", situation.title));
    text
}

/// To a hundredth of a percent, rounded down: 99.999 % is not 100 %.
fn percent(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
}

/// `4,721`
fn with_commas(number: u64) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", with_commas(thousands)),
    }
}
