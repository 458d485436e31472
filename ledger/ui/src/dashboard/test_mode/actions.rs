//! Opens test mode, and starts it over.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{PLACE, copy, host};
use identity::{access::session::Session, organization::create};
use kit::{
    access::role::Right,
    form::Fields,
    page::{PageError, address::Address},
    state::AppState,
};

/// `POST /dashboard/test-mode`: opens an organization's test mode. If it is empty, the organization's programs are copied
/// into it.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they may not change settings, 409 for a test mode.
pub async fn open(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let twin = create::twin(&state, member.organization, &member.actor).await?;
    copy::into_empty(&state, member.organization, twin, &member.actor).await?;
    Ok(Redirect::to(&format!("/dashboard?organization={twin}")).into_response())
}

/// `POST /dashboard/test-mode/reset`: throws away everything in the test mode but its link domains, and copies the live
/// programs again.
///
/// # Errors
/// As [`open`]; 409 `test_mode_only` for a live organization.
pub async fn reset(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let (live, twin) = create::renew_twin(&state, member.organization, &member.actor).await?;
    host::inherit(&state, member.organization, twin).await?;
    copy::into_empty(&state, live, twin, &member.actor).await?;
    Ok(back(twin, "reset"))
}

pub(super) fn back(organization: OrganizationId, done: &str) -> Response {
    Redirect::to(&Address::of(PLACE, organization).with("done", done).to_string()).into_response()
}
