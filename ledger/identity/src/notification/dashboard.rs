//! `/account/notifications`: lets a person choose which emails they want, for each of their organizations.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{Kind, store};
use crate::{
    access::{session::Session, store as access_store},
    organization::{create::is_test_mode, store as organization_store},
};
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

/// `GET /account/notifications`. Test modes have no members of their own, and no one gets emails about them.
pub async fn show(State(state): State<AppState>, session: Session, mut query: Query) -> Result<Response, PageError> {
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let found = access_store::organizations(&mut tx).await?;
    let chosen = store::chosen(&mut tx, session.user).await?;
    tx.commit().await?;
    let requested = |organization: OrganizationId, kind: Kind| {
        let own = chosen.iter().find(|(id, name, _)| *id == organization && name == kind.name());
        own.is_none_or(|(.., requested)| *requested)
    };
    let live = found.into_iter().filter(|(.., is_test)| !is_test);
    let organizations = live.filter_map(|(id, name, _)| {
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
/// 404 for an organization that isn't the person's; 409 `test_mode` for a test mode; 503 if the database is unavailable.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let mut tx = state.db.tenant(member.organization).await?;
    if organization_store::kinship(&mut tx).await?.is_some_and(|kin| kin.test_of.is_some()) {
        return Err(is_test_mode().into());
    }
    let has_network = state.config.network.enabled;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_offered(member.role, has_network)) {
        let requested = fields.is_ticked(kind.name());
        store::choose(&mut tx, member.user, kind, requested).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/account/notifications?done=saved").into_response())
}
