//! `/dashboard/syncs/{id}`: shows one sync step by step, with every request and answer, and sends it again.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{OrganizationId, SyncId};

use super::{
    dashboard::{PLACE, vendor_name},
    read_store,
    request::{self, SyncRequest},
    view_model::{StepRow, SyncRow},
};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "crm_sync.html")]
struct SyncPage {
    frame: Frame,
    name: String,
    one: SyncRow,
    steps: Vec<StepRow>,
}

/// `GET /dashboard/syncs/{id}`.
///
/// # Errors
/// 404 for another organization's sync; 503 where the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let id = parse(&id)?;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let row = read_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let steps = read_store::steps(&mut tx, id).await?;
    tx.commit().await?;
    let name = vendor_name(&row.sync.vendor);
    let one = SyncRow::of(row, &frame.zone);
    let steps = steps.into_iter().map(|step| StepRow::of(step, &frame.zone)).collect();
    Ok(Html(SyncPage { frame, name, one, steps }).into_response())
}

/// `POST /dashboard/syncs/{id}/retry`: retries the step that failed.
///
/// # Errors
/// 404 for another organization's sync, 403 for a viewer, 409 where a retry can't help, 503 where the database is
/// unavailable.
pub async fn retry(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let (sync, entry) = request::again(&mut tx, parse(&id)?, now).await?;
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(to(organization, sync.id))
}

/// `POST /dashboard/syncs/{id}/anew`: queues a new sync of the same person with the current data.
pub async fn anew(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let row = read_store::read(&mut tx, parse(&id)?).await?.ok_or_else(Error::not_found)?;
    let requested = SyncRequest::read(row.sync.connection_id, row.sync.affiliate_id, None, None)?;
    let (sync, entry) = request::one(&mut tx, &requested, now).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(to(organization, sync.id))
}

fn to(organization: OrganizationId, sync: SyncId) -> Response {
    Redirect::to(&format!("/dashboard/syncs/{sync}?organization={organization}")).into_response()
}

fn parse(id: &str) -> Result<SyncId, Error> {
    id.parse().map_err(|_| Error::not_found())
}
