//! `/api/v1/programs/{id}/discount`: what a program's affiliates may offer to customers.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::id::ProgramId;

use super::{
    change, store,
    view::{NewDiscount, ProgramDiscount},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
    },
    error::{Error, Result},
    state::AppState,
};

/// Retrieve a program's discount
#[utoipa::path(get, path = "/api/v1/programs/{id}/discount", tag = "Programs", operation_id = "getDiscount",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The discount", body = ProgramDiscount),
        (status = 404, description = "The program doesn't exist, or has no discount", body = ErrorSchema),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<ProgramId>,
) -> Result<Json<ProgramDiscount>> {
    let mut tx = key.reader(&state).await?;
    let found = store::current(&mut tx, id).await?;
    tx.end();
    found.map(|discount| Json(discount.into())).ok_or_else(Error::not_found)
}

/// Set a program's discount
///
/// Coupons that you create with `createAtGateway` get a code with this discount in your Stripe or Paddle account.
/// Terms and name can't change: others end the current discount and start a new one. Codes that exist keep the discount
/// that they were created with; archive their coupons if they should end.
#[utoipa::path(put, path = "/api/v1/programs/{id}/discount", tag = "Programs", operation_id = "setDiscount",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = NewDiscount,
    responses(
        (status = 200, description = "The discount", body = ProgramDiscount),
        (status = 404, description = "The program or connection doesn't exist", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewDiscount>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (discount, entry) = change::set(&mut write.tx, &state, id, &body.value).await?;
    let shown = ProgramDiscount::from(discount);
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &shown).await };
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &shown).await
}

/// End a program's discount
///
/// No new codes are created. Those that exist keep working until you archive their coupons.
#[utoipa::path(delete, path = "/api/v1/programs/{id}/discount", tag = "Programs", operation_id = "endDiscount",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The ended discount", body = ProgramDiscount),
        (status = 404, description = "The program doesn't exist, or has no discount", body = ErrorSchema),
        Refused))]
pub async fn end(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (discount, entry) = change::end(&mut write.tx, id, state.clock.now()).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &ProgramDiscount::from(discount)).await
}
