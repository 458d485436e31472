//! `POST /api/v1/affiliates/{id}/bonuses` and `/adjustments`: amounts that a person adds or deducts in addition to what
//! sales earn.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, CommissionId, ProgramId},
    money::{Currency, Money},
};
use utoipa::ToSchema;

use super::{
    extra::{self, Extra},
    reason,
};
use crate::{
    api::{store, unknown},
    lookup_store,
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
    error::{Error, Result},
    state::AppState,
};

/// Far more than any bonus, and far from the 64-bit limit.
const AMOUNT_MAX: i64 = 1_000_000_000_000;
const HOLD_DAYS_MAX: u16 = 365;

/// A bonus or an adjustment to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gift {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// Amount in minor units. More than 0 for a bonus; any amount but 0 for an adjustment. At most 1,000,000,000,000 in
    /// either direction.
    #[schema(example = 5000)]
    amount_cents: i64,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// 1 to 1000 characters. May be shown to the affiliate.
    #[schema(example = "Thank you for the launch video.")]
    reason: String,
    /// The number of days the commission stays Pending, 0 to 365. Defaults to 0.
    #[schema(example = 0)]
    hold_days: Option<u16>,
}

/// Create a bonus
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/bonuses", tag = "Decisions", operation_id = "createBonus",
    description = "Creates a commission that isn't earned by a conversion. It is paid with the affiliate's other \
                   commissions.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = Gift,
    responses(
        (status = 201, description = "The bonus", body = View),
        (status = 404, description = "The affiliate doesn't exist, or (with `field`) the program doesn't exist",
            body = ErrorSchema),
        Refused))]
pub async fn bonus(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Gift>,
) -> Result<Response> {
    if body.value.amount_cents <= 0 {
        return Err(Error::field("amountCents", "amountCents must be more than 0. To deduct, create an adjustment."));
    }
    give(&state, key, &id, idempotency, body, true).await
}

/// Create an adjustment
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/adjustments", tag = "Decisions", operation_id = "createAdjustment",
    description = "Increases or decreases the amount owed to an affiliate. A negative adjustment is deducted from the \
                   next payout.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body(content = Gift, example = json!({
        "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "amountCents": -1250, "currency": "USD",
        "reason": "October was counted twice in the import."})),
    responses(
        (status = 201, description = "The adjustment", body = View),
        (status = 404, description = "The affiliate doesn't exist, or (with `field`) the program doesn't exist",
            body = ErrorSchema),
        Refused))]
pub async fn adjustment(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Gift>,
) -> Result<Response> {
    if body.value.amount_cents == 0 {
        return Err(Error::field("amountCents", "amountCents must not be 0"));
    }
    give(&state, key, &id, idempotency, body, false).await
}

async fn give(
    state: &AppState,
    key: ReadKey,
    id: &str,
    idempotency: IdempotencyKey,
    body: JsonBody<Gift>,
    is_bonus: bool,
) -> Result<Response> {
    let affiliate: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let input = body.value;
    let extra = checked(Extra {
        program_id: input.program_id,
        affiliate_id: affiliate,
        amount: Money::new(input.amount_cents, input.currency),
        is_bonus,
        hold_days: input.hold_days.unwrap_or_default(),
        not_before: None,
        reason: input.reason,
    })?;
    let mut write = Write::begin(state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let (made, entry) = give_by_hand(&mut write.tx, state, &extra, &actor).await?;
    write.audit(entry).await?;
    let view = store::commission(&mut write.tx, made).await?;
    let view = view.ok_or_else(|| Error::internal("a commission that went away"))?;
    write.answer(StatusCode::CREATED, &view).await
}

/// Checks what needs no database.
///
/// # Errors
/// 400 naming the field, as the API calls it.
pub fn checked(extra: Extra) -> Result<Extra> {
    let reason = reason::checked(&extra.reason)?;
    if extra.amount.minor.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
        return Err(Error::field("amountCents", "amountCents must be -1,000,000,000,000 to 1,000,000,000,000"));
    }
    if extra.hold_days > HOLD_DAYS_MAX {
        return Err(Error::field("holdDays", "holdDays must be 0 to 365"));
    }
    Ok(Extra { reason, ..extra })
}

/// Gives the amount for a person or an API key, and returns the entry for the audit log.
///
/// # Errors
/// 404; the caller must roll back then.
pub async fn give_by_hand(
    tx: &mut TenantTx,
    state: &AppState,
    extra: &Extra,
    actor: &str,
) -> Result<(CommissionId, Entry)> {
    lookup_store::affiliate(tx, extra.affiliate_id).await?.ok_or_else(Error::not_found)?;
    if !lookup_store::has_program(tx, extra.program_id).await? {
        return Err(unknown("programId"));
    }
    let made = extra::give(tx, state, extra, actor).await?;
    let action = if extra.is_bonus { "commission.bonus_given" } else { "commission.adjusted" };
    let details = json!({
        "affiliateId": extra.affiliate_id, "programId": extra.program_id, "amountCents": extra.amount.minor,
        "currency": extra.amount.currency.code(), "reason": extra.reason,
    });
    Ok((made, Entry::new(action, made).after(details)))
}
