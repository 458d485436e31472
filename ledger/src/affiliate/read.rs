//! `GET /api/v1/affiliates`.

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::api_key::ReadKey,
    api::{
        document::{ErrorSchema, Refused},
        page::{Page, PageParams, Wanted},
        query::Query,
        store::{self, Filter},
        view::Affiliate,
    },
    error::{Error, Result},
    state::AppState,
};

const STATUSES: [&str; 4] = ["Pending", "Approved", "Rejected", "Banned"];

/// List affiliates
#[utoipa::path(get, path = "/api/v1/affiliates", tag = "Affiliates", operation_id = "listAffiliates",
    params(PageParams,
        ("status" = Option<String>, Query, description = "Pending, Approved, Rejected or Banned", example = "Approved"),
        ("slug" = Option<String>, Query, description = "In either case", example = "lauren")),
    responses((status = 200, description = "Newest first", body = Page<Affiliate>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Affiliate>>> {
    let wanted: Wanted<uuid::Uuid> = query.page()?;
    let filter = Filter {
        status: query.one_of("status", &STATUSES)?,
        slug: query.text("slug"),
        after: wanted.after,
        limit: wanted.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.tx(&state).await?;
    let rows = store::affiliates(&mut tx, key.organization, &filter, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(wanted.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Read one affiliate
#[utoipa::path(get, path = "/api/v1/affiliates/{id}", tag = "Affiliates", operation_id = "readAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The affiliate", body = Affiliate),
        (status = 404, description = "None of yours", body = ErrorSchema),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Affiliate>> {
    let id: shared::id::AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let mut tx = key.tx(&state).await?;
    let found = store::affiliates(&mut tx, key.organization, &filter, state.clock.now()).await?;
    tx.commit().await?;
    found.into_iter().next().map(Json).ok_or_else(Error::not_found)
}
