//! `cxtrace intake`: the fake Datadog alone.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use cxtrace_clock::SystemClock;

use super::serve::{announce, listen, until_told_to_stop};
use crate::failure::{Done, Outcome};
use crate::intake::router;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where it listens; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Writes the port to FILE once it listens [default: nowhere]
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let listener = listen(args.listen).await?;
    let routes = router(Arc::default(), Arc::new(SystemClock));
    let address = announce(&listener, args.port_file.as_deref())?;
    eprintln!(
        "The intake listens on http://{address}. Set DD_METRICS_URL to that.\n\
         POST /api/v2/series takes series by Datadog's rules; GET /metrics tells what is held.\n\
         Stop it with Ctrl-C."
    );
    axum::serve(listener, routes).with_graceful_shutdown(until_told_to_stop()).await?;
    Ok(Done::All)
}
