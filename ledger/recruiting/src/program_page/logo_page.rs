//! `/dashboard/programs/{id}/page/logo`: lets a brand's team choose the logo of its page.

use axum::{
    extract::{DefaultBodyLimit, Path, State},
    response::Response,
    routing::{MethodRouter, post as on_post},
};
use serde_json::json;
use shared::id::ProgramId;

use super::{editor, store};
use identity::{
    access::{member::Choice, session::Session},
    audit::Entry,
};
use kit::{
    access::role::Right,
    api::path::PathId,
    error::Error,
    form::Upload,
    page::{PageError, picture},
    state::AppState,
};

/// Returns the upload's route, which accepts a larger body than other forms.
pub fn post() -> MethodRouter<AppState> {
    on_post(save).layer(DefaultBodyLimit::max(picture::FORM_MAX))
}

/// `GET /dashboard/programs/{id}/page/logo`, for members of the organization.
///
/// # Errors
/// 404 for an organization that isn't the person's, and if neither the page nor its brand has a logo.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    PathId(program): PathId<ProgramId>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let found = store::picture(&mut tx, program).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(picture::answer(found)?)
}

/// `POST /dashboard/programs/{id}/page/logo`: replaces or removes the logo.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer.
async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    sent: Upload,
) -> Result<Response, PageError> {
    // If the file is too large, the form's fields are missing, so the URL also names the organization.
    let organization = choice.named().unwrap_or_else(|| sent.fields.text("organization"));
    let mut begun = editor::begin(&state, &session, &id, organization).await?;
    if sent.too_large {
        let error = Error::field("logo", picture::TOO_LARGE);
        return editor::again(&state, &session, begun, error, |_, _| {}).await;
    }
    let program = begun.program;
    let entry = Entry::new("program_page.logo_changed", program);
    if sent.fields.raw("do") == "remove" {
        store::remove_logo(&mut begun.tx, program).await?;
        editor::record(&mut begun, &state, entry.after(json!({"logo": null}))).await?;
    } else {
        let logo = match picture::check(&sent.file) {
            Ok(logo) => logo,
            Err(why) => return editor::again(&state, &session, begun, Error::field("logo", why), |_, _| {}).await,
        };
        store::set_logo(&mut begun.tx, program, (logo, &sent.file), state.clock.now()).await?;
        let details = json!({"logo": {"type": logo.content_type, "width": logo.width, "height": logo.height}});
        editor::record(&mut begun, &state, entry.after(details)).await?;
    }
    let answer = editor::back(&begun, "logo", "#logo");
    begun.tx.commit().await?;
    Ok(answer)
}
