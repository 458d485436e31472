//! The job that reconciles payouts with Stripe: once a day for each connection, right after connecting, and on request.

use std::time::Duration;

use shared::id::{OrganizationId, PayoutConnectionId};
use tokio::task::JoinSet;

use super::{store, write, write_store};
use kit::{error::Error, jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(2);
/// Reconciliations that one process runs at the same time.
const AT_ONCE: usize = 4;
const TENANTS_PER_PAGE: usize = 1_000;
/// The number of rounds after which open differences are counted for operators.
const COUNT_EVERY: usize = 15;

/// Runs until the process stops. An interrupted reconciliation starts again from the beginning.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut working = JoinSet::new();
    let mut round = 0_usize;
    while rounds.begin() {
        let taken = take(&state, AT_ONCE.saturating_sub(working.len())).await;
        rounds.ended(&taken);
        match taken {
            Ok(due) => {
                for (organization, connection) in due {
                    let task = rounds.task();
                    let one = one(state.clone(), organization, connection);
                    working.spawn(async move {
                        one.await;
                        drop(task);
                    });
                }
            }
            Err(error) => tracing::warn!(
                event = "reconciliation.due_not_loaded",
                job = "reconcile_payouts",
                "loading due reconciliations failed: {error:?}"
            ),
        }
        if (rounds.is_requested() || round.is_multiple_of(COUNT_EVERY))
            && let Err(error) = count(&state).await
        {
            tracing::warn!(
                event = "reconciliation.not_measured",
                job = "reconcile_payouts",
                "measuring reconciliations failed: {error:?}"
            );
        }
        round += 1;
        rounds.pause(POLL).await;
        while let Some(ended) = working.try_join_next() {
            if let Err(panicked) = ended {
                tracing::error!(
                    event = "reconciliation.panicked",
                    job = "reconcile_payouts",
                    "a reconciliation panicked: {panicked}"
                );
            }
        }
    }
    while working.join_next().await.is_some() {}
}

async fn take(state: &AppState, room: usize) -> Result<Vec<(OrganizationId, PayoutConnectionId)>, Error> {
    let mut due = Vec::new();
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let room = i64::try_from(room.saturating_sub(due.len())).unwrap_or_default();
        if room == 0 {
            break;
        }
        let mut tx = state.db.tenants(page.to_vec()).await?;
        due.extend(write_store::claim(&mut tx, state.clock.now(), room).await?);
        tx.commit().await?;
    }
    Ok(due)
}

async fn one(state: AppState, organization: OrganizationId, connection: PayoutConnectionId) {
    let outcome = match write::reconcile(&state, organization, connection).await {
        Ok(outcome) => outcome,
        // Its claim expires automatically.
        Err(error) => {
            tracing::error!(
                event = "reconciliation.failed", job = "reconcile_payouts", %connection,
                "a reconciliation failed: {error:?}"
            );
            write::Outcome::Failed
        }
    };
    metrics::counter!("rekomi_reconciliations_total", "outcome" => outcome.name()).increment(1);
}

async fn count(state: &AppState) -> Result<(), Error> {
    let mut open = 0;
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        open += store::open_of_all(&mut tx).await?;
        tx.commit().await?;
    }
    metrics::gauge!("rekomi_payout_differences_open").set(f64::from(i32::try_from(open).unwrap_or(i32::MAX)));
    Ok(())
}
