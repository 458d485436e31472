//! What a person or a key decides about events that couldn't be applied: one of them, or all of one cause.

use serde_json::{json, value::RawValue};
use shared::{
    batch::{ItemVerdict, Verdict},
    id::OrganizationId,
    timestamp::Timestamp,
};
use uuid::Uuid;

use engine::{
    intake::receive,
    quarantine::{
        cause,
        store::{self, Decision},
    },
};
use identity::audit::Entry;
use kit::{db::TenantTx, error::Error, state::AppState};

/// How many events are tried again at once.
pub const RETRIED_MAX: i64 = 500;

/// The audit log's name of a decision.
pub const fn action(decision: Decision) -> &'static str {
    match decision {
        Decision::Replayed => "event.replayed",
        Decision::Dismissed => "event.dismissed",
    }
}

/// Applies events again, each in the transaction of its batch, and returns for each whether it is applied now. The
/// others stay in quarantine.
///
/// # Errors
/// If the database is unavailable or busy.
pub async fn apply(state: &AppState, bodies: &[&str]) -> Result<Vec<bool>, Error> {
    Ok(verdicts(state, bodies).await?.iter().map(is_applied).collect())
}

/// Applies one event again. Returns why it still can't be applied, and `None` if it's applied now.
///
/// # Errors
/// If the database is unavailable or busy.
pub async fn failure(state: &AppState, waiting: &store::Entry) -> Result<Option<String>, Error> {
    let verdicts = verdicts(state, &[&waiting.body]).await?;
    let failed = verdicts.into_iter().find(|item| !is_applied(item));
    // Quarantine keeps the detail of the first attempt, which is another one's if the reason changed.
    Ok(failed.map(|item| match item.reason {
        Some(reason) if reason != waiting.reason => cause::of(&reason).title.to_owned(),
        _ => waiting.detail.clone(),
    }))
}

async fn verdicts(state: &AppState, bodies: &[&str]) -> Result<Vec<ItemVerdict>, Error> {
    let raws = bodies.iter().map(|body| serde_json::from_str(body)).collect::<Result<Vec<&RawValue>, _>>();
    receive::batch(state, &raws.map_err(|error| Error::internal(error))?).await
}

const fn is_applied(item: &ItemVerdict) -> bool {
    matches!(item.verdict, Verdict::Accepted | Verdict::Duplicate)
}

/// Dismisses the events of a reason that arrived until then. Returns them, and the audit log entry if there are any.
///
/// # Errors
/// If the database is unavailable or busy.
pub async fn dismiss_all(
    tx: &mut TenantTx,
    reason: &str,
    until: Timestamp,
) -> Result<(Vec<Uuid>, Option<Entry>), Error> {
    let done = store::dismiss(tx, reason, until).await?;
    let entry = (!done.is_empty()).then(|| of_all(tx.organization(), Decision::Dismissed, reason, done.len()));
    Ok((done, entry))
}

/// The oldest events of a reason, after another attempt to apply them.
#[derive(Debug)]
pub struct Retried {
    pub tried: usize,
    pub applied: Vec<Uuid>,
}

/// Applies the oldest events again, at most [`RETRIED_MAX`] at once. [`settle_all`] records it.
///
/// # Errors
/// If the database is unavailable or busy.
pub async fn retry_all(state: &AppState, bodies: &[(Uuid, String)]) -> Result<Retried, Error> {
    let texts: Vec<&str> = bodies.iter().map(|(_, body)| body.as_str()).collect();
    let outcomes = if texts.is_empty() { Vec::new() } else { apply(state, &texts).await? };
    let applied = bodies.iter().zip(outcomes).filter(|(_, done)| *done).map(|((id, _), _)| *id).collect();
    Ok(Retried { tried: bodies.len(), applied })
}

/// Resolves the events that were applied. Returns the audit log entry if there are any.
///
/// # Errors
/// If the database is unavailable or busy.
pub async fn settle_all(tx: &mut TenantTx, reason: &str, retried: &Retried) -> Result<Option<Entry>, Error> {
    for id in &retried.applied {
        store::settle(tx, *id, Decision::Replayed).await?;
    }
    let count = retried.applied.len();
    Ok((count > 0).then(|| of_all(tx.organization(), Decision::Replayed, reason, count)))
}

fn of_all(organization: OrganizationId, decision: Decision, reason: &str, events: usize) -> Entry {
    Entry::new(action(decision), organization).after(json!({"reason": reason, "events": events}))
}
