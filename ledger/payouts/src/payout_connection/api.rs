//! `/api/v1/payout-connection`: the brand's own Stripe account; an organization has one connection at a time.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check, connect, endpoint, fault, funds,
    key::Pasted,
    store,
    view::{CurrencyBalance, PayoutBalance, PayoutConnection},
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    error::{Answer, Result},
    state::AppState,
};

/// An API key of your Stripe account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"apiKey": "rk_live_51PJBLEBBLEfV"}))]
pub struct PayoutConnectionKey {
    /// A restricted key (`rk_…`) with the permissions that `GET` lists. A secret key (`sk_…`) works too, but grants
    /// more access than needed.
    #[schema(value_type = String, example = "rk_live_51PJBLEBBLEfV")]
    api_key: Pasted,
    /// Signing secrets (`whsec_…`) of webhook endpoints that you created yourself, if the key isn't allowed to create
    /// them.
    #[schema(example = json!(["whsec_wRNftLajMZNeslQOP6vEPm4iVx5NlZ6z"]))]
    webhook_secrets: Option<Vec<String>>,
}

/// The result of a connection test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutConnectionTest {
    /// Whether the test succeeded.
    #[schema(example = true)]
    ok: bool,
    /// The result in words, with what to do next.
    #[schema(example = "The key works and has all required permissions.")]
    message: String,
    /// The connection after the test.
    connection: PayoutConnection,
}

/// Retrieve the payout connection
#[utoipa::path(get, path = "/api/v1/payout-connection", tag = "Payout settings", operation_id = "getPayoutConnection",
    responses(
        (status = 200, description = "The connection and the permissions of its key", body = PayoutConnection),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<PayoutConnection>> {
    let mut tx = key.reader(&state).await?;
    let row = store::current(&mut tx).await?.ok_or_else(fault::none)?;
    tx.end();
    Ok(Json(PayoutConnection::of(row, &state.config, key.organization)))
}

/// Connect your Stripe account
///
/// Tests the key before anything is saved: calls that change nothing show which permissions it has. If the key allows
/// it, we create two webhook endpoints in your account. A new key of the same account keeps everything. A key of
/// another account replaces the connection only while no payout is in progress; affiliates then have to set up their
/// accounts again.
#[utoipa::path(put, path = "/api/v1/payout-connection", tag = "Payout settings", operation_id = "setPayoutConnection",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = PayoutConnectionKey,
    responses(
        (status = 200, description = "Connected", body = PayoutConnection),
        (status = 400, description = "The key or a signing secret is invalid; `field` names it", body = ErrorSchema),
        (status = 409, description = "`payouts_open`, `connected_meanwhile` or `idempotency_conflict`",
            body = ErrorSchema),
        (status = 422, description = "`missing_permissions` (the message and `missing` name each of them), \
                                      `stripe_refused`, `no_connect`, `wrong_mode` or `account_incomplete`",
            body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<PayoutConnectionKey>,
) -> Result<Response> {
    let (requested, idempotency) = (body.value, idempotency.with(body.request_digest));
    let mut tx = key.tx(&state).await?;
    idempotency.claim(&mut tx, key.organization, state.clock.now()).await?;
    // No transaction is open while Stripe is asked: that may take seconds.
    drop(tx);
    let secrets = requested.webhook_secrets.unwrap_or_default();
    let verified = connect::verify(&state, key.organization, &requested.api_key, &secrets).await?;
    let mut write = Write::begin(&state, &key, idempotency.clone()).await?;
    let (id, entry) = connect::settle(&mut write.tx, &state, &verified).await?;
    write.audit(entry).await?;
    write.commit_part().await?;
    let row = connect::register(&state, key.organization, id).await?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    write.audited();
    write.answer(StatusCode::OK, &PayoutConnection::of(row, &state.config, key.organization)).await
}

/// Disconnect your Stripe account
///
/// Deletes the key and the webhook endpoints that we created. Affiliates keep their accounts. If you connect the same
/// Stripe account again, it continues to use them.
#[utoipa::path(delete, path = "/api/v1/payout-connection", tag = "Payout settings", operation_id = "deletePayoutConnection",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    responses(
        (status = 204, description = "Disconnected"),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        (status = 409, description = "`payouts_open` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let (row, entry) = connect::disconnect(&mut write.tx).await?;
    write.audit(entry).await?;
    let answer = write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await?;
    if let Ok(secret) = store::key(&state, key.organization, &row) {
        endpoint::take_down(&state, &secret, &row.webhook_endpoints).await;
    }
    Ok(answer)
}

/// Test the payout connection
///
/// Asks Stripe which permissions the key has. A paused connection resumes if the test passes. A key that Stripe rejects
/// pauses the connection.
#[utoipa::path(post, path = "/api/v1/payout-connection/test", tag = "Payout settings", operation_id = "testPayoutConnection",
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, description = "The result of the test", body = PayoutConnectionTest),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
) -> Result<Json<PayoutConnectionTest>> {
    let tested = check::test(&state, key.organization, &key.actor).await?;
    let connection = PayoutConnection::of(tested.row, &state.config, key.organization);
    Ok(Json(PayoutConnectionTest { ok: tested.ok, message: tested.message, connection }))
}

/// Retrieve the Stripe balance
///
/// Requests the current balance from Stripe, and returns it with the amounts needed for payouts that are proposed or in
/// progress.
#[utoipa::path(get, path = "/api/v1/payout-connection/balance", tag = "Payout settings", operation_id = "getPayoutBalance",
    responses(
        (status = 200, description = "The balance by currency", body = PayoutBalance),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`stripe_refused`", body = ErrorSchema),
        Refused))]
pub async fn balance(State(state): State<AppState>, key: ReadKey) -> Result<Json<PayoutBalance>> {
    let row = funds::fetch(&state, key.organization).await?;
    let mut tx = key.reader(&state).await?;
    let funds = funds::stored(&mut tx, &row).await?;
    tx.end();
    let as_of = row.balance_at.unwrap_or(row.created_at);
    Ok(Json(PayoutBalance { balances: funds.into_iter().map(CurrencyBalance::of).collect(), as_of }))
}
