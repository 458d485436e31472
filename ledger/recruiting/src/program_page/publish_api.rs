//! `/api/v1/programs/{id}/page/publish`, `…/unpublish` and `…/preview`.

use askama::Template;
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use shared::id::ProgramId;
use utoipa::ToSchema;

use super::{
    editor, keep,
    page_api::shown,
    page_view::ProgramPage,
    show,
    view::{self, Form},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{Nothing, OptionalBody},
        document::Refused,
        idempotency::IdempotencyKey,
        path::PathId,
        query::Query,
    },
    error::{Error, Result},
    page::language::PageLanguage,
    state::AppState,
    text::Language,
};

/// A page as visitors would see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramPagePreview {
    /// The language of the page's own words. Your texts stay as they are.
    #[schema(example = "en")]
    language: &'static str,
    /// The whole page, with its form disabled. Its style sheet and logo are only there for signed-in members of the
    /// team.
    #[schema(example = "<!doctype html>…")]
    html: String,
}

/// Publish a program page
#[utoipa::path(post, path = "/api/v1/programs/{id}/page/publish", tag = "Program pages",
    operation_id = "publishProgramPage",
    description = "Everyone who has the page's URL can see it and apply. If it is published already, nothing changes.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses((status = 200, description = "The page", body = ProgramPage), Refused))]
pub async fn publish(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    set(write, &state, program, true).await
}

/// Unpublish a program page
#[utoipa::path(post, path = "/api/v1/programs/{id}/page/unpublish", tag = "Program pages",
    operation_id = "unpublishProgramPage",
    description = "Hides the page: its URL returns 404, and no one can apply. Its content stays.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses((status = 200, description = "The page", body = ProgramPage), Refused))]
pub async fn unpublish(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    set(write, &state, program, false).await
}

async fn set(mut write: Write<'_>, state: &AppState, program: ProgramId, on: bool) -> Result<Response> {
    let row = editor::made(&mut write.tx, state, program).await?;
    if row.published_at.is_some() == on {
        let page = shown(&mut write.tx, state, program).await?;
        return write.unchanged(StatusCode::OK, &page).await;
    }
    let entry = keep::published(&mut write.tx, state, program, (&row, on)).await?;
    write.audit(entry).await?;
    let page = shown(&mut write.tx, state, program).await?;
    write.answer(StatusCode::OK, &page).await
}

/// Preview a program page
///
/// Returns the page as visitors would see it, published or not. An archived program has no preview.
#[utoipa::path(get, path = "/api/v1/programs/{id}/page/preview", tag = "Program pages",
    operation_id = "previewProgramPage",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        ("language" = Option<String>, Query, description = "`en` (default), `de` or `es`", example = "de")),
    responses((status = 200, description = "The page's HTML", body = ProgramPagePreview), Refused))]
pub async fn preview(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(program): PathId<ProgramId>,
    mut query: Query,
) -> Result<Json<ProgramPagePreview>> {
    let tag = query.one_of("language", &["en", "de", "es"])?;
    query.finish()?;
    let language = PageLanguage::of(tag.and_then(Language::parse).unwrap_or_default());
    let mut tx = key.reader(&state).await?;
    let row = editor::row(&mut tx, &state, program).await?;
    let offer = view::of_row(&mut tx, &state, (program, row), language.t).await?;
    tx.end();
    let form = Form::blank(&offer);
    let page = show::ProgramPage::preview(offer, form, &state, (key.organization, language));
    let html = page.render().map_err(|error| Error::internal(error))?;
    Ok(Json(ProgramPagePreview { language: language.t.tag(), html }))
}
