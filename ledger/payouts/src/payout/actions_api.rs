//! `/api/v1/payouts/{id}/…`: a payout's items, its calls to Stripe, and the actions that people take on it.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::id::PayoutId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    actions::{self, ActionResult, Marked},
    attempt_store, store, stripe_lookup,
    view::{Payout, PayoutAttempt, PayoutItem},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// List a payout's items
#[utoipa::path(get, path = "/api/v1/payouts/{id}/items", tag = "Payouts", operation_id = "listPayoutItems",
    description = "Lists the commissions that a payout pays, and what it recovers from others. The list is empty until \
                   the money is reserved. The items of a failed payout show what it would have paid.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"), PageParams),
    responses(
        (status = 200, description = "A page of items, oldest commission first", body = Page<PayoutItem>),
        Refused))]
pub async fn items(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<PayoutItem>>> {
    let id = parse(&id)?;
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    store::one(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let rows = store::items(&mut tx, id, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.commission_id.uuid(), |row| row)))
}

/// List a payout's attempts
#[utoipa::path(get, path = "/api/v1/payouts/{id}/attempts", tag = "Payouts", operation_id = "listPayoutAttempts",
    description = "Lists each call to Stripe about the payout. A call is recorded before it is made.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"), PageParams),
    responses(
        (status = 200, description = "A page of attempts, oldest first", body = Page<PayoutAttempt>),
        Refused))]
pub async fn attempts(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<PayoutAttempt>>> {
    let id = parse(&id)?;
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    store::one(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let rows = attempt_store::list(&mut tx, id, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.0, |row| row.1)))
}

/// Retry a payout
#[utoipa::path(post, path = "/api/v1/payouts/{id}/retry", tag = "Payouts", operation_id = "retryPayout",
    description = "Continues a waiting payout immediately. A payout is never sent while it isn't known whether it was \
                   sent before: that is looked up first.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 202, description = "The payout, due now", body = Payout),
        (status = 409, description = "`not_retryable` (the payout has ended, or is paid outside), `not_approved`, \
                                      `not_connected` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn retry(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let acted = actions::retry(&mut write.tx, &state, id).await?;
    answer(write, StatusCode::ACCEPTED, acted).await
}

/// Cancel a payout
#[utoipa::path(post, path = "/api/v1/payouts/{id}/cancel", tag = "Payouts", operation_id = "cancelPayout",
    description = "Cancels a payout; what it would have paid is owed again. If a call to Stripe had no response, the \
                   transfer is looked up first: the payout can't be cancelled while the transfer may have been made. \
                   If Stripe can't be reached, you can cancel the payout one day after the last call to send it.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The cancelled payout: `Failed` with the code `cancelled`", body = Payout),
        (status = 409, description = "`already_sent`, `exported` (the payout is in an exported file: mark it as sent \
                                      or failed), `fate_unknown` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn cancel(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let looked = stripe_lookup::look_up(&state, key.organization, id).await?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let acted = actions::cancel(&mut write.tx, &state, id, &looked).await?;
    answer(write, StatusCode::OK, acted).await
}

/// The payment, identified by at least one of `transferId` and `reference`, and its date.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"transferId": "8X1234567", "reference": "PayPal mass payment", "paidOn": "2026-12-01"}))]
pub struct SentPayout {
    /// The rail's ID of the payment. For Stripe, the transfer (`tr_…`), which is verified.
    transfer_id: Option<String>,
    /// Your own reference for the payment, at most 200 characters.
    reference: Option<String>,
    /// The day on which you paid, in your organization's time zone; today by default. It determines the payment's tax
    /// year and statement. It can't be in the future, before the payout was proposed, or given with a Stripe transfer.
    #[schema(format = Date)]
    paid_on: Option<String>,
    /// Confirms that you paid a payout that answers `payout_stopped`; false by default.
    confirmed: Option<bool>,
}

/// Mark a payout as sent
#[utoipa::path(post, path = "/api/v1/payouts/{id}/mark-sent", tag = "Payouts", operation_id = "markPayoutSent",
    description = "Records that you paid the payout outside: by PayPal, Wise, bank, or with a transfer that you made \
                   in Stripe yourself. For a transfer, we verify with Stripe that it has this amount and goes to this \
                   account. A payout outside Stripe that you shouldn't have paid (its `reasonCode` is \
                   `destination_changed`, `on_hold` or `not_approved`) answers `payout_stopped`, unless `confirmed` is \
                   true.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = SentPayout,
    responses(
        (status = 200, description = "The payout, now `Sent`", body = Payout),
        (status = 409, description = "`already_sent`, `not_reserved`, `payout_failed`, `payout_stopped` (cancel the \
                                      payout, or confirm that you already paid it), `fate_unknown`, `transfer_taken`, \
                                      `not_connected` or `idempotency_conflict`", body = ErrorSchema),
        (status = 422, description = "`no_such_transfer` or `transfer_differs`", body = ErrorSchema),
        Refused))]
pub async fn mark_sent(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<SentPayout>,
) -> Result<Response> {
    let id = parse(&id)?;
    let SentPayout { transfer_id, reference, paid_on, confirmed } = &body.value;
    let confirmed = confirmed.unwrap_or_default();
    let marked = Marked::read(transfer_id.as_deref(), reference.as_deref(), paid_on.as_deref(), confirmed)?;
    let checked = match &marked.transfer {
        Some(transfer) => stripe_lookup::transfer(&state, key.organization, id, transfer).await?,
        None => None,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let acted = actions::mark_sent(&mut write.tx, &state, id, &marked, checked.as_ref()).await?;
    answer(write, StatusCode::OK, acted).await
}

/// Why the payment didn't arrive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "PayPal: the recipient's account is limited"}))]
pub struct FailedPayout {
    /// The reason, at most 200 characters.
    reason: String,
}

/// Mark a payout as failed
#[utoipa::path(post, path = "/api/v1/payouts/{id}/mark-failed", tag = "Payouts", operation_id = "markPayoutFailed",
    description = "Records that a payment made outside, by PayPal, Wise or bank, didn't arrive or came back. What it \
                   paid is owed again. A payout that counted as sent becomes `Reversed`; any other becomes `Failed`. \
                   If it was sent, or is in an exported file, the affiliate is put on hold: release the hold once you \
                   have found the cause.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = FailedPayout,
    responses(
        (status = 200, description = "The payout, now `Failed` or `Reversed`", body = Payout),
        (status = 409, description = "`not_by_hand` (Stripe reports the results of its own payouts), `not_reserved`, \
                                      `already_sent` (an imported payment) or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn mark_failed(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<FailedPayout>,
) -> Result<Response> {
    let id = parse(&id)?;
    let reason = actions::line("reason", Some(&body.value.reason))?;
    let reason =
        reason.ok_or_else(|| Error::field("reason", "reason must say why the payment didn\u{2019}t arrive"))?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let acted = actions::mark_failed(&mut write.tx, &state, id, &reason, None).await?;
    answer(write, StatusCode::OK, acted).await
}

async fn answer(mut write: Write<'_>, status: StatusCode, acted: ActionResult) -> Result<Response> {
    let Some(entry) = acted.entry else { return write.unchanged(status, &acted.payout).await };
    write.audit(entry).await?;
    write.answer(status, &acted.payout).await
}

fn parse(id: &str) -> Result<PayoutId> {
    id.parse().map_err(|_| Error::not_found())
}
