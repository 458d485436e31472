//! `/dashboard/programs/{id}/page/logo`: lets a brand's team choose the logo of its page.

use axum::{
    extract::{DefaultBodyLimit, Path, State},
    response::Response,
    routing::MethodRouter,
};
use kit::route::post as on_post;
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
    db::TenantTx,
    error::{Error, Result},
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
) -> std::result::Result<Response, PageError> {
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
) -> std::result::Result<Response, PageError> {
    // If the file is too large, the form's fields are missing, so the URL also names the organization.
    let organization = choice.named().unwrap_or_else(|| sent.fields.text("organization"));
    let mut begun = editor::begin(&state, &session, &id, organization).await?;
    if sent.too_large {
        let error = Error::field("logo", picture::TOO_LARGE);
        return editor::again(&state, &session, begun, error, |_, _| {}).await;
    }
    let program = begun.program;
    let entry = if sent.fields.raw("do") == "remove" {
        remove(&mut begun.tx, program).await?
    } else {
        match replace(&mut begun.tx, &state, program, &sent.file).await {
            Ok(entry) => entry,
            Err(error) => return editor::again(&state, &session, begun, error, |_, _| {}).await,
        }
    };
    editor::record(&mut begun, &state, entry).await?;
    let answer = editor::back(&begun, "logo", "#logo");
    begun.tx.commit().await?;
    Ok(answer)
}

/// Replaces the page's logo. Returns the audit log entry.
///
/// # Errors
/// 400 naming `logo` if it isn't an image that pages can show.
pub(super) async fn replace(tx: &mut TenantTx, state: &AppState, program: ProgramId, bytes: &[u8]) -> Result<Entry> {
    let logo = picture::check(bytes).map_err(|why| Error::field("logo", why))?;
    store::set_logo(tx, program, (logo, bytes), state.clock.now()).await?;
    let details = json!({"logo": {"type": logo.content_type, "width": logo.width, "height": logo.height}});
    Ok(Entry::new("program_page.logo_changed", program).after(details))
}

/// Removes the page's logo, so that it shows the brand's. Returns the audit log entry.
///
/// # Errors
/// If the database is unavailable.
pub(super) async fn remove(tx: &mut TenantTx, program: ProgramId) -> Result<Entry> {
    store::remove_logo(tx, program).await?;
    Ok(Entry::new("program_page.logo_changed", program).after(json!({"logo": null})))
}
