//! `/api/v1/api-keys`: manages a brand's API keys.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::{id::ApiKeyId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    change::{self, Shown},
    form::{self, Sent},
    maker::Maker,
    store,
    view::{ApiKey, FreshApiKey},
};
use crate::{
    access::{
        api_key::{ConfigureKey, ReadKey},
        key_kind::KeyKind,
    },
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

/// The settings of a new API key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// The key's purpose, so that people can see whether it is still needed.
    #[schema(example = "Order service")]
    name: String,
    /// `send_conversions` (only sends events to the edge), `read` (default), `automations` (only the operations that a
    /// CRM calls), `write` (also changes programs, affiliates and what they earn), `admin` (also changes settings and
    /// approves payout runs) or `read_write` (the former name of `admin`).
    #[schema(example = "write")]
    scope: Option<String>,
    /// The role that it acts with, at most your own: `owner`, `admin`, `manager` or `viewer`. The default is the lowest
    /// role that the scope needs: `viewer` to send or read, `manager` for `automations` and `write`, `admin` for
    /// `admin`.
    #[schema(example = "manager")]
    role: Option<String>,
    /// `live` or `test`; the default is your own key's mode. A test key belongs to the organization's test mode, which
    /// has its own programs, affiliates and sales; a live key doesn't see them. Test mode has only test keys.
    #[schema(example = "live")]
    mode: Option<String>,
    /// When the key expires. Without it, the key is valid until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-11-20T08:30:00Z")]
    expires_at: Option<Timestamp>,
}

/// The new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenamedApiKey {
    #[schema(example = "Order service, Berlin")]
    name: String,
}

/// The settings of a rotation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = KeyRotation)]
pub struct Rotation {
    /// The number of hours for which the current bearer and secret stay valid in addition to the new ones, 0 to 168. 0
    /// ends them, and all earlier ones, immediately.
    #[schema(minimum = 0, maximum = 168, default = 24, example = 24)]
    overlap_hours: Option<u16>,
}

/// List API keys
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "API keys", operation_id = "listApiKeys",
    params(PageParams),
    responses(
        (status = 200, description = "The keys, newest first, including revoked ones", body = Page<ApiKey>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<ApiKey>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    query.finish()?;
    let now = state.clock.now();
    let mut tx = key.reader(&state).await?;
    let filter = store::Filter { kind: Some(KeyKind::Api), ..store::Filter::default() };
    let rows = store::list(&mut tx, filter, pagination.after, pagination.limit(), now).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| ApiKey::of(&row, now))))
}

/// Retrieve an API key
#[utoipa::path(get, path = "/api/v1/api-keys/{id}", tag = "API keys", operation_id = "getApiKey",
    params(("id" = String, Path, description = "The key's id", example = "key_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The key, without its bearer and secret", body = ApiKey),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<ApiKey>> {
    let (id, now) = (parse(&id)?, state.clock.now());
    let mut tx = key.reader(&state).await?;
    let row = store::read(&mut tx, KeyKind::Api, id, now).await?.ok_or_else(Error::not_found)?;
    tx.end();
    Ok(Json(ApiKey::of(&row, now)))
}

/// Create an API key
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "API keys", operation_id = "createApiKey",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = NewApiKey,
    responses(
        (status = 201, description = "Created. `bearer` and `signingSecret` are shown only once", body = FreshApiKey),
        (status = 409, description = "`idempotency_conflict` or `too_many_keys`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewApiKey>,
) -> Result<Response> {
    let sent = Sent {
        name: &body.value.name,
        scope: body.value.scope.as_deref(),
        role: body.value.role.as_deref(),
        mode: body.value.mode.as_deref(),
        expires_at: body.value.expires_at,
    };
    let own = (key.organization, change::mode_of(&state, key.organization).await?);
    let requested = form::read_input(&sent, key.role, own.1, state.clock.now())?;
    let home = change::home(&state, own, requested.mode, &key.actor).await?;
    let mut write = Write::begin_across(&state, &key, home, idempotency.with(body.request_digest)).await?;
    let shown = change::make(&mut write.tx, &state, maker(&key), state.new_id(), &requested).await?;
    show(write, &state, StatusCode::CREATED, &shown).await
}

/// Rename an API key
#[utoipa::path(patch, path = "/api/v1/api-keys/{id}", tag = "API keys", operation_id = "renameApiKey",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, description = "The key's id", example = "key_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = RenamedApiKey,
    responses(
        (status = 200, description = "The key", body = ApiKey),
        Refused))]
pub async fn rename(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<RenamedApiKey>,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let row = change::rename(&mut write.tx, &state, maker(&key), id, &body.value.name).await?;
    write.audited();
    write.answer(StatusCode::OK, &ApiKey::of(&row, state.clock.now())).await
}

/// Rotate an API key
///
/// Gives the key a new bearer and a new signing secret. It keeps its id, scope and role. During the overlap, either
/// secret is valid with either bearer, so you can replace one after the other.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", tag = "API keys", operation_id = "rotateApiKey",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, description = "The key's id", example = "key_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Rotation,
    responses(
        (status = 200, description = "Rotated. `bearer` and `signingSecret` are shown only once", body = FreshApiKey),
        (status = 409, description = "`idempotency_conflict`, `revoked`, `expired`, or `overlaps`: three earlier \
                                      overlaps are still active", body = ErrorSchema),
        Refused))]
pub async fn rotate(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Rotation>,
) -> Result<Response> {
    let id = parse(&id)?;
    let overlap = form::overlap_hours(body.value.overlap_hours)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let shown = change::rotate(&mut write.tx, &state, maker(&key), id, overlap).await?;
    show(write, &state, StatusCode::OK, &shown).await
}

/// Revoke an API key
///
/// The API rejects the key immediately, and the edge within seconds. Revoking it again changes nothing.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "API keys", operation_id = "revokeApiKey",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, description = "The key's id", example = "key_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 204, description = "Revoked. Bearers and secrets from before a rotation stop working, too"),
        Refused))]
pub async fn revoke(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    change::revoke(&mut write.tx, &state, maker(&key), id).await?;
    write.audited();
    let answered = write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await?;
    state.edge_config_changed.notify_one();
    Ok(answered)
}

async fn show(mut write: Write<'_>, state: &AppState, status: StatusCode, shown: &Shown) -> Result<Response> {
    let now = state.clock.now();
    let answer = Answer::new(status, &FreshApiKey::shown(&shown.row, &shown.plaintext, now))?;
    let kept = Answer::new(status, &FreshApiKey::kept(&shown.row, now))?;
    write.audited();
    let answered = write.answer_once(answer, Some(kept)).await?;
    state.edge_config_changed.notify_one();
    Ok(answered)
}

const fn maker(key: &ReadKey) -> Maker<'_> {
    Maker { role: key.role, actor: &key.actor }
}

fn parse(id: &str) -> Result<ApiKeyId> {
    id.parse().map_err(|_| Error::not_found())
}
