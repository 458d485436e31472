//! Creates an organization, and its twin: the tenant that is its test mode.
//!
//! A twin is a tenant like any other, so row level security keeps test data and live data apart even if a handler
//! forgets to. Its members are those of the live organization. Here only the profile is copied; the `ui` crate copies
//! programs when someone opens test mode.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{OrganizationId, UserId},
    timestamp::Timestamp,
};

use super::{
    plan::TRIAL_DAYS,
    store::{self, NewOrganization},
    trial_store,
};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    access::{role::Role, throttle::CostlyAction},
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// An organization to create, and its owner.
#[derive(Debug)]
pub struct Founding<'a> {
    pub id: OrganizationId,
    pub owner: UserId,
    /// The owner's email address.
    pub email: &'a str,
    pub name: &'a str,
    pub slug: &'a str,
    pub time_zone: &'a str,
    /// Whether plans are billed. Then only a person's first organization begins with a trial; that of any other begins
    /// with its subscription, and needs a card.
    pub is_billed: bool,
}

impl Founding<'_> {
    /// Inserts it, in a transaction that is bound to its id.
    pub async fn write(&self, tx: &mut TenantTx, actor: &Actor, now: Timestamp) -> Result<()> {
        let Self { id, owner, email, name, slug, time_zone, is_billed } = *self;
        let is_first = trial_store::claim(tx, owner, email, now).await?;
        let has_trial = is_first || !is_billed;
        let trial_ends_at = if has_trial { now.plus_days(TRIAL_DAYS) } else { now };
        let new = NewOrganization { id, slug, name, time_zone, trial_ends_at, has_trial };
        store::insert(tx, &new, now).await?;
        store::insert_member(tx, owner, Role::Owner, now).await?;
        let entry = Entry::new("organization.created", id).after(json!({"name": name, "slug": slug}));
        audit::record(tx, actor, now, entry).await
    }
}

/// Creates an organization that belongs to one person, who has confirmed this address, in its own transaction.
pub async fn found(
    state: &AppState,
    (owner, email): (UserId, &str),
    actor: &Actor,
    name: &str,
    slug: &str,
    time_zone: &str,
) -> Result<OrganizationId> {
    let id = state.new_id();
    let mut tx = state.db.tenant(id).await?;
    let is_billed = state.config.billing.is_some();
    let founding = Founding { id, owner, email, name, slug, time_zone, is_billed };
    founding.write(&mut tx, actor, state.clock.now()).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    Ok(id)
}

/// Returns the organization's test mode, and creates it if necessary.
///
/// # Errors
/// 409 `test_mode` for an organization that is a test mode itself; 404 for one that is scheduled for deletion.
pub async fn twin(state: &AppState, live: OrganizationId, actor: &Actor) -> Result<OrganizationId> {
    // Tries twice, because another request may be creating it at the same time.
    for _ in 0..2 {
        if let Some(twin) = store::twin_of(&state.db, live).await? {
            return Ok(twin);
        }
        if let Some(made) = make_twin(state, live, actor, state.clock.now()).await? {
            return Ok(made);
        }
    }
    Err(Error::unavailable("a test mode that another request is making"))
}

async fn make_twin(
    state: &AppState,
    live: OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<OrganizationId>> {
    let id: OrganizationId = state.new_id();
    let mut tx = state.db.tenant_among(live, vec![id]).await?;
    match store::kinship(&mut tx).await? {
        Some(kin) if kin.test_of.is_some() => return Err(is_test_mode()),
        Some(kin) if !kin.closed => {}
        _ => return Err(Error::not_found()),
    }
    if !store::insert_twin(&mut tx, id, now).await? {
        return Ok(None);
    }
    audit::record(&mut tx, actor, now, Entry::new("test_mode.created", id)).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    Ok(Some(id))
}

/// Replaces a test mode by a new, empty one. The old one is closed at once and erased later, like a deleted
/// organization. Returns the live organization and its new test mode.
///
/// # Errors
/// 409 `test_mode_only` for a live organization; 404 for one that is scheduled for deletion; 429 after too many new starts.
pub async fn renew_twin(
    state: &AppState,
    old: OrganizationId,
    actor: &Actor,
) -> Result<(OrganizationId, OrganizationId)> {
    let mut tx = state.db.tenant(old).await?;
    let kin = store::kinship(&mut tx).await?;
    tx.commit().await?;
    let live = kin.and_then(|kin| kin.test_of).ok_or_else(is_live)?;
    if !state.throttle.admit_costly(CostlyAction::TestMode, &live.to_string(), state.clock.wall()) {
        return Err(Error::too_often());
    }
    let (now, id): (Timestamp, OrganizationId) = (state.clock.now(), state.new_id());
    let mut tx = state.db.tenant_among(live, vec![old, id]).await?;
    if !store::close(&mut tx, &[old], now).await? {
        return Err(Error::not_found());
    }
    store::withhold(&mut tx, &[old], now).await?;
    store::cut_off(&mut tx, old).await?;
    if !store::insert_twin(&mut tx, id, now).await? {
        return Err(Error::unavailable("a test mode that another request is making"));
    }
    let entry = Entry::new("test_mode.reset", id).before(json!({"testMode": old.to_string()}));
    audit::record(&mut tx, actor, now, entry).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    state.edge_config_changed.notify_one();
    Ok((live, id))
}

/// The error for an action that only test mode supports.
pub fn is_live() -> Error {
    let message = "This is possible only in test mode.";
    Error::new(StatusCode::CONFLICT, Code::TestModeOnly, message)
}

/// The error for an action that only a live organization supports.
pub fn is_test_mode() -> Error {
    let message = "Switch to live mode. Test mode shares the live organization's team, plan and deletion.";
    Error::new(StatusCode::CONFLICT, Code::TestMode, message)
}
