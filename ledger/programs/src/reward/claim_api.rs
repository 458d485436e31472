//! `/api/v1/rewards/{id}/claims` and `/api/v1/reward-claims/{id}/…`: who earned a reward, and the decisions about it.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use rules::reward::State as ClaimState;
use serde::Deserialize;
use shared::id::{RewardClaimId, RewardId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    claim_store::{self, Filter},
    claim_view::RewardClaim,
    decide::{self, known_claim, known_reward},
};
use engine::decision::reason;
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

const STATES: [&str; 5] = ["Submitted", "Approved", "Rejected", "Paid", "TakenBack"];

/// Why a claim is rejected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectedRewardClaim {
    /// The message to the affiliate: 1 to 1000 characters.
    #[schema(example = "The video doesn't show the product.")]
    reason: String,
}

/// List a reward's claims
#[utoipa::path(get, path = "/api/v1/rewards/{id}/claims", tag = "Rewards", operation_id = "listRewardClaims",
    params(("id" = String, Path, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk"),
        PageParams,
        ("status" = Option<String>, Query,
            description = "`Submitted`, `Approved`, `Rejected`, `Paid` or `TakenBack`", example = "Submitted"),
        ("affiliateId" = Option<String>, Query)),
    responses((status = 200, description = "Newest first", body = Page<RewardClaim>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<RewardId>,
    mut query: Query,
) -> Result<Json<Page<RewardClaim>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let filter = Filter {
        id: None,
        reward: Some(id),
        affiliate: query.id("affiliateId")?,
        state: query.one_of("status", &STATES)?.and_then(ClaimState::parse),
        after: pagination.after,
        oldest: false,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let reward = known_reward(&mut tx, id).await?;
    let rows = claim_store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| RewardClaim::of(&row, &reward))))
}

/// Approve a reward claim
#[utoipa::path(post, path = "/api/v1/reward-claims/{id}/approve", tag = "Rewards", operation_id = "approveRewardClaim",
    description = "Gives the reward and emails the affiliate. A milestone is computed again first.",
    params(("id" = String, Path, example = "rwc_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The claim", body = RewardClaim),
        (status = 409, description = "`already_decided`, `wrong_status` if the affiliate isn't approved, `budget_spent`, \
                                      `no_longer_reached`, `not_givable` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn approve(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<RewardClaimId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    for entry in decide::approve(&mut write.tx, &state, id, &actor).await? {
        write.audit(entry).await?;
    }
    answer(write, id).await
}

/// Reject a reward claim
#[utoipa::path(post, path = "/api/v1/reward-claims/{id}/reject", tag = "Rewards", operation_id = "rejectRewardClaim",
    description = "Gives nothing, and emails the affiliate the reason. They can hand in another proof for a bounty, up to \
                   five in a period.",
    params(("id" = String, Path, example = "rwc_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = RejectedRewardClaim,
    responses(
        (status = 200, description = "The claim", body = RewardClaim),
        (status = 409, description = "`already_decided` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn reject(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<RewardClaimId>,
    idempotency: IdempotencyKey,
    body: JsonBody<RejectedRewardClaim>,
) -> Result<Response> {
    let reason = reason::checked(&body.value.reason)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let entry = decide::reject(&mut write.tx, &state, id, (&actor, &reason)).await?;
    write.audit(entry).await?;
    answer(write, id).await
}

async fn answer(mut write: Write<'_>, id: RewardClaimId) -> Result<Response> {
    let claim = known_claim(&mut write.tx, id).await?;
    let reward = known_reward(&mut write.tx, claim.reward).await?;
    write.answer(StatusCode::OK, &RewardClaim::of(&claim, &reward)).await
}
