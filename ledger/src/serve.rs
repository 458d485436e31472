//! `rekomi serve`: connects, rejects a database with missing migrations, starts the scheduled jobs, and listens.

use std::{path::Path, time::Duration};

use anyhow::Context;
use tokio::task::JoinSet;

use crate::{
    click_archive, clients, edge_store, listener,
    operations::{self, health, maintenance, scale},
    router,
    scheduler::{Job, Pace},
    stop, supervisor,
};
use agents::{confirmation, copilot};
use engine::{accrual, fx_rates::fetch, intake::facets_job};
use identity::{api_key, billing, oauth, organization};
use integrations::{coupon, gateway_connection, sync, webhook};
use kit::{
    config::{Config, Environment},
    db::{Db, Share},
    file, mail,
    page::assets,
    server,
    state::AppState,
    telemetry, trace_export,
};
use network::{contact, federation, flag, listing, matching, passport};
use outbox::edge_config;
use payouts::{notification::due, payout, payout_account, payout_run, reconciliation, tax};
use programs::{link_host, reward};
use recruiting::import;
use ui::{
    dashboard::{self, analysis::cohorts_job},
    notification::{success, weekly},
    status,
};

const FINISH_WITHIN: Duration = Duration::from_secs(10);
/// How long jobs may take to finish after the requests. Together with the rest of a stop, and up to 25 seconds of
/// `REKOMI_DRAIN_SECONDS`, it's less than the 60 seconds that supervisors wait.
const JOBS_FINISH_WITHIN: Duration = Duration::from_secs(15);
/// Relative to the root of the checkout, where `cargo xtask dev` starts the ledger.
const ASSETS: &str = "ledger/assets";
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// # Errors
/// If the database isn't reachable or the address can't be bound.
pub async fn run(mut config: Config) -> anyhow::Result<()> {
    let listener = listener::open(config.listen).await?;
    // The status page's checks call this address.
    config.listen = listener.local_addr().context("the listening socket has no address")?;
    let db = Db::connect(config.database_url.expose(), Share::of(config.database_connections)).await?;
    let missing = health::missing_migrations(&db).await.context("can't read the database's migrations")?;
    anyhow::ensure!(missing.is_empty(), "the database is missing migrations {missing:?}: run `rekomi migrate` first");
    scale::ensure_whole(&db).await?;
    if config.environment == Environment::Dev && assets::read_from(Path::new(ASSETS)) {
        tracing::info!(event = "process.development_assets", "serving style sheets and scripts from {ASSETS}");
    }
    if telemetry::metrics().is_none() {
        tracing::warn!(event = "process.no_metrics", "the metrics registry could not be installed");
    }
    operations::metrics::begin();
    if let Some(traces) = &config.traces {
        trace_export::start(traces)?;
        tracing::info!(event = "trace.started", "spans are exported");
    }
    let outbound = clients::outbound(&config)?;
    let state = AppState::new(config, db, clients::http_client()?, outbound);
    // A command that runs as root must not be the first to create the folder: it would be root's.
    if let Err(error) = state.files.open() {
        tracing::error!(event = "file.storage_unavailable", error = %error, "the file storage can't be opened");
    }
    // The first clicks need the partitions, and maintenance begins later.
    maintenance::make_partitions(&state.db, state.clock.now()).await;
    let mut jobs = JoinSet::new();
    for job in scheduled() {
        keep_running(&mut jobs, job, &state);
    }
    tracing::info!(event = "process.listening", address = %state.config.listen, "ledger is listening");
    let (stopping, signal) = (state.clone(), stop::signal());
    let served = server::serve(listener, router::router(state.clone()), async move {
        signal.await;
        supervisor::stopping();
        drain(&stopping).await;
        stopping.stop();
    });
    tokio::spawn(supervisor::keep_alive());
    supervisor::ready(state.config.listen);
    tokio::select! {
        () = served => {}
        () = patience(&state) => tracing::warn!(
            event = "process.stopped_early",
            "some requests were still open at the shutdown deadline"
        ),
    }
    state.stop();
    if tokio::time::timeout(JOBS_FINISH_WITHIN, jobs.join_all()).await.is_err() {
        tracing::warn!(event = "process.stopped_early", "some jobs were still running at the shutdown deadline");
    }
    trace_export::stop().await;
    state.db.close().await;
    Ok(())
}

/// All scheduled jobs. Their names appear in logs and metrics.
fn scheduled() -> Vec<Job> {
    macro_rules! every {
        ($name:literal, $pace:expr, $once:path) => {
            Job::every($name, $pace, |state: AppState| async move { $once(&state).await })
        };
    }
    let steady = Pace::steady;
    vec![
        Job::new("push_edge_config", edge_config::push::run),
        every!("remove_old_apps", steady(oauth::job::EVERY).eager(oauth::job::EVERY_EAGER), oauth::job::once),
        every!(
            "remove_old_confirmations",
            steady(confirmation::job::EVERY).eager(confirmation::job::EVERY_EAGER),
            confirmation::job::once
        ),
        every!(
            "remove_old_conversations",
            steady(copilot::job::EVERY).eager(copilot::job::EVERY_EAGER),
            copilot::job::once
        ),
        every!("expire_api_keys", steady(api_key::expire::EVERY), api_key::expire::once),
        every!(
            "remove_gateway_endpoints",
            steady(gateway_connection::cleanup::EVERY),
            gateway_connection::cleanup::once
        ),
        every!("check_gateways", steady(gateway_connection::job::EVERY), gateway_connection::job::once),
        every!("update_gateway_coupons", steady(coupon::job::EVERY), coupon::job::once),
        Job::new("dashboard_events", dashboard::events::look_for_news),
        Job::new("release_holds", accrual::release_holds::run),
        every!("pay_clicks", steady(accrual::clicks::EVERY), accrual::clicks::once),
        Job::new("send_emails", mail::send::run),
        every!("end_trials", steady(organization::trial::EVERY), organization::trial::once),
        every!("reconcile_billing", steady(billing::job::EVERY), billing::job::once),
        every!("erase_organizations", steady(organization::close::EVERY), organization::close::once),
        Job::new("deliver_webhooks", webhook::deliver::run),
        Job::new("sync_crms", sync::job::run),
        every!("check_link_hosts", steady(link_host::job::EVERY), link_host::job::once),
        every!("sync_new_segments", steady(sync::segment_job::EVERY), sync::segment_job::once),
        every!("crm_figures", steady(sync::figures::EVERY), sync::figures::once),
        Job::new("send_payouts", payout::job::run),
        every!(
            "tax_form_deadlines",
            steady(tax::maintenance::EVERY).eager(tax::maintenance::EVERY_EAGER),
            tax::maintenance::once
        ),
        every!("remove_files", steady(file::cleanup::EVERY).eager(file::cleanup::EVERY_EAGER), file::cleanup::once),
        Job::new("stripe_notifications", payout::stripe_notifications::run),
        Job::new("reconcile_payouts", reconciliation::job::run),
        Job::new("refresh_payout_accounts", payout_account::job::run),
        every!("start_payout_runs", steady(payout_run::job::EVERY), payout_run::job::once),
        every!("affiliate_milestone_emails", steady(success::EVERY).eager(success::EVERY_EAGER), success::once),
        every!("weekly_summaries", steady(weekly::EVERY).eager(weekly::EVERY_EAGER), weekly::once),
        every!("commission_reminders", steady(due::EVERY).eager(due::EVERY_EAGER), due::once),
        every!("count_cohorts", steady(cohorts_job::EVERY), cohorts_job::once),
        every!("fill_facets", steady(facets_job::FILL_EVERY), facets_job::fill),
        every!("find_credited_clicks", steady(facets_job::FIND_EVERY), facets_job::find_clicks),
        every!("archive_clicks", steady(click_archive::job::EVERY), click_archive::job::once),
        every!(
            "remove_click_archives",
            steady(click_archive::cleanup::EVERY).eager(click_archive::cleanup::EVERY_EAGER),
            click_archive::cleanup::once
        ),
        every!("fetch_exchange_rates", steady(fetch::EVERY), fetch::once),
        every!(
            "email_network_invitations",
            steady(contact::job::EVERY).eager(contact::job::EVERY_EAGER),
            contact::job::once
        ),
        every!(
            "email_network_messages",
            steady(contact::message_job::EVERY).eager(contact::message_job::EVERY_EAGER),
            contact::message_job::once
        ),
        every!("give_rewards", steady(reward::job::EVERY).eager(reward::job::EVERY_EAGER), reward::job::once),
        every!("check_creators", steady(flag::job::EVERY).eager(flag::job::EVERY_EAGER), flag::job::once),
        every!(
            "count_track_records",
            steady(matching::track_job::EVERY).eager(matching::track_job::EVERY_EAGER),
            matching::track_job::once
        ),
        every!("run_imports", steady(import::job::EVERY), import::job::once),
        every!(
            "update_network_listings",
            steady(listing::job::EVERY).eager(listing::job::EVERY_EAGER),
            listing::job::once
        ),
        every!(
            "read_network_peers",
            steady(federation::job::EVERY).eager(federation::job::EVERY_EAGER),
            federation::job::once
        ),
        every!("send_passports", steady(passport::job::EVERY).eager(passport::job::EVERY_EAGER), passport::job::once),
        every!(
            "remove_expired_edge_values",
            steady(edge_store::job::EVERY).eager(edge_store::job::EVERY_EAGER),
            edge_store::job::once
        ),
        every!("maintenance", steady(maintenance::EVERY).after_failure(maintenance::AGAIN), maintenance::once),
        Job::apart("check_status", status::job::run),
        Job::apart("sum_up_metrics", maintenance::sum_up_metrics),
    ]
}

/// Runs a job until the process stops. A panic is logged and the job restarts: one bad row must not permanently end a
/// job that all tenants rely on.
fn keep_running(jobs: &mut JoinSet<()>, job: Job, state: &AppState) {
    let state = state.for_jobs();
    metrics::counter!("rekomi_job_panics_total", "job" => job.name).increment(0);
    jobs.spawn(async move {
        while !state.is_stopping() {
            let (running, state) = (job.clone(), state.clone());
            if let Err(error) = tokio::spawn(async move { running.run(state).await }).await {
                tracing::error!(event = "job.panicked", job = job.name, "job ended unexpectedly, restarting: {error}");
                metrics::counter!("rekomi_job_panics_total", "job" => job.name).increment(1);
                tokio::time::sleep(RESTART_AFTER).await;
            }
        }
    });
}

/// Takes requests for a while longer, so that no load balancer still sends some when the listener closes. A second signal
/// ends this.
async fn drain(state: &AppState) {
    state.drain();
    tokio::select! {
        () = tokio::time::sleep(state.config.drain) => {}
        () = stop::signal() => {}
    }
}

/// How long requests may take to finish after the process begins to stop.
async fn patience(state: &AppState) {
    state.stopped().await;
    tokio::time::sleep(FINISH_WITHIN).await;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::scheduled;

    #[test]
    fn jobs_have_names_of_their_own_that_can_be_searched_for() {
        let jobs = scheduled();
        let names: BTreeSet<&str> = jobs.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), jobs.len());
        let is_plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(names.iter().all(is_plain), "{names:?}");
    }
}
