//! Revokes the API keys and assistants' tokens that a member knows when the member leaves, except those that someone chose to keep.

use shared::id::{ApiKeyId, UserId};

use crate::{
    access::actor::Actor,
    api_key::{change, maker::Maker, people},
};
use kit::{access::role::Role, db::TenantTx, error::Result, state::AppState};

/// Revokes every active key whose secret the person saw, unless it is to be kept.
///
/// # Errors
/// Database errors; the caller must not commit then.
pub(super) async fn revoke(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    user: UserId,
    keep: &(dyn Fn(ApiKeyId) -> bool + Sync),
) -> Result<()> {
    // Acts as an owner: the keys the person knows are revoked, whatever their role, even if the person leaves on their
    // own.
    let maker = Maker { role: Role::Owner, actor };
    for (row, holders) in people::active(tx, state.clock.now()).await? {
        if holders.people.contains(&user) && !keep(row.id) {
            change::end(tx, state, maker, &row).await?;
        }
    }
    Ok(())
}
