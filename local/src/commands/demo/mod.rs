//! `cxtrace demo`: counts a generated day and compares the counts with the truth, and shows generated journeys in the
//! Journey Explorer.

mod comparison;
mod day;
mod journeys;
mod part;

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::assembler;
use super::explorer::ExplorerService;
use super::options::TableOptions;
use super::print::print;
use super::serve::{listen, shutdown_signal, write_port_file};
use crate::failure::{CommandResult, Completion, Failure};
use crate::twin::Replay;
use part::{environment, remove_tables};

/// The phone number of the customer of the first scenario.
const TRY_FIRST: &str = "+44 7700 900142";

/// The explorer's port, if nothing else listens on it.
const PORT: u16 = 8080;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Serves the Journey Explorer until Ctrl-C [default: if standard output is a terminal]
    #[arg(long)]
    serve: bool,

    /// The explorer's port on 127.0.0.1; 0 chooses any free port [default: 8080, or a free one if that is taken]
    #[arg(long, value_name = "N")]
    port: Option<u16>,

    /// Writes the port to FILE when the explorer shows all journeys [default: no file]
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

pub(crate) async fn run(args: Args) -> CommandResult {
    // The explorer listens before anything is replayed. So the page is there at once, and a port in use ends the demo
    // before it has worked for nothing.
    let listener = match args.serves() {
        true => Some(bind(args.port).await?),
        false => None,
    };
    let opened = Replay::open(args.table.fresh_location(), environment(), false).await;
    let mut replay = opened.map_err(|error| Failure::usage_of(&error))?;
    let ended = match listener {
        Some(listener) => Box::pin(serve(&args, listener, &mut replay)).await,
        None => Box::pin(play(&args, &mut replay, None)).await,
    };
    remove_tables(&args.table, &replay).await;
    ended
}

/// Listens on the port that the user chose, or on the usual one if it is free, or on any.
async fn bind(port: Option<u16>) -> Result<TcpListener, Failure> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => listen(address(port), "--port").await,
        None => match TcpListener::bind(address(PORT)).await {
            Ok(listener) => Ok(listener),
            Err(_) => listen(address(0), "--port").await,
        },
    }
}

/// Replays the journeys and the day, and prints the result of both. `address` is the explorer's.
async fn play(args: &Args, replay: &mut Replay, address: Option<SocketAddr>) -> CommandResult {
    let journeys = journeys::replay(replay, address.is_some()).await?;
    if let Some(address) = address {
        write_port_file(address, args.port_file.as_deref())?;
    }
    let day = day::replay(&args.table).await?;
    print(&format!("{}\n{}", journeys.text, day.text))?;
    Ok(if day.completion == Completion::All { journeys.completion } else { day.completion })
}

/// Serves the Journey Explorer until somebody stops it. Meanwhile, the demo plays.
async fn serve(args: &Args, listener: TcpListener, replay: &mut Replay) -> CommandResult {
    let address = listener.local_addr()?;
    eprintln!("The Journey Explorer is on http://{address}. Its journeys appear in a few seconds.");
    eprintln!("Search there for {TRY_FIRST}, whose call dropped after a transfer.\n");
    let explorer = ExplorerService::new(replay.twin.journeys.assembly(), replay.twin.pseudonyms.clone());
    let stop = Notify::new();
    let serving = async {
        let served = super::serve::serve(listener, explorer.router()).await;
        stop.notify_one();
        served
    };
    let playing = async {
        let ended = tokio::select! {
            ended = play(args, replay, Some(address)) => ended?,
            () = shutdown_signal() => return Ok(Completion::All),
        };
        eprintln!("\nOpen http://{address} in a browser to see the journeys. Stop the demo with Ctrl-C.");
        // A reader may retract an edge. Then journeys must be assembled again.
        assembler::run(&mut replay.twin.journeys, &stop).await;
        Ok(ended)
    };
    // A failure ends both at once.
    let serving = async { Ok::<_, Failure>(serving.await?) };
    tokio::try_join!(serving, playing).map(|(_, ended)| ended)
}
