//! `/api/v1/team/invitations`: lists, creates, resends and cancels invitations.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{id::InvitationId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    invitation_store::{self, Invitation},
    invite,
};
use crate::{
    access::api_key::{GovernKey, ReadKey},
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
    error::{Answer, Result},
    state::AppState,
};

/// An invitation to the team. Its link is only in the email.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub struct InvitationView {
    #[schema(value_type = String, example = "inv_01kdvdna00e5v8r2m6q1w9d3xk")]
    id: InvitationId,
    #[schema(example = "ann@acme.test")]
    email: String,
    /// `admin`, `manager` or `viewer`.
    #[schema(example = "manager")]
    role: &'static str,
    /// `Open`, `Accepted`, `Cancelled` or `Expired`.
    #[schema(example = "Open")]
    status: &'static str,
    /// `user:usr_…` or `api_key:key_…`.
    #[schema(example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    invited_by: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00Z")]
    created_at: Timestamp,
    /// When the last email was sent.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00Z")]
    sent_at: Timestamp,
    /// When the invitation expires.
    #[schema(value_type = String, format = DateTime, example = "2026-11-27T16:00:00Z")]
    expires_at: Timestamp,
}

impl InvitationView {
    fn new(row: Invitation, now: Timestamp) -> Self {
        Self {
            status: row.stage(now).as_str(),
            id: row.id,
            email: row.email,
            role: row.role.as_str(),
            invited_by: row.invited_by,
            created_at: row.created_at,
            sent_at: row.sent_at,
            expires_at: row.expires_at,
        }
    }
}

/// The email address to invite, and the role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInvitation {
    #[schema(example = "ann@acme.test")]
    email: String,
    /// `admin`, `manager` or `viewer`.
    #[schema(example = "manager")]
    role: String,
}

/// List invitations
#[utoipa::path(get, path = "/api/v1/team/invitations", tag = "Team", operation_id = "listInvitations",
    params(PageParams),
    responses((status = 200, description = "The invitations, newest first", body = Page<InvitationView>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<InvitationView>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    query.finish()?;
    let now = state.clock.now();
    let mut tx = key.reader(&state).await?;
    let rows = invitation_store::list(&mut tx, false, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| InvitationView::new(row, now))))
}

/// Create an invitation
#[utoipa::path(post, path = "/api/v1/team/invitations", tag = "Team", operation_id = "createInvitation",
    security(("bearer" = ["admin", "owner"])),
    description = "Emails a link with which the recipient can join the team within seven days.",
    params(IdempotencyKey),
    request_body = NewInvitation,
    responses(
        (status = 201, description = "The invitation", body = InvitationView),
        (status = 402, description = "`plan_tier_required`: the plan allows no more team members", body = ErrorSchema),
        (status = 409, description = "`already_member`, `already_invited`, `too_many_invitations`, `test_mode` or \
                                      `idempotency_conflict`", body = ErrorSchema),
        (status = 429, description = "`invitation_limit`: at most 100 per organization and 5 per address a day",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewInvitation>,
) -> Result<Response> {
    let role = invite::role(&body.value.role)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let email = &body.value.email;
    let made = invite::invite(&mut write.tx, &state, &key.actor, email, role).await?;
    write.audited();
    write.answer(StatusCode::CREATED, &InvitationView::new(made, state.clock.now())).await
}

/// Resend an invitation
#[utoipa::path(post, path = "/api/v1/team/invitations/{id}/resend", tag = "Team", operation_id = "resendInvitation",
    security(("bearer" = ["admin", "owner"])),
    description = "Emails a new link that is valid for seven days. The old link stops working.",
    params(("id" = String, Path, example = "inv_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The invitation", body = InvitationView),
        (status = 402, description = "`plan_tier_required`: the plan allows no more team members", body = ErrorSchema),
        (status = 409, description = "`already_accepted`, `already_cancelled` or `idempotency_conflict`", body = ErrorSchema),
        (status = 429, description = "`too_soon`: sent less than a minute ago; `invitation_limit`: too many today",
            body = ErrorSchema),
        Refused))]
pub async fn resend(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    PathId(id): PathId<InvitationId>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let sent = invite::resend(&mut write.tx, &state, &key.actor, id).await?;
    write.audited();
    write.answer(StatusCode::OK, &InvitationView::new(sent, state.clock.now())).await
}

/// Cancel an invitation
#[utoipa::path(delete, path = "/api/v1/team/invitations/{id}", tag = "Team", operation_id = "cancelInvitation",
    security(("bearer" = ["admin", "owner"])),
    params(("id" = String, Path, example = "inv_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 204, description = "Cancelled. The link no longer works"),
        (status = 409, description = "`already_accepted`, `already_cancelled` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn cancel(
    State(state): State<AppState>,
    GovernKey(key): GovernKey,
    PathId(id): PathId<InvitationId>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let now = state.clock.now();
    let mut tx = key.tx(&state).await?;
    idempotency.claim(&mut tx, key.organization, now).await?;
    invite::cancel(&mut tx, &key.actor, id, now).await?;
    let answer = Answer::empty(StatusCode::NO_CONTENT);
    idempotency.keep(&mut tx, key.organization, &answer).await?;
    tx.commit().await?;
    Ok(answer.into_response())
}
