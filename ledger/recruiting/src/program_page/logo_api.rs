//! `/api/v1/programs/{id}/page/logo`: replaces and removes the page's own logo.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use shared::id::ProgramId;
use utoipa::ToSchema;

use super::{editor, logo_page, page_api::shown, page_view::ProgramPage};
use identity::{access::api_key::WriteKey, api::write::Write};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::decoded,
    },
    error::Result,
    page::picture,
    state::AppState,
};

/// 256 KB in base64, and some room.
const BODY_MAX: usize = picture::BYTES_MAX / 3 * 4 + 16 * 1024;

/// A logo.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLogo {
    /// A PNG, JPEG or WebP in base64, at most 256 KB before encoding and 4096 pixels on each side.
    #[schema(example = "iVBORw0KGgo…")]
    logo: String,
}

impl std::fmt::Debug for NewLogo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewLogo").finish_non_exhaustive()
    }
}

/// Set a program page's logo
#[utoipa::path(put, path = "/api/v1/programs/{id}/page/logo", tag = "Program pages",
    operation_id = "setProgramPageLogo",
    description = "Replaces the page's logo. Without one of its own, the page shows the organization's.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = NewLogo,
    responses(
        (status = 200, description = "The page", body = ProgramPage),
        (status = 413, description = "The body exceeds 357 KB (a logo of 256 KB in base64, and some room)",
            body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewLogo, BODY_MAX>,
) -> Result<Response> {
    let bytes = decoded("logo", &body.value.logo)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    editor::made(&mut write.tx, &state, program).await?;
    let entry = logo_page::replace(&mut write.tx, &state, program, &bytes).await?;
    write.audit(entry).await?;
    let page = shown(&mut write.tx, &state, program).await?;
    write.answer(StatusCode::OK, &page).await
}

/// Remove a program page's logo
#[utoipa::path(delete, path = "/api/v1/programs/{id}/page/logo", tag = "Program pages",
    operation_id = "deleteProgramPageLogo",
    description = "The page shows the organization's logo again.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses((status = 200, description = "The page", body = ProgramPage), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    editor::made(&mut write.tx, &state, program).await?;
    let entry = logo_page::remove(&mut write.tx, program).await?;
    write.audit(entry).await?;
    let page = shown(&mut write.tx, &state, program).await?;
    write.answer(StatusCode::OK, &page).await
}
