//! The job that executes payouts. It takes connections with due payouts, each separately, so that one brand's problem
//! with Stripe holds up no other. It also reserves the money of payouts that are paid outside.

use std::{sync::Arc, time::Duration};

use shared::id::PayoutId;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    lease_store::{self, Lease},
    pace::Paces,
    reserve, row_store, worker,
};
use engine::book;
use kit::{error::Error, jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(1);
/// Connections that one process works on at the same time.
const CONNECTIONS: usize = 16;
const TENANTS_PER_PAGE: usize = 1_000;
/// Database connections that all this may hold at the same time: requests need the rest.
const DATABASE: usize = 4;
/// Payouts of other rails in one round.
const OUTSIDE: i64 = 200;

/// Runs until the process stops, then finishes the calls under way.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut working = JoinSet::new();
    let database = Arc::new(Semaphore::new(DATABASE));
    let paces = Paces::default();
    let mut round = 0;
    while rounds.begin() {
        round += 1;
        let taken = take(&state, CONNECTIONS.saturating_sub(working.len()), round).await;
        rounds.ended(&taken);
        match taken {
            Ok(leases) => {
                for lease in leases {
                    let task = rounds.task();
                    let work = worker::work(state.clone(), lease, Arc::clone(&database), paces.clone());
                    working.spawn(async move {
                        work.await;
                        drop(task);
                    });
                }
            }
            Err(error) => tracing::warn!(
                event = "payout.due_not_loaded",
                job = "send_payouts",
                "loading due payouts failed: {error:?}"
            ),
        }
        rounds.pause(POLL).await;
        while let Some(ended) = working.try_join_next() {
            if let Err(panicked) = ended {
                // Its payouts are due again once its lease expires.
                tracing::error!(
                    event = "payout.worker_panicked",
                    job = "send_payouts",
                    "a payout worker panicked: {panicked}"
                );
            }
        }
    }
    while working.join_next().await.is_some() {}
}

/// Leases connections. Each round begins with another page of tenants, so that none is always last.
async fn take(state: &AppState, room: usize, round: usize) -> Result<Vec<Lease>, Error> {
    let mut leases = Vec::new();
    let tenants = state.db.all_tenants().await?;
    let mut pages: Vec<_> = tenants.chunks(TENANTS_PER_PAGE).collect();
    let first = round % pages.len().max(1);
    pages.rotate_left(first);
    for page in pages {
        let room = i64::try_from(room.saturating_sub(leases.len())).unwrap_or_default();
        let now = state.clock.now();
        let mut tx = state.db.tenants(page.to_vec()).await?;
        if room > 0 {
            leases.extend(lease_store::take(&mut tx, now, room).await?);
        }
        let outside = lease_store::due_outside(&mut tx, now, OUTSIDE).await?;
        tx.commit().await?;
        for (organization, payout) in outside {
            if let Err(error) = set_aside(state, organization, PayoutId::new(payout)).await {
                tracing::error!(
                    event = "payout.not_reserved", job = "send_payouts", payout = %PayoutId::new(payout),
                    "reserving a payout failed: {error:?}"
                );
                let mut tx = state.db.tenant(organization).await?;
                let until = state.clock.now().plus_millis(worker::INTERNAL_ERROR_DELAY_MS);
                lease_store::put_off(&mut tx, payout, until).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(leases)
}

/// Reserves a payout's money. If another process did so already, nothing changes.
async fn set_aside(state: &AppState, organization: shared::id::OrganizationId, payout: PayoutId) -> Result<(), Error> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    if let Some(row) = row_store::lock(&mut tx, payout).await? {
        reserve::reserve(&mut tx, state, &row, None).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(organization));
    Ok(())
}
