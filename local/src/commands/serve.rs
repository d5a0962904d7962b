//! Listening on a port, serving, writing the port into a file, and waiting for the signal to stop.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::{access_log, guard};

/// Listens on `address`, which the user chose with `option`.
pub(crate) async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            ErrorKind::AddrInUse => format!("port {} is already in use", address.port()),
            _ => format!("{address} is not available: {error}"),
        };
        Failure::usage(format!("{problem}. Choose another with {option}."))
    })
}

/// Writes the port of `address` to `port_file`, if there is one. The file appears only when it is complete, so that a
/// script can wait for it.
pub(crate) fn write_port_file(address: SocketAddr, port_file: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = port_file {
        let unfinished = path.with_extension("unfinished");
        std::fs::write(&unfinished, address.port().to_string())
            .and_then(|()| std::fs::rename(&unfinished, path))
            .map_err(|error| {
                Failure::usage(format!("{} cannot be written: {error}. Name another file.", path.display()))
            })?;
    }
    Ok(())
}

/// How long requests that have begun may take to end once the server stops. A request of which half was sent may never.
const GRACE: Duration = Duration::from_secs(2);

/// Serves `router` until the process is asked to stop. Refuses what comes from other machines and pages. Returns when it was
/// asked.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> std::io::Result<DateTime<Utc>> {
    let asked = Cell::new(None);
    let stopping = Arc::new(Notify::new());
    let stop = stopping.clone();
    let serving = axum::serve(listener, access_log::logged(guard::guarded(router)));
    let serving = serving.with_graceful_shutdown(async move { stop.notified().await });
    let given_up = async {
        shutdown_signal().await;
        asked.set(Some(SystemClock.now()));
        stopping.notify_one();
        SystemClock.sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served?,
        () = given_up => {}
    }
    Ok(asked.get().unwrap_or_else(|| SystemClock.now()))
}

/// Returns on Ctrl-C and on SIGTERM.
pub(crate) async fn shutdown_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            drop(interrupted.await);
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
