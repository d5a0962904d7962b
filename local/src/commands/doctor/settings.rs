//! The settings in the environment: every invalid one, not only the first.

use cxtrace_settings::{Environment, MetricSettings, registry};

use super::check::Check;

const WHAT: &str = "settings";

/// One line for each invalid setting, or one line that says how metrics are counted.
pub(super) fn check(environment: &Environment) -> Vec<Check> {
    let problems = registry::ALL.iter().filter_map(|setting| setting.check(environment));
    let failed: Vec<_> = problems.map(|problem| Check::failed(WHAT, problem.to_string())).collect();
    if failed.is_empty() { vec![in_use(environment)] } else { failed }
}

fn in_use(environment: &Environment) -> Check {
    let Ok(settings) = MetricSettings::read(environment) else { return Check::ok(WHAT, "") };
    let (series, _) = settings.template.series("A", "B", None);
    let mut text = format!(
        "metric B of flow A is {}; buckets of {} s; at most {} series",
        series.name(),
        settings.width.seconds(),
        settings.max_series
    );
    if settings.historical {
        text += "; points of any age";
    }
    Check::ok(WHAT, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_setting_is_listed() {
        let invalid = [
            ("METRIC_NAME", "genesys.{flw}"),
            ("METRIC_TAGS", "Env:prod"),
            ("BUCKET_SECONDS", "0"),
            ("METRICS_TRANSPORT", "udp"),
            ("DD_SITE", "https://datadoghq.eu"),
            ("DD_METRICS_URL", "proxy"),
            ("RETENTION_DAYS", "1"),
            ("SETTLE_SECONDS", "soon"),
            ("CORRELATION_ATTRIBUTES", "webCode"),
        ];
        let text = super::super::check::list(&check(&Environment::of(invalid)));
        for (name, _) in invalid {
            assert_eq!(text.matches(&format!("failed   settings        {name} must be ")).count(), 1, "{text}");
        }
    }
}
