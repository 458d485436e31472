//! Reports to systemd what the process does (`Type=notify`): that it serves, that it's alive, that it stops. Without
//! systemd, nothing happens.

use std::{net::SocketAddr, time::Duration};

use sd_notify::NotifyState;

/// Reports that requests are answered from now on.
pub fn ready(listen: SocketAddr) {
    send(&[NotifyState::Ready, NotifyState::Status(&format!("listening on {listen}"))]);
}

/// Reports that the process finishes what it has begun and ends.
pub fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("finishing requests and jobs")]);
}

/// Sends a sign of life twice as often as systemd expects one (`WatchdogSec`), as long as tasks of this process still run.
/// If they don't, systemd restarts the process.
pub async fn keep_alive() {
    let Some(every) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((every / 2).max(Duration::from_millis(10)));
    loop {
        ticks.tick().await;
        send(&[NotifyState::Watchdog]);
    }
}

fn send(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(event = "process.supervisor_not_notified", "systemd couldn't be notified: {error}");
    }
}
