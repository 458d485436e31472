//! `GET /api/v1/commissions`.

use axum::{Json, extract::State};

use engine::api::store::{self, Filter};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
        view::Commission,
    },
    error::{Error, Result},
    state::AppState,
};

const STATUSES: [&str; 5] = ["Pending", "Approved", "Paid", "Refunded", "Denied"];

/// List commissions
#[utoipa::path(get, path = "/api/v1/commissions", tag = "Commissions", operation_id = "listCommissions",
    params(PageParams, SortParam,
        ("affiliateId" = Option<String>, Query),
        ("programId" = Option<String>, Query),
        ("conversionId" = Option<String>, Query),
        ("status" = Option<String>, Query, description = "`Pending`, `Approved`, `Paid`, `Refunded` or `Denied`",
            example = "Pending"),
        ("type" = Option<String>, Query, example = "Bonus",
            description = "`Conversion`, `Click`, `Bonus`, `Adjustment` or `Override`"),
        ("currency" = Option<String>, Query, example = "USD"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses(
        (status = 200, description = "The commissions, newest first by default", body = Page<Commission>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Commission>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        affiliate: query.id("affiliateId")?,
        program: query.id("programId")?,
        conversion: query.id("conversionId")?,
        status: query.one_of("status", &STATUSES)?,
        kind: query.one_of("type", &["Conversion", "Click", "Bonus", "Adjustment", "Override"])?,
        currency: query.currency("currency")?,
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::commissions(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a commission
#[utoipa::path(get, path = "/api/v1/commissions/{id}", tag = "Commissions", operation_id = "getCommission",
    params(("id" = String, Path, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")),
    responses(
        (status = 200, description = "The commission", body = Commission),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<shared::id::CommissionId>,
) -> Result<Json<Commission>> {
    let mut tx = key.reader(&state).await?;
    let found = store::commission(&mut tx, id).await?;
    tx.end();
    found.map(Json).ok_or_else(Error::not_found)
}
