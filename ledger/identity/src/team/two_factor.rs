//! `POST /dashboard/settings/team/two-steps`: lets an owner require two-step sign-in of everyone in the team, or stop
//! requiring it.

use axum::{Form, extract::State, http::StatusCode, response::Response};
use serde_json::json;

use super::{dashboard::back, store};
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
    error::{Code, Error, Result},
    form::Fields,
    page::PageError,
    state::AppState,
};

/// From the next request on, members without two-step sign-in see nothing of the organization. API keys keep working.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they aren't an owner. The page shows a failed step-up proof,
/// and the error if the owner doesn't use two-step sign-in themselves.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Govern)?;
    let requested = fields.raw("required") == "yes";
    let done = async {
        step_up::prove(&state, &session, given).await.map_err(in_its_section)?;
        if requested {
            has_it_on(&state, &session).await?;
        }
        let mut tx = state.db.tenant(member.organization).await?;
        if store::set_two_steps(&mut tx, requested).await? {
            let message = |required: bool| json!({"secondFactorRequired": required});
            let entry = Entry::new("organization.changed", member.organization)
                .before(message(!requested))
                .after(message(requested));
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
        }
        Ok(tx.commit().await?)
    };
    let done = done.await;
    back(&state, &session, &member, &fields, done).await
}

/// Assigns the error to this section, because the page has another form with a field `password`.
fn in_its_section(error: Error) -> Error {
    let status = error.status();
    if !status.is_client_error() {
        return error;
    }
    let body = error.body();
    Error::new(status, body.code, body.message.as_str()).with_field("twoSteps")
}

/// Requires that the owner uses two-step sign-in themselves, so that they can't lock themselves out.
async fn has_it_on(state: &AppState, session: &Session) -> Result<()> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let stored = second_factor_store::find(tx.conn(), session.user).await?;
    tx.commit().await?;
    if stored.is_some_and(|stored| stored.enabled) {
        return Ok(());
    }
    let message = "Turn on two-step sign-in in your own account first (/account/two-factor).";
    Err(Error::new(StatusCode::CONFLICT, Code::SecondFactorOff, message))
}
