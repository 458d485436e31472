//! Scheduled maintenance: creates the next months' click partitions, sums up yesterday's clicks, applies retention, and
//! deletes expired sessions, limits and old emails.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};

use crate::privacy::retention_job;
use engine::intake::days_store;
use identity::account::{self, magic_store};
use integrations::{crm, sync};
use kit::{
    db::{Db, Holder},
    error::Error,
    jobs::OneByOne,
    limit, mail,
    state::AppState,
    telemetry,
};
use network::creator;
use outbox::webhook;
use recruiting::{
    import::{job::ROWS_KEPT_DAYS, row_store},
    program_page::gate_store,
};

pub const EVERY: Duration = Duration::from_secs(3_600);
/// The pause after a round of which a part failed.
pub const AGAIN: Duration = Duration::from_secs(60);
const METRICS_EVERY: Duration = Duration::from_secs(5);
/// This month and the next three.
const MONTHS: i32 = 4;

/// Histograms keep raw values until they are summed up.
pub async fn sum_up_metrics(state: AppState) {
    while !state.is_stopping() {
        if let Some(registry) = telemetry::metrics() {
            registry.run_upkeep();
        }
        tokio::select! {
            () = tokio::time::sleep(METRICS_EVERY) => {}
            () = state.stopped() => {}
        }
    }
}

/// Runs the daily maintenance; checked every hour. A part that fails holds up none of those after it.
///
/// # Errors
/// The first failing part's.
pub async fn once(state: &AppState) -> Result<(), Error> {
    make_partitions(&state.db, state.clock.now()).await;
    let forgotten = forget_expired(state).await;
    let added_up = days_store::add_up(state).await;
    let applied = retention_job::apply(state).await;
    forgotten?;
    added_up?;
    applied
}

/// Deletes what has a fixed lifetime.
async fn forget_expired(state: &AppState) -> Result<(), Error> {
    let mut outcome = forget_expired_of_all(state).await;
    outcome = outcome.and(creator::job::forget_old(state).await);
    let mut syncs = OneByOne::of("maintenance");
    for page in state.db.open_and_closed_tenants().await?.chunks(1_000) {
        outcome = outcome.and(forget_expired_of(state, page).await);
        outcome = outcome.and(forget_messages(state, page).await);
        outcome = outcome.and(forget_syncs(state, page, &mut syncs).await);
    }
    outcome?;
    syncs.result()
}

async fn forget_expired_of_all(state: &AppState) -> Result<(), sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    sqlx::query!("delete from sessions where expires_at <= $1", state.clock.now()).execute(tx.conn()).await?;
    mail::store::forget_old(&mut tx).await?;
    account::store::forget_old(&mut tx, state.clock.now()).await?;
    limit::store::forget_old(tx.conn(), state.clock.wall()).await?;
    crm::pace_store::forget_old(tx.conn()).await?;
    tx.commit().await
}

async fn forget_expired_of(state: &AppState, tenants: &[OrganizationId]) -> Result<(), sqlx::Error> {
    let now = state.clock.now();
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    magic_store::forget_old(&mut tx, now).await?;
    gate_store::forget_old(&mut tx, state.clock.wall()).await?;
    crm::refresh_token_store::forget_unused(&mut tx).await?;
    // The job that runs imports does it sooner, but not for closed organizations.
    row_store::forget(&mut tx, now.plus_days(-ROWS_KEPT_DAYS), now).await?;
    tx.commit().await
}

/// Deletes old messages in several rounds, so that none takes long.
async fn forget_messages(state: &AppState, tenants: &[OrganizationId]) -> Result<(), sqlx::Error> {
    loop {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let all = webhook::store::forget_old(&mut tx, state.clock.now()).await?;
        tx.commit().await?;
        if all || state.is_stopping() {
            return Ok(());
        }
    }
}

/// Like [`forget_messages`], for syncs, one organization after the other.
async fn forget_syncs(
    state: &AppState,
    tenants: &[OrganizationId],
    one_by_one: &mut OneByOne,
) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let connected = sync::maintenance_store::connected(&mut tx).await?;
    tx.commit().await?;
    for organization in connected {
        one_by_one.note(organization, forget_syncs_of(state, organization).await);
    }
    Ok(())
}

async fn forget_syncs_of(state: &AppState, organization: OrganizationId) -> Result<(), sqlx::Error> {
    let mut is_done = false;
    while !is_done && !state.is_stopping() {
        let mut tx = state.db.tenant(organization).await?;
        is_done = sync::maintenance_store::forget_old(&mut tx, state.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Creates the missing partitions. They are made months ahead, so a failure is only logged: new clicks don't have to wait
/// until a long read of clicks has ended.
pub async fn make_partitions(db: &Db, now: Timestamp) {
    match made_partitions(db, now).await {
        Ok(0) => {}
        Ok(made) => tracing::info!(
            event = "maintenance.partitions_created",
            job = "maintenance",
            made,
            "created click partitions"
        ),
        Err(error) => tracing::warn!(
            event = "maintenance.partitions_failed",
            job = "maintenance",
            "creating click partitions failed, maintenance will try again: {error}"
        ),
    }
}

/// Gives up soon: while this waits for a lock on the clicks, the intake waits behind it. Returns how many were missing.
async fn made_partitions(db: &Db, now: Timestamp) -> Result<i32, sqlx::Error> {
    let mut tx = db.global(Holder::Nothing).await?;
    sqlx::query!("select set_config('lock_timeout', '900ms', true)").fetch_one(tx.conn()).await?;
    let made = sqlx::query_scalar!(
        r#"select rekomi_make_click_partitions(($1::timestamptz at time zone 'UTC')::date, $2) as "made!""#,
        now,
        MONTHS,
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(made)
}
