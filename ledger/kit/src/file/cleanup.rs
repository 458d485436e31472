//! Removes objects whose time is over, and what was begun and never came to be.

use std::time::Duration;

use shared::id::OrganizationId;

use super::store;
use crate::{error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(600);
/// Where the clock is moved by hand.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);
/// An upload takes seconds; after this long whoever made it is gone.
const UNFINISHED_MILLIS: i64 = 3_600_000;
const AT_ONCE: i64 = 100;

/// Goes through all tenants, those that wait for their deletion included.
///
/// # Errors
/// Where the database is away. What the storage doesn't remove is tried again the next time.
pub async fn once(state: &AppState) -> Result<()> {
    for organization in state.db.open_and_closed_tenants().await? {
        clear(state, organization).await?;
    }
    Ok(())
}

async fn clear(state: &AppState, organization: OrganizationId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::give_up(&mut tx, organization, now.plus_millis(-UNFINISHED_MILLIS), now).await?;
    let ids = store::to_remove(&mut tx, organization, AT_ONCE).await?;
    tx.commit().await?;
    for id in ids {
        if let Err(error) = state.files.delete(organization, id).await {
            tracing::warn!(job = "clean_up_files", %organization, file = %id, "removing a stored object failed: {error}");
            return Ok(());
        }
        let mut tx = state.db.tenant(organization).await?;
        store::removed(&mut tx, organization, id, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
