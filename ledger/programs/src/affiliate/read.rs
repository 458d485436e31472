//! `GET /api/v1/affiliates`: lists affiliates and returns single ones.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    status_change::{self, STATUSES},
    store::{self, Filter},
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::{Query, When},
        view::Affiliate,
    },
    error::{Error, Result},
    state::AppState,
};

/// List affiliates
#[utoipa::path(get, path = "/api/v1/affiliates", tag = "Affiliates", operation_id = "listAffiliates",
    params(PageParams, SortParam,
        ("status" = Option<String>, Query,
            description = "`Invited`, `Pending`, `Approved`, `Rejected`, `Banned` or `Archived`", example = "Approved"),
        ("slug" = Option<String>, Query, description = "Case-insensitive", example = "lauren"),
        ("email" = Option<String>, Query, description = "The full email address, case-insensitive",
            example = "lauren@creators.test"),
        ("emailConfirmed" = Option<bool>, Query,
            description = "Whether they confirmed their email address. With `status=Pending`, false finds applicants who \
                           haven't yet", example = false),
        ("segment" = Option<String>, Query, description = "Only affiliates currently in this segment",
            example = "gold"),
        ("programId" = Option<String>, Query, description = "Only affiliates with a link of this program"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Affiliate>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Affiliate>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        id: None,
        status: query.one_of("status", &STATUSES)?,
        slug: query.text("slug"),
        email: query.text("email"),
        email_confirmed: query.one_of("emailConfirmed", &["true", "false"])?.map(|text| text == "true"),
        segment: query.text("segment"),
        program: query.id("programId")?,
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve an affiliate
#[utoipa::path(get, path = "/api/v1/affiliates/{id}", tag = "Affiliates", operation_id = "getAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The affiliate", body = Affiliate),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Affiliate>> {
    let id = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = key.reader(&state).await?;
    let found = status_change::read(&mut tx, &state, id).await?;
    tx.end();
    Ok(Json(found))
}
