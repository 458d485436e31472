//! `/dashboard/organizations`: lists a person's organizations, creates new ones, and cancels deletions.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{
    close, create,
    profile::{self, Changes},
    store, time_zone,
};
use crate::access::{session::Session, store::organization_names};
use kit::{
    access::role::Right,
    error::{Checks, Code, Error},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};
use rules::format;

/// No one needs more, and each one has a cost.
const OWNED_MAX: usize = 50;

#[derive(Debug, askama::Template)]
#[template(path = "organizations.html")]
struct OrganizationsPage {
    email: String,
    open: Vec<(OrganizationId, String, &'static str)>,
    /// Names of organizations that require two-step sign-in, which the person hasn't turned on.
    barred: Vec<String>,
    closed: Vec<ClosedRow>,
    /// What the person typed for a new organization.
    name: String,
    time_zone: String,
    problems: Problems,
    verified: bool,
    /// Whether the person may create another organization.
    may_found: bool,
}

#[derive(Debug)]
struct ClosedRow {
    id: OrganizationId,
    name: String,
    /// When the grace period ends.
    until: String,
    may_undo: bool,
}

/// `GET /dashboard/organizations`.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session) -> Result<Response, PageError> {
    Ok(Html(load(&state, &session, &Fields::default(), Problems::default()).await?).into_response())
}

/// `POST /dashboard/organizations/new`: creates an organization owned by the person.
///
/// # Errors
/// 403 before the person's email was confirmed, and, unless anyone can sign up, for a person who owns no organization. A mistake
/// in the form is shown next to its field.
pub async fn make(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    match found(&state, &session, &fields).await {
        Ok(id) => Ok(Redirect::to(&format!("/dashboard/settings?organization={id}")).into_response()),
        Err(error) if error.status().is_client_error() => {
            let page = load(&state, &session, &fields, Problems::of_error(&error)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /dashboard/organizations/undo`: lets an owner cancel a deletion.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they aren't an owner, 409 after the grace period.
pub async fn undo(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let named = fields.text("organization").parse::<OrganizationId>().ok();
    let own = session.closed.iter().find(|(closed, _)| Some(*closed) == named);
    let (organization, role) = *own.ok_or_else(Error::not_found)?;
    if !role.may(Right::Govern) {
        return Err(Error::forbidden("Only an owner can cancel the deletion.").into());
    }
    close::reopen(&state, organization, &session.actor).await?;
    Ok(Redirect::to(&format!("/dashboard?organization={organization}")).into_response())
}

async fn found(state: &AppState, session: &Session, fields: &Fields) -> Result<OrganizationId, Error> {
    if !session.verified {
        let message = "Confirm your email address first, using the link we sent you.";
        return Err(Error::new(StatusCode::FORBIDDEN, Code::EmailNotVerified, message));
    }
    if !session.may_found(state.config.signup) {
        return Err(Error::forbidden("Only owners of an organization can create another one."));
    }
    let all = session.memberships.iter().chain(&session.closed).chain(&session.barred);
    if all.filter(|(_, role)| role.may(Right::Govern)).count() >= OWNED_MAX {
        return Err(Error::field("name", "You've reached the limit of organizations you can own."));
    }
    let zone = if fields.given("timeZone").is_some() { fields.raw("timeZone") } else { "UTC" };
    let mut checks = Checks::default();
    let named = Changes { name: Some(fields.raw("name").to_owned()), ..Changes::default() };
    let name = checks.maybe(named.checked()).and_then(|changes| changes.name).unwrap_or_default();
    let zone = checks.maybe(known_zone(state, zone).await?).unwrap_or_default();
    checks.end()?;
    let owner = (session.user, session.email.as_str());
    create::found(state, owner, &session.actor, &name, &profile::slug_of(&name), &zone).await
}

/// The time zone, or why it isn't one.
async fn known_zone(state: &AppState, zone: &str) -> Result<Result<String, Error>, Error> {
    let changes = Changes { time_zone: Some(zone.to_owned()), ..Changes::default() };
    let changes = match changes.checked() {
        Ok(changes) => changes,
        Err(error) => return Ok(Err(error)),
    };
    let mut tx = state.db.tenants(Vec::new()).await?;
    let known = time_zone::known(&mut tx, &changes).await;
    tx.commit().await?;
    match known {
        Ok(()) => Ok(Ok(changes.time_zone.unwrap_or_default())),
        Err(error) if error.status().is_client_error() => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    fields: &Fields,
    problems: Problems,
) -> Result<OrganizationsPage, Error> {
    let all = session.memberships.iter().chain(&session.closed).chain(&session.barred);
    let mut tx = state.db.tenants(all.map(|(own, _)| *own).collect()).await?;
    let names = organization_names(&mut tx).await?;
    let closing = store::closing(&mut tx).await?;
    tx.commit().await?;
    let name_of = |id: OrganizationId| {
        names.iter().find(|(known, _)| *known == id).map_or_else(|| id.to_string(), |(_, name)| name.clone())
    };
    let open = session.memberships.iter().map(|(id, role)| (*id, name_of(*id), role.title())).collect();
    let closed = closing
        .into_iter()
        .filter(|closing| closing.test_of.is_none())
        .map(|closing| ClosedRow {
            id: closing.organization,
            name: name_of(closing.organization),
            until: format::day(close::over_at(closing.closed_at)),
            may_undo: closing.erased_at.is_none()
                && session.closed.iter().any(|(own, role)| *own == closing.organization && role.may(Right::Govern)),
        })
        .collect();
    Ok(OrganizationsPage {
        email: session.email.clone(),
        verified: session.verified,
        may_found: session.may_found(state.config.signup),
        open,
        barred: session.barred.iter().map(|(id, _)| name_of(*id)).collect(),
        closed,
        name: fields.raw("name").to_owned(),
        time_zone: fields.raw("timeZone").to_owned(),
        problems,
    })
}
