//! Takes back what an action just did to an affiliate, if nothing has changed since: their archiving, or their segment.
//! Either is a change of its own, from now on.

use serde_json::json;
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{segment, status_change, undo_store};
use engine::{book, privacy};
use identity::audit::Entry;
use kit::{db::TenantTx, error::Result, state::AppState};

/// Gives the affiliate the status that they had before they were archived between two times of the wall clock. Returns
/// no audit entry if something else came after it, or if they weren't archived then. Locks the organization's tenant;
/// after the commit, the caller must wake the pusher.
///
/// # Errors
/// Database and booking errors; the caller must roll back then.
pub async fn archiving(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    between: (Timestamp, Timestamp),
) -> Result<Option<Entry>> {
    book::store::lock(tx).await?;
    let Some(last) = undo_store::status(tx, id).await? else { return Ok(None) };
    if last.value.as_deref() != Some("Archived") || !is_between(last.effective_at, between) {
        return Ok(None);
    }
    let is_erased = privacy::store::affiliate(tx, id).await?.is_none_or(|row| row.is_erased);
    let Some(status) = last.before.filter(|_| !is_erased) else { return Ok(None) };
    status_change::change(tx, state, id, &status, last.reason.as_deref()).await?;
    let entry = Entry::new("affiliate.archiving_undone", id);
    Ok(Some(entry.before(json!({"status": "Archived"})).after(json!({"status": status}))))
}

/// Gives the affiliate the segment that they had before it was set between two times, from now on. The same holds as for
/// [`archiving`].
///
/// # Errors
/// Database and booking errors; the caller must roll back then.
pub async fn segment(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    between: (Timestamp, Timestamp),
) -> Result<Option<Entry>> {
    book::store::lock(tx).await?;
    let Some(last) = undo_store::segment(tx, id, state.clock.now().plus_millis(1)).await? else { return Ok(None) };
    if !is_between(last.effective_at, between) {
        return Ok(None);
    }
    let before = last.before.as_deref();
    segment::apply(tx, state, id, before, None).await?;
    Ok(Some(segment::entry(id, before, None)))
}

/// Two changes within a millisecond are one apart.
fn is_between(at: Timestamp, (from, to): (Timestamp, Timestamp)) -> bool {
    from <= at && at <= to.plus_millis(1)
}
