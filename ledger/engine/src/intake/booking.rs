//! Saves, deduplicates, attributes and books conversions, refunds, disputes and gateway events, as one set.
//!
//! Everything runs under the lock of these tenants. [`super::judge`] decides which events are new;
//! [`super::merge_events`] adds them to the histories that they affect; [`crate::history::write`] recomputes those
//! histories and saves what changed.

use shared::{batch::ItemVerdict, id::OrganizationId};

use super::{
    judge::{Placed, judge, read},
    merge_events,
    store::{self, NewEvent},
};
use crate::{
    book,
    history::write::{BookingError, recompute_and_save},
    privacy, quarantine,
};
use kit::{
    compiled_once,
    db::{TenantsTx, plan_store},
    state::AppState,
};
use rules::fact::ReportedEvent;

/// Applies the events; returns a verdict for each index.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
#[compiled_once]
pub async fn apply<'a>(
    tx: &mut TenantsTx,
    state: &AppState,
    events: &'a [Placed<'a>],
) -> Result<Vec<(usize, ItemVerdict)>, BookingError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let mut organizations: Vec<OrganizationId> = events.iter().map(|(_, event, _)| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    if events.len() > 1 {
        plan_store::for_any_values(tx, &state.db).await?;
    } else {
        plan_store::by_keys(tx, &state.db).await?;
    }
    book::store::lock_all(tx, &organizations).await?;
    let came: Vec<_> = events.iter().map(|(_, event, raw)| (*event, *raw)).collect();
    let redacted = privacy::arrival::redacted(tx, state, &organizations, &came).await?;
    let events: Vec<Placed<'_>> = events
        .iter()
        .enumerate()
        .map(|(index, came)| redacted.get(&index).map_or(*came, |(raw, event)| (came.0, event, raw.as_str())))
        .collect();
    let mut verdicts = Vec::with_capacity(events.len());
    let read = read(tx, state, &events, &mut verdicts).await?;
    let (new, existing) = judge(tx, state, read, &mut verdicts).await?;
    let rows: Vec<NewEvent<'_>> =
        new.iter().map(|read| NewEvent { event: read.event, digest: read.digest, raw: read.raw }).collect();
    let inserted = store::insert_events(tx, &rows, state.clock.now()).await?;
    quarantine::store::close_applied(tx, &inserted.into_iter().collect::<Vec<_>>()).await?;
    let reported: Vec<ReportedEvent> = new.into_iter().map(|read| read.report).collect();
    let histories = merge_events::histories(tx, state, &reported, existing).await?;
    recompute_and_save(tx, state, histories).await?;
    Ok(verdicts)
}
