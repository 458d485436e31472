//! Changes an affiliate's status, with everything that depends on it.
//!
//! A status counts from its effective time on, for clicks and sales alike: an approval credits nothing from before it,
//! a ban reverses nothing. While an affiliate isn't approved, the edge doesn't serve their links.

use shared::id::AffiliateId;

use super::store::{self, Filter, StatusChange};
use engine::history::recompute_since;
use kit::{
    api::view::Affiliate,
    compiled_once,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::{edge_config::publish, sync};

pub const STATUSES: [&str; 6] = ["Invited", "Pending", "Approved", "Rejected", "Banned", "Archived"];

/// Changes the status. Requires the lock on the organization's tenant; after the commit, the caller must wake the
/// pusher.
///
/// # Errors
/// Database and booking errors; the caller must roll back then.
#[compiled_once]
pub async fn change(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    status: &str,
    reason: Option<&str>,
) -> Result<()> {
    // Events carry the edge's wall time, which the development clock doesn't change.
    let last = store::last_change(tx, id, "status").await?;
    let effective_at = last.map_or(state.clock.wall(), |last| last.plus_millis(1).max(state.clock.wall()));
    let now = state.clock.now();
    let new_status = StatusChange { status, reason, effective_at };
    store::change_status(tx, id, new_status, now).await?;
    publish::affiliate(tx, id, now).await?;
    recompute_since::since(tx, state, None, None, effective_at).await?;
    sync::trigger::affiliate(tx, id, sync::Reason::of_status(status), now).await?;
    Ok(())
}

/// The affiliate in its current state.
///
/// # Errors
/// 404.
pub async fn read(tx: &mut TenantTx, state: &AppState, id: AffiliateId) -> Result<Affiliate> {
    let found = store::list(tx, &Filter::one(id), state.clock.now()).await?.pop();
    found.ok_or_else(Error::not_found)
}
