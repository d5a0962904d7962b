//! Generates `docs/settings.md` from the registry.

use std::fmt::Write;

use crate::parameters;
use crate::registry;
use crate::setting::{Function, Group, SetBy, Spec};

const HEAD: &str = "\
# Settings

<!-- Generated from shared/settings/src/registry.rs by: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-settings -->

A setting is an environment variable of a function. The parameter of the same row in `template.yaml` sets it. An empty
value means the default. A function with an invalid setting does not start, and its log names the setting. `cxtrace
doctor` finds it before you deploy. The local twin reads the same variables.
";

const FOOT: &str = "
## What is deliberately not a setting

One publisher works on each shard of the state table's stream (`ParallelizationFactor` is 1). The order of totals
depends on it: [design.md](design.md), section 5.

## Changing settings later

The cardinality budget lasts as long as the state table. A changed `METRIC_NAME` or `MEDIA_TYPE_TAG` makes new series of
the same flows. They spend the budget again while the old series stay in it, so raise `MAX_SERIES`. `METRIC_TAGS` do not
spend it. An event that is retried while a setting changes may be counted under both the old and the new series.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (group, title) in [
        (Group::Counting, "What is counted"),
        (Group::Datadog, "Datadog"),
        (Group::Journeys, "Journeys"),
        (Group::Traces, "OpenTelemetry"),
        (Group::Explorer, "Journey Explorer"),
        (Group::Operation, "Operation"),
        (Group::Aws, "AWS"),
    ] {
        let _ = write!(
            page,
            "\n## {title}\n\n| variable | parameter | default | value | read by | meaning |\n|---|---|---|---|---|---|\n"
        );
        let specs = registry::ALL.iter().map(|setting| setting.spec());
        specs.filter(|spec| spec.group == group).for_each(|spec| page.push_str(&row(spec)));
    }
    page.push_str("\n## Parameters that no function reads\n\n| parameter | default | meaning |\n|---|---|---|\n");
    for parameters::Parameter { name, default, meaning } in parameters::ALL {
        let _ = writeln!(page, "| `{name}` | {} | {meaning} |", or_none(default));
    }
    page.push_str(FOOT);
    page
}

fn row(spec: &Spec) -> String {
    let parameter = match spec.set_by {
        SetBy::Parameter(name) => format!("`{name}`"),
        SetBy::Stack => "set by the stack".to_owned(),
        SetBy::Twin => "not in the template".to_owned(),
        SetBy::Lambda => "set by Lambda".to_owned(),
    };
    let readers = match spec.readers {
        [] => "the local twin".to_owned(),
        readers if readers == Function::ALL => "all".to_owned(),
        readers => readers.iter().map(|function| function.name()).collect::<Vec<_>>().join(", "),
    };
    format!(
        "| `{}` | {parameter} | {} | {} | {readers} | {} |\n",
        spec.variable,
        or_none(spec.default.unwrap_or_default()),
        spec.form,
        spec.meaning
    )
}

fn or_none(default: &str) -> String {
    if default.is_empty() { "none".to_owned() } else { format!("`{default}`") }
}
