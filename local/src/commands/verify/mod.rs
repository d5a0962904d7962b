//! `cxtrace verify`: compares the state table with Datadog, by series and hour.

mod text;

use std::sync::Arc;

use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::{Environment, MetricSettings};
use serde_json::json;

use super::counted::Source;
use super::options::Format;
use super::print::{print, print_json};
use crate::datadog_api::{Access, DatadogApi, counts};
use crate::failure::{CommandResult, Completion, Failure};
use crate::verification::{Comparison, Window};

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,

    /// How many hours are compared, the current one included
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=300))]
    hours: u16,

    /// The format of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!(
        "\
With --twin, the twin's intake takes the place of Datadog. Otherwise set DD_SITE, DD_API_KEY and
DD_APP_KEY; the application key needs the scope timeseries_query. METRIC_TAGS and
HISTORICAL_METRICS must be set as they are for the stack.

Reasons of a difference:
  not published yet   the publisher has not sent it yet
  late                Datadog did not accept it in time; it will count in a later bucket
  accepted lately     less than 10 minutes ago; Datadog needs some minutes to show it
  historical          with HISTORICAL_METRICS, Datadog shows old points hours later
  uncertain           Datadog did not answer, and may have counted it twice
  MISSING, SURPLUS    nothing explains it; exit code 1

{exit_codes}"
    )
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let environment = Environment::of_process();
    let access = match &args.source.twin {
        Some(url) => Access::of_twin(url)?,
        None => Access::required(&environment)?,
    };
    let api = DatadogApi::new(access, Arc::new(SystemClock))?;
    let mut comparison = compare(&args, &environment, &api).await?;
    if comparison.unexplained().next().is_some() {
        // What was being written while it was read is equal in a second reading.
        comparison = compare(&args, &environment, &api).await?;
    }
    let window = Window::of(SystemClock.now(), args.hours);
    match args.format {
        Format::Table => print(&text::write(&comparison, window))?,
        Format::Json => print_json(&json!(comparison))?,
    }
    Ok(if comparison.unexplained().next().is_some() { Completion::Partial } else { Completion::All })
}

async fn compare(args: &Args, environment: &Environment, api: &DatadogApi) -> Result<Comparison, Failure> {
    let settings = MetricSettings::read(environment).map_err(|error| Failure::usage_of(&error))?;
    let ledgers = args.source.ledgers(environment).await?.ok_or_else(|| {
        Failure::usage("no state table is named. Name it with --table, or a running twin with --twin.")
    })?;
    let window = Window::of(SystemClock.now(), args.hours);
    let mut shown = api.counts(&counts::tag_keys(&ledgers), window).await?;
    // Another stack may count metrics of the same names with other tags of its own.
    let overflow = settings.template.overflow(None);
    let own: Vec<_> = overflow.tags().filter(|tag| !tag.starts_with("flow:") && !tag.starts_with("metric:")).collect();
    let counted: std::collections::BTreeSet<_> = ledgers.iter().map(|ledger| (&ledger.metric, &ledger.tags)).collect();
    shown.retain(|((metric, tags), _), _| {
        counted.contains(&(metric, tags)) || own.iter().all(|wanted| tags.iter().any(|tag| tag == wanted))
    });
    Ok(Comparison::of(&ledgers, &shown, window, SystemClock.now(), settings.historical))
}
