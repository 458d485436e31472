//! `ledger serve`: connects, refuses a database it must not serve, starts the scheduled work, and listens.

use std::{path::Path, time::Duration};

use anyhow::Context;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    operations::{health, upkeep},
    router,
};
use engine::accrual;
use identity::{api_key, organization};
use integrations::{gateway_connection, sync, webhook};
use kit::{
    config::{Config, Environment},
    db::{Db, Share},
    file, mail,
    outbound::{Outbound, Reach},
    page::assets,
    server,
    state::AppState,
    telemetry,
};
use outbox::edge_config;
use payouts::{notification, payout, payout_account, payout_run, reconciliation, tax};
use recruiting::import;
use ui::{dashboard, status};

const FINISH_WITHIN: Duration = Duration::from_secs(10);
/// From the checkout's root, where `cargo xtask dev` starts the ledger.
const ASSETS: &str = "ledger/assets";
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// # Errors
/// Where the database or the address can't be had.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("can't listen on {} (REKOMI_LISTEN)", config.listen))?;
    let db = Db::connect(config.database_url.expose(), Share::of(config.database_connections)).await?;
    let missing = health::missing_migrations(&db).await.context("reading which migrations the database has")?;
    anyhow::ensure!(missing.is_empty(), "the database lacks migrations {missing:?}: run `ledger migrate` first");
    if config.environment == Environment::Dev && assets::read_from(Path::new(ASSETS)) {
        tracing::info!("style sheets and scripts are read from {ASSETS}");
    }
    if telemetry::metrics().is_none() {
        tracing::warn!("the metrics registry could not be installed");
    }
    let outbound = outbound(&config)?;
    let state = AppState::new(config, db, http_client()?, outbound);
    let mut jobs = JoinSet::new();
    keep_running(&mut jobs, "edge config", &state, edge_config::push::run);
    keep_running(&mut jobs, "API keys that are over", &state, api_key::expire::run);
    keep_running(&mut jobs, "gateway clean-up", &state, gateway_connection::cleanup::run);
    keep_running(&mut jobs, "news", &state, dashboard::events::look_for_news);
    keep_running(&mut jobs, "maturity", &state, accrual::mature::run);
    keep_running(&mut jobs, "pay per click", &state, accrual::clicks::run);
    keep_running(&mut jobs, "mail", &state, mail::send::run);
    keep_running(&mut jobs, "trials", &state, organization::trial::run);
    keep_running(&mut jobs, "deletions", &state, organization::close::run);
    keep_running(&mut jobs, "webhooks", &state, webhook::deliver::run);
    keep_running(&mut jobs, "CRM syncs", &state, sync::job::run);
    keep_running(&mut jobs, "CRM figures", &state, sync::figures::run);
    keep_running(&mut jobs, "payouts", &state, payout::job::run);
    keep_running(&mut jobs, "tax forms", &state, tax::upkeep::run);
    keep_running(&mut jobs, "files", &state, file::cleanup::run);
    keep_running(&mut jobs, "Stripe's hints about payouts", &state, payout::hint::run);
    keep_running(&mut jobs, "reconciliation", &state, reconciliation::job::run);
    keep_running(&mut jobs, "payout accounts", &state, payout_account::job::run);
    keep_running(&mut jobs, "payout runs", &state, payout_run::job::run);
    keep_running(&mut jobs, "letters of success", &state, ui::notification::success::run);
    keep_running(&mut jobs, "reminders of commissions", &state, notification::due::run);
    keep_running(&mut jobs, "imports", &state, import::job::run);
    keep_running(&mut jobs, "upkeep", &state, upkeep::run);
    keep_running(&mut jobs, "status", &state, status::job::run);
    keep_running(&mut jobs, "metrics", &state, upkeep::sum_up_metrics);
    tracing::info!(address = %state.config.listen, "ledger is listening");
    let stopping = state.clone();
    let served = server::serve(listener, router::router(state.clone()), async move {
        stop_signal().await;
        stopping.stop();
    });
    tokio::select! {
        () = served => {}
        () = patience(&state) => tracing::warn!("requests were still open when the time to finish them was over"),
    }
    state.stop();
    jobs.join_all().await;
    state.db.close().await;
    Ok(())
}

/// Runs a job until the process stops. A panic is logged and the job starts again: one bad row must not end for good
/// what all tenants rely on.
fn keep_running<F>(jobs: &mut JoinSet<()>, name: &'static str, state: &AppState, job: fn(AppState) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let state = state.for_jobs();
    jobs.spawn(async move {
        while !state.is_stopping() {
            if let Err(error) = tokio::spawn(job(state.clone())).await {
                tracing::error!(job = name, "a job ended: {error}");
                metrics::counter!("rekomi_job_panics_total", "job" => name).increment(1);
                tokio::time::sleep(RESTART_AFTER).await;
            }
        }
    });
}

/// How long requests may take to finish once the process was told to stop.
async fn patience(state: &AppState) {
    state.stopped().await;
    tokio::time::sleep(FINISH_WITHIN).await;
}

/// The client for the edge and, later, for vendors: no redirects, and a time-out on everything.
///
/// # Errors
/// Where TLS can't be set up.
pub fn http_client() -> anyhow::Result<reqwest::Client> {
    // A second installation in one process (tests) changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .user_agent(concat!("Rekomi/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the HTTP client")
}

/// The client for addresses that brands choose.
///
/// # Errors
/// Where TLS can't be set up.
pub fn outbound(config: &Config) -> anyhow::Result<Outbound> {
    let loopback = config.environment.is_development();
    Outbound::new(if loopback { Reach::PublicAndLoopback } else { Reach::Public })
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
