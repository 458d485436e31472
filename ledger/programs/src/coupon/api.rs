//! `/api/v1/coupons`: codes that credit an affiliate, with or without a click.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, CouponId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    change, code, gateway, sales_store,
    store::{self, Filter},
    view::{Coupon, CouponSales},
};
use crate::link::create::{not_found, program_in_use};
use engine::{book, lookup_store};
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
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
        text::maybe,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

pub const CODE_MAX: usize = 100;

/// A coupon to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCoupon, example = json!({
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy",
    "code": "LAUREN20",
    "externalId": "promo_1PJBLEBBLEfV"
}))]
pub struct NewCoupon {
    #[schema(value_type = String)]
    program_id: ProgramId,
    /// An approved affiliate.
    #[schema(value_type = String)]
    affiliate_id: AffiliateId,
    /// 1 to 100 letters of any alphabet, digits, and `-`, `_`, `.`, `%`, `+` or `&`, without spaces. Case-insensitive
    /// (`İNDİRİM20` equals `indirim20`).
    code: String,
    /// Whether the code takes precedence over a click on another affiliate's link. Defaults to true.
    overrides_click_attribution: Option<bool>,
    /// The gateway's id of the coupon, if its events contain that instead of the code.
    external_id: Option<String>,
    /// Whether Rekomi creates the code in your Stripe or Paddle account, with the program's discount. The code can be
    /// used once `gateway.status` is `active`. Defaults to false.
    create_at_gateway: Option<bool>,
}

/// List coupons
#[utoipa::path(get, path = "/api/v1/coupons", tag = "Coupons", operation_id = "listCoupons",
    params(PageParams, SortParam,
        ("programId" = Option<String>, Query),
        ("affiliateId" = Option<String>, Query),
        ("code" = Option<String>, Query, description = "Case-insensitive", example = "LAUREN20"),
        ("externalId" = Option<String>, Query, description = "The gateway's id of the coupon",
            example = "promo_1PJBLEBBLEfV"),
        ("status" = Option<String>, Query, description = "`Active` or `Archived`", example = "Active"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Coupon>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Coupon>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        id: None,
        program: query.id("programId")?,
        affiliate: query.id("affiliateId")?,
        code: query.text("code"),
        external_id: query.text("externalId"),
        archived: query.one_of("status", &["Active", "Archived"])?.map(|status| status == "Archived"),
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let mut rows = store::list(&mut tx, &filter).await?;
    sales_store::fill(&mut tx, &mut rows, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a coupon
#[utoipa::path(get, path = "/api/v1/coupons/{id}", tag = "Coupons", operation_id = "getCoupon",
    params(("id" = String, Path, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe")),
    responses(
        (status = 200, description = "The coupon", body = Coupon),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, PathId(id): PathId<CouponId>) -> Result<Json<Coupon>> {
    let mut tx = key.reader(&state).await?;
    let found = change::read(&mut tx, id, state.clock.now()).await?;
    tx.end();
    Ok(Json(found))
}

/// Create a coupon
///
/// Sales reported from now on that contain the code, or its id at the gateway, are credited to its affiliate. Set up the
/// discount itself in your shop or gateway, or let Rekomi create the code there with `createAtGateway`.
#[utoipa::path(post, path = "/api/v1/coupons", tag = "Coupons", operation_id = "createCoupon",
    params(IdempotencyKey),
    request_body = NewCoupon,
    responses(
        (status = 201, description = "The coupon", body = Coupon),
        (status = 404, description = "The program or affiliate doesn't exist; `field` names which", body = ErrorSchema),
        (status = 409, description = "`coupon_taken`: `field` is the one in use, `code` or `externalId`; or \
                                      `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewCoupon>,
) -> Result<Response> {
    let now = state.clock.now();
    let input = body.value;
    let coupon = Coupon {
        id: state.new_id(),
        program_id: input.program_id,
        affiliate_id: input.affiliate_id,
        code: code::checked(&input.code, CODE_MAX)?,
        overrides_click_attribution: input.overrides_click_attribution.unwrap_or(true),
        external_id: maybe("externalId", input.external_id.as_deref(), CODE_MAX)?,
        discount: None,
        gateway: None,
        sold: CouponSales::default(),
        archived_at: None,
        created_at: now,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let coupon = if input.create_at_gateway.unwrap_or_default() {
        gateway::make(&mut write.tx, &coupon, now).await?;
        change::read(&mut write.tx, coupon.id, now).await?
    } else {
        make(&mut write.tx, &coupon, now).await?;
        coupon
    };
    write.audit(entry(&coupon)).await?;
    write.answer(StatusCode::CREATED, &coupon).await
}

/// The audit log entry.
pub fn entry(coupon: &Coupon) -> Entry {
    Entry::new("coupon.created", coupon.id)
        .after(json!({"code": coupon.code, "affiliateId": coupon.affiliate_id, "programId": coupon.program_id}))
}

/// Creates a coupon whose texts have been validated.
///
/// # Errors
/// 400, 404 or 409 naming the field.
pub async fn make(tx: &mut TenantTx, coupon: &Coupon, now: Timestamp) -> Result<()> {
    program_in_use(tx, coupon.program_id).await?;
    let affiliate = lookup_store::affiliate(tx, coupon.affiliate_id).await?;
    let affiliate = affiliate.ok_or_else(|| not_found("affiliateId"))?;
    if affiliate.status != "Approved" {
        let message = format!("affiliateId must be an approved affiliate. This one is {}.", affiliate.status);
        return Err(Error::field("affiliateId", message));
    }
    // Sales name a code or a gateway's id in the same field, so no text may refer to two coupons. The lock prevents
    // that two concurrent requests create such coupons.
    book::store::lock(tx).await?;
    let texts = [("code", Some(&coupon.code)), ("externalId", coupon.external_id.as_ref())];
    for (field, text) in texts {
        if let Some(text) = text
            && store::is_taken(tx, text, None).await?
        {
            return Err(coupon_taken(field));
        }
    }
    store::insert(tx, coupon, now).await?;
    Ok(())
}

pub fn coupon_taken(field: &str) -> Error {
    let message = "Another coupon already has this code or gateway id.";
    Error::new(StatusCode::CONFLICT, Code::CouponTaken, message).with_field(field)
}
