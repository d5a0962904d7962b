//! The settings in the environment: every problem, not only the first.

use std::collections::BTreeMap;

use cxtrace_datadog::{Endpoint, Transport};
use cxtrace_lambda::environment::{Environment, InvalidSetting};
use cxtrace_lambda::settings::MetricSettings;

use super::check::Check;

const WHAT: &str = "settings";

/// One line for each setting that cannot be used, or one that says how metrics are counted.
pub(super) fn check(variables: &BTreeMap<String, String>) -> Vec<Check> {
    let readers: [fn(&Environment) -> Option<InvalidSetting>; 3] = [
        |environment| MetricSettings::read(environment).err(),
        |environment| Endpoint::read(environment).err(),
        |environment| Transport::read(environment).err(),
    ];
    let failed: Vec<_> = readers
        .into_iter()
        .flat_map(|read| problems(variables.clone(), read))
        .map(|problem| Check::failed(WHAT, problem.to_string()))
        .collect();
    if failed.is_empty() { vec![in_use(&Environment::of(variables.clone()))] } else { failed }
}

/// What `read` finds wrong, one variable after the other.
fn problems(
    mut variables: BTreeMap<String, String>,
    read: fn(&Environment) -> Option<InvalidSetting>,
) -> Vec<InvalidSetting> {
    let mut found = Vec::new();
    while let Some(problem) = read(&Environment::of(variables.clone())) {
        let (InvalidSetting::Missing { name, .. } | InvalidSetting::Unusable { name, .. }) = &problem;
        let was_set = variables.remove(*name).is_some();
        found.push(problem);
        if !was_set {
            break;
        }
    }
    found
}

fn in_use(environment: &Environment) -> Check {
    let Ok(settings) = MetricSettings::read(environment) else { return Check::ok(WHAT, "") };
    let (series, _) = settings.template.series("A", "B", None);
    let mut said = format!(
        "metric B of flow A is called {}, in buckets of {} s, at most {} series",
        series.name(),
        settings.width.seconds(),
        settings.max_series
    );
    if settings.historical {
        said += ", at any age";
    }
    Check::ok(WHAT, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_and_not_only_the_first() {
        let wrong = [
            ("METRIC_NAME", "genesys.{flw}"),
            ("METRIC_TAGS", "Env:prod"),
            ("BUCKET_SECONDS", "0"),
            ("METRICS_TRANSPORT", "udp"),
            ("DD_SITE", "https://datadoghq.eu"),
            ("RETENTION_DAYS", "1"),
        ];
        let variables = wrong.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let told = super::super::check::list(&check(&variables));
        for (name, _) in wrong {
            assert_eq!(told.matches(&format!("failed   settings        {name} is ")).count(), 1, "{told}");
        }
    }
}
