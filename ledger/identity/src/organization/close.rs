//! Closes an organization, and reopens it.
//!
//! From the time its owner requests the deletion, an organization and its test mode stop working: keys are refused, the
//! edge forgets it, and scheduled work skips it. Seven days later [`super::erase`] performs the steps that can't be
//! undone.

use std::time::Duration;

use axum::http::StatusCode;
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{closed_store, create::is_test_mode, erase, store};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    jobs::OneByOne,
    state::AppState,
};

pub const GRACE_DAYS: i64 = 7;
pub const EVERY: Duration = Duration::from_secs(3_600);

/// Returns when the grace period of an organization closed at that time ends.
pub const fn over_at(closed_at: Timestamp) -> Timestamp {
    closed_at.plus_days(GRACE_DAYS)
}

/// # Errors
/// 409 `test_mode` for a test mode, 404 if it is already closed.
pub async fn close(state: &AppState, organization: OrganizationId, actor: &Actor) -> Result<()> {
    let now = state.clock.now();
    let (mut tx, both) = bound(state, organization).await?;
    if !store::close(&mut tx, &both, now).await? {
        return Err(Error::not_found());
    }
    store::withhold(&mut tx, &both, now).await?;
    store::hide_listings(&mut tx, &both, now).await?;
    audit::record(&mut tx, actor, now, Entry::new("organization.closed", organization)).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    state.edge_config_changed.notify_one();
    Ok(())
}

/// # Errors
/// 404 if it isn't closed, 409 `grace_over` if the grace period is over.
pub async fn reopen(state: &AppState, organization: OrganizationId, actor: &Actor) -> Result<()> {
    let now = state.clock.now();
    let (mut tx, both) = bound(state, organization).await?;
    let closing = store::closing(&mut tx).await?;
    let closing = closing.iter().find(|closing| closing.organization == organization).ok_or_else(Error::not_found)?;
    if closing.erased_at.is_some() || now >= over_at(closing.closed_at) {
        let message = "The seven days to cancel the deletion are over.";
        return Err(Error::new(StatusCode::CONFLICT, Code::GraceOver, message));
    }
    store::reopen(&mut tx, &both).await?;
    store::hand_back(&mut tx, &both, now).await?;
    audit::record(&mut tx, actor, now, Entry::new("organization.reopened", organization)).await?;
    tx.commit().await?;
    state.db.tenants_changed();
    state.edge_config_changed.notify_one();
    Ok(())
}

/// Begins a transaction for the organization and its test mode.
async fn bound(state: &AppState, organization: OrganizationId) -> Result<(TenantTx, Vec<OrganizationId>)> {
    let mut tx = state.db.tenant(organization).await?;
    let kin = store::kinship(&mut tx).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    if kin.test_of.is_some() {
        return Err(is_test_mode());
    }
    let both: Vec<_> = std::iter::once(organization).chain(kin.twin).collect();
    Ok((state.db.tenant_among(organization, both.clone()).await?, both))
}

/// Withholds edge records that requests in progress wrote after an organization was closed, and erases organizations
/// whose grace period is over.
///
/// # Errors
/// The last failing organization's; the others are erased nevertheless.
pub async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let mut one_by_one = OneByOne::of("erase_organizations");
    for tenants in closed_store::tenants(&state.db).await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let closed = closed_store::hold(&mut tx, tenants).await?;
        let withheld = store::withhold(&mut tx, &closed, now).await?;
        let closing = store::closing(&mut tx).await?;
        tx.commit().await?;
        if withheld > 0 {
            state.edge_config_changed.notify_one();
        }
        for one in closing.iter().filter(|one| one.erased_at.is_none() && now >= over_at(one.closed_at)) {
            one_by_one.note(one.organization, erase::erase(state, one.organization).await);
        }
    }
    one_by_one.result()
}
