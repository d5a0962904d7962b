//! `cxtrace demo`: a made-up day, counted, and compared with what the one who made it up knows; and journeys worth
//! opening.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::{DurationRound, TimeDelta};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_corpus::demo::{DemoScenario, scenarios};
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::series::SELF_METRIC_PREFIX;
use cxtrace_settings::Environment;
use tokio::sync::Notify;

use super::assembler;
use super::explorer::Explored;
use super::generate::START;
use super::options::TableOptions;
use super::print::print;
use super::replaying::replay_all;
use super::serve::{announce, listen, until_told_to_stop};
use crate::failure::{Done, Failure, Outcome, told};
use crate::generate::{Traffic, Truth};
use crate::progress::Progress;
use crate::recording::Origin;
use crate::recording::pace::Pace;
use crate::recording::timeline::{Recorded, Step, published};
use crate::report::journeys as report;
use crate::report::layout::{columns, number, several};
use crate::report::table;
use crate::twin::{Held, Replay};

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Serves the Journey Explorer afterwards, until Ctrl-C [default: where standard output is a terminal]
    #[arg(long)]
    serve: bool,

    /// The port on 127.0.0.1 that it is served on; 0 is any free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,

    /// Writes the port to FILE once it listens [default: nowhere]
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,

    #[command(flatten)]
    table: TableOptions,
}

impl Args {
    fn serves(&self) -> bool {
        self.serve || std::io::stdout().is_terminal()
    }
}

/// The made-up day.
fn day() -> Result<Traffic, Failure> {
    let start = START.parse().map_err(|_| Failure::failed("the day has no beginning. Please report this."))?;
    Ok(Traffic { seed: 1, conversations: 400, hours: 24, start })
}

pub(crate) async fn run(args: Args) -> Outcome {
    let counted = counts(&args).await?;
    let told = journeys(&args).await?;
    Ok(if matches!(counted, Done::All) { told } else { counted })
}

/// The made-up day, counted and compared with the truth.
async fn counts(args: &Args) -> Outcome {
    let traffic = day()?;
    let truth = traffic.expected();
    let opened = Replay::open_to_count(args.table.fresh_place(), environment()).await;
    let mut replay = opened.map_err(|error| Failure::usage_of(&error))?;
    let outcome = replay_and_prove(&mut replay, &traffic, &truth).await;
    clear(args, &replay).await;
    outcome
}

/// Journeys worth opening, told by all the systems that a customer met.
async fn journeys(args: &Args) -> Outcome {
    // Who looks at them in a browser looks for what happened today.
    let start =
        if args.serves() { SystemClock.now() - TimeDelta::minutes(165) } else { day()?.start + TimeDelta::hours(33) };
    let all = scenarios(start.duration_trunc(TimeDelta::minutes(1)).unwrap_or(start));
    let opened = Replay::open(args.table.fresh_place(), environment(), false).await;
    let mut replay = opened.map_err(|error| Failure::usage_of(&error))?;
    let outcome = tell(args, &mut replay, &all).await;
    clear(args, &replay).await;
    outcome
}

async fn clear(args: &Args, replay: &Replay) {
    if args.table.dynamodb_endpoint.is_some()
        && let Err(error) = replay.twin.remove_tables().await
    {
        tracing::warn!(error = told(&error), "the tables of this demo are left behind");
    }
}

async fn tell(args: &Args, replay: &mut Replay, scenarios: &[DemoScenario]) -> Outcome {
    let name: std::sync::Arc<str> = "the made-up journeys".into();
    let events = (1..).zip(scenarios.iter().flat_map(|scenario| &scenario.events));
    let recorded = events.map(|(line, json)| Recorded::new(Origin { name: name.clone(), line }, Ok(json.clone())));
    let mut events: Vec<Step> = recorded.map(Ok).collect();
    events.sort_by_key(published);
    let count = events.len() as u64;
    let progress = Progress::new(Some(count));
    let replayed = replay_all(replay, Pace::new(events.into_iter(), published), progress, |_, read| read).await?;
    // Until every source has had its time.
    replay.let_pass(TimeDelta::hours(1)).await?;
    replay.finish().await?;
    let journeys = Box::pin(replay.twin.journeys.all()).await?;
    let titled = |journey: &Journey| {
        let is_its = |scenario: &&DemoScenario| {
            journey.ids.iter().any(|id| format!("{}:{}", id.namespace, id.value) == scenario.anchor.to_string())
        };
        scenarios.iter().find(is_its).map(|scenario| scenario.title)
    };
    let headline = format!(
        "\n{} of {} customers, told by Genesys and other systems: {}.\n",
        several(count, "event"),
        number(scenarios.len() as u64),
        several(journeys.len() as u64, "journey"),
    );
    print(&format!("{headline}\n{}", report::titled(&journeys, titled)))?;
    if args.serves() {
        serve(args, replay).await?;
    }
    Ok(replayed.done())
}

async fn serve(args: &Args, replay: &mut Replay) -> Result<(), Failure> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await?;
    let address = announce(&listener, args.port_file.as_deref())?;
    eprintln!("\nOpen http://{address} in a browser to look at them. Ctrl-C ends it.");
    let explored = Explored::new(replay.twin.journeys.assembly(), replay.twin.pseudonyms.clone());
    let stop = Notify::new();
    let serving = async {
        let served = axum::serve(listener, explored.router()).with_graceful_shutdown(until_told_to_stop()).await;
        stop.notify_one();
        served
    };
    // Who looks may retract an edge.
    let (served, ()) = tokio::join!(serving, assembler::run(&mut replay.twin.journeys, &stop));
    Ok(served?)
}

/// Of the environment only what an AWS client needs: a demo is the same for everyone.
fn environment() -> Environment {
    let all = Environment::of_process();
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    Environment::of(names.into_iter().filter_map(|name| Some((name, all.get(name)?))))
}

async fn replay_and_prove(replay: &mut Replay, traffic: &Traffic, truth: &Truth) -> Outcome {
    let name = "the made-up day".into();
    let events = (1..).zip(traffic.events()).map(move |(line, event)| -> Step {
        let origin = Origin { name: std::sync::Arc::clone(&name), line };
        Ok(Recorded::new(origin, Ok(event.json)))
    });
    let progress = Progress::new(Some(truth.events));
    let replayed = replay_all(replay, Pace::new(events, published), progress, |_, read| read).await?;
    let held = replay.finish().await?;

    let proof = Proof::of(truth, &held);
    print(&format!("{}\n{}\n{}", headline(traffic, truth), table::metrics(&held), proof.text()))?;
    Ok(if proof.holds() { replayed.done() } else { Done::Some })
}

fn headline(traffic: &Traffic, truth: &Truth) -> String {
    format!(
        "A made-up day in a contact centre: {} of {}.\n\
         {} were delivered twice and {} sent twice; others came late or out of order.\n",
        several(truth.events, "event"),
        several(traffic.conversations.into(), "conversation"),
        number(truth.redelivered),
        number(truth.resent),
    )
}

/// What was made up against what was counted.
struct Proof {
    made: u64,
    counted: u64,
    malformed_made: u64,
    malformed_counted: u64,
    /// Series with another total than was made up: name, made, counted.
    wrong: Vec<(String, u64, u64)>,
}

impl Proof {
    fn of(truth: &Truth, held: &[Held]) -> Self {
        let template = cxtrace_settings::metrics::default_template();
        let mut made = BTreeMap::<String, u64>::new();
        for ((flow, metric), total) in truth.totals() {
            *made.entry(template.series(flow, metric, None).0.name().to_owned()).or_default() += total;
        }
        let (own, flows): (Vec<_>, Vec<_>) = held.iter().partition(|held| held.metric.starts_with(SELF_METRIC_PREFIX));
        let mut counted = BTreeMap::<String, u64>::new();
        for held in flows {
            *counted.entry(held.metric.clone()).or_default() += held.value;
        }
        let names: std::collections::BTreeSet<_> = made.keys().chain(counted.keys()).collect();
        let total = |totals: &BTreeMap<String, u64>, name: &String| totals.get(name).copied().unwrap_or(0);
        let wrong = names
            .into_iter()
            .map(|name| (name.clone(), total(&made, name), total(&counted, name)))
            .filter(|(_, made, counted)| made != counted)
            .collect();
        Self {
            made: made.values().sum(),
            counted: counted.values().sum(),
            malformed_made: truth.malformed.len() as u64,
            malformed_counted: own
                .iter()
                .filter(|held| held.metric == SelfMetric::Malformed.name())
                .map(|held| held.value)
                .sum(),
            wrong,
        }
    }

    fn holds(&self) -> bool {
        self.wrong.is_empty() && self.malformed_made == self.malformed_counted
    }

    fn text(&self) -> String {
        let row = |what: &str, metrics: u64, malformed: u64| [format!("  {what}"), number(metrics), number(malformed)];
        let rows = [
            ["Proof", "metrics", "malformed"].map(str::to_owned),
            row("distinct attributes that were made up", self.made, self.malformed_made),
            row("counted in Datadog", self.counted, self.malformed_counted),
        ];
        let mut text = columns(&rows, &[1, 2]);
        if self.holds() {
            text += "  Exact: none is missing, and none is counted twice, in every single series.\n";
        } else {
            text += "  NOT exact. Please report this.\n";
            for (name, made, counted) in &self.wrong {
                text += &format!("  {name}: made up {made}, counted {counted}\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(metric: &str, value: u64) -> Held {
        Held { metric: metric.to_owned(), tags: Vec::new(), timestamp: 0, value }
    }

    #[test]
    fn a_proof_holds_only_when_every_series_is_right() {
        let truth = day().unwrap().expected();
        let template = cxtrace_settings::metrics::default_template();
        let mut right: Vec<_> = truth
            .totals()
            .into_iter()
            .map(|((flow, metric), total)| held(template.series(flow, metric, None).0.name(), total))
            .collect();
        right.push(held(SelfMetric::Malformed.name(), truth.malformed.len() as u64));
        assert!(Proof::of(&truth, &right).holds());

        let mut one_moved = right.clone();
        one_moved[0].value -= 1;
        one_moved[1].value += 1;
        let proof = Proof::of(&truth, &one_moved);
        assert_eq!((proof.made == proof.counted, proof.holds(), proof.wrong.len()), (true, false, 2));
        assert!(proof.text().contains("NOT exact"));

        right.push(held("genesys.flow.never.made", 1));
        assert!(!Proof::of(&truth, &right).holds());
    }
}
