//! `/api/v1/syncs`: lists what was sent to CRMs, and sends it again.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::id::{AffiliateId, CrmConnectionId, SyncId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    read_store::{self, Filter},
    request::{self, SyncRequest},
    view::{STATES, SyncDetail, SyncView, TASKS},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    access::role::Right,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// The affiliate to sync, and the CRM connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"connectionId": "crm_01kdvdna00e5v8r2m6q1w9d3xk", "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy"}))]
pub struct NewSync {
    #[schema(value_type = String)]
    connection_id: CrmConnectionId,
    #[schema(value_type = String)]
    affiliate_id: AffiliateId,
    /// `sync` (default) sends the affiliate's current state; `forget` deletes the contact in the CRM.
    task: Option<String>,
    /// Required with `forget`: the affiliate's email, so that no one is deleted by mistake.
    confirm: Option<String>,
}

/// List syncs
#[utoipa::path(get, path = "/api/v1/syncs", tag = "Syncs", operation_id = "listSyncs",
    description = "Lists the syncs of affiliates to CRMs. A sync is kept for 90 days after it ends.",
    params(PageParams,
        ("connectionId" = Option<String>, Query, description = "A CRM connection", example = "crm_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("affiliateId" = Option<String>, Query, description = "An affiliate", example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        ("state" = Option<String>, Query, description = "`Queued`, `Running`, `Retrying`, `Succeeded` or `Failed`", example = "Failed"),
        ("code" = Option<String>, Query, description = "Why the sync failed or waits, such as `left_alone`",
            example = "left_alone"),
        ("task" = Option<String>, Query, description = "`sync`, `event`, `forget` or `retire`", example = "sync"),
        ("batchId" = Option<String>, Query, description = "A re-sync", example = "batch_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The syncs, newest first", body = Page<SyncView>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<SyncView>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let filter = Filter {
        connection: query.id("connectionId")?,
        affiliate: query.id("affiliateId")?,
        state: query.one_of("state", &STATES)?,
        code: query.text("code"),
        task: query.one_of("task", &TASKS)?,
        batch: query.id("batchId")?,
        after: pagination.after,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = read_store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.sync.id.uuid(), |row| row.sync)))
}

/// Retrieve a sync
#[utoipa::path(get, path = "/api/v1/syncs/{id}", tag = "Syncs", operation_id = "getSync",
    description = "Returns the sync with its steps, and each step's requests and responses. Secrets are masked. Only \
                   the last 200 attempts are included.",
    params(("id" = String, Path, example = "sync_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The sync", body = SyncDetail),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<SyncDetail>> {
    let id = parse(&id)?;
    let mut tx = key.reader(&state).await?;
    let row = read_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let steps = read_store::steps(&mut tx, id).await?;
    tx.end();
    Ok(Json(SyncDetail { sync: row.sync, steps }))
}

/// Create a sync
#[utoipa::path(post, path = "/api/v1/syncs", tag = "Syncs", operation_id = "createSync",
    description = "Syncs one affiliate again. Every change is synced automatically, so this is only needed to repeat a \
                   sync. If a sync is already waiting, it is returned and no second one is created. With \
                   `task: forget`, the contact is deleted in the CRM. Nothing else ever deletes it: erasing an \
                   affiliate removes our data, not the CRM's, so request the deletion first. It requires the key of an \
                   owner or admin.",
    params(IdempotencyKey),
    request_body = NewSync,
    responses(
        (status = 202, description = "The queued sync", body = SyncView),
        (status = 404, description = "The connection or affiliate doesn't exist; `field` says which",
            body = ErrorSchema),
        (status = 409, description = "`not_an_affiliate` (not approved, and unknown to the CRM; or sample data), \
                                      `affiliate_erased`, `connection_disabled` or `idempotency_conflict`",
            body = ErrorSchema),
        (status = 422, description = "`forget_unsupported` (the vendor's API can't delete contacts)",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewSync>,
) -> Result<Response> {
    let given = body.value;
    let requested = SyncRequest::read(given.connection_id, given.affiliate_id, given.task.as_deref(), given.confirm)?;
    if requested.is_deletion() && !key.role.may(Right::Configure) {
        let message = format!("Deleting someone in a CRM requires the key of {}.", Right::Configure.whose());
        return Err(Error::forbidden(&message));
    }
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (sync, entry) = request::one(&mut write.tx, &requested, state.clock.now()).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::ACCEPTED, &sync).await };
    write.audit(entry).await?;
    write.answer(StatusCode::ACCEPTED, &sync).await
}

/// Retry a sync
#[utoipa::path(post, path = "/api/v1/syncs/{id}/retry", tag = "Syncs", operation_id = "retrySync",
    description = "Continues a failed or waiting sync immediately. Only the failed step is sent again, with the \
                   results of the earlier steps, unless the connection's credentials have changed since.",
    params(("id" = String, Path, example = "sync_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 202, description = "The sync, due now", body = SyncView),
        (status = 409, description = "`not_retryable` (it succeeded, is running, was left alone or superseded, or may \
                                      have arrived without a response), `connection_disabled` or \
                                      `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn retry(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let (sync, entry) = request::again(&mut write.tx, id, state.clock.now()).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::ACCEPTED, &sync).await
}

fn parse(id: &str) -> Result<SyncId> {
    id.parse().map_err(|_| Error::not_found())
}
