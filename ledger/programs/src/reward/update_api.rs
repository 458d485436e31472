//! `PATCH /api/v1/rewards/{id}`: changes what affiliates read, whom it is for, its end and its budget.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use shared::{id::RewardId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    change::{self, Changes},
    decide::known_reward,
    input,
    view::RewardView,
};
use identity::{access::api_key::WriteKey, api::write::Write};
use kit::{
    api::{
        body::{JsonBody, present},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::maybe,
    },
    error::Result,
    state::AppState,
};

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"budgetCents": 200000}))]
pub struct ChangedReward {
    /// 1 to 120 characters.
    title: Option<String>,
    /// 1 to 5000 characters; null for none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Only affiliates in these segments can earn it; an empty list for everyone.
    segments: Option<Vec<String>>,
    /// Null for no end. A milestone's end can't be moved into the past, and a contest's can't change for a period that
    /// was ranked (`reward_closed`).
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Option<Timestamp>>,
    /// Null for no limit.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    budget_cents: Option<Option<i64>>,
}

/// Update a reward
#[utoipa::path(patch, path = "/api/v1/rewards/{id}", tag = "Rewards", operation_id = "updateReward",
    description = "What has to happen and what is given can\u{2019}t change: archive the reward and create another one. A \
                   larger budget also counts for milestones that were reached while it was spent.",
    params(("id" = String, Path, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedReward,
    responses(
        (status = 200, description = "The reward", body = RewardView),
        (status = 409, description = "`reward_closed` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<RewardId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedReward>,
) -> Result<Response> {
    let sent = body.value;
    let changes = Changes {
        title: maybe("title", sent.title.as_deref(), input::TITLE_MAX)?,
        description: match sent.description {
            Some(Some(text)) => Some(Some(input::description(&text)?)),
            other => other,
        },
        segments: sent.segments.as_deref().map(input::segments).transpose()?,
        ends_at: sent.ends_at,
        budget: sent.budget_cents,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = change::update(&mut write.tx, &state, id, changes).await?;
    write.audit(entry).await?;
    let changed = known_reward(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &RewardView::from(changed)).await
}
