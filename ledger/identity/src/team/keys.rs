//! What happens to the API keys and assistants' tokens that a member knows. When the member leaves, they are revoked,
//! except those that someone chose to keep. When the member gets a lower role, they get it too: otherwise the member
//! could take the former role back with a key.

use serde_json::json;
use shared::{
    id::{ApiKeyId, UserId},
    timestamp::Timestamp,
};

use crate::{
    access::actor::Actor,
    api_key::{change, maker::Maker, people, store},
    audit::{self, Entry},
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

/// Gives a role to every active key whose secret the person saw and that has more rights than this role.
///
/// # Errors
/// Database errors; the caller must not commit then.
pub(super) async fn lower(tx: &mut TenantTx, actor: &Actor, user: UserId, role: Role, now: Timestamp) -> Result<()> {
    store::lock(tx).await?;
    for (row, holders) in people::active(tx, now).await? {
        if role.covers(row.role) || !holders.people.contains(&user) {
            continue;
        }
        store::set_role(tx, row.id, role).await?;
        let entry = Entry::new("api_key.role_changed", row.id)
            .before(json!({"role": row.role.as_str()}))
            .after(json!({"role": role.as_str()}));
        audit::record(tx, actor, now, entry).await?;
    }
    Ok(())
}
