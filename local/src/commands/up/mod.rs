//! `cxtrace up`: the twin, staying up on the real clock.

mod key;
mod lock;
mod publisher;
mod routes;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cxtrace_clock::SystemClock;
use cxtrace_settings::Environment;
use tokio::sync::Notify;

use super::assembler;
use super::explorer::Explored;
use super::options::TableOptions;
use super::serve::{announce, listen, until_told_to_stop};
use crate::failure::{Done, Failure, Outcome};
use crate::report::layout::several;
use crate::twin::{Letters, Setup, Twin, WINDOW};
use lock::Lock;
use routes::Face;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keeps the state in DIR, which is made if need be, so that it outlives the process, however that
    /// ends [default: in memory]
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb_endpoint")]
    data: Option<PathBuf>,

    /// The port on 127.0.0.1; 0 is any free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,

    /// Writes the port to FILE once it listens [default: nowhere]
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,

    #[command(flatten)]
    table: TableOptions,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!("{}\n{exit_codes}", routes::LISTING)
}

pub(crate) async fn run(args: Args) -> Outcome {
    let lock = args.data.as_deref().map(Lock::take).transpose()?;
    let letters = match &args.data {
        Some(folder) => Letters::in_folder(folder).map_err(|error| unusable(folder, &error))?,
        None => Letters::default(),
    };
    let key = match &args.data {
        Some(folder) => key::kept_in(folder)?,
        None => key::made()?,
    };
    let setup = Setup {
        key,
        correlate: true,
        place: args.table.place(args.data.clone()),
        environment: Environment::of_process(),
        clock: Arc::new(SystemClock),
        window: WINDOW,
        letters,
    };
    let twin = Twin::open(setup).await.map_err(|error| Failure::usage_of(&error))?;
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await?;

    let (face, jobs) = Face::new(&twin);
    let publishing = twin.publishing;
    tracing::info!(buckets = publishing.waiting(), "buckets of an earlier run that are looked at again");
    let (woken, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let stop_assembling = Arc::new(Notify::new());
    let explored = Explored::new(twin.journeys.assembly(), twin.pseudonyms.clone());
    let (mut journeys, stopped) = (twin.journeys, stop_assembling.clone());
    let assembler = tokio::task::spawn_local(async move { assembler::run(&mut journeys, &stopped).await });
    tokio::task::spawn_local(routes::work(twin.ingest, jobs, woken.clone()));
    let publisher = tokio::task::spawn_local(publisher::run(publishing, woken, stop.clone()));

    let address = announce(&listener, args.port_file.as_deref())?;
    eprintln!(
        "Cxtrace is up on http://{address}. Open it in a browser, post events to /events, and stop it with Ctrl-C."
    );
    axum::serve(listener, face.router().merge(explored.router())).with_graceful_shutdown(until_told_to_stop()).await?;

    stop_assembling.notify_one();
    assembler.await.unwrap_or_default();
    stop.notify_one();
    let left = tokio::select! {
        left = publisher => left.unwrap_or_default(),
        () = until_told_to_stop() => return Err(Failure::failed(
            "it was stopped while counts were being published. With --data, the next start publishes them.",
        )),
    };
    drop(lock);
    Ok(farewell(left, args.data.is_some() || args.table.dynamodb_endpoint.is_some()))
}

/// How it ends when `left` records could not be published.
fn farewell(left: usize, kept: bool) -> Done {
    match (left, kept) {
        (0, _) => return Done::All,
        (_, true) => {
            eprintln!("Not yet published: {}. The next start publishes them.", several(left as u64, "occurrence"))
        }
        (_, false) => eprintln!("Not published: {}. Keep the state with --data.", several(left as u64, "occurrence")),
    }
    Done::Some
}

fn unusable(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be used: {error}. Name a folder that can be written.", folder.display()))
}
