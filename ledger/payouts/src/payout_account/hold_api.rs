//! `/api/v1/affiliates/{id}/payout-hold`: holds an affiliate's payouts until they are released.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{api::known, status, view::PayoutAccount};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text,
    },
    error::Result,
    state::AppState,
};
use programs::payout_account::hold_store;

/// The database checks the same limit.
pub const REASON_MAX: usize = 1_000;

/// Why they aren't paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayoutHold {
    /// For your own people; the affiliate doesn't read it.
    #[schema(example = "Their traffic is being looked at")]
    reason: String,
}

/// Hold an affiliate's payouts
///
/// Runs leave them out, and what is approved but not sent yet isn't sent: by Stripe it fails with `on_hold` when its turn
/// comes and is owed again, and a file that is exported leaves it out. What a call to Stripe was made of, or stands in a file
/// already, isn't stopped. Set again, the reason changes.
#[utoipa::path(put, path = "/api/v1/affiliates/{id}/payout-hold", tag = "Payouts", operation_id = "setPayoutHold",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = NewPayoutHold,
    responses(
        (status = 200, description = "How they stand", body = PayoutAccount),
        (status = 400, description = "Names the field", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewPayoutHold>,
) -> Result<Response> {
    let reason = text::checked("reason", &body.value.reason, REASON_MAX)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let affiliate = known(&mut write.tx, key.organization, &id).await?;
    let before = hold_store::read(&mut write.tx, key.organization, affiliate).await?;
    if before.as_ref().is_none_or(|hold| hold.reason != reason) {
        let actor = write.actor();
        let now = state.clock.now();
        hold_store::set(&mut write.tx, key.organization, affiliate, (&reason, &actor), now).await?;
        let entry = Entry {
            before: before.map(|hold| json!({"reason": hold.reason})),
            ..Entry::new("payout_hold.set", affiliate).after(json!({"reason": reason}))
        };
        write.audit(entry).await?;
    } else {
        write.audited();
    }
    let paid = status::read(&mut write.tx, key.organization, affiliate).await?;
    write.answer(StatusCode::OK, &PayoutAccount::of(paid)).await
}

/// Release an affiliate's payouts
///
/// The next run pays them again. One that isn't on hold is answered as it is.
#[utoipa::path(delete, path = "/api/v1/affiliates/{id}/payout-hold", tag = "Payouts", operation_id = "deletePayoutHold",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    responses(
        (status = 200, description = "How they stand", body = PayoutAccount),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let affiliate = known(&mut write.tx, key.organization, &id).await?;
    let before = hold_store::read(&mut write.tx, key.organization, affiliate).await?;
    match before {
        Some(hold) => {
            hold_store::remove(&mut write.tx, key.organization, affiliate).await?;
            let entry = Entry::new("payout_hold.removed", affiliate).before(json!({"reason": hold.reason}));
            write.audit(entry).await?;
        }
        None => write.audited(),
    }
    let paid = status::read(&mut write.tx, key.organization, affiliate).await?;
    write.answer(StatusCode::OK, &PayoutAccount::of(paid)).await
}
