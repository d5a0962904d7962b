//! Listening: a port, the file that tells it, and the signal to stop.

use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::failure::Failure;

/// Listens on `address`.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::usage(format!("{address} cannot be listened on: {error}. Choose another port; 0 is any free one."))
    })
}

/// The address that `listener` has; its port is written to `port_file`. The file is there only when it is
/// whole, so who waits for it can read it.
pub(crate) fn announce(listener: &TcpListener, port_file: Option<&Path>) -> Result<SocketAddr, Failure> {
    let address = listener.local_addr()?;
    if let Some(path) = port_file {
        let unfinished = path.with_extension("unfinished");
        std::fs::write(&unfinished, address.port().to_string())
            .and_then(|()| std::fs::rename(&unfinished, path))
            .map_err(|error| {
                Failure::usage(format!("{} cannot be written: {error}. Name another file.", path.display()))
            })?;
    }
    Ok(address)
}

/// Returns on Ctrl-C, and on the signal by which other processes ask for an end.
pub(crate) async fn until_told_to_stop() {
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
