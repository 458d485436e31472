//! `/account/notifications`: lets a person choose which emails they want, for each of their organizations.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{Kind, store};
use crate::access::{session::Session, store as access_store};
use kit::{
    access::role::{Right, Role},
    api::query::Query,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "notifications.html")]
struct NotificationsPage {
    email: String,
    verified: bool,
    done: bool,
    organizations: Vec<Choices>,
}

#[derive(Debug)]
struct Choices {
    id: OrganizationId,
    name: String,
    role: Role,
    /// Each kind, with whether the person wants it.
    kinds: Vec<(Kind, bool)>,
}

/// `GET /account/notifications`.
pub async fn show(State(state): State<AppState>, session: Session, mut query: Query) -> Result<Response, PageError> {
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let names = access_store::organization_names(&mut tx).await?;
    let chosen = store::chosen(&mut tx, session.user).await?;
    tx.commit().await?;
    let requested = |organization: OrganizationId, kind: Kind| {
        let own = chosen.iter().find(|(id, name, _)| *id == organization && name == kind.name());
        own.is_none_or(|(.., requested)| *requested)
    };
    let organizations = names.into_iter().filter_map(|(id, name)| {
        let role = session.memberships.iter().find(|(own, _)| *own == id)?.1;
        let offered = Kind::ALL.into_iter().filter(|kind| kind.is_offered(role, state.config.network.enabled));
        let kinds = offered.map(|kind| (kind, requested(id, kind)));
        Some(Choices { id, name, role, kinds: kinds.collect() })
    });
    let organizations = organizations.collect();
    let (email, verified, done) = (session.email, session.verified, query.text("done").as_deref() == Some("saved"));
    Ok(Html(NotificationsPage { email, verified, done, organizations }).into_response())
}

/// `POST /account/notifications`: saves the choices for one organization; an unchecked box means no.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let has_network = state.config.network.enabled;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_offered(member.role, has_network)) {
        let requested = fields.is_ticked(kind.name());
        store::choose(&mut tx, member.user, kind, requested).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/account/notifications?done=saved").into_response())
}
