//! `GET /api/v1/links`; [`crate::link::create`] creates them.

use axum::{Json, extract::State};

use engine::api::store::{self, Filter};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
        view::Link,
    },
    config::Config,
    error::{Error, Result},
    state::AppState,
};

/// List links
#[utoipa::path(get, path = "/api/v1/links", tag = "Links", operation_id = "listLinks",
    params(PageParams, SortParam,
        ("programId" = Option<String>, Query),
        ("affiliateId" = Option<String>, Query),
        ("slug" = Option<String>, Query, description = "Case-insensitive", example = "lauren"),
        ("host" = Option<String>, Query, example = "go.acme.test"),
        ("status" = Option<String>, Query, description = "`Active` or `Disabled`", example = "Active"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Link>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Link>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        program: query.id("programId")?,
        affiliate: query.id("affiliateId")?,
        slug: query.text("slug"),
        host: query.text("host"),
        retired: query.one_of("status", &["Active", "Disabled"])?.map(|status| status == "Disabled"),
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::links(&mut tx, &filter, link_scheme(&state.config)).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a link
#[utoipa::path(get, path = "/api/v1/links/{id}", tag = "Links", operation_id = "getLink",
    params(("id" = String, Path, example = "lnk_01kdvdna00fsc8v9e8c2t4hv3a")),
    responses(
        (status = 200, description = "The link", body = Link),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<shared::id::LinkId>,
) -> Result<Json<Link>> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let mut tx = key.reader(&state).await?;
    let found = store::links(&mut tx, &filter, link_scheme(&state.config)).await?;
    tx.end();
    found.into_iter().next().map(Json).ok_or_else(Error::not_found)
}

/// The URL scheme of links: https; in development that of the local edge.
pub fn link_scheme(config: &Config) -> &'static str {
    if config.environment.is_development() && config.edge_url.starts_with("http://") { "http" } else { "https" }
}
