//! `/api/v1/webhooks`: creates, reads, changes and deletes endpoints.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::id::WebhookEndpointId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    change::{self, Changes, EndpointInput},
    endpoint::{self, EndpointKind},
    endpoint_store::{self, Filter},
    find, listen,
    view::Webhook,
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit,
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

/// A webhook about to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhook {
    /// Where to: https, a public host, port 443 or one from 1024 up, no user name in it.
    #[schema(example = "https://acme.test/rekomi")]
    url: String,
    /// Names of events, or `["*"]` for all, also those that come later.
    #[schema(example = json!(["commission_earned", "payout_sent"]))]
    events: Vec<String>,
    /// For your own people.
    #[schema(example = "Billing system")]
    description: Option<String>,
    /// `true` (default) or `false`.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedWebhook {
    #[schema(example = "https://acme.test/rekomi")]
    url: Option<String>,
    #[schema(example = json!(["*"]))]
    events: Option<Vec<String>>,
    #[schema(example = "Billing system")]
    description: Option<String>,
    /// Switched on again, it gets what waits; `POST /webhooks/{id}/replay` brings what it missed.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// How the secret changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SecretRotation)]
pub struct Rotation {
    /// How long the old secret signs along, so that you can change yours meanwhile: 0 to 168, by default 24.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    overlap_hours: Option<i64>,
}

/// What a test found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookTest {
    /// Whether it was answered with a 2xx.
    #[schema(example = true)]
    ok: bool,
    #[schema(required, example = 200)]
    status: Option<i16>,
    #[schema(example = 84)]
    duration_ms: i32,
    /// Why it didn't go through, in words.
    #[schema(required, example = json!(null))]
    message: Option<String>,
    /// The answer's first kilobyte.
    #[schema(required, example = "ok")]
    answer: Option<String>,
}

pub fn parse(id: &str) -> Result<Uuid> {
    id.parse::<WebhookEndpointId>().map(WebhookEndpointId::uuid).map_err(|_| Error::not_found())
}

/// List webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    params(PageParams),
    responses((status = 200, description = "Newest first", body = Page<Webhook>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Webhook>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let filter = Filter { kind: EndpointKind::Webhook, id: None, after: pagination.after, limit: pagination.limit() };
    let mut tx = key.tx(&state).await?;
    let rows = endpoint_store::list(&mut tx, key.organization, &filter, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(pagination.page(rows, |row| row.id, Webhook::of)))
}

/// Read one webhook
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "getWebhook",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The webhook", body = Webhook), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Webhook>> {
    let mut tx = key.tx(&state).await?;
    let found = find::one(&mut tx, key.organization, (EndpointKind::Webhook, parse(&id)?), state.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Webhook::of(found)))
}

/// Create a webhook
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "createWebhook",
    description = "From now on it is told of these events. `secret` is shown in this answer only; with an Idempotency-Key, \
                   a repetition answers null in its place.",
    params(IdempotencyKey),
    request_body = NewWebhook,
    responses(
        (status = 201, description = "Made", body = Webhook),
        (status = 409, description = "`too_many_endpoints`: twenty are the most, or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewWebhook>,
) -> Result<Response> {
    let new = body.value;
    let enabled = new.enabled.unwrap_or(true);
    let requested = EndpointInput::checked(&state, &new.url, &new.events, new.description.as_deref(), enabled)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (made, secret, entry) = change::create(&mut write.tx, &state, key.organization, &requested).await?;
    write.audit(entry).await?;
    let kept = Answer::new(StatusCode::CREATED, &Webhook::of(made.clone()))?;
    write.answer_once(Answer::new(StatusCode::CREATED, &Webhook::with_secret(made, &secret))?, Some(kept)).await
}

/// Change a webhook
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "updateWebhook",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedWebhook,
    responses((status = 200, description = "Changed", body = Webhook), Refused))]
pub async fn update(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedWebhook>,
) -> Result<Response> {
    let (id, requested) = (parse(&id)?, body.value);
    let changes = Changes {
        url: requested.url.map(|url| change::url(&state, &url)).transpose()?,
        events: requested
            .events
            .map(|events| listen::events(&events, listen::choices(EndpointKind::Webhook)))
            .transpose()?,
        description: requested.description.map(|text| change::description(Some(&text))).transpose()?,
        enabled: requested.enabled,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let which = (EndpointKind::Webhook, id);
    let (after, entry) = change::update(&mut write.tx, &state, key.organization, which, changes).await?;
    write.audit(entry).await?;
    let answer = write.answer(StatusCode::OK, &Webhook::of(after)).await?;
    state.webhooks_due.notify_one();
    Ok(answer)
}

/// Delete a webhook
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "deleteWebhook",
    description = "With its log and its secrets. What waits is not sent any more.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses((status = 204, description = "Gone"), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let (which, now) = ((EndpointKind::Webhook, parse(&id)?), state.clock.now());
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let entry = change::delete(&mut write.tx, key.organization, which, now).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}

/// Rotate a webhook's secret
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "Webhooks", operation_id = "rotateWebhookSecret",
    description = "The new secret is shown in this answer only. Until the overlap is over, payloads carry a signature of \
                   each, so a receiver may know either.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Rotation,
    responses((status = 200, description = "Both sign from now on", body = Webhook), Refused))]
pub async fn rotate(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Rotation>,
) -> Result<Response> {
    let id = parse(&id)?;
    let old_until = endpoint::old_until(body.value.overlap_hours, state.clock.now())?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (after, secret, entry) = change::rotate(&mut write.tx, &state, key.organization, id, old_until).await?;
    write.audit(entry).await?;
    let kept = Answer::new(StatusCode::OK, &Webhook::of(after.clone()))?;
    write.answer_once(Answer::new(StatusCode::OK, &Webhook::with_secret(after, &secret))?, Some(kept)).await
}

/// Test a webhook
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "testWebhook",
    description = "Sends the event `webhook_test`, signed as the others are, and waits for the answer.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "Sent; `ok` says how it went", body = WebhookTest), Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = parse(&id)?;
    let made = change::test(&state, key.organization, id).await?;
    let mut tx = key.tx(&state).await?;
    let entry = audit::Entry::new("webhook.tested", WebhookEndpointId::new(id));
    audit::record(&mut tx, key.organization, &key.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    let view = WebhookTest {
        ok: made.verdict.code().is_none(),
        status: made.status,
        duration_ms: made.duration_ms,
        message: made.verdict.message().map(str::to_owned),
        answer: made.answer,
    };
    Ok(Json(view).into_response())
}
