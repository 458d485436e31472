//! `/api/v1/webhooks/{id}/deliveries` and related operations: lists what was sent and sends it again. Destinations
//! share this code.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use shared::{id::MessageId, timestamp::Timestamp};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    api::parse,
    change,
    endpoint::EndpointKind,
    find, listen,
    log_store::{self, Again, DeliveryFilter},
    view::Delivery,
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
    error::{Error, Result},
    state::AppState,
};
use outbox::webhook::event::EventKind;

const STATES: [&str; 3] = ["Pending", "Delivered", "Failed"];

/// The events to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replay {
    /// Start of the time range, inclusive. Events are kept for 30 days.
    #[schema(value_type = String, format = DateTime, example = "2026-11-19T00:00:00Z")]
    since: Timestamp,
    /// End of the time range, exclusive. Defaults to now.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-20T00:00:00Z")]
    until: Option<Timestamp>,
    /// `true` (default) sends only failed deliveries and events that were missed while the endpoint was disabled.
    /// `false` also sends events that were already delivered.
    #[schema(example = true)]
    only_failed: Option<bool>,
    /// Names of events. Defaults to the events that the endpoint is subscribed to.
    #[schema(example = json!(["payout_sent"]))]
    event_types: Option<Vec<String>>,
    /// The `nextCursor` of an earlier response, to queue the events that remained. The other fields stay as they were.
    #[schema(example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")]
    cursor: Option<String>,
}

/// The result of a replay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    /// Number of events that were queued, oldest first.
    #[schema(example = 12)]
    queued: u64,
    /// Whether more events remain. If so, repeat the request with `nextCursor`.
    #[schema(example = false)]
    more: bool,
    /// Pass it as `cursor` to queue the next events. Null if none remain.
    #[schema(required, example = json!(null))]
    next_cursor: Option<String>,
}

/// List a webhook's deliveries
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "listWebhookDeliveries",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"), PageParams,
        ("status" = Option<String>, Query, description = "`Pending`, `Delivered` or `Failed`", example = "Failed"),
        ("eventType" = Option<String>, Query, description = "The name of an event", example = "payout_sent")),
    responses(
        (status = 200, description = "Deliveries, newest event first, each with its attempts", body = Page<Delivery>),
        Refused))]
pub async fn deliveries(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Page<Delivery>>> {
    list(&state, &key, (EndpointKind::Webhook, parse(&id)?), query).await
}

/// Retry a webhook delivery
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{messageId}/retry", tag = "Webhooks",
    operation_id = "retryWebhookDelivery",
    security(("bearer" = ["admin"])),
    description = "Sends the event again immediately, even if it was delivered before. The `webhook-id` stays the \
                   same.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("messageId" = String, Path, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 202, description = "The queued delivery", body = Delivery),
        (status = 404, description = "Not found, or the event is older than 30 days", body = ErrorSchema),
        (status = 409, description = "`endpoint_disabled` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn retry(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path((id, message)): Path<(String, String)>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let which = (EndpointKind::Webhook, parse(&id)?);
    queue(&state, &key, which, &message, idempotency).await
}

/// Replay a webhook's events
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "Webhooks", operation_id = "replayWebhook",
    security(("bearer" = ["admin"])),
    description = "Sends the events of a time range again, oldest first, at most 10,000 per request: pass `nextCursor` \
                   as `cursor` until it is null. Includes deliveries that wait for a later attempt; those that are \
                   about to be sent aren't queued twice.",
    params(("id" = String, Path, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Replay,
    responses(
        (status = 202, description = "Number of queued events", body = Replayed),
        (status = 409, description = "`endpoint_disabled` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn replay(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Replay>,
) -> Result<Response> {
    queue_span(&state, &key, (EndpointKind::Webhook, parse(&id)?), idempotency, body).await
}

pub async fn list(
    state: &AppState,
    key: &ReadKey,
    (kind, id): (EndpointKind, Uuid),
    mut query: Query,
) -> Result<Json<Page<Delivery>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let names: Vec<&'static str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let filter = DeliveryFilter {
        message: None,
        state: query.one_of("status", &STATES)?,
        kind: query.one_of("eventType", &names)?,
        after: pagination.after,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(state).await?;
    find::one(&mut tx, (kind, id), state.clock.now()).await?;
    let rows = log_store::deliveries(&mut tx, id, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.message_id.uuid(), |row| row)))
}

pub async fn queue(
    state: &AppState,
    key: &ReadKey,
    which: (EndpointKind, Uuid),
    message: &str,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let message: MessageId = message.parse().map_err(|_| Error::not_found())?;
    let mut write = Write::begin(state, key, idempotency).await?;
    let entry = change::retry(&mut write.tx, which, message, state.clock.now()).await?;
    write.audit(entry).await?;
    let filter = DeliveryFilter { message: Some(message.uuid()), limit: 1, ..DeliveryFilter::default() };
    let queued = log_store::deliveries(&mut write.tx, which.1, &filter).await?;
    let queued = queued.into_iter().next().ok_or_else(Error::not_found)?;
    let answer = write.answer(StatusCode::ACCEPTED, &queued).await?;
    state.webhooks_due.notify_one();
    Ok(answer)
}

pub async fn queue_span(
    state: &AppState,
    key: &ReadKey,
    which: (EndpointKind, Uuid),
    idempotency: IdempotencyKey,
    body: JsonBody<Replay>,
) -> Result<Response> {
    let (requested, now) = (body.value, state.clock.now());
    let events = requested.event_types.map(|names| listen::events(&names, listen::choices(which.0)));
    let after = requested.cursor.as_deref().map(parse_cursor).transpose()?;
    let again = Again {
        from: requested.since,
        // Events of the current instant are delivered anyway.
        to: requested.until.unwrap_or(now),
        only_failed: requested.only_failed.unwrap_or(true),
        events: events.transpose()?.unwrap_or_default(),
        after,
    };
    check_span(again.from, again.to)?;
    let mut write = Write::begin(state, key, idempotency.with(body.request_digest)).await?;
    let (queued, last, entry) = change::replay(&mut write.tx, which, again, now).await?;
    write.audit(entry).await?;
    let next_cursor = last.map(|last| last.to_string());
    let replayed = Replayed { queued, more: next_cursor.is_some(), next_cursor };
    let answer = write.answer(StatusCode::ACCEPTED, &replayed).await?;
    state.webhooks_due.notify_one();
    Ok(answer)
}

fn parse_cursor(text: &str) -> Result<MessageId> {
    text.parse().map_err(|_| Error::field("cursor", "cursor must be the `nextCursor` of an earlier response"))
}

pub fn check_span(from: Timestamp, to: Timestamp) -> Result<()> {
    if from >= to {
        return Err(Error::field("since", "since must be before until, and not in the future"));
    }
    Ok(())
}
