//! Actions of the getting-started checklist: claim a host that needs no DNS record, and dismiss the list.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{notice, offered_host, store};
use crate::dashboard::undo::{Begun, What};
use identity::{
    access::session::Session,
    audit::{self, Entry},
    organization::store::is_first,
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, address::Address, flash::Flash},
    state::AppState,
};
use programs::link_host::change::{self, LinkHostInput};

fn back(organization: OrganizationId, done: &str) -> Response {
    Redirect::to(&Address::of("/dashboard", organization).with("done", done).to_string()).into_response()
}

/// `POST /dashboard/first-steps/host`: claims a host that needs no DNS record for the organization's links.
///
/// # Errors
/// 404 if the user can't access the organization, or no host is offered; 403 for a viewer or manager; 409 if the host
/// is taken.
pub async fn claim_host(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let there = store::there(&mut tx, state.clock.now()).await?;
    let offer = offered_host(&state, &there.slug, is_first(&mut tx).await?).ok_or_else(Error::not_found)?;
    if !there.host {
        change::add(&mut tx, &state, &member.actor, &LinkHostInput::checked(&offer.host, None, &state)?).await?;
    }
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    drop(state.news.send(organization));
    Ok(back(organization, "host"))
}

/// `POST /dashboard/first-steps/dismiss`: dismisses the checklist.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer.
pub async fn dismiss(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let begun = Begun::new(&state, What::Checklist);
    let mut tx = state.db.tenant(organization).await?;
    let is_new = store::dismiss(&mut tx, begun.at()).await?;
    if is_new {
        let entry = Entry::new("organization.first_steps_dismissed", organization);
        audit::record(&mut tx, &member.actor, begun.at(), entry).await?;
    }
    tx.commit().await?;
    let overview = Address::of("/dashboard", organization).to_string();
    let ids = if is_new { vec![organization.uuid()] } else { Vec::new() };
    let undo = begun.path(&state, &member, ids, &overview);
    Ok(match undo.zip(notice("dismissed")) {
        Some((undo, done)) => Flash::done(done).undo(undo).redirect(&overview),
        None => back(organization, "dismissed"),
    })
}
