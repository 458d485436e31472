//! The socket that requests come in through: one that systemd listens on and passes, so that no connection is lost while the
//! ledger restarts, or else the ledger's own.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use listenfd::ListenFd;
use tokio::net::TcpListener;

/// # Errors
/// If systemd passed something else than one TCP socket, or if the address can't be bound.
pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let Some(listener) = passed()? else {
        let bound = TcpListener::bind(address).await;
        return bound.with_context(|| format!("can't listen on {address} (REKOMI_LISTEN)"));
    };
    let actual = listener.local_addr().context("the socket that systemd passed has no address")?;
    if actual != address {
        tracing::warn!(
            event = "process.other_socket", %actual, expected = %address,
            "systemd listens on another address than REKOMI_LISTEN"
        );
    }
    Ok(listener)
}

/// Takes the socket that systemd passed, if it did (`LISTEN_FDS` and `LISTEN_PID`).
fn passed() -> anyhow::Result<Option<TcpListener>> {
    let mut sockets = ListenFd::from_env();
    let count = sockets.len();
    ensure!(count <= 1, "systemd passed {count} sockets: the socket unit must have one ListenStream");
    let Some(socket) = sockets.take_tcp_listener(0).context("can't listen on what systemd passed")? else {
        return Ok(None);
    };
    socket.set_nonblocking(true).context("can't wait on the socket that systemd passed")?;
    TcpListener::from_std(socket).map(Some).context("can't wait on the socket that systemd passed")
}
