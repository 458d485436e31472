//! `/api/v1/programs/{id}/network-listing`: a program's listing in the network.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use shared::id::ProgramId;

use super::{
    api_view::{NetworkListing, SavedNetworkListing},
    change::{self, Known},
    open,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody},
        document::Refused,
        idempotency::IdempotencyKey,
        path::PathId,
    },
    error::Result,
    state::AppState,
};
use rules::network::step::Step;

/// Retrieve a network listing
///
/// Each program has a listing from the start: until you change it, it is an empty draft. Only where the installation has
/// a network; elsewhere, these operations answer 404.
#[utoipa::path(get, path = "/api/v1/programs/{id}/network-listing", tag = "Network", operation_id = "getNetworkListing",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses((status = 200, description = "The listing", body = NetworkListing), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(program): PathId<ProgramId>,
) -> Result<Json<NetworkListing>> {
    open(&state)?;
    let mut tx = key.reader(&state).await?;
    let known = change::shown(&mut tx, &state, program).await?;
    tx.end();
    Ok(Json(NetworkListing::of(known, &state.config.public_url)))
}

/// Save a network listing
#[utoipa::path(put, path = "/api/v1/programs/{id}/network-listing", tag = "Network", operation_id = "saveNetworkListing",
    description = "Replaces the whole listing. The offer comes from the program and can't be set. If an operator approves \
                   listings and you change the texts or topics of a listed program, it waits for approval again, and \
                   isn't shown until then.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), IdempotencyKey),
    request_body = SavedNetworkListing,
    responses((status = 200, description = "The listing", body = NetworkListing), Refused))]
pub async fn save(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<SavedNetworkListing>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let done = change::save(&mut write.tx, &state, program, body.value.sent()).await?;
    answer(write, &state, done).await
}

/// Submit a network listing
#[utoipa::path(post, path = "/api/v1/programs/{id}/network-listing/submit", tag = "Network",
    operation_id = "submitNetworkListing",
    description = "Asks for the program to be shown in the network. An operator approves it first, unless the \
                   installation has none, or the listing was approved as it is. Answers 409 `listing_incomplete` if the \
                   program or the listing lacks something: `missing` names it. Submitting it again changes \
                   nothing.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), IdempotencyKey),
    responses((status = 200, description = "The listing", body = NetworkListing), Refused))]
pub async fn submit(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    open(&state)?;
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    take(write, &state, program, Step::Submit).await
}

/// Pause a network listing
#[utoipa::path(post, path = "/api/v1/programs/{id}/network-listing/pause", tag = "Network",
    operation_id = "pauseNetworkListing",
    description = "Hides a listed program until you submit it again. Answers 409 `listing_status` if it isn't listed.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), IdempotencyKey),
    responses((status = 200, description = "The listing", body = NetworkListing), Refused))]
pub async fn pause(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    open(&state)?;
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    take(write, &state, program, Step::Pause).await
}

/// Withdraw a network listing
#[utoipa::path(post, path = "/api/v1/programs/{id}/network-listing/withdraw", tag = "Network",
    operation_id = "withdrawNetworkListing",
    description = "Takes the listing back: it becomes a draft, and its texts stay.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), IdempotencyKey),
    responses((status = 200, description = "The listing", body = NetworkListing), Refused))]
pub async fn withdraw(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    open(&state)?;
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    take(write, &state, program, Step::Withdraw).await
}

async fn take(mut write: Write<'_>, state: &AppState, program: ProgramId, step: Step) -> Result<Response> {
    let done = change::take(&mut write.tx, state, program, (step, None)).await?;
    answer(write, state, done).await
}

async fn answer(mut write: Write<'_>, state: &AppState, (known, entry): (Known, Option<Entry>)) -> Result<Response> {
    let listing = NetworkListing::of(known, &state.config.public_url);
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &listing).await
        }
        None => write.unchanged(StatusCode::OK, &listing).await,
    }
}
