//! `/api/v1/programs/{id}/terms`: the versions of a program's terms.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use shared::{id::ProgramId, timestamp::Timestamp};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    keep, store,
    terms::{self, Terms},
};
use engine::lookup_store;
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::{PathId, parse_id},
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// 50,000 characters of any alphabet, escaped.
const BODY_MAX: usize = 320 * 1024;

/// A version of a program's terms, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermsVersion {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// The version's number, from 1.
    #[schema(example = 2)]
    version: i32,
    /// Since when new applicants accept this version.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    since: Timestamp,
    /// Whether it is the latest version.
    current: bool,
}

/// A version of a program's terms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermsText {
    #[serde(flatten)]
    version: TermsVersion,
    /// The text; paragraphs are separated by blank lines. If it is empty, there is nothing to accept.
    #[schema(example = "Don't bid on our brand name.\n\nWe pay by the 15th of each month.")]
    body: String,
}

/// A new version of the terms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTerms {
    /// The text: at most 50,000 characters, with blank lines between paragraphs. An empty text ends the terms.
    #[schema(example = "Don't bid on our brand name.\n\nWe pay by the 15th of each month.")]
    body: String,
}

/// List a program's terms
///
/// Returns the versions without their texts.
#[utoipa::path(get, path = "/api/v1/programs/{id}/terms", tag = "Terms", operation_id = "listTerms",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), PageParams),
    responses((status = 200, description = "Latest version first", body = Page<TermsVersion>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(program): PathId<ProgramId>,
    mut query: Query,
) -> Result<Json<Page<TermsVersion>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let before = pagination.after.map(|place| i32::try_from(place.as_u128()).unwrap_or(i32::MAX));
    let mut tx = key.reader(&state).await?;
    let latest = latest(&mut tx, program).await?;
    let rows = store::terms_versions(&mut tx, program, (None, before), pagination.limit()).await?;
    tx.end();
    let place = |row: &Terms| Uuid::from_u128(row.version.unsigned_abs().into());
    Ok(Json(pagination.page(rows, place, |row| TermsVersion::of(program, latest, &row))))
}

/// Retrieve a version of the terms
#[utoipa::path(get, path = "/api/v1/programs/{id}/terms/{version}", tag = "Terms", operation_id = "getTerms",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        ("version" = String, Path, description = "The version's number.", example = "2")),
    responses((status = 200, description = "The version with its text", body = TermsText), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<TermsText>> {
    let program: ProgramId = parse_id(&id)?;
    let version: i32 = parse_id(&version)?;
    let mut tx = key.reader(&state).await?;
    let latest = latest(&mut tx, program).await?;
    let found = store::terms_versions(&mut tx, program, (Some(version), None), 1).await?.pop();
    tx.end();
    let found = found.ok_or_else(Error::not_found)?;
    Ok(Json(TermsText::of(program, latest, found)))
}

/// Publish new terms
#[utoipa::path(post, path = "/api/v1/programs/{id}/terms", tag = "Terms", operation_id = "createTerms",
    description = "Creates a version that new applicants accept from now on. Affiliates who accepted an earlier \
                   version keep that acceptance, and see the new text in their portal. Versions can't be changed or \
                   deleted, because people have accepted them. A text that equals the latest version's creates none.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = NewTerms,
    responses(
        (status = 200, description = "The latest version, whose text is the same", body = TermsText),
        (status = 201, description = "The new version", body = TermsText),
        (status = 413, description = "The body exceeds 320 KB", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewTerms, BODY_MAX>,
) -> Result<Response> {
    let text = terms::checked(&body.value.body)
        .map_err(|_| Error::field("body", "body must be at most 50,000 characters, without control characters"))?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    latest(&mut write.tx, program).await?;
    let made = keep::terms(&mut write.tx, &state, program, &text).await?;
    let current = store::terms(&mut write.tx, program).await?;
    let wrong = || Error::field("body", "body must not be empty: the program has no terms yet");
    let current = current.ok_or_else(wrong)?;
    let shown = TermsText::of(program, current.version, current);
    let Some((_, entry)) = made else { return write.unchanged(StatusCode::OK, &shown).await };
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &shown).await
}

/// The latest version's number; 0 if there is none.
///
/// # Errors
/// 404 if the organization has no such program.
async fn latest(tx: &mut TenantTx, program: ProgramId) -> Result<i32> {
    if !lookup_store::has_program(tx, program).await? {
        return Err(Error::not_found());
    }
    Ok(store::terms_versions(tx, program, (None, None), 1).await?.pop().map_or(0, |terms| terms.version))
}

impl TermsVersion {
    const fn of(program: ProgramId, latest: i32, terms: &Terms) -> Self {
        Self { program_id: program, version: terms.version, since: terms.since, current: terms.version == latest }
    }
}

impl TermsText {
    fn of(program: ProgramId, latest: i32, terms: Terms) -> Self {
        Self { version: TermsVersion::of(program, latest, &terms), body: terms.body }
    }
}
