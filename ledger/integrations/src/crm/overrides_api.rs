//! `/api/v1/connections/{id}/programs`: reads and sets per-program overrides.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::id::{CrmConnectionId, ProgramId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    api::replay,
    live::parse,
    override_store::{self, Filter},
    overrides::{self, OverrideInput},
    store,
    view::ProgramOverride,
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Answer, Error, Result},
    state::AppState,
};

/// The overrides for a program's affiliates. Omitted fields use the connection's own settings.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = ProgramOverrideInput, example = json!({"list": "2", "tags": ["spring-campaign"]}))]
pub struct ProgramOverrideInput {
    /// The id of one of the vendor's lists, instead of the connection's own.
    list: Option<String>,
    /// Tags in addition to the connection's own.
    tags: Option<Vec<String>>,
    /// Whether to save tags that look like a typo as they are.
    accept_tags: Option<bool>,
}

fn which((id, program): &(String, String)) -> Result<(CrmConnectionId, ProgramId)> {
    Ok((parse(id)?, program.parse().map_err(|_| Error::not_found())?))
}

/// List program overrides
#[utoipa::path(get, path = "/api/v1/connections/{id}/programs", tag = "Connections", operation_id = "listCrmPrograms",
    description = "Lists the programs that have their own list or tags in a CRM.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"), PageParams),
    responses(
        (status = 200, description = "The overrides, newest program first", body = Page<ProgramOverride>),
        Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<ProgramOverride>>> {
    let id = parse(&id)?;
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let filter = Filter { program: None, after: pagination.after, limit: pagination.limit() };
    let mut tx = key.reader(&state).await?;
    store::read(&mut tx, id).await?;
    let rows = override_store::list(&mut tx, id, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.program.uuid(), ProgramOverride::of)))
}

/// Retrieve a program override
#[utoipa::path(get, path = "/api/v1/connections/{id}/programs/{programId}", tag = "Connections",
    operation_id = "getCrmProgram",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("programId" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses((status = 200, description = "The program's override", body = ProgramOverride), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(path): Path<(String, String)>,
) -> Result<Json<ProgramOverride>> {
    let (id, program) = which(&path)?;
    let mut tx = key.reader(&state).await?;
    let kept = override_store::one(&mut tx, id, program).await?;
    tx.end();
    kept.map(|kept| Json(ProgramOverride::of(kept))).ok_or_else(Error::not_found)
}

/// Set a program override
#[utoipa::path(put, path = "/api/v1/connections/{id}/programs/{programId}", tag = "Connections",
    operation_id = "setCrmProgram",
    security(("bearer" = ["admin"])),
    description = "Replaces the program's previous override. It applies from the next sync on; \
                   `POST /api/v1/connections/{id}/resync` applies it to everyone.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("programId" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = ProgramOverrideInput,
    responses(
        (status = 200, description = "The program's override", body = ProgramOverride),
        (status = 400, description = "`validation_failed` or `unknown_list`", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict` or `credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`tags_need_attention` (with the findings) or `vendor_refused`",
            body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(path): Path<(String, String)>,
    idempotency: IdempotencyKey,
    body: JsonBody<ProgramOverrideInput>,
) -> Result<Response> {
    let which = which(&path)?;
    let idempotency = idempotency.with(body.request_digest);
    replay(&state, &key, &idempotency).await?;
    let input = OverrideInput {
        list: body.value.list,
        tags: body.value.tags.unwrap_or_default(),
        accept_tags: body.value.accept_tags.unwrap_or_default(),
    };
    let list = overrides::verify_list(&state, key.organization, which, &input).await?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let input = (list, input.tags);
    let (kept, entry) = overrides::put(&mut write.tx, &state, which, input).await?;
    let view = ProgramOverride::of(kept);
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

/// Delete a program override
#[utoipa::path(delete, path = "/api/v1/connections/{id}/programs/{programId}", tag = "Connections",
    operation_id = "deleteCrmProgram",
    security(("bearer" = ["admin"])),
    description = "The connection's own list and tags apply to the program again, from the next sync on.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("programId" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    responses((status = 204, description = "Deleted"), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(path): Path<(String, String)>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let which = which(&path)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let entry = overrides::remove(&mut write.tx, which).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}
