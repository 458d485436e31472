//! `/api/v1/destinations`: vendor accounts that receive events, with the same log and replay as webhooks.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use shared::id::DestinationId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    connect::{self, Found},
    view::Destination,
};
use crate::webhook::{
    change::{self, Changes},
    customerio::Credentials,
    endpoint::EndpointKind,
    endpoint_secret,
    endpoint_store::{self, Filter},
    find, listen,
    log::{self, Replay, Replayed},
    view::Delivery,
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

const KIND: EndpointKind = EndpointKind::CustomerIo;

/// Credentials of a Customer.io workspace. Find them under Settings, Account settings, API credentials, Tracking.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerIoCredentials {
    /// The site ID of the workspace.
    #[schema(example = "6f1c0b8d9e2a4c7f8a1b")]
    site_id: String,
    /// The API key of the workspace.
    #[schema(example = "0d4c2b7e9f1a3c5e7d9b")]
    api_key: String,
}

/// Never prints credentials.
impl std::fmt::Debug for CustomerIoCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerIoCredentials")
    }
}

/// The destination to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDestination {
    /// Always `customerio`.
    #[serde(rename = "type")]
    #[schema(example = "customerio")]
    kind: String,
    /// The credentials of the workspace.
    credentials: CustomerIoCredentials,
    /// Names of events, or `["*"]` for all that a destination can receive.
    #[schema(example = json!(["affiliate_approved", "commission_earned", "payout_sent"]))]
    events: Vec<String>,
    /// A note for your team.
    #[schema(example = "Lifecycle emails")]
    description: Option<String>,
    /// Whether the destination is enabled. Defaults to `true`.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// The fields to change. Omitted fields keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedDestination {
    /// New credentials, in place of the old ones.
    credentials: Option<CustomerIoCredentials>,
    /// The names of the events to send.
    #[schema(example = json!(["payout_sent"]))]
    events: Option<Vec<String>>,
    /// A note for your team. An empty text removes it.
    #[schema(example = "Lifecycle emails")]
    description: Option<String>,
    /// Whether events are sent.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// The result of a destination test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationTest {
    /// Whether the test succeeded.
    #[schema(example = true)]
    ok: bool,
    /// The result in plain words, with what to do next.
    #[schema(example = "Customer.io accepted the credentials. The workspace is in the EU.")]
    message: String,
}

fn parse(id: &str) -> Result<Uuid> {
    id.parse::<DestinationId>().map(DestinationId::uuid).map_err(|_| Error::not_found())
}

async fn find(state: &AppState, given: &CustomerIoCredentials) -> Result<Found> {
    let credentials = connect::checked(&given.site_id, &given.api_key)?;
    let region = connect::region(state, &credentials).await?;
    Ok(Found { credentials, region })
}

/// List destinations
#[utoipa::path(get, path = "/api/v1/destinations", tag = "Destinations", operation_id = "listDestinations",
    params(PageParams),
    responses((status = 200, description = "The destinations, newest first", body = Page<Destination>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Destination>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let filter = Filter { kind: KIND, id: None, after: pagination.after, limit: pagination.limit() };
    let mut tx = key.reader(&state).await?;
    let rows = endpoint_store::list(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id, Destination::of)))
}

/// Retrieve a destination
#[utoipa::path(get, path = "/api/v1/destinations/{id}", tag = "Destinations", operation_id = "getDestination",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The destination", body = Destination), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Destination>> {
    let mut tx = key.reader(&state).await?;
    let found = find::one(&mut tx, (KIND, parse(&id)?), state.clock.now()).await?;
    tx.end();
    Ok(Json(Destination::of(found)))
}

/// Create a destination
#[utoipa::path(post, path = "/api/v1/destinations", tag = "Destinations", operation_id = "createDestination",
    security(("bearer" = ["admin"])),
    description = "Checks the credentials with Customer.io, first in the US and then in the EU. From now on, each of \
                   these events becomes an event of the affiliate's Customer.io profile, matched by email address.",
    params(IdempotencyKey),
    request_body = NewDestination,
    responses(
        (status = 201, description = "The destination", body = Destination),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include destinations, or no more of them",
            body = ErrorSchema),
        (status = 409, description = "`too_many_endpoints` (the limit is 100) or `idempotency_conflict`",
            body = ErrorSchema),
        (status = 422, description = "`credentials_refused`; the message says why", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewDestination>,
) -> Result<Response> {
    let new = body.value;
    if new.kind != KIND.as_str() {
        return Err(Error::field("type", "type must be customerio"));
    }
    let events = listen::events(&new.events, listen::choices(KIND))?;
    let description = change::description(new.description.as_deref())?;
    let found = find(&state, &new.credentials).await?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let rest = (events.as_slice(), description.as_str(), new.enabled.unwrap_or(true));
    let (made, entry) = connect::create(&mut write.tx, &state, &found, rest).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &Destination::of(made)).await
}

/// Update a destination
#[utoipa::path(patch, path = "/api/v1/destinations/{id}", tag = "Destinations", operation_id = "updateDestination",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedDestination,
    responses(
        (status = 200, description = "The updated destination", body = Destination),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include destinations, and `enabled` \
                                      isn't false", body = ErrorSchema),
        (status = 422, description = "`credentials_refused`; the message says why", body = ErrorSchema),
        Refused))]
pub async fn update(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedDestination>,
) -> Result<Response> {
    let (id, requested) = (parse(&id)?, body.value);
    let changes = Changes {
        url: None,
        events: requested.events.map(|events| listen::events(&events, listen::choices(KIND))).transpose()?,
        description: requested.description.map(|text| change::description(Some(&text))).transpose()?,
        enabled: requested.enabled,
    };
    let found = match &requested.credentials {
        Some(given) => Some(find(&state, given).await?),
        None => None,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    if let Some(found) = &found {
        let id = DestinationId::new(id);
        let entry = connect::replace(&mut write.tx, &state, id, found).await?;
        write.audit(entry).await?;
    }
    let (after, entry) = change::update(&mut write.tx, &state, (KIND, id), changes).await?;
    match entry {
        Some(entry) => write.audit(entry).await?,
        None if found.is_none() => return write.unchanged(StatusCode::OK, &Destination::of(after)).await,
        // New credentials have an entry of their own.
        None => {}
    }
    let answer = write.answer(StatusCode::OK, &Destination::of(after)).await?;
    state.webhooks_due.notify_one();
    Ok(answer)
}

/// Delete a destination
#[utoipa::path(delete, path = "/api/v1/destinations/{id}", tag = "Destinations", operation_id = "deleteDestination",
    security(("bearer" = ["admin"])),
    description = "Also deletes its log and credentials. Nothing is removed at the vendor.",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses((status = 204, description = "Deleted"), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let (which, now) = ((KIND, parse(&id)?), state.clock.now());
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let entry = change::delete(&mut write.tx, which, now).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}

/// Test a destination
#[utoipa::path(post, path = "/api/v1/destinations/{id}/test", tag = "Destinations", operation_id = "testDestination",
    security(("bearer" = ["admin"])),
    description = "Checks with the vendor whether the credentials still work. Sends no event.",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The result; `ok` says whether the credentials work", body = DestinationTest),
        Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Json<DestinationTest>> {
    let (id, now) = (parse(&id)?, state.clock.now());
    let mut tx = key.tx(&state).await?;
    find::one(&mut tx, (KIND, id), now).await?;
    let secrets = endpoint_secret::read(&mut tx, &state.config.keys, id, now).await?;
    let entry = audit::Entry::new("destination.tested", DestinationId::new(id));
    audit::record(&mut tx, &key.actor, now, entry).await?;
    tx.commit().await?;
    let credentials: Option<Credentials> =
        secrets.first().and_then(|secret| serde_json::from_str(secret.expose()).ok());
    let credentials = credentials.ok_or_else(|| Error::internal("a destination without readable credentials"))?;
    let tested = match connect::region(&state, &credentials).await {
        Ok(region) => {
            let place = region.as_str().to_uppercase();
            let message = format!("Customer.io accepted the credentials. The workspace is in the {place}.");
            DestinationTest { ok: true, message }
        }
        Err(error) => DestinationTest { ok: false, message: error.body().message.clone() },
    };
    Ok(Json(tested))
}

/// List a destination's deliveries
#[utoipa::path(get, path = "/api/v1/destinations/{id}/deliveries", tag = "Destinations",
    operation_id = "listDestinationDeliveries",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk"), PageParams,
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
    log::list(&state, &key, (KIND, parse(&id)?), query).await
}

/// Retry a destination delivery
#[utoipa::path(post, path = "/api/v1/destinations/{id}/deliveries/{messageId}/retry", tag = "Destinations",
    operation_id = "retryDestinationDelivery",
    security(("bearer" = ["admin"])),
    description = "Sends the event again immediately. An event that the vendor already received counts only once \
                   there.",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk"),
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
    log::queue(&state, &key, (KIND, parse(&id)?), &message, idempotency).await
}

/// Replay a destination's events
#[utoipa::path(post, path = "/api/v1/destinations/{id}/replay", tag = "Destinations", operation_id = "replayDestination",
    security(("bearer" = ["admin"])),
    description = "Sends the events of a time range again, oldest first, at most 10,000 per request: pass `nextCursor` \
                   as `cursor` until it is null. Includes deliveries that wait for a later attempt; those that are \
                   about to be sent aren't queued twice.",
    params(("id" = String, Path, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk"),
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
    log::queue_span(&state, &key, (KIND, parse(&id)?), idempotency, body).await
}
