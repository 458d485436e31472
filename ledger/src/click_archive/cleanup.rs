//! Deletes the objects of destroyed archives, and of those that were never finished.

use std::time::Duration;

use shared::id::OrganizationId;

use super::store;
use kit::{error::Result, jobs::OneByOne, state::AppState, storage::click_archive_name};

pub const EVERY: Duration = Duration::from_secs(600);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);
/// Writing an archive takes minutes, of the largest ones an hour; after this long its process is assumed dead.
const UNFINISHED_DAYS: i64 = 1;
const TENANTS_PER_PAGE: usize = 1_000;
const AT_ONCE: i64 = 100;

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unreachable. Objects that the
/// storage fails to delete are tried again in the next round.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("remove_click_archives");
    let (now, wall) = (state.clock.now(), state.clock.wall());
    for page in state.db.open_and_closed_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        store::give_up(&mut tx, wall.plus_days(-UNFINISHED_DAYS), now).await?;
        let due = store::with_removable(&mut tx).await?;
        tx.commit().await?;
        for organization in due {
            let organization = OrganizationId::new(organization);
            one_by_one.note(organization, clear(state, organization).await);
        }
    }
    one_by_one.result()
}

async fn clear(state: &AppState, organization: OrganizationId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let removable = store::removable(&mut tx, AT_ONCE).await?;
    tx.commit().await?;
    for (id, month) in removable {
        let name = click_archive_name(&month.to_string(), id);
        if let Err(error) = state.files.delete_named(organization, &name).await {
            tracing::warn!(
                event = "click_archive.object_kept",
                job = "remove_click_archives",
                %organization,
                archive = %id,
                "deleting a stored object failed: {error}"
            );
            return Ok(());
        }
        let mut tx = state.db.tenant(organization).await?;
        store::removed(&mut tx, id, state.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}
