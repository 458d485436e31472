//! `/api/v1/network/creators/{id}/messages` and `…/report`: the one thread of a brand and a creator.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::{id::CreatorId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    api_view::{NetworkMessage, NetworkReport, NewNetworkMessage, NewNetworkReport},
    store, thread,
};
use crate::listing::open;
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
        path::PathId,
        query::Query,
    },
    error::Result,
    state::AppState,
};

/// List messages with a creator
#[utoipa::path(get, path = "/api/v1/network/creators/{id}/messages", tag = "Network",
    operation_id = "listNetworkMessages",
    description = "The thread of you and a creator, across your programs. Answers 404 if there was never a contact.",
    params(("id" = String, Path, example = "cre_01kdvdna00fec9rpb7dk6gd3hy"), PageParams),
    responses((status = 200, description = "Newest first", body = Page<NetworkMessage>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(creator): PathId<CreatorId>,
    mut query: Query,
) -> Result<Json<Page<NetworkMessage>>> {
    open(&state)?;
    let pagination: Pagination<(Timestamp, Uuid)> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    thread::check(&mut tx, &state, creator).await?;
    let rows = store::messages_before(&mut tx, creator, (pagination.after, pagination.limit())).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| (row.created_at, row.id.uuid()), NetworkMessage::of)))
}

/// Write to a creator
#[utoipa::path(post, path = "/api/v1/network/creators/{id}/messages", tag = "Network",
    operation_id = "createNetworkMessage",
    description = "You can write after the creator applied, accepted an invitation, or wrote to you: at most 3 messages \
                   until they answer, and 200 a day to all creators.",
    params(("id" = String, Path, example = "cre_01kdvdna00fec9rpb7dk6gd3hy"), IdempotencyKey),
    request_body = NewNetworkMessage,
    responses(
        (status = 201, description = "The message", body = NetworkMessage),
        (status = 409, description = "`wrong_status`: the creator hasn't answered yet", body = ErrorSchema),
        (status = 429, description = "`too_many_letters`: your limit is reached", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(creator): PathId<CreatorId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewNetworkMessage>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (message, entry) = thread::write_as_brand(&mut write.tx, &state, creator, &body.value.message).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &NetworkMessage::of(message)).await
}

/// Report a creator
#[utoipa::path(post, path = "/api/v1/network/creators/{id}/report", tag = "Network", operation_id = "reportNetworkCreator",
    description = "Tells the operators of the installation about a creator with whom you have a contact. The creator \
                   doesn't learn who reported them.",
    params(("id" = String, Path, example = "cre_01kdvdna00fec9rpb7dk6gd3hy"), IdempotencyKey),
    request_body = NewNetworkReport,
    responses((status = 200, description = "Whether the report is new", body = NetworkReport), Refused))]
pub async fn report(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(creator_id): PathId<CreatorId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewNetworkReport>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = thread::report(&mut write.tx, &state, creator_id, &body.value.reason).await?;
    let answer = NetworkReport { creator_id, received: entry.is_some() };
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &answer).await
        }
        None => write.unchanged(StatusCode::OK, &answer).await,
    }
}
