//! One reconciliation from beginning to end. Its results are written in one transaction: the reconciliation, its
//! differences, holds, notifications and the email.

use std::collections::{HashMap, HashSet};

use payout_core::stripe::StripeError;
use shared::{
    id::{AffiliateId, OrganizationId, PayoutConnectionId, PayoutId},
    timestamp::Timestamp,
};

use super::{
    bank,
    compare::{Difference, Kind, compare},
    email,
    list_transfers::{self, Listed},
    secure,
    write_store::{self as store, Done},
};
use crate::payout_connection::{pause, store as connections};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// How far back to compare at least, and the margin: a payout is missing at Stripe only if it is younger than that by
/// the margin, since the two clocks differ and a reconciliation takes time.
const DAYS: i64 = 90;
const MARGIN_DAYS: i64 = 1;
/// How far back an open difference can extend the period.
const DAYS_MAX: i64 = 400;
const EVERY_DAYS: i64 = 1;

/// The result of a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Compared,
    Failed,
    /// The connection was deleted or paused in the meantime.
    Skipped,
}

impl Outcome {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Compared => "compared",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// # Errors
/// Database errors; the reconciliation is retried then.
pub(super) async fn reconcile(
    state: &AppState,
    organization: OrganizationId,
    id: PayoutConnectionId,
) -> Result<Outcome> {
    let started = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let row = connections::one(&mut tx, id).await?.filter(|row| row.status == "active");
    let Some(row) = row else { return Ok(Outcome::Skipped) };
    let key = match connections::key(state, organization, &row) {
        Ok(key) => key,
        Err(error) => return unreadable(state, tx, id, &error).await,
    };
    let since = store::since(&mut tx, id, started.plus_days(-DAYS)).await?;
    let since = since.max(started.plus_days(-DAYS_MAX));
    let named = store::named(&mut tx, id, since).await?;
    tx.commit().await?;
    // By real time, as at Stripe: our clock may have been moved in development.
    let span = started.millis() - since.millis();
    let from = state.clock.wall().plus_millis(-span).seconds();
    let listed = match list_transfers::transfers(state, &key, (organization, id), from, &named).await {
        Ok(listed) => listed,
        Err(failure) => return failed(state, organization, id, failure).await,
    };
    let outcome = finish(state, organization, id, started, since, listed).await?;
    bank::fetch(state, organization, &row, &key).await?;
    Ok(outcome)
}

/// Pauses a connection whose stored key can't be decrypted any more, so that scheduled runs don't wait for a comparison
/// that can't happen.
async fn unreadable(state: &AppState, mut tx: TenantTx, id: PayoutConnectionId, error: &Error) -> Result<Outcome> {
    let (code, why) = (error.body().code.as_str(), error.body().message.as_str());
    store::failed(&mut tx, id, why, state.clock.now()).await?;
    pause::pause(&mut tx, state, id, code, why).await?;
    tx.commit().await?;
    tracing::warn!(
        event = "reconciliation.not_compared", job = "reconcile_payouts", connection = %id,
        "payouts could not be compared with Stripe: {why}"
    );
    Ok(Outcome::Failed)
}

async fn failed(
    state: &AppState,
    organization: OrganizationId,
    id: PayoutConnectionId,
    failure: StripeError,
) -> Result<Outcome> {
    let mut tx = state.db.tenant(organization).await?;
    let why = match &failure {
        StripeError::Refused(refusal) => refusal.message.clone(),
        StripeError::Forbidden { message } | StripeError::OtherRequest { message } => message.clone(),
        StripeError::Busy { .. } => "Stripe asked us to slow down".to_owned(),
        StripeError::InUse => "Stripe is still processing another request".to_owned(),
        StripeError::Unclear { why } => why.clone(),
    };
    store::failed(&mut tx, id, &why, state.clock.now()).await?;
    if matches!(failure, StripeError::Forbidden { .. }) {
        pause::pause(&mut tx, state, id, "key_refused", &why).await?;
    }
    tx.commit().await?;
    tracing::warn!(
        event = "reconciliation.not_compared", job = "reconcile_payouts", connection = %id,
        "payouts could not be compared with Stripe: {why}"
    );
    Ok(Outcome::Failed)
}

async fn finish(
    state: &AppState,
    organization: OrganizationId,
    id: PayoutConnectionId,
    started: Timestamp,
    since: Timestamp,
    listed: Listed,
) -> Result<Outcome> {
    let mut tx = state.db.tenant(organization).await?;
    let names: HashSet<PayoutId> = listed.ours.iter().map(|one| one.payout).collect();
    let names: Vec<PayoutId> = names.into_iter().collect();
    // Read after the list, so that everything booked in the meantime is included.
    let ours = store::ours(&mut tx, id, since.plus_days(MARGIN_DAYS), &names).await?;
    let payees: HashMap<PayoutId, AffiliateId> = ours.iter().map(|(payout, whose)| (payout.id, *whose)).collect();
    let ours: Vec<_> = ours.into_iter().map(|(payout, _)| payout).collect();
    let (payouts, transfers, foreign) = (ours.len(), listed.ours.len() + listed.foreign, listed.foreign);
    let now = state.clock.now();
    let mut found = compare(&ours, listed.ours, now);
    let whose = secure::whose(&mut tx, &mut found, &payees).await?;
    let done =
        Done { id: state.new_id(), since, payouts, transfers, foreign, differences: found.len(), started_at: started };
    store::keep_done(&mut tx, id, &done, now).await?;
    let new = keep_all(&mut tx, state, id, &found, now).await?;
    for one in &new {
        secure::hold(&mut tx, one, &whose, now).await?;
    }
    // Notifies each time: an earlier notification may have had no effect.
    for transfer in found.iter().filter(|one| one.kind == Kind::ReturnedThere).filter_map(|one| one.transfer.as_deref())
    {
        store::hint(&mut tx, id, transfer, now).await?;
    }
    let resolved = store::resolve(&mut tx, id, now).await?;
    let worth_an_email: Vec<&Difference> = new.iter().copied().filter(|one| one.kind != Kind::ReturnedThere).collect();
    email::differences(&mut tx, state, &worth_an_email).await?;
    store::done(&mut tx, id, (now, now.plus_days(EVERY_DAYS))).await?;
    tx.commit().await?;
    if !new.is_empty() || resolved > 0 {
        // No one listening is fine.
        drop(state.news.send(organization));
    }
    Ok(Outcome::Compared)
}

async fn keep_all<'f>(
    tx: &mut TenantTx,
    state: &AppState,
    id: PayoutConnectionId,
    found: &'f [Difference],
    now: Timestamp,
) -> Result<Vec<&'f Difference>> {
    let mut new = Vec::new();
    for one in found {
        if store::keep_difference(tx, id, state.new_id(), one, now).await? {
            tracing::warn!(
                event = "reconciliation.difference_found", job = "reconcile_payouts", kind = one.kind.as_str(),
                payout = %one.payout,
                "a payout differs from its Stripe transfer"
            );
            metrics::counter!("rekomi_payout_differences_total", "kind" => one.kind.as_str()).increment(1);
            new.push(one);
        }
    }
    Ok(new)
}

/// Makes a reconciliation due now.
///
/// # Errors
/// 409 `not_connected`; 409 `connection_paused` if Stripe refuses the key.
pub(super) async fn ask_for(tx: &mut TenantTx, now: Timestamp) -> Result<(PayoutConnectionId, Entry)> {
    let row = connections::current(tx).await?.ok_or_else(connections::not_connected)?;
    if row.status != "active" {
        let message = "Stripe no longer accepts the key. Replace it first under Payouts, Connection.";
        return Err(Error::new(axum::http::StatusCode::CONFLICT, Code::ConnectionPaused, message));
    }
    store::ask_for(tx, row.id, now).await?;
    Ok((row.id, Entry::new("reconciliation.requested", row.id)))
}
