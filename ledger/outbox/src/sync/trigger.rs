//! Queues syncs in the deciding transaction, so that no change is missed, and nothing is sent that didn't happen.

use shared::{
    id::{AffiliateId, Id, ProgramId, Sync},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    event::{self, OutgoingEvent},
    reason::Reason,
    trigger_store,
};
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx},
};

/// Queues a sync of an affiliate into every CRM of the organization that should have them: of approved affiliates, and
/// those the CRM has or may have. A sync already queued covers this one too; one waiting for a retry is replaced.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn affiliate(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    reason: Reason,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    affiliates(tx, &[affiliate], reason, now).await
}

/// Like [`affiliate`], for several.
///
/// # Errors
/// Database errors; nothing may be committed then.
#[compiled_once]
pub async fn affiliates(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
    reason: Reason,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (connections, affiliates) = trigger_store::that_are_to_know(tx, affiliates).await?;
    if connections.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = connections.iter().map(|_| fresh(now)).collect();
    trigger_store::supersede(tx, (&connections, &affiliates), now).await?;
    trigger_store::insert(tx, reason, (&ids, &connections, &affiliates), now).await
}

/// Queues a sync of everyone with a working link in a program that was archived or restored, if it has lists or tags of
/// its own in some CRM: these no longer apply, or do again.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn program(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<(), sqlx::Error> {
    let whose = trigger_store::with_own_settings(tx, program).await?;
    if whose.is_empty() { Ok(()) } else { affiliates(tx, &whose, Reason::Changed, now).await }
}

fn fresh(now: Timestamp) -> Uuid {
    Id::<Sync>::v7(now.millis().unsigned_abs(), &rand::random()).uuid()
}

/// Queues events for the CRMs whose brand subscribed to them.
///
/// # Errors
/// Database errors; nothing may be committed then.
#[compiled_once]
pub async fn events<'a>(
    tx: &mut TenantsTx,
    reported: &'a [OutgoingEvent<'a>],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if !reported.iter().any(|reported| event::SUBSCRIBABLE.contains(&reported.kind)) {
        return Ok(());
    }
    // Usually no CRM is subscribed: then a batch of thousands costs one small query.
    let requested = trigger_store::subscribed_events(tx).await?;
    let of_interest =
        reported.iter().filter(|reported| requested.contains(&(reported.organization, reported.kind.to_owned())));
    let queued: Vec<event::Queued> =
        of_interest.filter_map(|reported| event::queued(reported, fresh(now), now)).collect();
    if queued.is_empty() { Ok(()) } else { trigger_store::insert_events(tx, &queued, now).await }
}
