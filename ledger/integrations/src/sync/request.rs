//! Handles requested syncs, by API or on a page: of one person, of all affiliates, or a failed one again.

use axum::http::StatusCode;
use connector::{Descriptor, NewAddress};
use serde_json::json;
use shared::{
    id::{AffiliateId, CrmConnectionId, Id, ResyncId, SyncId},
    timestamp::Timestamp,
};

use super::{
    former_store,
    read_store::{self, ResyncFilter},
    resync_store::{self as store, Target},
    view::{ResyncView, SyncView, TASKS},
};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
};

/// The tasks that can be requested for one person; events are only sent automatically.
const REQUESTED: [&str; 2] = [TASKS[0], TASKS[2]];
/// The code of a failed event that may have arrived.
const UNKNOWN: &str = "outcome_unknown";

/// A requested sync or deletion of one person.
#[derive(Debug)]
pub struct SyncRequest {
    connection: CrmConnectionId,
    affiliate: AffiliateId,
    task: &'static str,
    confirm: Option<String>,
}

impl SyncRequest {
    /// # Errors
    /// 400 naming `task` or `confirm`.
    pub fn read(
        connection: CrmConnectionId,
        affiliate: AffiliateId,
        task: Option<&str>,
        confirm: Option<String>,
    ) -> Result<Self> {
        let [sync, forget] = REQUESTED;
        let task = match task {
            None => sync,
            Some(task) => REQUESTED
                .into_iter()
                .find(|known| *known == task)
                .ok_or_else(|| Error::field("task", format!("task must be {sync} or {forget}")))?,
        };
        if task == forget && confirm.is_none() {
            return Err(unconfirmed());
        }
        Ok(Self { connection, affiliate, task, confirm })
    }

    pub fn is_deletion(&self) -> bool {
        self.confirm.is_some() && self.task == REQUESTED[1]
    }
}

fn unconfirmed() -> Error {
    Error::field("confirm", "confirm must be the affiliate's email address: this deletes the contact in the CRM")
}

/// Queues the request. Returns no audit entry where one is already queued.
///
/// # Errors
/// 404 naming the field, 409 or 422 where it isn't possible, 400 where the deletion isn't confirmed.
pub async fn one(tx: &mut TenantTx, expected: &SyncRequest, now: Timestamp) -> Result<(SyncView, Option<Entry>)> {
    let whom = (expected.connection, expected.affiliate);
    let target = store::target(tx, expected.connection).await?.ok_or_else(|| nothing("connectionId"))?;
    let person = store::person(tx, whom).await?.ok_or_else(|| nothing("affiliateId"))?;
    enabled(&target)?;
    if person.erased {
        let message = "This affiliate was erased, so we no longer have the email address that the CRM needs.";
        return Err(Error::new(StatusCode::CONFLICT, Code::AffiliateErased, message));
    }
    if expected.is_deletion() {
        let unlike = |given: &str| given.trim().to_lowercase() != person.email;
        if expected.confirm.as_deref().is_none_or(unlike) {
            return Err(unconfirmed());
        }
        can_forget(&target)?;
        if let Some(open) = store::open_deletion(tx, whom).await? {
            return Ok((read(tx, open).await?, None));
        }
    } else if person.sample {
        let message = "Sample affiliates aren't synced to CRMs.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NotAnAffiliate, message));
    } else if person.status != "Approved" && !person.known_there {
        let message = "Only approved affiliates, and those already in the CRM, can be synced.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NotAnAffiliate, message));
    }
    store::supersede(tx, expected.connection, Some(expected.affiliate), expected.is_deletion(), now).await?;
    let fresh: SyncId = fresh(now);
    let (id, is_new) = store::queue(tx, fresh, whom, expected.task, now).await?;
    if expected.is_deletion() && !is_by_id(&target) {
        former_store::forget(tx, (expected.connection.uuid(), expected.affiliate.uuid()), id.uuid(), now).await?;
    }
    let action = if expected.is_deletion() { "sync.deletion_requested" } else { "sync.requested" };
    let after =
        json!({"connectionId": expected.connection, "affiliateId": expected.affiliate, "vendor": target.vendor});
    let entry = is_new.then(|| Entry::new(action, id).after(after));
    Ok((read(tx, id).await?, entry))
}

/// Makes a failed or waiting sync due now.
///
/// # Errors
/// 404, or 409 where that can't help.
pub async fn again(tx: &mut TenantTx, id: SyncId, now: Timestamp) -> Result<(SyncView, Entry)> {
    let before = read(tx, id).await?;
    if let Some(why) = hopeless(&before) {
        return Err(Error::new(StatusCode::CONFLICT, Code::NotRetryable, why));
    }
    let target = store::target(tx, before.connection_id).await?.ok_or_else(Error::not_found)?;
    enabled(&target)?;
    if !store::retry(tx, id, now).await? {
        return Err(Error::new(StatusCode::CONFLICT, Code::NotRetryable, "This sync has already continued."));
    }
    let entry = Entry::new("sync.retried", id).before(json!({"state": before.state, "code": before.code}));
    Ok((read(tx, id).await?, entry))
}

/// Returns why a sync can't be sent again, if so.
pub fn hopeless(sync: &SyncView) -> Option<&'static str> {
    match sync.state.as_str() {
        "Succeeded" => Some("This sync already succeeded. To send everything again, sync the affiliate again."),
        "Running" => Some("This sync is running."),
        _ if sync.is_left_alone() => Some(
            "This person unsubscribed in the CRM, so they're skipped. If they resubscribed, sync the affiliate \
                 again.",
        ),
        _ if sync.is_superseded() => Some("A newer sync replaced this one."),
        "Failed" if sync.code.as_deref() == Some(UNKNOWN) => {
            Some("This may have arrived without a response, and the CRM would count it twice. Check there first.")
        }
        _ => None,
    }
}

/// Queues all affiliates and returns the re-sync's initial progress.
///
/// # Errors
/// 404, or 409 `connection_disabled`.
pub async fn everybody(tx: &mut TenantTx, connection: CrmConnectionId, now: Timestamp) -> Result<(ResyncView, Entry)> {
    let target = store::target(tx, connection).await?.ok_or_else(Error::not_found)?;
    enabled(&target)?;
    let id: ResyncId = fresh(now);
    store::queue_all(tx, (id, connection), now).await?;
    let resync = resync(tx, connection, id).await?;
    let after = json!({"connectionId": connection, "vendor": target.vendor, "total": resync.total});
    Ok((resync, Entry::new("resync.requested", id).after(after)))
}

/// Loads a re-sync's progress.
///
/// # Errors
/// 404.
pub async fn resync(tx: &mut TenantTx, connection: CrmConnectionId, id: ResyncId) -> Result<ResyncView> {
    let filter = ResyncFilter { id: Some(id), connection, after: None, limit: 1 };
    read_store::resyncs(tx, filter).await?.pop().ok_or_else(Error::not_found)
}

async fn read(tx: &mut TenantTx, id: SyncId) -> Result<SyncView> {
    let row = read_store::read(tx, id).await?.ok_or_else(Error::not_found)?;
    Ok(row.sync)
}

/// Creates an id in the order of business time, like the ids of syncs that changes cause.
fn fresh<K: shared::id::Kind>(now: Timestamp) -> Id<K> {
    Id::v7(now.millis().unsigned_abs(), &rand::random())
}

fn enabled(target: &Target) -> Result<()> {
    if target.status == "disabled" {
        let message = "This connection is disabled. Enable it first.";
        return Err(Error::new(StatusCode::CONFLICT, Code::ConnectionDisabled, message));
    }
    Ok(())
}

fn descriptor(target: &Target) -> Option<&'static Descriptor> {
    connector::providers::named(&target.vendor).map(connector::Connector::descriptor)
}

/// Whether the affiliate's ID says who they are, so that no contact stays behind under an old address.
fn is_by_id(target: &Target) -> bool {
    descriptor(target).is_some_and(|descriptor| matches!(descriptor.new_address, NewAddress::ById))
}

fn can_forget(target: &Target) -> Result<()> {
    let descriptor = descriptor(target);
    if descriptor.is_some_and(|descriptor| descriptor.can_forget) {
        return Ok(());
    }
    let name = descriptor.map_or("This CRM", |descriptor| descriptor.name);
    let message = format!("{name}'s API can't delete contacts. Delete the contact there manually.");
    Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::ForgetUnsupported, message))
}

fn nothing(field: &str) -> Error {
    let message = format!("{field} doesn't match anything in your organization.");
    Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(task: Option<&str>, confirm: Option<&str>) -> std::result::Result<SyncRequest, String> {
        let ids = (CrmConnectionId::v7(1, &[0; 10]), AffiliateId::v7(1, &[0; 10]));
        let read = SyncRequest::read(ids.0, ids.1, task, confirm.map(str::to_owned));
        read.map_err(|error| error.body().field.clone().unwrap_or_default())
    }

    #[test]
    fn a_deletion_is_confirmed_and_nothing_else_is_one() {
        assert!(requested(Some("forget"), Some("a@b.test")).unwrap().is_deletion());
        assert!(!requested(None, None).unwrap().is_deletion());
        assert!(!requested(Some("sync"), Some("a@b.test")).unwrap().is_deletion());
        assert_eq!(requested(Some("forget"), None).unwrap_err(), "confirm");
        for task in ["event", "Sync", ""] {
            assert_eq!(requested(Some(task), None).unwrap_err(), "task");
        }
    }
}
