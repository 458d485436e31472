//! Deletes conversations that weren't continued for as long as the organization keeps them.

use std::time::Duration;

use shared::id::OrganizationId;

use super::store;
use kit::{error::Result, jobs::OneByOne, state::AppState};

pub const EVERY: Duration = Duration::from_secs(3_600);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(5);
const PORTION: i64 = 500;

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("remove_old_conversations");
    for organization in state.db.open_and_closed_tenants().await? {
        one_by_one.note(organization, delete(state, organization).await);
    }
    one_by_one.result()
}

async fn delete(state: &AppState, organization: OrganizationId) -> Result<()> {
    loop {
        let mut tx = state.db.tenant(organization).await?;
        let before = state.clock.now().plus_days(-i64::from(store::kept_days(&mut tx).await?));
        let deleted = store::delete_old(&mut tx, before, PORTION).await?;
        tx.commit().await?;
        if deleted < PORTION.unsigned_abs() || state.is_stopping() {
            return Ok(());
        }
    }
}
