//! `PATCH` and `DELETE /api/v1/coupons/{id}`: changes and archives coupons.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{id::CouponId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    api::{CODE_MAX, coupon_taken},
    sales_store,
    store::{self, Filter},
    view::Coupon,
};
use engine::book;
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::api::body::{Nothing, present};
use kit::{
    api::{
        body::{JsonBody, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::checked,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"overridesClickAttribution": false}))]
pub struct ChangedCoupon {
    /// Whether the code takes precedence over a click, for sales reported from now on.
    overrides_click_attribution: Option<bool>,
    /// The gateway's id of the coupon. Null if it has none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// True archives the coupon: it credits no more sales from now on, and another coupon can use its code. This can't
    /// be undone.
    archived: Option<bool>,
    /// Rejected: these fields can't be changed. Archive the coupon and create another one.
    #[schema(ignore)]
    affiliate_id: Option<Value>,
    #[schema(ignore)]
    program_id: Option<Value>,
    #[schema(ignore)]
    code: Option<Value>,
}

/// Update a coupon
///
/// The code, affiliate and program can't change, because past sales were credited by them: archive the coupon and
/// create another one.
#[utoipa::path(patch, path = "/api/v1/coupons/{id}", tag = "Coupons", operation_id = "updateCoupon",
    params(("id" = String, Path, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe"),
        IdempotencyKey),
    request_body = ChangedCoupon,
    responses(
        (status = 200, description = "The coupon", body = Coupon),
        (status = 409, description = "`coupon_taken` (the externalId is in use), `coupon_archived`, or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<CouponId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedCoupon>,
) -> Result<Response> {
    let input = check(body.value)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    book::store::lock(&mut write.tx).await?;
    let now = state.clock.now();
    let before = read(&mut write.tx, id, now).await?;
    if before.archived_at.is_some() {
        return Err(archived());
    }
    let after = Coupon {
        overrides_click_attribution: input.overrides_click_attribution.unwrap_or(before.overrides_click_attribution),
        external_id: input.external_id.unwrap_or_else(|| before.external_id.clone()),
        ..before.clone()
    };
    if let Some(external) = after.external_id.as_deref().filter(|_| after.external_id != before.external_id)
        && store::is_taken(&mut write.tx, external, Some(id)).await?
    {
        return Err(coupon_taken("externalId"));
    }
    let archive = input.archived.unwrap_or_default();
    // Sales carry the edge's wall time, which the development clock doesn't change.
    store::update(&mut write.tx, &after, archive.then(|| state.clock.wall())).await?;
    let shown = read(&mut write.tx, id, now).await?;
    let fields = |coupon: &Coupon| json!({"overridesClickAttribution": coupon.overrides_click_attribution, "externalId": coupon.external_id});
    let action = if archive { "coupon.archived" } else { "coupon.changed" };
    write.audit(Entry::new(action, id).before(fields(&before)).after(fields(&shown))).await?;
    write.answer(StatusCode::OK, &shown).await
}

fn check(mut input: ChangedCoupon) -> Result<ChangedCoupon> {
    for (field, value) in
        [("affiliateId", &input.affiliate_id), ("programId", &input.program_id), ("code", &input.code)]
    {
        if value.is_some() {
            let message = format!("{field} can't be changed. Archive the coupon and create another one.");
            return Err(Error::field(field, message));
        }
    }
    if input.archived == Some(false) {
        return Err(Error::field("archived", "archived can't be undone. Create another coupon with the same code."));
    }
    if input.overrides_click_attribution.is_none() && input.external_id.is_none() && input.archived.is_none() {
        let message = "Send at least one of these fields: overridesClickAttribution, externalId or archived.";
        return Err(Error::field("overridesClickAttribution", message));
    }
    if let Some(Some(external)) = &input.external_id {
        input.external_id = Some(Some(checked("externalId", external, CODE_MAX)?));
    }
    Ok(input)
}

/// Archive a coupon
///
/// Works like `PATCH` with `archived`: the coupon credits no more sales from now on. You can still retrieve it. A
/// coupon that is already archived is returned unchanged.
#[utoipa::path(delete, path = "/api/v1/coupons/{id}", tag = "Coupons", operation_id = "archiveCoupon",
    params(("id" = String, Path, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The coupon", body = Coupon),
        Refused))]
pub async fn archive(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<CouponId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (coupon, entry) = retire(&mut write.tx, &state, id).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &coupon).await };
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &coupon).await
}

/// Archives a coupon; returns no audit entry if it was already archived.
///
/// # Errors
/// 404 if the coupon doesn't exist.
pub async fn retire(tx: &mut TenantTx, state: &AppState, id: CouponId) -> Result<(Coupon, Option<Entry>)> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let before = read(tx, id, now).await?;
    if before.archived_at.is_some() {
        return Ok((before, None));
    }
    store::update(tx, &before, Some(state.clock.wall())).await?;
    let after = read(tx, id, now).await?;
    let entry = Entry::new("coupon.archived", id).before(json!({"code": before.code}));
    Ok((after, Some(entry)))
}

/// # Errors
/// 404 if the coupon doesn't exist.
pub async fn read(tx: &mut TenantTx, id: CouponId, now: Timestamp) -> Result<Coupon> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let mut found = store::list(tx, &filter).await?;
    sales_store::fill(tx, &mut found, now).await?;
    found.pop().ok_or_else(Error::not_found)
}

fn archived() -> Error {
    Error::new(StatusCode::CONFLICT, Code::CouponArchived, "This coupon is archived and can't be changed anymore.")
}
