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

/// The webhook to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhook {
    /// The URL that receives events: `https`, a public host, port 443 or 1024 and above, and no user name.
    #[schema(example = "https://acme.test/rekomi")]
    url: String,
    /// Names of events, or `["*"]` for all, including future ones.
    #[schema(example = json!(["commission_earned", "payout_sent"]))]
    events: Vec<String>,
    /// An internal description.
    #[schema(example = "Billing system")]
    description: Option<String>,
    /// Whether the webhook is enabled. Defaults to `true`.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// The fields to change. Omitted fields keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedWebhook {
    /// The URL that receives events.
    #[schema(example = "https://acme.test/rekomi")]
    url: Option<String>,
    /// Names of the events to send, or `["*"]` for all.
    #[schema(example = json!(["*"]))]
    events: Option<Vec<String>>,
    /// A note for your team. An empty text removes it.
    #[schema(example = "Billing system")]
    description: Option<String>,
    /// When you enable a webhook again, its pending deliveries are sent. `POST /webhooks/{id}/replay` sends the events
    /// it missed.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// How to rotate the secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SecretRotation)]
pub struct Rotation {
    /// How many hours the old secret keeps signing too, so that you have time to switch: 0 to 168. Defaults to 24.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    overlap_hours: Option<i64>,
}

/// The result of a webhook test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookTest {
    /// Whether the endpoint responded with a 2xx status.
    #[schema(example = true)]
    ok: bool,
    /// HTTP status of the response; null if none arrived.
    #[schema(required, example = 200)]
    status: Option<i16>,
    /// The duration in milliseconds.
    #[schema(example = 84)]
    duration_ms: i32,
    /// Why the delivery failed, in plain words.
    #[schema(required, example = json!(null))]
    message: Option<String>,
    /// The first kilobyte of the response body.
    #[schema(required, example = "ok")]
    answer: Option<String>,
}

pub fn parse(id: &str) -> Result<Uuid> {
    id.parse::<WebhookEndpointId>().map(WebhookEndpointId::uuid).map_err(|_| Error::not_found())
}

/// List webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    params(PageParams),
    responses((status = 200, description = "The webhooks, newest first", body = Page<Webhook>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Webhook>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let filter = Filter { kind: EndpointKind::Webhook, id: None, after: pagination.after, limit: pagination.limit() };
    let mut tx = key.reader(&state).await?;
    let rows = endpoint_store::list(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id, Webhook::of)))
}

/// Retrieve a webhook
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "getWebhook",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The webhook", body = Webhook), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Webhook>> {
    let mut tx = key.reader(&state).await?;
    let found = find::one(&mut tx, (EndpointKind::Webhook, parse(&id)?), state.clock.now()).await?;
    tx.end();
    Ok(Json(Webhook::of(found)))
}

/// Create a webhook
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "createWebhook",
    security(("bearer" = ["admin"])),
    description = "The webhook receives these events from now on. Only this response contains `secret`: a repeated \
                   request with the same `Idempotency-Key` returns null instead.",
    params(IdempotencyKey),
    request_body = NewWebhook,
    responses(
        (status = 201, description = "The webhook, with its secret", body = Webhook),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include webhooks, or no more of them",
            body = ErrorSchema),
        (status = 409, description = "`too_many_endpoints` (the limit is 100) or `idempotency_conflict`",
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
    let (made, secret, entry) = change::create(&mut write.tx, &state, &requested).await?;
    write.audit(entry).await?;
    let kept = Answer::new(StatusCode::CREATED, &Webhook::of(made.clone()))?;
    write.answer_once(Answer::new(StatusCode::CREATED, &Webhook::with_secret(made, &secret))?, Some(kept)).await
}

/// Update a webhook
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "updateWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedWebhook,
    responses(
        (status = 200, description = "The updated webhook", body = Webhook),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include webhooks, and `enabled` isn't \
                                      false", body = ErrorSchema),
        Refused))]
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
    let (after, entry) = change::update(&mut write.tx, &state, which, changes).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &Webhook::of(after)).await };
    write.audit(entry).await?;
    let answer = write.answer(StatusCode::OK, &Webhook::of(after)).await?;
    state.webhooks_due.notify_one();
    Ok(answer)
}

/// Delete a webhook
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "deleteWebhook",
    security(("bearer" = ["admin"])),
    description = "Also deletes its log and secrets. Pending deliveries are no longer sent.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses((status = 204, description = "Deleted"), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let (which, now) = ((EndpointKind::Webhook, parse(&id)?), state.clock.now());
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let entry = change::delete(&mut write.tx, which, now).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}

/// Rotate a webhook's secret
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "Webhooks", operation_id = "rotateWebhookSecret",
    security(("bearer" = ["admin"])),
    description = "Only this response contains the new secret. Until the overlap ends, payloads carry a signature of \
                   each secret, so receivers can verify with either.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Rotation,
    responses(
        (status = 200, description = "The webhook, with its new secret", body = Webhook),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include webhooks", body = ErrorSchema),
        Refused))]
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
    let (after, secret, entry) = change::rotate(&mut write.tx, &state, id, old_until).await?;
    write.audit(entry).await?;
    let kept = Answer::new(StatusCode::OK, &Webhook::of(after.clone()))?;
    write.answer_once(Answer::new(StatusCode::OK, &Webhook::with_secret(after, &secret))?, Some(kept)).await
}

/// Test a webhook
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "testWebhook",
    security(("bearer" = ["admin"])),
    description = "Sends the event `webhook_test`, signed like every other event, and waits for the response.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The result; `ok` says whether the delivery succeeded", body = WebhookTest),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include webhooks", body = ErrorSchema),
        Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = parse(&id)?;
    let made = change::test(&state, key.organization, id).await?;
    let mut tx = key.tx(&state).await?;
    let entry = audit::Entry::new("webhook.tested", WebhookEndpointId::new(id));
    audit::record(&mut tx, &key.actor, state.clock.now(), entry).await?;
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
