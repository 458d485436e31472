//! The job that keeps payout accounts in sync with Stripe: processes webhook notifications and refreshes the accounts
//! that are due. Less often, it emails affiliates who can't be paid, releases expired holds, and deletes old data.

use std::{sync::Arc, time::Duration};

use shared::id::OrganizationId;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

use super::{
    due_store::{self, Due},
    forget, invite, refresh, store,
};
use kit::{
    error::{Error, Result},
    jobs::{OneByOne, Rounds},
    state::AppState,
};
use programs::payout_account::hold_store;

const POLL: Duration = Duration::from_secs(2);
const TENANTS_PER_PAGE: usize = 1_000;
/// The number checked in one round for one page of tenants.
const BATCH: i64 = 100;
/// Calls under way at the same time: with answers in a quarter of a second that is 16 calls a second, of the 25 that
/// Stripe allows.
const AT_ONCE: usize = 4;
/// When a failed refresh is due again.
const AGAIN_MS: i64 = 10 * 60_000;
const NOTIFICATION_AGAIN_MS: i64 = 60_000;
/// The number of tries for a notification; after that the daily refresh finds the change.
const TRIES_MAX: i32 = 12;
const NOTIFICATIONS_KEPT_DAYS: i64 = 30;
const SELDOM: Duration = Duration::from_secs(600);
/// In development the clock jumps, and no one waits ten minutes.
const SELDOM_EAGER: Duration = Duration::from_secs(5);

/// Runs until the process stops.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let seldom = state.config.maintenance_every(SELDOM, SELDOM_EAGER);
    let mut rarely = Instant::now();
    while rounds.begin() {
        let is_time = rounds.is_requested() || Instant::now() >= rarely;
        if is_time {
            rarely = Instant::now() + seldom;
        }
        let outcome = round(&state, is_time).await;
        rounds.ended(&outcome);
        if let Err(error) = outcome {
            tracing::warn!(
                event = "payout_account.due_not_refreshed",
                job = "refresh_payout_accounts",
                code = error.body().code.as_str(),
                at = error.at(),
                "refreshing payout accounts failed: {}",
                error.cause()
            );
        }
        rounds.pause(POLL).await;
    }
}

async fn round(state: &AppState, rarely: bool) -> Result<()> {
    let mut one_by_one = OneByOne::of("refresh_payout_accounts");
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        hinted(state, page).await?;
        due(state, page).await?;
        if rarely {
            // First what affects who is paid: an email that fails must not prolong a hold.
            let mut tx = state.db.tenants(page.to_vec()).await?;
            forget::let_go(&mut tx).await?;
            hold_store::end(&mut tx, state.clock.now()).await?;
            due_store::forget_notifications(&mut tx, state.clock.now().plus_days(-NOTIFICATIONS_KEPT_DAYS)).await?;
            let paying = due_store::paying(&mut tx).await?;
            tx.commit().await?;
            for organization in paying {
                one_by_one.note(organization, invite::due(state, organization).await);
            }
        }
    }
    one_by_one.result()
}

async fn hinted(state: &AppState, page: &[OrganizationId]) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenants(page.to_vec()).await?;
    let notifications = due_store::notifications(&mut tx, (now, now.plus_millis(NOTIFICATION_AGAIN_MS)), BATCH).await?;
    tx.commit().await?;
    each(state, notifications, |state, hint| async move {
        let looked = look_at(&state, &hint).await;
        if looked.is_ok() || hint.tries >= TRIES_MAX {
            let mut tx = state.db.tenant(hint.organization).await?;
            due_store::done(&mut tx, &hint).await?;
            tx.commit().await?;
        }
        looked
    })
    .await;
    Ok(())
}

/// Refreshes the account that the notification is about. Accounts that aren't ours are ignored.
async fn look_at(state: &AppState, hint: &Due) -> Result<()> {
    let Some(name) = &hint.account else { return Ok(()) };
    let mut tx = state.db.tenant(hint.organization).await?;
    let row = store::named(&mut tx, hint.connection, name).await?;
    tx.commit().await?;
    match row {
        Some(row) => refresh::again(state, hint.organization, &row).await.map(drop),
        None => Ok(()),
    }
}

async fn due(state: &AppState, page: &[OrganizationId]) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenants(page.to_vec()).await?;
    let due = due_store::accounts(&mut tx, (now, now.plus_millis(AGAIN_MS)), BATCH).await?;
    tx.commit().await?;
    each(state, due, |state, (organization, id)| async move {
        let mut tx = state.db.tenant(organization).await?;
        let row = store::one(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        tx.commit().await?;
        refresh::again(&state, organization, &row).await.map(drop)
    })
    .await;
    Ok(())
}

/// Runs a few at the same time, each separately, so that one with an error holds up no other.
async fn each<T, F>(state: &AppState, all: Vec<T>, work: fn(AppState, T) -> F)
where
    T: Send + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (mut working, room) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    for one in all {
        let (state, room) = (state.clone(), Arc::clone(&room));
        working.spawn(async move {
            let _permit = room.acquire_owned().await;
            if state.is_stopping() {
                return;
            }
            if let Err(error) = work(state, one).await {
                tracing::warn!(
                    event = "payout_account.not_refreshed",
                    job = "refresh_payout_accounts",
                    code = error.body().code.as_str(),
                    at = error.at(),
                    "refreshing a payout account failed: {}",
                    error.cause()
                );
            }
        });
    }
    while let Some(ended) = working.join_next().await {
        if let Err(panicked) = ended {
            tracing::error!(
                event = "payout_account.panicked",
                job = "refresh_payout_accounts",
                "refreshing a payout account panicked: {panicked}"
            );
        }
    }
}
