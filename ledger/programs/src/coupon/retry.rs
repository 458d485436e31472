//! `POST /api/v1/coupons/{id}/retry`: sends a code to the gateway again that it refused.

use axum::{extract::State, http::StatusCode, response::Response};
use shared::{id::CouponId, timestamp::Timestamp};

use super::{change::read, gateway_store, view::Coupon};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::{Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// Retry a coupon at the gateway
///
/// Sends the code of a coupon with the gateway status `refused` to the gateway again, or activates it there again if
/// someone deactivated it.
#[utoipa::path(post, path = "/api/v1/coupons/{id}/retry", tag = "Coupons", operation_id = "retryCoupon",
    params(("id" = String, Path, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The coupon", body = Coupon),
        (status = 409, description = "`not_retryable`, or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn retry(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<CouponId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (coupon, entry) = again(&mut write.tx, id, state.clock.now()).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &coupon).await
}

/// Makes the code due again.
///
/// # Errors
/// 404; 409 `not_retryable` or `coupon_archived`.
pub async fn again(tx: &mut TenantTx, id: CouponId, now: Timestamp) -> Result<(Coupon, Entry)> {
    read(tx, id, now).await?;
    if !gateway_store::retry(tx, id).await? {
        let message = "There's nothing to retry: the gateway hasn't refused this coupon's code.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NotRetryable, message));
    }
    Ok((read(tx, id, now).await?, Entry::new("coupon.retried", id)))
}
