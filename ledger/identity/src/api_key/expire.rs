//! Cleans up after rotation overlaps end and keys expire. Ledger and edge already refuse both automatically, each by
//! its own clock; this job removes the records from the edge and deletes the old secrets.

use std::time::Duration;

use shared::id::{ApiKeyId, OrganizationId};

use super::store;
use kit::{access::secret::SecretError, error::Result, jobs::OneByOne, state::AppState};
use outbox::edge_config::publish;

pub const EVERY: Duration = Duration::from_secs(3);

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("expire_api_keys");
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let over = store::over(&mut tx, state.clock.now()).await?;
        tx.commit().await?;
        for (organization, id) in over {
            one_by_one.note(organization, end(state, organization, id).await);
        }
    }
    one_by_one.result()
}

async fn end(state: &AppState, organization: OrganizationId, id: ApiKeyId) -> std::result::Result<(), SecretError> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::lock(&mut tx).await?;
    publish::api_key(&mut tx, &state.config.keys, id, now).await?;
    store::forget_over(&mut tx, id, now).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(())
}
