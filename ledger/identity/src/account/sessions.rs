//! Ends a person's sessions: one, all others, or all.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use shared::timestamp::Timestamp;

use super::{
    store,
    token::{self, Purpose},
};
use crate::access::{
    account_event::{self, Happening},
    caller::Caller,
    finish_login::know_again,
    session::{self, Session},
};
use kit::{
    db::{GlobalTx, Holder},
    error::Error,
    page::PageError,
    state::AppState,
};

/// `POST /account/sessions/{id}/end`.
///
/// # Errors
/// 404 for a session that isn't the person's; 503 if the database is unavailable.
pub async fn end(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    if !store::end_session(&mut tx, session.user, id).await? {
        return Err(Error::not_found().into());
    }
    over(&mut tx, &state, &session, &caller).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account?done=ended").into_response())
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
) -> Result<Response, PageError> {
    let now = finish(&state, &session, &caller, session::presented(&caller.headers)).await?;
    let mut response = Redirect::to("/account?done=ended").into_response();
    know_again(&state, response.headers_mut(), &session.email, now);
    Ok(response)
}

/// `POST /account/sessions/end-all`: signs out everywhere, including here.
pub async fn end_all(State(state): State<AppState>, session: Session, caller: Caller) -> Result<Response, PageError> {
    finish(&state, &session, &caller, None).await?;
    Ok(Redirect::to("/login").into_response())
}

async fn finish(
    state: &AppState,
    session: &Session,
    caller: &Caller,
    but: Option<[u8; 32]>,
) -> Result<Timestamp, sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::end_sessions(tx.conn(), session.user, but.as_ref(), state.clock.now()).await?;
    let now = over(&mut tx, state, session, caller).await?;
    tx.commit().await?;
    Ok(now)
}

/// Records that sessions have ended, and ends a requested change of address: one of those sessions may have requested it, and
/// confirming it needs no session.
async fn over(
    tx: &mut GlobalTx,
    state: &AppState,
    session: &Session,
    caller: &Caller,
) -> Result<Timestamp, sqlx::Error> {
    let now = state.clock.now();
    token::revoke(tx.conn(), session.user, Purpose::ChangeEmail, now).await?;
    account_event::record(tx.conn(), session.user, Happening::SignedOutElsewhere, caller, now).await?;
    Ok(now)
}
