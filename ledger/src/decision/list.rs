//! `GET /api/v1/decisions`: what was decided, by whom and why.

use axum::{Json, extract::State};

use super::{
    store::{self, Filter},
    view::Decision,
};
use crate::{
    access::api_key::ReadKey,
    api::{
        document::Refused,
        page::{Page, PageParams, Wanted},
        query::Query,
    },
    error::Result,
    state::AppState,
};

/// List decisions
#[utoipa::path(get, path = "/api/v1/decisions", tag = "Decisions", operation_id = "listDecisions",
    params(PageParams,
        ("conversionId" = Option<String>, Query, description = "About this conversion itself"),
        ("commissionId" = Option<String>, Query, description = "About this commission itself")),
    responses((status = 200, description = "Newest first", body = Page<Decision>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Decision>>> {
    let wanted: Wanted<uuid::Uuid> = query.page()?;
    let filter = Filter {
        conversion: query.id("conversionId")?,
        commission: query.id("commissionId")?,
        after: wanted.after,
        limit: wanted.limit(),
    };
    query.finish()?;
    let mut tx = key.tx(&state).await?;
    let rows = store::list(&mut tx, key.organization, &filter).await?;
    tx.commit().await?;
    Ok(Json(wanted.page(rows, |row| row.id.uuid(), |row| row)))
}
