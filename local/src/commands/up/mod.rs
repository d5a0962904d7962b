//! `cxtrace up`: runs the twin on the real clock until it is stopped.

mod folder;
mod hooks;
pub(crate) mod key;
mod lock;
mod polling;
mod publisher;
mod routes;
mod secret_file;
mod tally;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::Environment;
use tokio::sync::Notify;

use super::assembler;
use super::explorer::ExplorerService;
use super::options::TableOptions;
use super::serve::{listen, serve, shutdown_signal, write_port_file};
use super::source::definitions;
use crate::failure::{CommandResult, Completion, Failure};
use crate::report::layout::several;
use crate::twin::{DeadLetterFile, Setup, Twin, WINDOW};
use folder::unusable;
use hooks::HooksApi;
use lock::Lock;
use routes::HttpApi;
use tally::Tally;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keeps the state in the folder DIR, which survives any end of the process [default: in memory]
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb_endpoint")]
    data: Option<PathBuf>,

    /// The port on 127.0.0.1; 0 chooses any free port
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,

    /// Writes the port to FILE when it listens [default: no file]
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,

    /// The secrets of webhooks: a JSON object with a text for each source (docs/webhooks.md). Only these sources' signatures
    /// are checked [default: none]
    #[arg(long, value_name = "FILE")]
    webhook_secrets: Option<PathBuf>,

    /// Polls the API of a source that sends no events, such as polyai?region=us-1&account=a&project=p (docs/sources.md); may be
    /// repeated [default: none]
    #[arg(long, value_name = "SOURCE")]
    poll: Vec<String>,

    /// The keys of polled APIs: a JSON object with a text for each source [default: none]
    #[arg(long, value_name = "FILE")]
    poll_secrets: Option<PathBuf>,

    #[command(flatten)]
    table: TableOptions,
}

/// How long everything may take once the process is asked to stop. What is not finished then is in the tables, and is finished
/// after the next start. The process promises to end within five seconds, so one second is left for a busy machine.
const STOP: TimeDelta = TimeDelta::seconds(4);

pub(crate) fn help(exit_codes: &str) -> String {
    format!("{}\n{exit_codes}", routes::LISTING)
}

pub(crate) async fn run(args: Args) -> CommandResult {
    definitions::load_own()?;
    let lock = args.data.as_deref().map(Lock::take).transpose()?;
    let dead_letters = match &args.data {
        Some(folder) => DeadLetterFile::in_folder(folder).map_err(|error| unusable(folder, &error))?,
        None => DeadLetterFile::default(),
    };
    let key = match &args.data {
        Some(folder) => key::kept_in(folder)?,
        None => key::random()?,
    };
    let setup = Setup {
        key,
        correlate: true,
        location: args.table.location(args.data.clone()),
        environment: Environment::of_process(),
        clock: Arc::new(SystemClock),
        window: WINDOW,
        dead_letters,
    };
    let twin = Twin::open(setup).await.map_err(|error| Failure::usage_of(&error))?;
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)), "--port").await?;
    let address = listener.local_addr()?;

    let (woken, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let tally = Tally::default();
    let hooks_api = HooksApi::new(
        &twin,
        &Environment::of_process(),
        args.webhook_secrets.as_deref(),
        (woken.clone(), tally.clone()),
    )?;
    let poller = polling::poller(&twin, &args.poll, args.poll_secrets.as_deref())?;
    let (http_api, jobs) = HttpApi::new(&twin);
    let publishing = twin.publishing;
    tracing::info!(buckets = publishing.waiting(), "buckets of an earlier run are checked again");
    let stop_assembling = Arc::new(Notify::new());
    let explorer_service = ExplorerService::new(twin.journeys.assembly(), twin.pseudonyms.clone());
    let (mut journeys, stopped) = (twin.journeys, stop_assembling.clone());
    let assembler = tokio::task::spawn_local(async move { assembler::run(&mut journeys, &stopped).await });
    tokio::task::spawn_local(routes::work(twin.ingest, jobs, woken.clone(), tally.clone()));
    let stop_polling = Arc::new(Notify::new());
    let polling = poller.map(|poller| {
        tokio::task::spawn_local(polling::run(poller, woken.clone(), tally.clone(), stop_polling.clone()))
    });
    let publisher = tokio::task::spawn_local(publisher::run(publishing, woken, stop.clone()));

    write_port_file(address, args.port_file.as_deref())?;
    eprintln!(
        "Cxtrace listens on http://{address}. Open it in a browser, and post events to /events. Stop it with Ctrl-C."
    );
    tokio::task::spawn_local(tally::run(tally));
    let routes = http_api.router().merge(hooks_api.router()).merge(explorer_service.router());
    let ends_at = serve(listener, routes).await? + STOP;

    if let Some(polling) = polling {
        stop_polling.notify_one();
        polling.await.unwrap_or_default();
    }
    stop_assembling.notify_one();
    let behind = assembler.await.unwrap_or_default();
    let is_kept = args.data.is_some() || args.table.dynamodb_endpoint.is_some();
    if behind > 0 && is_kept {
        eprintln!("{} not in their journeys yet. The next start assembles them.", several(behind as u64, "id"));
    }
    stop.notify_one();
    let time_left = (ends_at - SystemClock.now()).to_std().unwrap_or_default();
    let left = tokio::select! {
        left = publisher => left.unwrap_or_default(),
        () = shutdown_signal() => return Err(unpublished()),
        () = SystemClock.sleep(time_left) => return Err(unpublished()),
    };
    drop(lock);
    Ok(farewell(left, is_kept))
}

fn unpublished() -> Failure {
    Failure::failed(
        "the command was stopped before all counts were published. With --data, the next start publishes them.",
    )
}

/// The completion when `left` records are not published.
fn farewell(left: usize, kept: bool) -> Completion {
    match (left, kept) {
        (0, _) => return Completion::All,
        (_, true) => {
            eprintln!("{} not published yet. The next start publishes them.", several(left as u64, "occurrence"))
        }
        (_, false) => eprintln!(
            "{} not published. Use --data to keep them for the next start.",
            several(left as u64, "occurrence")
        ),
    }
    Completion::Partial
}
