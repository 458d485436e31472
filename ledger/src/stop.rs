//! Tells when the process should stop.

/// Listens from this call on, and resolves on Ctrl-C, or when a supervisor requests the process to end. A future that
/// began to listen when it's first polled would miss a signal that comes right after the process reported that it serves.
#[cfg(unix)]
pub(crate) fn signal() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        match signals {
            [Ok(mut interrupt), Ok(mut terminate)] => tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            },
            _ => drop(tokio::signal::ctrl_c().await),
        }
    }
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn signal() -> impl Future<Output = ()> + Send {
    async { drop(tokio::signal::ctrl_c().await) }
}
