//! `/api/v1/connections/{id}/resyncs`: syncs all affiliates again and shows the progress.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use shared::id::{CrmConnectionId, ResyncId};
use uuid::Uuid;

use super::{
    read_store::{self, ResyncFilter},
    request, resync_store,
    view::ResyncView,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// Re-sync all affiliates
#[utoipa::path(post, path = "/api/v1/connections/{id}/resync", tag = "Syncs", operation_id = "resyncConnection",
    description = "Queues a sync of every approved affiliate, and of those already synced to the CRM, at the vendor's \
                   own pace. Syncs that an earlier re-sync hasn't started move to this one.",
    params(("id" = String, Path, description = "The CRM connection", example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 202, description = "The re-sync; `total` is the number of affiliates", body = ResyncView),
        (status = 404, description = "The CRM connection doesn't exist", body = ErrorSchema),
        (status = 409, description = "`connection_disabled` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let connection = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let (resync, entry) = request::everybody(&mut write.tx, connection, state.clock.now()).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::ACCEPTED, &resync).await
}

/// List re-syncs
#[utoipa::path(get, path = "/api/v1/connections/{id}/resyncs", tag = "Syncs", operation_id = "listResyncs",
    params(("id" = String, Path, description = "The CRM connection", example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        PageParams),
    responses(
        (status = 200, description = "The re-syncs, newest first, each with its progress", body = Page<ResyncView>),
        (status = 404, description = "The CRM connection doesn't exist", body = ErrorSchema),
        Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<ResyncView>>> {
    let connection = parse(&id)?;
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    resync_store::target(&mut tx, connection).await?.ok_or_else(Error::not_found)?;
    let filter = ResyncFilter { id: None, connection, after: pagination.after, limit: pagination.limit() };
    let rows = read_store::resyncs(&mut tx, filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a re-sync
#[utoipa::path(get, path = "/api/v1/connections/{id}/resyncs/{batchId}", tag = "Syncs", operation_id = "getResync",
    params(("id" = String, Path, description = "The CRM connection", example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("batchId" = String, Path, example = "batch_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The re-sync, with its progress", body = ResyncView),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path((id, batch)): Path<(String, String)>,
) -> Result<Json<ResyncView>> {
    let connection = parse(&id)?;
    let batch: ResyncId = batch.parse().map_err(|_| Error::not_found())?;
    let mut tx = key.reader(&state).await?;
    let found = request::resync(&mut tx, connection, batch).await?;
    tx.end();
    Ok(Json(found))
}

fn parse(id: &str) -> Result<CrmConnectionId> {
    id.parse().map_err(|_| Error::not_found())
}
