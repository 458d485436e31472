//! `POST /dashboard/assets` and `/dashboard/assets/{id}/delete`: adds and deletes promotional assets.

use axum::{
    Form as Filled,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use kit::route::post as posted;
use shared::id::AssetId;

use super::{dashboard, input::AssetInput, kind, save};
use identity::{
    access::{member::Member, session::Session},
    audit,
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::{Error, Result},
    form::{Fields, Problems, Upload},
    page::{Html, PageError},
    state::AppState,
};

/// The file and the fields that are sent with it.
const UPLOAD_MAX: usize = kind::SIZE_MAX + 64 * 1024;

/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer; 503 if the database or the storage is
/// unavailable. Invalid input is shown next to its field.
async fn add(
    State(state): State<AppState>,
    session: Session,
    sent: Upload,
) -> std::result::Result<Response, PageError> {
    // A file that is too large arrives without the other fields.
    let named = Some(sent.fields.text("organization")).filter(|named| !named.is_empty() || !sent.too_large);
    let member = session.member(named, Right::Operate)?;
    let organization = member.organization;
    let problems = match AssetInput::read(&sent) {
        Ok(input) => match keep(&state, &member, &input, &sent.file).await {
            Ok(()) => {
                let place = format!("{}?organization={organization}&done=added", dashboard::HERE);
                return Ok(Redirect::to(&place).into_response());
            }
            Err(error) if error.status().is_client_error() => Problems::at("title", kit::form::sentence_for(&error)),
            Err(error) => return Err(error.into()),
        },
        Err(problems) => problems,
    };
    let status = if sent.too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    let page = dashboard::load(&state, &session, organization, sent.fields, problems).await?;
    Ok((status, Html(page)).into_response())
}

/// The route, with a larger body limit than other forms have.
pub fn post() -> MethodRouter<AppState> {
    posted(add).layer(DefaultBodyLimit::max(UPLOAD_MAX))
}

async fn keep(state: &AppState, member: &Member, input: &AssetInput, bytes: &[u8]) -> Result<()> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    save::check_room(&mut tx).await?;
    if !save::has_program(&mut tx, input.program).await? {
        return Err(Error::field("program", "Choose one of your programs."));
    }
    tx.commit().await?;
    let file = save::upload(state, organization, input.kind, bytes).await?;
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = save::insert(&mut tx, state, input, file).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// `POST /dashboard/assets/{id}/delete`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable.
pub async fn delete(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Filled(fields): Filled<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: AssetId = parse_id(&id)?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let entry = save::remove(&mut tx, &state, id).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?organization={organization}&done=deleted", dashboard::HERE)).into_response())
}
