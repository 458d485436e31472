//! `/api/v1/quarantined-events`: lists events that couldn't be applied, tries one again, and dismisses one.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::id::EventId;
use uuid::Uuid;

use super::{
    decide,
    view::{QuarantinedEvent, QuarantinedEventDetail},
};
use engine::quarantine::{
    cause,
    store::{self, Decision, Entry, Filter},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit,
};
use kit::{
    api::{
        body::{Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// The states in the API, and in the database.
const STATES: [(&str, &str); 3] = [("Open", "open"), ("Applied", "replayed"), ("Dismissed", "dismissed")];

/// List quarantined events
///
/// Events that were accepted but couldn't be applied, such as a sale in an unsupported currency, and second versions of
/// known events. Use `state=Open` to list those that need attention.
#[utoipa::path(get, path = "/api/v1/quarantined-events", tag = "Quarantined events",
    operation_id = "listQuarantinedEvents",
    params(PageParams,
        ("state" = Option<String>, Query, description = "`Open`, `Applied` or `Dismissed`", example = "Open"),
        ("reason" = Option<String>, Query, description = "Returns only events with this cause.",
            example = "unknown_connection")),
    responses((status = 200, description = "Newest first", body = Page<QuarantinedEvent>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    mut query: Query,
) -> Result<Json<Page<QuarantinedEvent>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let requested = query.one_of("state", &STATES.map(|(name, _)| name))?;
    let reason = query.text("reason");
    query.finish()?;
    let filter = Filter {
        id: None,
        reason: reason.as_deref(),
        state: requested.and_then(|name| STATES.iter().find(|(known, _)| *known == name)).map(|(_, state)| *state),
        after: pagination.after,
        limit: pagination.limit(),
    };
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id, QuarantinedEvent::from)))
}

/// Retrieve a quarantined event
#[utoipa::path(get, path = "/api/v1/quarantined-events/{id}", tag = "Quarantined events",
    operation_id = "getQuarantinedEvent",
    params(("id" = String, Path, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The event, with its content", body = QuarantinedEventDetail), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<EventId>,
) -> Result<Json<QuarantinedEventDetail>> {
    let mut tx = key.reader(&state).await?;
    let mut found = known(&mut tx, id).await?;
    tx.end();
    let body = std::mem::take(&mut found.body);
    Ok(Json(QuarantinedEventDetail { event: found.into(), body }))
}

/// Retry a quarantined event
#[utoipa::path(post, path = "/api/v1/quarantined-events/{id}/retry", tag = "Quarantined events",
    operation_id = "retryQuarantinedEvent",
    description = "Tries to apply the event again, after you have corrected the cause. If it fails again, the event \
                   stays `Open`.",
    params(("id" = String, Path, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The event; `state` says whether it is applied now", body = QuarantinedEvent),
        (status = 409, description = "`already_decided`: it isn't open any more; or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn retry(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<EventId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let idempotency = idempotency.with(body.request_digest);
    let mut write = Write::begin(&state, &key, idempotency.clone()).await?;
    let waiting = open(&mut write.tx, id).await?;
    if !cause::of(&waiting.reason).replayable {
        return Err(Error::field("id", "this event is a second version of a known one: it can only be dismissed"));
    }
    // The event is applied in a transaction of its own, like one that its source sends again.
    write.commit_part().await?;
    let applied = decide::apply(&state, &[&waiting.body]).await? == [true];
    let mut write = Write::begin(&state, &key, idempotency).await?;
    if !applied {
        let event = known(&mut write.tx, id).await?;
        return write.unchanged(StatusCode::OK, &QuarantinedEvent::from(event)).await;
    }
    store::settle(&mut write.tx, id.uuid(), Decision::Replayed).await?;
    settled(write, id, Decision::Replayed).await
}

/// Dismiss a quarantined event
#[utoipa::path(post, path = "/api/v1/quarantined-events/{id}/dismiss", tag = "Quarantined events",
    operation_id = "dismissQuarantinedEvent",
    description = "Ignores the event. If its source sends it again and it can be applied then, it counts.",
    params(("id" = String, Path, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The event", body = QuarantinedEvent),
        (status = 409, description = "`already_decided`: it isn't open any more; or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn dismiss(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<EventId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    open(&mut write.tx, id).await?;
    if !store::settle(&mut write.tx, id.uuid(), Decision::Dismissed).await? {
        return Err(decided_before());
    }
    settled(write, id, Decision::Dismissed).await
}

async fn settled(mut write: Write<'_>, id: EventId, decision: Decision) -> Result<Response> {
    write.audit(audit::Entry::new(decide::action(decision), id)).await?;
    let event = known(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &QuarantinedEvent::from(event)).await
}

/// # Errors
/// 404 if there is no such event.
async fn known(tx: &mut TenantTx, id: EventId) -> Result<Entry> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    store::list(tx, &filter).await?.pop().ok_or_else(Error::not_found)
}

/// # Errors
/// 404 if there is no such event, 409 if someone has decided about it.
async fn open(tx: &mut TenantTx, id: EventId) -> Result<Entry> {
    let found = known(tx, id).await?;
    if found.state == "open" { Ok(found) } else { Err(decided_before()) }
}

fn decided_before() -> Error {
    let message = "This event isn't open anymore: it was applied or dismissed.";
    Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, message)
}
