//! What sets syncs off. Written in the transaction that decides, so that nothing is forgotten and nothing is told that
//! didn't happen.

use shared::{
    id::{AffiliateId, Id, OrganizationId, Sync},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{event, trigger_store};
use crate::db::TenantTx;

/// Why there is a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The affiliate may promote from now on.
    Approved,
    /// Name, address or programs changed.
    Changed,
    Segment,
    /// They accepted the program's terms, or took that back.
    Consent,
    /// They were banned, archived or rejected.
    Left,
    /// Somebody asked for this one.
    Resync,
    /// Somebody asked for everybody.
    ResyncAll,
    /// Something happened that the brand wants told.
    Event,
    /// Somebody asked that the CRM deletes them.
    Forget,
}

impl Reason {
    /// As the API and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Changed => "changed",
            Self::Segment => "segment",
            Self::Consent => "consent",
            Self::Left => "left",
            Self::Resync => "resync",
            Self::ResyncAll => "resync_all",
            Self::Event => "event",
            Self::Forget => "forget",
        }
    }

    /// What a change of status is.
    pub fn of_status(status: &str) -> Self {
        if status == "Approved" { Self::Approved } else { Self::Left }
    }
}

/// Queues a sync of an affiliate into every CRM of the organization that is to know them: those who are approved, and those
/// whom it knows already. One that waits covers this one too; one that waits for its next try gives way.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub async fn affiliate(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    reason: Reason,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let connections = trigger_store::that_are_to_know(tx, organization, affiliate).await?;
    if connections.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = connections.iter().map(|_| fresh(now)).collect();
    trigger_store::supersede(tx, organization, affiliate, &connections, now).await?;
    trigger_store::insert(tx, organization, affiliate, reason, (&ids, &connections), now).await
}

fn fresh(now: Timestamp) -> Uuid {
    Id::<Sync>::v7(now.millis().unsigned_abs(), &rand::random()).uuid()
}

/// A message to the outside, as far as CRMs are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    pub organization: OrganizationId,
    /// Of the message: the same, however often it is sent.
    pub id: Uuid,
    /// The event's name.
    pub kind: &'static str,
    /// JSON of the object that it is about.
    pub data: &'a str,
}

/// Queues what happened for the CRMs whose brand wants such events told.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub async fn events(tx: &mut TenantTx, told: &[Told<'_>], now: Timestamp) -> Result<(), sqlx::Error> {
    if !told.iter().any(|told| event::WANTED.contains(&told.kind)) {
        return Ok(());
    }
    // Nearly always nobody: then a batch of thousands costs one small query.
    let wanted = trigger_store::wanted_events(tx).await?;
    let of_interest = told.iter().filter(|told| wanted.contains(&(told.organization, told.kind.to_owned())));
    let queued: Vec<event::Queued> = of_interest.filter_map(|told| event::queued(told, fresh(now), now)).collect();
    if queued.is_empty() { Ok(()) } else { trigger_store::insert_events(tx, &queued, now).await }
}
