//! `/api/v1/affiliates/invitations`: people who were invited by email, and whether they accepted.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::invitation::{self, Stage};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
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
    error::Result,
    state::AppState,
};
use programs::affiliate::invite_store::{self, Invite};

/// An invitation to become an affiliate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AffiliateInvitation {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    name: String,
    #[schema(example = "lauren@creators.test")]
    email: String,
    /// The program that they were invited to.
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// `Open`, `Accepted` or `Cancelled`.
    #[schema(example = "Open")]
    status: &'static str,
    /// Your message in the email.
    #[schema(required, example = "We met in Lisbon.")]
    note: Option<String>,
    /// When they were first emailed.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    invited_at: Timestamp,
    /// When they were last emailed.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    sent_at: Timestamp,
    /// How many times they were emailed.
    #[schema(example = 1)]
    emails: i32,
    /// From when on you can resend it: 24 hours after the last email. Null unless it is open.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-11-21T08:30:00Z")]
    resendable_at: Option<Timestamp>,
}

impl From<Invite> for AffiliateInvitation {
    fn from(invite: Invite) -> Self {
        let stage = Stage::of(&invite);
        Self {
            resendable_at: (stage == Stage::Open).then(|| invitation::resendable_at(&invite)),
            affiliate_id: invite.affiliate,
            name: invite.name,
            email: invite.email,
            program_id: invite.program_id,
            status: stage.as_str(),
            note: invite.note,
            invited_at: invite.invited_at,
            sent_at: invite.sent_at,
            emails: invite.times,
        }
    }
}

/// List affiliate invitations
#[utoipa::path(get, path = "/api/v1/affiliates/invitations", tag = "Affiliates",
    operation_id = "listAffiliateInvitations",
    description = "Returns who was invited by email. By default only open invitations: of people who haven't accepted \
                   yet.",
    params(PageParams,
        ("show" = Option<String>, Query, description = "`open` (default) or `all`", example = "all")),
    responses((status = 200, description = "Newest first", body = Page<AffiliateInvitation>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    mut query: Query,
) -> Result<Json<Page<AffiliateInvitation>>> {
    let pagination: Pagination<(Timestamp, Uuid)> = query.page()?;
    let is_open = query.one_of("show", &["open", "all"])? != Some("all");
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = invite_store::list(&mut tx, None, is_open, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| (row.invited_at, row.affiliate.uuid()), AffiliateInvitation::from)))
}

/// Resend an affiliate invitation
#[utoipa::path(post, path = "/api/v1/affiliates/invitations/{id}/resend", tag = "Affiliates",
    operation_id = "resendAffiliateInvitation",
    description = "Emails the invitation again, at the earliest 24 hours after the last email. The `id` is the \
                   affiliate's.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The invitation", body = AffiliateInvitation),
        (status = 404, description = "They weren't invited by email", body = ErrorSchema),
        (status = 409, description = "`already_accepted`, `already_cancelled`, `opted_out` or `idempotency_conflict`",
            body = ErrorSchema),
        (status = 429, description = "`too_soon`: they were emailed within the last 24 hours; `too_many_letters`: the \
                                      daily limit is reached", body = ErrorSchema),
        Refused))]
pub async fn resend(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = invitation::resend(&mut write.tx, &state, id).await?;
    write.audit(entry).await?;
    let shown = invitation::known(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &AffiliateInvitation::from(shown)).await
}

/// Cancel an affiliate invitation
#[utoipa::path(delete, path = "/api/v1/affiliates/invitations/{id}", tag = "Affiliates",
    operation_id = "cancelAffiliateInvitation",
    description = "The links in its emails stop working, and the affiliate is archived. You can approve them later. \
                   The `id` is the affiliate's.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The cancelled invitation", body = AffiliateInvitation),
        (status = 404, description = "They weren't invited by email", body = ErrorSchema),
        (status = 409, description = "`already_accepted`, `already_cancelled` or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn cancel(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = invitation::cancel(&mut write.tx, &state, id).await?;
    write.audit(entry).await?;
    let shown = invitation::known(&mut write.tx, id).await?;
    let answer = write.answer(StatusCode::OK, &AffiliateInvitation::from(shown)).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}
