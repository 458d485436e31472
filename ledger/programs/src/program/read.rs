//! `GET /api/v1/programs`: lists programs and returns single ones.

use axum::{Json, extract::State};

use engine::api::store::{self, Filter};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
        view::Program,
    },
    error::{Error, Result},
    state::AppState,
};

/// List programs
#[utoipa::path(get, path = "/api/v1/programs", tag = "Programs", operation_id = "listPrograms",
    params(PageParams, SortParam,
        ("slug" = Option<String>, Query, example = "partners"),
        ("status" = Option<String>, Query, description = "`Active` or `Archived`", example = "Active"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Program>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Program>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        slug: query.text("slug"),
        retired: query.one_of("status", &["Active", "Archived"])?.map(|status| status == "Archived"),
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::programs(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a program
#[utoipa::path(get, path = "/api/v1/programs/{id}", tag = "Programs", operation_id = "getProgram",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The program", body = Program),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<shared::id::ProgramId>,
) -> Result<Json<Program>> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let mut tx = key.reader(&state).await?;
    let found = store::programs(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    found.into_iter().next().map(Json).ok_or_else(Error::not_found)
}
