//! `POST /dashboard/troubles/dismiss`: dismisses an alert until the same thing happens again.

use axum::{Form, extract::State, response::Response};

use super::{load, store};
use crate::dashboard::undo::{Begun, What};
use identity::{
    access::session::Session,
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
};

/// # Errors
/// 404 if the user can't access the organization, or the alert isn't listed or can't be dismissed; 403 for a viewer;
/// 503 if the database is unavailable.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let shown = load(&mut tx, now, &Zone::utc()).await?;
    let alert = fields.raw("trouble");
    let what = shown.dismissible(organization, alert).ok_or_else(Error::not_found)?;
    let before = store::dismissed_at(&mut tx, what).await?;
    let (row, kind) = (alert.to_owned(), what.0.as_str().to_owned());
    let begun = Begun::new(&state, What::Alert { row, kind, before });
    store::dismiss(&mut tx, what, begun.at()).await?;
    let entry = Entry::new("trouble.dismissed", alert);
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    let back = Address::of("/dashboard", organization).to_string();
    let undo = begun.path(&state, &member, vec![what.1], &back);
    Ok(Flash { undo, ..Flash::done("Alert dismissed") }.redirect(&back))
}
