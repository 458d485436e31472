//! `ledger serve`: connects, refuses a database it must not serve, starts the scheduled work, and listens.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::{
    config::Config,
    dashboard,
    db::Db,
    edge_config,
    operations::{health, upkeep},
    router,
    state::AppState,
    telemetry,
};

/// # Errors
/// Where the database or the address can't be had.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("can't listen on {} (REKOMI_LISTEN)", config.listen))?;
    let db = Db::connect(&config.database_url, config.database_connections).await?;
    let missing = health::missing_migrations(&db).await.context("reading which migrations the database has")?;
    anyhow::ensure!(missing.is_empty(), "the database lacks migrations {missing:?}: run `ledger migrate` first");
    if telemetry::metrics().is_none() {
        tracing::warn!("the metrics registry could not be installed");
    }
    let state = AppState::new(config, db, http_client()?);
    let mut jobs = tokio::task::JoinSet::new();
    jobs.spawn(edge_config::push::run(state.clone()));
    jobs.spawn(dashboard::events::look_for_news(state.clone()));
    jobs.spawn(upkeep::run(state.clone()));
    jobs.spawn(upkeep::sum_up_metrics(state.clone()));
    tracing::info!(address = %state.config.listen, "ledger is listening");
    let stopping = state.clone();
    axum::serve(listener, router::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            stop_signal().await;
            stopping.stop();
        })
        .await
        .context("serving")?;
    state.stop();
    jobs.join_all().await;
    state.db.close().await;
    Ok(())
}

/// The client for the edge and, later, for vendors: no redirects, and a time-out on everything.
fn http_client() -> anyhow::Result<reqwest::Client> {
    // A second installation in one process (tests) changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(10))
        .user_agent(concat!("Rekomi/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the HTTP client")
}

/// Ctrl-C, or the SIGTERM that supervisors send.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
