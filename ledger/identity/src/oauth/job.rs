//! Deletes codes and tokens that have expired, and apps that no one uses.

use std::time::Duration;

use super::{client_store, token_store};
use kit::{db::Holder, error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(3_600);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(5);
const TENANTS_AT_ONCE: usize = 1_000;
/// An app that comes back later is asked to register again.
const UNUSED_DAYS: i64 = 90;

/// # Errors
/// If the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    for tenants in state.db.open_and_closed_tenants().await?.chunks(TENANTS_AT_ONCE) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        token_store::delete_old(&mut tx, now.plus_days(-1), now).await?;
        tx.commit().await?;
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    client_store::delete_unused(tx.conn(), now.plus_days(-UNUSED_DAYS)).await?;
    Ok(tx.commit().await?)
}
