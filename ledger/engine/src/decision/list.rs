//! `GET /api/v1/decisions`: what was decided, by whom and why.

use axum::{Json, extract::State};

use super::{
    store::{self, Filter},
    view::Decision,
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::{Query, When},
    },
    error::Result,
    state::AppState,
};

const KINDS: [&str; 9] =
    ["Reattribute", "Approve", "Deny", "Release", "Refund", "Bonus", "Adjustment", "Join", "Split"];

/// List decisions
#[utoipa::path(get, path = "/api/v1/decisions", tag = "Decisions", operation_id = "listDecisions",
    params(PageParams, SortParam,
        ("conversionId" = Option<String>, Query, description = "Only decisions about this conversion itself"),
        ("commissionId" = Option<String>, Query, description = "Only decisions about this commission itself"),
        ("affiliateId" = Option<String>, Query, description = "Only re-attributions to this affiliate"),
        ("type" = Option<String>, Query, example = "Reattribute",
            description = "`Reattribute`, `Approve`, `Deny`, `Release`, `Refund`, `Bonus`, `Adjustment`, `Join` or `Split`"),
        ("from" = Option<String>, Query, description = "Decided on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Decided before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Decision>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Decision>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        conversion: query.id("conversionId")?,
        commission: query.id("commissionId")?,
        affiliate: query.id("affiliateId")?,
        kind: query.one_of("type", &KINDS)?,
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}
