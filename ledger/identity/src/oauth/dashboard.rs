//! `/dashboard/settings/connected-apps`: lists the apps that act for a person, for owners those of the whole team, and
//! disconnects them.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{OauthGrantId, OrganizationId};

use super::{
    grant,
    store::{self, Grant},
};
use crate::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::names,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, flash::Flash, zone::When},
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/connected-apps";
const LISTED_MAX: i64 = 500;

#[derive(Debug, askama::Template)]
#[template(path = "connected_apps.html")]
struct AppsPage {
    frame: Frame,
    apps: Vec<AppView>,
    /// The address that AI assistants connect to.
    address: String,
}

#[derive(Debug)]
struct AppView {
    id: String,
    name: String,
    host: String,
    may: &'static str,
    person: String,
    connected: When,
    used: Option<When>,
}

/// `GET /dashboard/settings/connected-apps`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::View)?;
    let frame = Frame::load(&state, &session, member.organization, PLACE).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let whose = if member.role.may(Right::Govern) { None } else { Some(member.user) };
    let grants = store::active(&mut tx, whose, LISTED_MAX, state.clock.now()).await?;
    let people: Vec<String> = grants.iter().map(|grant| format!("user:{}", grant.user)).collect();
    let names = names::own(&mut tx, people.iter().map(String::as_str)).await?;
    tx.commit().await?;
    let view = |(grant, person): (Grant, &String)| AppView {
        id: grant.id.to_string(),
        name: grant.client_name,
        host: grant.redirect_host,
        may: grant.access.title(),
        person: names::actor_name(&names, person),
        connected: frame.zone.when(grant.created_at),
        used: grant.last_used_at.map(|at| frame.zone.when(at)),
    };
    let apps = grants.into_iter().zip(&people).map(view).collect();
    let address = super::request::mcp(&state.config.public_url);
    Ok(Html(AppsPage { frame, apps, address }).into_response())
}

/// `POST /dashboard/settings/connected-apps/{id}/disconnect`. A person may disconnect their own apps, an owner everyone's.
///
/// # Errors
/// 404 for an app or organization that isn't theirs.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let name = end(&state, &member, parse_id(&id)?).await?;
    Ok(Flash::done(format!("{name} disconnected")).redirect(&place(member.organization)))
}

fn place(organization: OrganizationId) -> String {
    format!("{PLACE}?organization={organization}")
}

/// Returns the app's name.
async fn end(state: &AppState, member: &Member, id: OauthGrantId) -> Result<String> {
    let mut tx = state.db.tenant(member.organization).await?;
    let grant = store::lock(&mut tx, id).await?;
    let may_end = |grant: &Grant| grant.user == member.user || member.role.may(Right::Govern);
    let grant = grant.filter(may_end).ok_or_else(Error::not_found)?;
    grant::end(&mut tx, &grant, &member.actor, None, state.clock.now()).await?;
    tx.commit().await?;
    Ok(grant.client_name)
}
