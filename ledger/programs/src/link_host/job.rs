//! Checks hosts that don't serve links yet: every minute in their first hour, then every hour, for thirty days.

use std::time::Duration;

use shared::id::OrganizationId;

use super::{change, store};
use identity::access::actor::Actor;
use kit::{error::Result, jobs::OneByOne, state::AppState};

pub const EVERY: Duration = Duration::from_secs(60);

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("check_link_hosts");
    let now = state.clock.now();
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let due = store::due(&mut tx, now).await?;
        tx.commit().await?;
        for (organization, host) in due {
            one_by_one.note(organization, check(state, organization, &host).await);
        }
    }
    one_by_one.result()
}

/// A host that can't be checked waits for its next turn, and holds up none of the others.
async fn check(state: &AppState, organization: OrganizationId, host: &str) -> Result<()> {
    let Err(error) = change::look(state, organization, &Actor::system(), host).await else { return Ok(()) };
    // Otherwise someone removed it meanwhile, or another organization has it.
    if !error.status().is_client_error() {
        let (at, cause) = (error.at(), error.cause());
        tracing::warn!(
            event = "link_host.check_failed", job = "check_link_hosts", %organization, host, at,
            "checking a link host failed: {cause}"
        );
    }
    let mut tx = state.db.tenant(organization).await?;
    store::checked(&mut tx, host, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
