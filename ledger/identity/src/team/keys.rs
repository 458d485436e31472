//! What happens to the API keys and assistants' tokens that a member knows, those of the test mode included. When the
//! member leaves, they are revoked, except those that someone chose to keep. When the member gets a lower role, they get
//! it too: otherwise the member could take the former role back with a key.

use serde_json::json;
use shared::{
    id::{ApiKeyId, UserId},
    timestamp::Timestamp,
};

use crate::{
    access::actor::Actor,
    api_key::{
        change,
        maker::Maker,
        people::{self, Origins},
        store,
    },
    audit::{self, Entry},
    organization::store::kinship,
};
use kit::{access::role::Role, db::TenantTx, error::Result, state::AppState};

/// Revokes every active key whose secret the person saw, unless it is to be kept. In the test mode it takes effect even if
/// the caller's transaction fails.
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
    revoke_in(tx, &Origins::new(), state, actor, user, keep).await?;
    if let Some(mut twin) = twin(tx, state).await? {
        let known = people::origins(tx).await?;
        revoke_in(&mut twin, &known, state, actor, user, keep).await?;
        super::store::forget_conversations(&mut twin, user).await?;
        twin.commit().await?;
    }
    Ok(())
}

/// Begins a transaction for the organization's test mode, if it has one.
async fn twin(tx: &mut TenantTx, state: &AppState) -> Result<Option<TenantTx>> {
    match kinship(tx).await?.and_then(|kin| kin.twin) {
        Some(twin) => Ok(Some(state.db.tenant(twin).await?)),
        None => Ok(None),
    }
}

async fn revoke_in(
    tx: &mut TenantTx,
    others: &Origins,
    state: &AppState,
    actor: &Actor,
    user: UserId,
    keep: &(dyn Fn(ApiKeyId) -> bool + Sync),
) -> Result<()> {
    // Acts as an owner: the keys the person knows are revoked, whatever their role, even if the person leaves on their
    // own.
    let maker = Maker { role: Role::Owner, actor };
    for (row, holders) in people::active(tx, others, state.clock.now()).await? {
        if holders.people.contains(&user) && !keep(row.id) {
            change::end(tx, state, maker, &row).await?;
        }
    }
    Ok(())
}

/// Gives a role to every active key whose secret the person saw and that has more rights than this role. In the test mode
/// it takes effect even if the caller's transaction fails.
///
/// # Errors
/// Database errors; the caller must not commit then.
pub(super) async fn lower(tx: &mut TenantTx, state: &AppState, actor: &Actor, user: UserId, role: Role) -> Result<()> {
    let now = state.clock.now();
    lower_in(tx, &Origins::new(), actor, (user, role), now).await?;
    if let Some(mut twin) = twin(tx, state).await? {
        let known = people::origins(tx).await?;
        lower_in(&mut twin, &known, actor, (user, role), now).await?;
        twin.commit().await?;
    }
    Ok(())
}

async fn lower_in(
    tx: &mut TenantTx,
    others: &Origins,
    actor: &Actor,
    (user, role): (UserId, Role),
    now: Timestamp,
) -> Result<()> {
    store::lock(tx).await?;
    for (row, holders) in people::active(tx, others, now).await? {
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
