//! `/api/v1/programs/{id}/page`: reads and changes a program page.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::id::ProgramId;

use super::{editor, keep, page_input::ChangedProgramPage, page_view::ProgramPage, store};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey, path::PathId},
    db::TenantTx,
    error::Result,
    state::AppState,
};

/// Retrieve a program page
///
/// A program has a page from the start: until you change it, it has the usual content, and it is hidden until you
/// publish it.
#[utoipa::path(get, path = "/api/v1/programs/{id}/page", tag = "Program pages", operation_id = "getProgramPage",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses((status = 200, description = "The page", body = ProgramPage), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(program): PathId<ProgramId>,
) -> Result<Json<ProgramPage>> {
    let mut tx = key.reader(&state).await?;
    let page = shown(&mut tx, &state, program).await?;
    tx.end();
    Ok(Json(page))
}

/// The page as it is now.
///
/// # Errors
/// 404 if the organization has no such program.
pub(super) async fn shown(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<ProgramPage> {
    let row = editor::row(tx, state, program).await?;
    let currency = editor::currency(tx, state, program).await?;
    let logo = store::logo(tx, program).await?;
    Ok(ProgramPage::of((program, row), logo, currency, &state.config.public_url))
}

/// Update a program page
#[utoipa::path(patch, path = "/api/v1/programs/{id}/page", tag = "Program pages", operation_id = "updateProgramPage",
    description = "Changes the page's content, blocks, color and application form. Visitors of a published page see \
                   the change immediately. A template is applied before `blocks`. The landing page of links is the \
                   program's `destination`, and terms have operations of their own.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = ChangedProgramPage,
    responses((status = 200, description = "The page", body = ProgramPage), Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedProgramPage>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let row = editor::made(&mut write.tx, &state, program).await?;
    let currency = editor::currency(&mut write.tx, &state, program).await?;
    let requested = body.value;
    let settings = requested.settings(&row)?;
    let blocks = requested.blocks(&row, currency)?;
    let questions = requested.questions(&row)?;
    let mut entries = Vec::new();
    if let Some(settings) = settings {
        entries.push(keep::settings(&mut write.tx, program, &row, &settings).await?);
    }
    entries.extend(keep::blocks(&mut write.tx, program, &row, &blocks).await?);
    if let Some(questions) = questions {
        entries.extend(keep::questions(&mut write.tx, program, &row, &questions).await?);
    }
    let page = shown(&mut write.tx, &state, program).await?;
    if entries.is_empty() {
        return write.unchanged(StatusCode::OK, &page).await;
    }
    for entry in entries {
        write.audit(entry).await?;
    }
    write.answer(StatusCode::OK, &page).await
}
