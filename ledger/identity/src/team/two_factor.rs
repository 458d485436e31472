//! `POST /dashboard/settings/team/two-steps`: an owner asks everyone in the team for two-step sign-in, or stops asking.

use axum::{Form, extract::State, http::StatusCode, response::Response};
use serde_json::json;

use super::{
    dashboard::{Fields, back, text},
    store,
};
use crate::{
    access::{
        second_factor_store,
        session::Session,
        step_up::{self, Given},
    },
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    db::Holder,
    error::{Error, Result},
    page::PageError,
    state::AppState,
};

/// From the next request on, who hasn't turned two-step sign-in on sees nothing of the organization. API keys go on.
///
/// # Errors
/// 404 for what is not the person's, 403 for who is no owner. What is wrong with the proof, and an owner without two-step
/// sign-in of their own, are shown on the page.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(text(&fields, "organization")), Right::Govern)?;
    let requested = text(&fields, "required") == "yes";
    let done = async {
        step_up::prove(&state, &session, given).await.map_err(in_its_section)?;
        if requested {
            has_it_on(&state, &session).await?;
        }
        let mut tx = state.db.tenant(member.organization).await?;
        if store::set_two_steps(&mut tx, member.organization, requested).await? {
            let message = |required: bool| json!({"secondFactorRequired": required});
            let entry = Entry::new("organization.changed", member.organization)
                .before(message(!requested))
                .after(message(requested));
            audit::record(&mut tx, member.organization, &member.actor, state.clock.now(), entry).await?;
        }
        Ok(tx.commit().await?)
    };
    let done = done.await;
    back(&state, &session, &member, &fields, done).await
}

/// The page has another form with a field `password`.
fn in_its_section(error: Error) -> Error {
    let status = error.status();
    if !status.is_client_error() {
        return error;
    }
    let mut body = error.body().clone();
    body.field = Some("twoSteps".to_owned());
    Error::from_body(status, body)
}

/// Who asks for it goes first, so that no owner shuts themselves out.
async fn has_it_on(state: &AppState, session: &Session) -> Result<()> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let stored = second_factor_store::find(tx.conn(), session.user).await?;
    tx.commit().await?;
    if stored.is_some_and(|stored| stored.enabled) {
        return Ok(());
    }
    let message = "Turn on two-step sign-in for your own account first, under Your account (/account/two-factor).";
    Err(Error::new(StatusCode::CONFLICT, "second_factor_off", message))
}
