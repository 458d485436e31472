//! Metrics for operators: the number of waiting syncs, the age of the oldest, and the number of paused connections.

use std::time::Duration;

use super::maintenance_store::{self, Waiting};
use kit::state::AppState;

pub const EVERY: Duration = Duration::from_secs(15);
const TENANTS_PER_PAGE: usize = 1_000;

/// # Errors
/// If the database is unavailable.
pub async fn once(state: &AppState) -> Result<(), sqlx::Error> {
    record(state, count(state).await?);
    Ok(())
}

async fn count(state: &AppState) -> Result<Waiting, sqlx::Error> {
    let mut all = Waiting::default();
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let some = maintenance_store::waiting(&mut tx).await?;
        tx.commit().await?;
        all = Waiting {
            syncs: all.syncs + some.syncs,
            oldest: [all.oldest, some.oldest].into_iter().flatten().min(),
            paused: all.paused + some.paused,
        };
    }
    Ok(all)
}

fn record(state: &AppState, waiting: Waiting) {
    let figure = |number: i64| f64::from(i32::try_from(number).unwrap_or(i32::MAX));
    let age = waiting.oldest.map_or(0, |oldest| (state.clock.now().millis() - oldest.millis()).max(0) / 1_000);
    metrics::gauge!("rekomi_crm_syncs_waiting").set(figure(waiting.syncs));
    metrics::gauge!("rekomi_crm_oldest_due_seconds").set(figure(age));
    metrics::gauge!("rekomi_crm_connections_paused").set(figure(waiting.paused));
}
