//! Who may promote: what a change of status does beside the affiliate's row.
//!
//! A status counts from its moment on, for evidence and sales alike: approving credits nothing of before, banning takes
//! nothing back. While somebody isn't approved, the edge doesn't answer for their links.

use shared::id::{AffiliateId, OrganizationId};

use super::store::{self, Filter, StatusChange};
use engine::history::recompute_since;
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::{edge_config::publish, sync};

pub const STATUSES: [&str; 5] = ["Pending", "Approved", "Rejected", "Banned", "Archived"];

/// The organization's tenant must be locked; after the commit, wake the pusher.
///
/// # Errors
/// Of the database and of booking; nothing may be committed then.
pub async fn change(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    id: AffiliateId,
    status: &str,
    reason: Option<&str>,
) -> Result<()> {
    // Events carry the edge's time, which the clock of development doesn't move.
    let last = store::last_change(tx, organization, id, "status").await?;
    let effective_at = last.map_or(state.clock.wall(), |last| last.plus_millis(1).max(state.clock.wall()));
    let now = state.clock.now();
    let new_status = StatusChange { status, reason, effective_at };
    store::change_status(tx, organization, id, new_status, now).await?;
    publish::affiliate(tx, organization, id, now).await?;
    recompute_since::since(tx, state, organization, None, None, effective_at).await?;
    sync::trigger::affiliate(tx, organization, id, sync::Reason::of_status(status), now).await?;
    Ok(())
}

/// As it is now.
///
/// # Errors
/// 404.
pub async fn read(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    id: AffiliateId,
) -> Result<Affiliate> {
    let found = store::list(tx, organization, &Filter::one(id), state.clock.now()).await?.pop();
    found.ok_or_else(Error::not_found)
}
