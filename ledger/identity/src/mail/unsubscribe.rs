//! `/unsubscribe/invitations/{token}`: lets the recipient of an invitation opt out of invitations from all brands, with
//! one click and without signing in.
//!
//! The token is the address itself, sealed: nothing is stored until someone uses it, and it doesn't reveal the address.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::seal::{self, Place, Secret};

use super::suppression_store;
use kit::{
    db::Holder,
    error::{Error, Result},
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

const PLACE: Place<'static> = Place { tenant: "", table: "mail_suppressions", column: "address", row: "link" };

#[derive(Debug, askama::Template)]
#[template(path = "no_invitations.html")]
struct ConfirmPage {
    t: Texts,
    token: String,
}

/// Returns the unsubscribe URL in an email to an address.
///
/// # Errors
/// If the address can't be sealed.
pub fn url(state: &AppState, address: &str) -> Result<String> {
    let sealed = seal::seal(&state.config.keys.at_rest, PLACE, rand::random(), &Secret::new(address.to_owned()));
    Ok(format!(
        "{}/unsubscribe/invitations/{}",
        state.config.public_url,
        sealed.map_err(|error| Error::internal(error))?
    ))
}

fn address(state: &AppState, token: &str) -> Result<String> {
    let opened = seal::open(&state.config.keys.at_rest, PLACE, token).map_err(|_| Error::not_found())?;
    Ok(opened.expose().to_owned())
}

/// `GET /unsubscribe/invitations/{token}`: asks for confirmation, so that programs that open links in emails change
/// nothing.
///
/// # Errors
/// 404 for an invalid link.
pub async fn confirm(
    State(state): State<AppState>,
    Path(token): Path<String>,
    t: Texts,
) -> std::result::Result<Response, PageError> {
    address(&state, &token)?;
    Ok(Html(ConfirmPage { t, token }).into_response())
}

/// `POST /unsubscribe/invitations/{token}`: sent by a person's click or by their mail program (RFC 8058).
///
/// # Errors
/// 404 for an invalid link; 503 if the database is unavailable.
pub async fn done(
    State(state): State<AppState>,
    Path(token): Path<String>,
    t: Texts,
) -> std::result::Result<Response, PageError> {
    let address = address(&state, &token)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    suppression_store::suppress(tx.conn(), &address, state.clock.now()).await?;
    tx.commit().await?;
    let (title, message) = (t.say("program-invitations-stopped-title"), t.say("program-invitations-stopped-message"));
    let way = ("/", t.say("program-invitations-stopped-link"));
    Ok(Notice::in_language(t, title, message, way).into_response())
}
