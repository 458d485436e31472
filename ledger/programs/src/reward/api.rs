//! `/api/v1/rewards`: milestones, contests and bounties.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rules::reward::Kind;
use shared::id::RewardId;
use uuid::Uuid;

use super::{
    change,
    decide::known_reward,
    input::NewReward,
    store::{self, Filter},
    view::RewardView,
};
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

/// List rewards
#[utoipa::path(get, path = "/api/v1/rewards", tag = "Rewards", operation_id = "listRewards",
    params(PageParams,
        ("programId" = Option<String>, Query),
        ("kind" = Option<String>, Query, description = "`Milestone`, `Contest` or `Bounty`", example = "Milestone"),
        ("status" = Option<String>, Query, description = "`Active` or `Archived`", example = "Active")),
    responses((status = 200, description = "Newest first", body = Page<RewardView>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<RewardView>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let filter = Filter {
        id: None,
        program: query.id("programId")?,
        kind: query.one_of("kind", &["Milestone", "Contest", "Bounty"])?.and_then(Kind::parse),
        archived: query.one_of("status", &["Active", "Archived"])?.map(|status| status == "Archived"),
        after: pagination.after,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), RewardView::from)))
}

/// Retrieve a reward
#[utoipa::path(get, path = "/api/v1/rewards/{id}", tag = "Rewards", operation_id = "getReward",
    params(("id" = String, Path, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The reward", body = RewardView), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<RewardId>,
) -> Result<Json<RewardView>> {
    let mut tx = key.reader(&state).await?;
    let found = known_reward(&mut tx, id).await?;
    tx.end();
    Ok(Json(found.into()))
}

/// Create a reward
#[utoipa::path(post, path = "/api/v1/rewards", tag = "Rewards", operation_id = "createReward",
    description = "Affiliates see it in their portal once it starts. A milestone is given as soon as it is reached, unless \
                   `confirm` is set; the winners of a contest and the proofs of a bounty wait for a person. What counts is \
                   computed from current facts, less refunds and denials.",
    params(IdempotencyKey),
    request_body = NewReward,
    responses(
        (status = 201, description = "The reward", body = RewardView),
        (status = 404, description = "The program doesn't exist, or belongs to another organization",
            body = ErrorSchema),
        (status = 409, description = "`too_many_rewards` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewReward>,
) -> Result<Response> {
    let reward = body.value.checked(state.new_id(), state.clock.now())?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = change::create(&mut write.tx, &reward).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &RewardView::from(reward)).await
}

/// Archive a reward
#[utoipa::path(post, path = "/api/v1/rewards/{id}/archive", tag = "Rewards", operation_id = "archiveReward",
    description = "Nothing can be earned from now on. Claims that wait can still be decided, and what was given stays.",
    params(("id" = String, Path, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses((status = 200, description = "The reward", body = RewardView), Refused))]
pub async fn archive(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<RewardId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = change::archive(&mut write.tx, &state, id).await?;
    write.audit(entry).await?;
    let archived = known_reward(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &RewardView::from(archived)).await
}
