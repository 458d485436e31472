//! Deletes old confirmations.

use std::time::Duration;

use super::store;
use kit::{error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(3_600);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(5);
const TENANTS_AT_ONCE: usize = 1_000;
const KEPT_DAYS: i64 = 7;

/// # Errors
/// If the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let before = state.clock.now().plus_days(-KEPT_DAYS);
    for tenants in state.db.open_and_closed_tenants().await?.chunks(TENANTS_AT_ONCE) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        store::delete_old(&mut tx, before).await?;
        tx.commit().await?;
    }
    Ok(())
}
