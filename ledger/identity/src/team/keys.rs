//! API keys that a member knows: when the member goes, they are revoked, but for those that someone chose to keep.

use shared::id::{ApiKeyId, OrganizationId, UserId};

use crate::{
    access::actor::Actor,
    api_key::{change, maker::Maker, people},
};
use kit::{access::role::Role, db::TenantTx, error::Result, state::AppState};

/// Revokes every active key whose secret the person saw, and that isn't kept.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub(super) async fn revoke(
    tx: &mut TenantTx,
    state: &AppState,
    (organization, actor): (OrganizationId, &Actor),
    user: UserId,
    keep: &(dyn Fn(ApiKeyId) -> bool + Sync),
) -> Result<()> {
    // An owner removes, or the person leaves: what they know goes with them, whatever the key's role.
    let maker = Maker { organization, role: Role::Owner, actor };
    for (row, holders) in people::active(tx, organization, state.clock.now()).await? {
        if holders.people.contains(&user) && !keep(row.id) {
            change::revoke(tx, state, maker, row.id).await?;
        }
    }
    Ok(())
}
