//! `/api/v1/network/contacts`: invitations and applications.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::id::NetworkContactId;

use super::{
    api_view::{NetworkContact, NewNetworkInvitation},
    invite,
    store::{self, Filter},
};
use crate::listing::open;
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
    },
    error::Result,
    state::AppState,
};

/// The statuses of a contact.
pub(super) const STATUSES: [&str; 7] = ["Invited", "Applied", "Joined", "Declined", "Rejected", "Withdrawn", "Expired"];

/// List network contacts
#[utoipa::path(get, path = "/api/v1/network/contacts", tag = "Network", operation_id = "listNetworkContacts",
    params(PageParams,
        ("programId" = Option<String>, Query),
        ("creatorId" = Option<String>, Query, description = "Returns only contacts with this creator",
            example = "cre_01kdvdna00fec9rpb7dk6gd3hy"),
        ("status" = Option<String>, Query, description = "Returns only contacts with this status", example = "Invited")),
    responses((status = 200, description = "Newest first", body = Page<NetworkContact>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<NetworkContact>>> {
    open(&state)?;
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    let filter = Filter {
        id: None,
        program: query.id("programId")?,
        creator: query.id("creatorId")?,
        status: query.one_of("status", &STATUSES)?.map(str::to_owned),
        after: pagination.after,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), NetworkContact::of)))
}

/// Retrieve a network contact
#[utoipa::path(get, path = "/api/v1/network/contacts/{id}", tag = "Network", operation_id = "getNetworkContact",
    params(("id" = String, Path, example = "ctc_01kdvdna00fec9rpb7dk6gd3hy")),
    responses((status = 200, description = "The contact", body = NetworkContact), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<NetworkContactId>,
) -> Result<Json<NetworkContact>> {
    open(&state)?;
    let mut tx = key.reader(&state).await?;
    let contact = invite::read(&mut tx, id, state.clock.now()).await?;
    tx.end();
    Ok(Json(NetworkContact::of(contact)))
}

/// Invite a creator
#[utoipa::path(post, path = "/api/v1/network/contacts", tag = "Network", operation_id = "createNetworkInvitation",
    description = "Sends an invitation to a program, which the creator can accept for 30 days. You can send 20 in 24 \
                   hours, or 5 until a creator accepts the first one; less if creators report your invitations or \
                   accept fewer than 2 in 100.",
    params(IdempotencyKey),
    request_body = NewNetworkInvitation,
    responses(
        (status = 201, description = "The invitation", body = NetworkContact),
        (status = 404, description = "The program may not search for creators, or you don't see the creator; `field` \
                                      names it", body = ErrorSchema),
        (status = 409, description = "`wrong_status`: there is a contact, there was one within 180 days, or you banned \
                                      the creator as an affiliate; `opted_out`: the creator wants no more \
                                      invitations this week", body = ErrorSchema),
        (status = 429, description = "`too_many_letters`: your limit is reached, and the message says why",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewNetworkInvitation>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let NewNetworkInvitation { program_id, creator_id, message } = body.value;
    let (contact, entry) = match invite::invite(&mut write.tx, &state, (program_id, creator_id), &message).await {
        Ok(invited) => invited,
        Err(error) => {
            write.tx.rollback().await?;
            return Err(invite::refused(&state, key.organization, error).await);
        }
    };
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &NetworkContact::of(contact)).await
}

/// Withdraw an invitation
#[utoipa::path(post, path = "/api/v1/network/contacts/{id}/withdraw", tag = "Network",
    operation_id = "withdrawNetworkInvitation",
    description = "Takes an open invitation back. It counts as sent: the creator may have read it, and you can invite \
                   them to the program again after 180 days.",
    params(("id" = String, Path, example = "ctc_01kdvdna00fec9rpb7dk6gd3hy"), IdempotencyKey),
    responses(
        (status = 200, description = "The contact", body = NetworkContact),
        (status = 409, description = "`wrong_status`: the invitation isn't open", body = ErrorSchema),
        Refused))]
pub async fn withdraw(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<NetworkContactId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (contact, entry) = invite::withdraw(&mut write.tx, &state, id).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &NetworkContact::of(contact)).await
}
