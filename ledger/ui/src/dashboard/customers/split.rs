//! `POST /dashboard/customers/{id}/split`: separates a customer record that belongs to someone else.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::CustomerId;

use super::PLACE;
use engine::{
    customer_join::{decide, read, store},
    decision::reason,
};
use identity::{access::session::Session, audit};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::Error,
    form::Fields,
    page::{PageError, address::Address},
    state::AppState,
};

/// Splits every join that merges this record with others, then redirects to its own page.
///
/// # Errors
/// 404 if the user can't access the customer or it isn't joined, 403 for a viewer, 400 without a reason, 503 if the
/// database is unavailable.
pub async fn off(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: CustomerId = parse_id(&id)?;
    let organization = member.organization;
    let reason = reason::checked(fields.raw("reason"))?;
    let mut tx = state.db.tenant(organization).await?;
    let joins = store::joined_with(&mut tx, id).await?;
    if joins.is_empty() {
        return Err(Error::not_found().into());
    }
    decide::decide(&mut tx, &state, &joins, false, &reason, &member.actor.who).await?;
    for join in joins {
        let join = read::known(&mut tx, &join.to_string()).await?;
        let entry = decide::entry(&join, false, &reason);
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    Ok(Redirect::to(&Address::of(format!("{PLACE}/{id}"), organization).to_string()).into_response())
}
