//! Changes to a team: changes a role, removes a member, transfers ownership; the same for the API and the dashboard.
//!
//! Changes to one team are serialized, and each takes effect with the next request: a person's rights are read with
//! every request and never cached.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{ApiKeyId, UserId};

use super::{
    invite, keys,
    store::{self, MemberRow},
};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    oauth,
    organization::lock_store,
};
use kit::{
    access::role::Role,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// Changes a member's role. The keys whose secret the member knows get it too, if they have more rights than it.
///
/// # Errors
/// 404 if the person isn't a member, 409 `last_owner`, 409 `test_mode`.
pub async fn set_role(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    user: UserId,
    role: Role,
) -> Result<MemberRow> {
    let before = hold(tx, user).await?;
    store::set_role(tx, user, role).await?;
    ensure_owner(tx).await?;
    let entry = Entry::new("member.role_changed", user)
        .before(json!({"role": before.role.as_str()}))
        .after(json!({"role": role.as_str()}));
    audit::record(tx, actor, state.clock.now(), entry).await?;
    keys::lower(tx, state, actor, user, role).await?;
    Ok(MemberRow { role, ..before })
}

/// Removes a member, disconnects the apps that act for them, and revokes the API keys whose secret they know, except those
/// to `keep`. The caller commits and then wakes the edge's pusher.
pub async fn remove(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    user: UserId,
    keep: &(dyn Fn(ApiKeyId) -> bool + Sync),
) -> Result<()> {
    let before = hold(tx, user).await?;
    store::remove(tx, user).await?;
    ensure_owner(tx).await?;
    let entry = Entry::new("member.removed", user).before(json!({"email": before.email, "role": before.role.as_str()}));
    audit::record(tx, actor, state.clock.now(), entry).await?;
    oauth::end_all_of(tx, user, actor, state.clock.now()).await?;
    keys::revoke(tx, state, actor, user, keep).await
}

/// Makes another member an owner, and the previous owner an admin, together with the keys that the latter knows.
///
/// # Errors
/// 404 if either isn't a member, 400 if `from` isn't an owner or both are the same, 409 `test_mode`.
pub async fn transfer(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    from: UserId,
    to: UserId,
) -> Result<MemberRow> {
    if from == to {
        return Err(Error::field("userId", "userId must be someone other than the current owner"));
    }
    let giver = hold(tx, from).await?;
    if giver.role != Role::Owner {
        return Err(Error::field("fromUserId", "fromUserId must be an owner"));
    }
    let taker = hold(tx, to).await?;
    store::set_role(tx, to, Role::Owner).await?;
    store::set_role(tx, from, Role::Admin).await?;
    ensure_owner(tx).await?;
    let entry =
        Entry::new("organization.ownership_transferred", to).before(json!({"owner": from})).after(json!({"owner": to}));
    audit::record(tx, actor, state.clock.now(), entry).await?;
    keys::lower(tx, state, actor, from, Role::Admin).await?;
    Ok(MemberRow { role: Role::Owner, ..taker })
}

/// Returns the member, and locks the team until the transaction ends.
async fn hold(tx: &mut TenantTx, user: UserId) -> Result<MemberRow> {
    invite::live(tx).await?;
    lock_store::lock(tx).await?;
    store::read(tx, user).await?.ok_or_else(Error::not_found)
}

/// Refuses a change that would leave the organization without an owner.
async fn ensure_owner(tx: &mut TenantTx) -> Result<()> {
    if store::has_owner(tx).await? { Ok(()) } else { Err(last_owner()) }
}

fn last_owner() -> Error {
    let message = "An organization needs at least one owner. Make someone else an owner first.";
    Error::new(StatusCode::CONFLICT, Code::LastOwner, message)
}
