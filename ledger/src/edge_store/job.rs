//! Deletes values of the edge's stores that have expired. Reads don't see them anyway.

use std::time::Duration;

use kit::{db::Holder, state::AppState};

use super::values_store;

pub const EVERY: Duration = Duration::from_secs(600);
pub const EVERY_EAGER: Duration = Duration::from_secs(30);
const AT_ONCE: i64 = 1_000;

/// Runs one round.
///
/// # Errors
/// If the database is unavailable.
pub async fn once(state: &AppState) -> Result<(), sqlx::Error> {
    loop {
        let mut tx = state.db.global(Holder::Nothing).await?;
        // The store goes by the real time, also where the ledger's clock is moved.
        let count = values_store::forget_expired(&mut tx, state.clock.wall(), AT_ONCE).await?;
        tx.commit().await?;
        if count < AT_ONCE.unsigned_abs() || state.is_stopping() {
            return Ok(());
        }
    }
}
