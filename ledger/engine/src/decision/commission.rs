//! `POST /api/v1/commissions/{id}/deny`, `/approve`, `/release`: decisions about one commission.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde_json::json;
use shared::id::CommissionId;

use super::{
    apply,
    reason::{self, Reason},
};
use crate::{
    api::store,
    commission,
    history::{Decision, DecisionKind, facts},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::Commission as View,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use rules::commission::{Commission, CommissionStatus};

/// Deny a commission
#[utoipa::path(post, path = "/api/v1/commissions/{id}/deny", tag = "Decisions", operation_id = "denyCommission",
    description = "Sets the commission's value to zero, whatever is reported about its sale later, until `approve` \
                   reverses the denial. Any amount already paid becomes a negative balance.",
    params(("id" = String, Path, example = "com_01kdvdna00fj8n4t6c2q9y5wbe"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The updated commission", body = View),
        Refused))]
pub async fn deny(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    decide(&state, key, &id, idempotency, body, DecisionKind::Deny).await
}

/// Approve a commission
#[utoipa::path(post, path = "/api/v1/commissions/{id}/approve", tag = "Decisions", operation_id = "approveCommission",
    description = "Reverses a denial, so the commission is again worth what its sale earns, or ends the review of a \
                   commission for clicks (`heldFor` is `Review`). Either way, the commission is Pending until its \
                   hold ends, and Approved after that.",
    params(("id" = String, Path, example = "com_01kdvdna00fj8n4t6c2q9y5wbe"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The updated commission", body = View),
        (status = 409, description = "`not_denied`: the commission has no denial to reverse and isn't under review; \
                                      or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn approve(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    decide(&state, key, &id, idempotency, body, DecisionKind::Approve).await
}

/// Release a commission
#[utoipa::path(post, path = "/api/v1/commissions/{id}/release", tag = "Decisions", operation_id = "releaseCommission",
    description = "Approves the commission before its hold ends. A commission that is already payable is returned \
                   unchanged. A commission held by a review or dispute can't be released: decide the review, or wait \
                   for the dispute to end.",
    params(("id" = String, Path, example = "com_01kdvdna00fj8n4t6c2q9y5wbe"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The updated commission", body = View),
        (status = 409, description = "`commission_held`, `not_pending` (the commission is worth nothing), or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn release(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    decide(&state, key, &id, idempotency, body, DecisionKind::Release).await
}

async fn decide(
    state: &AppState,
    key: ReadKey,
    id: &str,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
    kind: DecisionKind,
) -> Result<Response> {
    let reason = reason::checked(&body.value.reason)?;
    let id: CommissionId = id.parse().map_err(|_| Error::not_found())?;
    let mut write = Write::begin(state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let entry = decide_one(&mut write.tx, state, id, kind, &reason, &actor).await?;
    write.audit(entry).await?;
    let view = store::commission(&mut write.tx, id).await?;
    let view = view.ok_or_else(|| Error::internal("a commission that went away"))?;
    write.answer(StatusCode::OK, &view).await
}

/// Denies, approves or releases one commission, with a validated reason; returns the audit log entry. Locks the
/// organization's tenant.
///
/// # Errors
/// 404; 409 if the decision has no effect. The caller must then roll back.
pub async fn decide_one(
    tx: &mut TenantTx,
    state: &AppState,
    id: CommissionId,
    kind: DecisionKind,
    reason: &str,
    actor: &str,
) -> Result<Entry> {
    // Locks first, so that what the decision is checked against can't change before it is saved.
    crate::book::store::lock(tx).await?;
    let found = commission::store::by_id(tx, &[id]).await?;
    let commission = found.into_iter().next().ok_or_else(Error::not_found)?;
    if makes_a_difference(tx, &commission, kind).await? {
        apply::apply(tx, state, &[decision(state, id, kind, reason)], actor).await?;
    }
    Ok(entry(&commission, kind, reason))
}

/// Like [`decide_one`] for several commissions at once. Returns the audit log entry of each that was decided, or why it
/// couldn't be.
///
/// # Errors
/// Database and booking errors; the caller must then roll back.
pub async fn decide_many(
    tx: &mut TenantTx,
    state: &AppState,
    ids: &[CommissionId],
    kind: DecisionKind,
    reason: &str,
    actor: &str,
) -> Result<Vec<(CommissionId, Result<Entry>)>> {
    crate::book::store::lock(tx).await?;
    let (mut decisions, mut outcomes) = (Vec::new(), Vec::new());
    for commission in commission::store::by_id(tx, ids).await? {
        let outcome = match makes_a_difference(tx, &commission, kind).await {
            Ok(is_needed) => {
                decisions.extend(is_needed.then(|| decision(state, commission.id, kind, reason)));
                Ok(entry(&commission, kind, reason))
            }
            Err(error) if error.status().is_client_error() => Err(error),
            Err(error) => return Err(error),
        };
        outcomes.push((commission.id, outcome));
    }
    apply::apply(tx, state, &decisions, actor).await?;
    Ok(outcomes)
}

fn decision(state: &AppState, commission: CommissionId, kind: DecisionKind, reason: &str) -> Decision {
    Decision {
        id: state.new_id::<shared::id::Decision>().uuid(),
        kind,
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

fn entry(commission: &Commission, kind: DecisionKind, reason: &str) -> Entry {
    let entry = Entry::new(action(kind), commission.id);
    entry.before(json!({"status": commission.status.as_str()})).after(json!({"reason": reason}))
}

const fn action(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Approve => "commission.approved",
        DecisionKind::Deny => "commission.denied",
        _ => "commission.released",
    }
}

/// Whether the commission itself waits for a review, rather than the conversion that earned it.
fn waits_for_review(commission: &Commission) -> bool {
    commission.held == Some(rules::commission::Held::Review) && commission.conversion().is_none()
}

/// Returns false if the decision is already in effect.
async fn makes_a_difference(tx: &mut TenantTx, commission: &Commission, kind: DecisionKind) -> Result<bool> {
    let conflict = |code: Code, message: &str| Err(Error::new(StatusCode::CONFLICT, code, message));
    match kind {
        DecisionKind::Approve => {
            let decisions = facts::decisions_about(tx, &[commission.id]).await?;
            let words = decisions.iter().filter(|one| matches!(one.kind, DecisionKind::Approve | DecisionKind::Deny));
            match words.max_by_key(|one| (one.decided_at, one.id)) {
                Some(word) if word.kind == DecisionKind::Deny => Ok(true),
                _ if waits_for_review(commission) => Ok(true),
                _ if commission.status == CommissionStatus::Denied => conflict(
                    Code::NotDenied,
                    "This commission wasn't denied itself: its conversion was denied, or another affiliate is \
                     credited now.",
                ),
                _ => conflict(Code::NotDenied, "This commission wasn't denied. To pay it sooner, release it."),
            }
        }
        DecisionKind::Release => match (commission.status, commission.held) {
            (CommissionStatus::Approved | CommissionStatus::Paid, _) => Ok(false),
            (CommissionStatus::Refunded | CommissionStatus::Denied, _) => {
                conflict(Code::NotPending, "This commission is worth nothing, so there is nothing to release.")
            }
            (CommissionStatus::Pending, Some(rules::commission::Held::Review)) if waits_for_review(commission) => {
                conflict(Code::CommissionHeld, "This commission is under review. Approve or deny it first.")
            }
            (CommissionStatus::Pending, Some(rules::commission::Held::Review)) => {
                conflict(Code::CommissionHeld, "The conversion is under review. Approve or deny it first.")
            }
            (CommissionStatus::Pending, Some(rules::commission::Held::FirstSale)) => {
                conflict(Code::CommissionHeld, "The customer's first sale is under review. Approve or deny it first.")
            }
            (CommissionStatus::Pending, Some(rules::commission::Held::Dispute)) => {
                conflict(Code::CommissionHeld, "The buyer disputes the payment. Wait until the dispute is closed.")
            }
            (CommissionStatus::Pending, None) => Ok(true),
        },
        _ => Ok(true),
    }
}
