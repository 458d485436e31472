//! The HTTP clients of the process.

use std::time::Duration;

use anyhow::Context;
use kit::{
    config::Config,
    outbound::{Outbound, Reach},
};

/// Chooses the TLS of the process, for whatever it connects to. A second installation in one process (in tests) has no
/// effect.
pub fn install_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The client for the edge and for vendors: no redirects, and a timeout on everything.
///
/// # Errors
/// If TLS can't be set up.
pub fn http_client() -> anyhow::Result<reqwest::Client> {
    install_tls();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .user_agent(concat!("Rekomi/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the HTTP client")
}

/// The client for batches to an edge on this machine, which takes as long as its own requests to the ledger.
///
/// # Errors
/// If TLS can't be set up.
pub fn edge_client() -> anyhow::Result<reqwest::Client> {
    install_tls();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // workerd closes idle connections soon; on this machine a new one costs nothing.
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(600))
        .build()
        .context("the HTTP client")
}

/// The client for URLs that brands choose.
///
/// # Errors
/// If TLS can't be set up.
pub fn outbound(config: &Config) -> anyhow::Result<Outbound> {
    let loopback = config.environment.is_development();
    Outbound::new(if loopback { Reach::PublicAndLoopback } else { Reach::Public })
}
