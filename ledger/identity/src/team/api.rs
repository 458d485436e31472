//! `/api/v1/team`: the members of an organization.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{id::UserId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    change, invite,
    store::{self, MemberRow},
};
use crate::{
    access::api_key::{GovernKey, ReadKey},
    api::write::Write,
};
use kit::{
    access::role::Role,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
    },
    error::{Answer, Error, Result},
    state::AppState,
};

/// A member of the team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberView {
    #[schema(value_type = String, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    user_id: UserId,
    #[schema(example = "ann@acme.test")]
    email: String,
    /// `owner`, `admin`, `manager` or `viewer`.
    #[schema(example = "manager")]
    role: &'static str,
    /// When the person joined the organization.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00Z")]
    joined_at: Timestamp,
}

impl From<MemberRow> for MemberView {
    fn from(row: MemberRow) -> Self {
        Self { user_id: row.user, email: row.email, role: row.role.as_str(), joined_at: row.joined_at }
    }
}

/// A member's new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedMember {
    /// `owner`, `admin`, `manager` or `viewer`.
    #[schema(example = "manager")]
    role: String,
}

/// The current and the new owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transfer {
    /// The member who becomes owner.
    #[schema(value_type = String, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    user_id: UserId,
    /// The owner who becomes admin.
    #[schema(value_type = String, example = "usr_01kdvdna00fnwvvrwp1y42fmbq")]
    from_user_id: UserId,
}

/// List team members
#[utoipa::path(get, path = "/api/v1/team", tag = "Team", operation_id = "listMembers", params(PageParams),
    responses(
        (status = 200, description = "The members, most recently joined first", body = Page<MemberView>),
        (status = 409, description = "`test_mode`: test mode shares the live organization's team", body = ErrorSchema),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<MemberView>>> {
    let pagination: Pagination<(Timestamp, uuid::Uuid)> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    invite::live(&mut tx).await?;
    let rows = store::list(&mut tx, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| (row.joined_at, row.user.uuid()), MemberView::from)))
}

/// Update a member's role
#[utoipa::path(patch, path = "/api/v1/team/{userId}", tag = "Team", operation_id = "updateMember",
    security(("bearer" = ["admin", "owner"])),
    description = "The new role applies from the member's next request. API keys that the person created or rotated, \
                   and keys created with such a key, get the new role if they have more rights than it.",
    params(("userId" = String, Path, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedMember,
    responses(
        (status = 200, description = "The member", body = MemberView),
        (status = 404, description = "The user isn't a member", body = ErrorSchema),
        (status = 409, description = "`last_owner`, `test_mode` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    PathId(user): PathId<UserId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedMember>,
) -> Result<Response> {
    let role = Role::parse(&body.value.role)
        .ok_or_else(|| Error::field("role", "role must be owner, admin, manager or viewer"))?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let member = change::set_role(&mut write.tx, &state, &key.actor, user, role).await?;
    write.audited();
    write.answer(StatusCode::OK, &MemberView::from(member)).await
}

/// Remove a member
#[utoipa::path(delete, path = "/api/v1/team/{userId}", tag = "Team", operation_id = "deleteMember",
    security(("bearer" = ["admin", "owner"])),
    description = "The person loses access immediately. The API keys that they created or rotated are revoked, and \
                   so are keys created with such a key. `keepKeys=true` keeps all of them.",
    params(("userId" = String, Path, example = "usr_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("keepKeys" = Option<String>, Query, description = "`true` or `false` (default)", example = "false"),
        IdempotencyKey),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "The user isn't a member", body = ErrorSchema),
        (status = 409, description = "`last_owner`, `test_mode` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn remove(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    PathId(user): PathId<UserId>,
    idempotency: IdempotencyKey,
    mut query: Query,
) -> Result<Response> {
    let keeps = query.one_of("keepKeys", &["true", "false"])? == Some("true");
    query.finish()?;
    let now = state.clock.now();
    let mut tx = key.tx(&state).await?;
    idempotency.claim(&mut tx, key.organization, now).await?;
    change::remove(&mut tx, &state, &key.actor, user, &|_| keeps).await?;
    let answer = Answer::empty(StatusCode::NO_CONTENT);
    idempotency.keep(&mut tx, key.organization, &answer).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(answer.into_response())
}

/// Transfer ownership
#[utoipa::path(post, path = "/api/v1/team/transfer-ownership", tag = "Team", operation_id = "transferOwnership",
    security(("bearer" = ["admin", "owner"])),
    description = "The member becomes owner, and the current owner becomes admin, as do the owner's keys that they \
                   created or rotated.",
    params(IdempotencyKey),
    request_body = Transfer,
    responses(
        (status = 200, description = "The new owner", body = MemberView),
        (status = 404, description = "One of the two isn't a member", body = ErrorSchema),
        (status = 409, description = "`test_mode` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn transfer(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Transfer>,
) -> Result<Response> {
    let Transfer { user_id, from_user_id } = body.value;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let owner = change::transfer(&mut write.tx, &state, &key.actor, from_user_id, user_id).await?;
    write.audited();
    write.answer(StatusCode::OK, &MemberView::from(owner)).await
}
