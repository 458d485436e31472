//! `/api/v1/programs/{id}/discount/codes`: a code for each affiliate of a program.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use shared::id::{AffiliateId, ProgramId};
use utoipa::ToSchema;

use super::{
    for_all::{self, Planned},
    gateway_store,
};
use crate::discount::store;
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
    },
    error::{Error, Result},
    state::AppState,
};

/// How many codes a preview has.
pub const PREVIEWED: i64 = 5;

/// How far the codes of a program's discount are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscountCodes {
    /// Approved affiliates with a link in the program who have no coupon there, or only ones that ended by `expiresAt`.
    #[schema(example = 12)]
    pub without_code: i64,
    /// Codes of this discount that the gateway hasn't confirmed yet.
    #[schema(example = 3)]
    pub waiting: i64,
    /// Codes of this discount that customers can use.
    #[schema(example = 40)]
    pub active: i64,
    /// Codes of this discount that the gateway refused. Their coupons say why.
    #[schema(example = 0)]
    pub refused: i64,
    /// The first codes that would be created.
    pub preview: Vec<PlannedCode>,
}

/// A code that would be created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedCode {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    pub name: String,
    /// What buyers would type at checkout.
    #[schema(example = "LAUREN20")]
    pub code: String,
}

impl From<Planned> for PlannedCode {
    fn from(one: Planned) -> Self {
        Self { affiliate_id: one.affiliate, name: one.name, code: one.code }
    }
}

/// What was created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedCodes {
    /// Coupons that were created. The gateway gets their codes one after the other.
    #[schema(example = 12)]
    created: usize,
    /// Affiliates whose possible codes are all taken. Create their coupons yourself.
    #[schema(example = 0)]
    skipped: usize,
    /// Affiliates who still have no code, those skipped included. At most 500 coupons are created at once.
    #[schema(example = 0)]
    without_code: i64,
}

/// Retrieve the codes of a discount
#[utoipa::path(get, path = "/api/v1/programs/{id}/discount/codes", tag = "Programs",
    operation_id = "getDiscountCodes",
    description = "Returns how many affiliates have no code yet, and how many codes the gateway has confirmed.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The state of the codes", body = DiscountCodes),
        (status = 404, description = "The program doesn't exist, or has no discount", body = ErrorSchema),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<ProgramId>,
) -> Result<Json<DiscountCodes>> {
    let mut tx = key.reader(&state).await?;
    let now = state.clock.now();
    let discount = store::current(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let without_code = gateway_store::count_without_code(&mut tx, id, now).await?;
    let progress = gateway_store::progress(&mut tx, id, discount.id).await?;
    let planned = for_all::preview(&mut tx, &discount, PREVIEWED, now).await?;
    tx.end();
    Ok(Json(DiscountCodes {
        without_code,
        waiting: progress.waiting,
        active: progress.active,
        refused: progress.refused,
        preview: planned.into_iter().map(PlannedCode::from).collect(),
    }))
}

/// Create codes for all affiliates
///
/// Creates a coupon for each approved affiliate with a link in the program who has none there, like
/// `POST /api/v1/coupons` with `createAtGateway`. Each code is named after its affiliate and the discount, such as
/// `LAUREN20`. Sending it again creates codes only for those who still have none.
#[utoipa::path(post, path = "/api/v1/programs/{id}/discount/codes", tag = "Programs",
    operation_id = "createDiscountCodes",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses(
        (status = 200, description = "What was created", body = CreatedCodes),
        (status = 404, description = "The program doesn't exist, has no discount, or its discount has ended",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let made = for_all::make(&mut write.tx, &state, id).await?;
    let without_code = gateway_store::count_without_code(&mut write.tx, id, state.clock.now()).await?;
    let answer = CreatedCodes { created: made.created, skipped: made.skipped, without_code };
    if made.entries.is_empty() {
        return write.unchanged(StatusCode::OK, &answer).await;
    }
    for entry in made.entries {
        write.audit(entry).await?;
    }
    write.answer(StatusCode::OK, &answer).await
}
