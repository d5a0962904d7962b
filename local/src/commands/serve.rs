//! Listening on a port, writing the port into a file, and waiting for the signal to stop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::failure::Failure;

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
