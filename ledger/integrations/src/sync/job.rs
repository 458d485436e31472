//! The job that processes syncs: it takes connections with due syncs and processes each independently, so that a slow
//! or throttled CRM delays no other.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    lease_store::{self, Lease},
    run,
};
use kit::{jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(1);
/// Connections that one process works on concurrently.
const CONNECTIONS: usize = 64;
const TENANTS_PER_PAGE: usize = 1_000;
/// The most database connections that the job may hold at a time, because requests need the rest.
const DATABASE: usize = 4;

/// Runs until the process stops, and lets the calls in progress finish.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut working = JoinSet::new();
    let database = Arc::new(Semaphore::new(DATABASE));
    let mut round = 0;
    while rounds.begin() {
        round += 1;
        let taken = take(&state, CONNECTIONS.saturating_sub(working.len()), round).await;
        rounds.ended(&taken);
        match taken {
            Ok(leases) => {
                for lease in leases {
                    let task = rounds.task();
                    let work = run::work(state.clone(), lease, Arc::clone(&database));
                    working.spawn(async move {
                        work.await;
                        drop(task);
                    });
                }
            }
            Err(error) => tracing::warn!(
                event = "crm.syncs_not_loaded",
                job = "sync_crms",
                "loading due CRM syncs failed: {error}"
            ),
        }
        rounds.pause(POLL).await;
        while let Some(ended) = working.try_join_next() {
            if let Err(panicked) = ended {
                // Its syncs become due again when the lease expires.
                tracing::error!(event = "crm.worker_panicked", job = "sync_crms", "a CRM worker panicked: {panicked}");
            }
        }
    }
    while working.join_next().await.is_some() {}
}

/// Takes connections with due syncs. Each round begins with another page of tenants, so that none is always last.
async fn take(state: &AppState, room: usize, round: usize) -> Result<Vec<Lease>, sqlx::Error> {
    let mut leases = Vec::new();
    let tenants = state.db.all_tenants().await?;
    let mut pages: Vec<_> = tenants.chunks(TENANTS_PER_PAGE).collect();
    let first = round % pages.len().max(1);
    pages.rotate_left(first);
    for page in pages {
        let room = i64::try_from(room.saturating_sub(leases.len())).unwrap_or_default();
        if room == 0 {
            break;
        }
        let mut tx = state.db.tenants(page.to_vec()).await?;
        leases.extend(lease_store::take(&mut tx, state.clock.now(), room).await?);
        tx.commit().await?;
    }
    Ok(leases)
}
