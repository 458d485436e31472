//! Removes the objects of destroyed files, and uploads that were never finished.

use std::time::Duration;

use shared::id::OrganizationId;

use super::store;
use crate::{error::Result, jobs::OneByOne, state::AppState};

pub const EVERY: Duration = Duration::from_secs(600);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);
/// An upload takes seconds; after this long its process is assumed dead.
const UNFINISHED_MILLIS: i64 = 3_600_000;
const AT_ONCE: i64 = 100;

/// Cleans up all tenants, including those waiting for deletion.
///
/// # Errors
/// The last failing tenant's, after all others had their turn; or if the database is unreachable. Objects that the
/// storage fails to remove are retried in the next round.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("remove_files");
    for organization in state.db.open_and_closed_tenants().await? {
        one_by_one.note(organization, clear(state, organization).await);
    }
    one_by_one.result()
}

async fn clear(state: &AppState, organization: OrganizationId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::give_up(&mut tx, now.plus_millis(-UNFINISHED_MILLIS), now).await?;
    let ids = store::to_remove(&mut tx, AT_ONCE).await?;
    tx.commit().await?;
    for id in ids {
        if let Err(error) = state.files.delete(organization, id).await {
            tracing::warn!(
                event = "file.not_removed", job = "remove_files", %organization, file = %id,
                "removing a stored object failed: {error}"
            );
            return Ok(());
        }
        let mut tx = state.db.tenant(organization).await?;
        store::removed(&mut tx, id, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
