//! Pausing a connection whose vendor refuses its credentials: nothing is sent until somebody connects again.

use serde_json::json;
use shared::id::{CrmConnectionId, OrganizationId};

use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    db::{TenantTx, at},
    error::Error,
    state::AppState,
};

/// Pauses it, once; the audit log says why.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub async fn pause(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    id: CrmConnectionId,
    code: &str,
    reason: &str,
) -> Result<(), Error> {
    let now = state.clock.now();
    let done = sqlx::query!(
        "update crm_connections set status = 'paused', paused_code = $3, paused_reason = $4, paused_at = $5
         where organization_id = $1 and id = $2 and status = 'active'",
        organization.uuid(),
        id.uuid(),
        code,
        reason,
        at(now),
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    let entry = Entry::new("connection.paused", id).after(json!({"status": "paused", "code": code, "reason": reason}));
    audit::record(tx, organization, &Actor::system(), now, entry).await?;
    Ok(())
}
