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

/// A hold on an affiliate's payouts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayoutHold {
    /// The reason, at most 1,000 characters. Internal only: the affiliate doesn't see it.
    #[schema(example = "Their traffic is under review")]
    reason: String,
}

/// Hold an affiliate's payouts
///
/// Payout runs leave the affiliate out, and payouts that are approved but not sent yet aren't sent. A Stripe payout
/// fails with `on_hold` when its turn comes and is owed again; exported files omit payouts on other rails, and a payout
/// that you pay manually has the `reasonCode` `on_hold` until you release it. A payout that was already submitted to
/// Stripe or is already in an exported file isn't stopped. Setting the hold again changes the reason.
#[utoipa::path(put, path = "/api/v1/affiliates/{id}/payout-hold", tag = "Payout accounts", operation_id = "setPayoutHold",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = NewPayoutHold,
    responses(
        (status = 200, description = "The affiliate's payout account", body = PayoutAccount),
        (status = 400, description = "The request is invalid; `field` names the cause", body = ErrorSchema),
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
    let affiliate = known(&mut write.tx, &id).await?;
    let before = hold_store::read(&mut write.tx, affiliate).await?;
    if before.as_ref().is_none_or(|hold| hold.reason != reason) {
        let actor = write.actor();
        let now = state.clock.now();
        hold_store::set(&mut write.tx, affiliate, (&reason, &actor), now).await?;
        let entry = Entry {
            before: before.map(|hold| json!({"reason": hold.reason})),
            ..Entry::new("payout_hold.set", affiliate).after(json!({"reason": reason}))
        };
        write.audit(entry).await?;
    } else {
        write.audited();
    }
    let paid = status::read(&mut write.tx, affiliate).await?;
    write.answer(StatusCode::OK, &PayoutAccount::of(paid)).await
}

/// Release an affiliate's payouts
///
/// The next run pays the affiliate again. If the affiliate isn't on hold, nothing changes. If their payout destination
/// or email address changed within the last three days, another hold than the pause for that becomes this pause, and
/// `hold` in the response has its reason: releasing the affiliate again ends it, too.
#[utoipa::path(delete, path = "/api/v1/affiliates/{id}/payout-hold", tag = "Payout accounts", operation_id = "deletePayoutHold",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The affiliate's payout account", body = PayoutAccount),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let affiliate = known(&mut write.tx, &id).await?;
    let before = hold_store::read(&mut write.tx, affiliate).await?;
    match before {
        Some(hold) => {
            let paused = hold_store::remove(&mut write.tx, affiliate, state.clock.now()).await?;
            let entry = Entry {
                after: paused.map(|reason| json!({"reason": reason})),
                ..Entry::new("payout_hold.removed", affiliate).before(json!({"reason": hold.reason}))
            };
            write.audit(entry).await?;
        }
        None => write.audited(),
    }
    let paid = status::read(&mut write.tx, affiliate).await?;
    write.answer(StatusCode::OK, &PayoutAccount::of(paid)).await
}
