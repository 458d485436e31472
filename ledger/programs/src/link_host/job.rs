//! Checks hosts that don't serve links yet: every minute in their first hour, then every hour, for thirty days.

use std::time::Duration;

use shared::id::OrganizationId;

use super::{change, store};
use identity::access::actor::Actor;
use kit::{error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(60);

/// # Errors
/// 503 if the database is unavailable; the next round tries again.
pub async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let due = store::due(&mut tx, now).await?;
        tx.commit().await?;
        for (organization, host) in due {
            check(state, organization, &host).await?;
        }
    }
    Ok(())
}

async fn check(state: &AppState, organization: OrganizationId, host: &str) -> Result<()> {
    match change::look(state, organization, &Actor::system(), host).await {
        Ok(_) => Ok(()),
        // Someone removed it meanwhile, or another organization has it.
        Err(error) if error.status().is_client_error() => {
            let mut tx = state.db.tenant(organization).await?;
            store::checked(&mut tx, host, state.clock.now()).await?;
            tx.commit().await?;
            Ok(())
        }
        Err(error) => Err(error),
    }
}
