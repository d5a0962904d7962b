//! `cxtrace intake`: only the intake that stands in for Datadog.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use cxtrace_clock::SystemClock;

use super::serve::{listen, serve, write_port_file};
use crate::failure::{CommandResult, Completion};
use crate::intake::router;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address that it listens on; port 0 chooses any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Writes the port to FILE when it listens [default: no file]
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let listener = listen(args.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let routes = router(Arc::default(), Arc::new(SystemClock));
    write_port_file(address, args.port_file.as_deref())?;
    eprintln!(
        "The intake listens on http://{address}. Set DD_METRICS_URL to this address.\n\
         POST /api/v2/series accepts series by Datadog's rules. GET /metrics returns what it holds.\n\
         Stop it with Ctrl-C."
    );
    serve(listener, routes).await?;
    Ok(Completion::All)
}
