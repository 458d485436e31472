//! `POST /api/v1/affiliates/{id}/release` and `/customers/{id}/release`: makes all their commissions payable that wait
//! only for their hold period to end.
//!
//! They are processed in sets, each in its own transaction, so that intake waits only briefly. Repeating an interrupted
//! request continues where it stopped.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use serde_json::json;
use shared::id::{AffiliateId, CommissionId, OrganizationId};
use utoipa::ToSchema;

use super::{
    apply,
    reason::{self, Reason},
    store::{self, Whose},
};
use crate::{
    book, commission,
    history::{Decision, DecisionKind},
    lookup_store,
};
use identity::{
    access::{
        actor::Actor,
        api_key::{ReadKey, WriteKey},
    },
    api::write::Write,
    audit::{self, Entry},
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey, path::PathId},
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::commission::{Commission, CommissionStatus};

const SET: i64 = 500;

/// The commissions that became payable.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// The number of commissions released. 0 if none were waiting.
    #[schema(example = 3)]
    pub released: u64,
    /// The released amounts, one per currency.
    amounts: Vec<ReleasedAmount>,
}

/// The released commissions in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleasedAmount {
    #[schema(example = "USD")]
    currency: String,
    /// The number of commissions.
    #[schema(example = 3)]
    commissions: u64,
    #[schema(example = 5940)]
    amount_cents: i64,
}

/// Release an affiliate's commissions
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/release", tag = "Decisions", operation_id = "releaseAffiliate",
    description = "Approves all of the affiliate's Pending commissions that aren't held by a review or dispute. \
                   Repeating the request releases the commissions earned in the meantime.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The released commissions", body = Released),
        Refused))]
pub async fn affiliate(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    let mut tx = key.reader(&state).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.end();
    release(&state, key, idempotency, body, Whose::Affiliate(id), id.to_string()).await
}

/// Release a customer's commissions
#[utoipa::path(post, path = "/api/v1/customers/{id}/release", tag = "Decisions", operation_id = "releaseCustomer",
    description = "Approves all Pending commissions on this customer's purchases that aren't held by a review or \
                   dispute: for example, once the customer's payment is final.",
    params(("id" = String, Path, description = "`cus_…`, or the customer's id in your system or at your gateway",
            example = "user_42"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The released commissions", body = Released),
        Refused))]
pub async fn customer(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    if id.contains('\0') {
        return Err(Error::not_found());
    }
    let mut tx = key.tx(&state).await?;
    let buyer = store::buyer(&mut tx, &id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    release(&state, key, idempotency, body, Whose::Buyer(buyer, None), id).await
}

async fn release(
    state: &AppState,
    key: ReadKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
    whose: Whose,
    target: String,
) -> Result<Response> {
    let reason = reason::checked(&body.value.reason)?;
    let idempotency = idempotency.with(body.request_digest);
    let (mut write, released) = sweep(state, &key, idempotency, &[whose], &reason).await?;
    write.audit(entry(target, &reason, &released)).await?;
    write.answer(StatusCode::OK, &released).await
}

pub fn entry(target: String, reason: &str, released: &Released) -> Entry {
    Entry::new("commission.released_all", target).after(json!({"reason": reason, "released": released}))
}

/// Releases all of their commissions, set by set. The caller still has to answer with the last set's write.
///
/// # Errors
/// Those of [`Write::begin`] and of booking.
pub async fn sweep<'s>(
    state: &'s AppState,
    key: &'s ReadKey,
    idempotency: IdempotencyKey,
    whose: &[Whose],
    reason: &str,
) -> Result<(Write<'s>, Released)> {
    let mut sums = Sums::new();
    loop {
        let mut write = Write::begin(state, key, idempotency.clone()).await?;
        let actor = write.actor();
        if set(&mut write.tx, state, whose, (reason, &actor), &mut sums).await? {
            return Ok((write, view(sums)));
        }
        write.commit_part().await?;
    }
}

/// Releases one set of their commissions and adds it to the sums; returns whether it was the last set. Locks the
/// organization's tenant.
async fn set(
    tx: &mut TenantTx,
    state: &AppState,
    whose: &[Whose],
    (reason, actor): (&str, &str),
    sums: &mut Sums,
) -> Result<bool> {
    book::store::lock(tx).await?;
    let mut waiting = Vec::new();
    for one in whose {
        let room = SET - i64::try_from(waiting.len()).unwrap_or(SET);
        waiting.extend(store::waiting(tx, *one, room).await?);
    }
    let decisions: Vec<Decision> = waiting.iter().map(|id| decision(state, *id, reason)).collect();
    apply::apply(tx, state, &decisions, actor).await?;
    let now = commission::store::by_id(tx, &waiting).await?;
    add(sums, &now);
    // A set in which nothing changes would come back forever.
    let stuck = now.iter().all(|row| row.status == CommissionStatus::Pending);
    Ok(stuck || i64::try_from(waiting.len()).is_ok_and(|count| count < SET))
}

/// Like [`sweep`], for a person using the dashboard: with a validated reason, and each set in its own transaction.
///
/// # Errors
/// Booking errors; what was released before stays released.
pub async fn by_hand(
    state: &AppState,
    organization: OrganizationId,
    whose: Whose,
    target: String,
    reason: &str,
    actor: &Actor,
) -> Result<Released> {
    let mut sums = Sums::new();
    loop {
        let mut tx = state.db.tenant(organization).await?;
        let last = set(&mut tx, state, &[whose], (reason, &actor.who), &mut sums).await?;
        if last {
            let released = view(sums);
            audit::record(&mut tx, actor, state.clock.now(), entry(target, reason, &released)).await?;
            tx.commit().await?;
            drop(state.news.send(organization));
            return Ok(released);
        }
        tx.commit().await?;
    }
}

fn decision(state: &AppState, commission: CommissionId, reason: &str) -> Decision {
    Decision {
        id: state.new_id::<shared::id::Decision>().uuid(),
        kind: DecisionKind::Release,
        conversion_id: None,
        commission_id: Some(commission),
        credit: None,
        reach: None,
        reason: reason.to_owned(),
        about_claim: false,
        repeats_from: None,
        decided_at: state.clock.now(),
    }
}

/// Counts and amounts by currency.
type Sums = BTreeMap<String, (u64, i64)>;

fn add(sums: &mut Sums, released: &[Commission]) {
    for commission in released.iter().filter(|row| row.status == CommissionStatus::Approved) {
        let sum = sums.entry(commission.earned.currency.code().to_owned()).or_default();
        sum.0 += 1;
        sum.1 = sum.1.saturating_add(commission.outstanding());
    }
}

fn view(sums: Sums) -> Released {
    Released {
        released: sums.values().map(|(count, _)| count).sum(),
        amounts: sums
            .into_iter()
            .map(|(currency, (commissions, amount_cents))| ReleasedAmount { currency, commissions, amount_cents })
            .collect(),
    }
}
