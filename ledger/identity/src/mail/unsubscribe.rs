//! `/unsubscribe/invitations/{token}`: whoever got an invitation ends them, of all brands, by one click and without signing in.
//!
//! The token is the address itself, sealed: nothing is stored until somebody uses it, and it tells nobody the address.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::seal::{self, Place, Secret};

use super::suppression_store;
use kit::{
    account::form::Notice,
    db::Holder,
    error::{Error, Result},
    page::{Html, PageError},
    state::AppState,
};

const PLACE: Place<'static> = Place { tenant: "", table: "mail_suppressions", column: "address", row: "link" };

#[derive(Debug, askama::Template)]
#[template(path = "no_invitations.html")]
struct ConfirmPage {
    token: String,
}

/// The way out of an email to an address.
///
/// # Errors
/// Where it can't be sealed.
pub fn url(state: &AppState, address: &str) -> Result<String> {
    let sealed = seal::seal(&state.config.keys.at_rest, PLACE, rand::random(), &Secret::new(address.to_owned()));
    Ok(format!("{}/unsubscribe/invitations/{}", state.config.public_url, sealed.map_err(Error::internal)?))
}

fn address(state: &AppState, token: &str) -> Result<String> {
    let opened = seal::open(&state.config.keys.at_rest, PLACE, token).map_err(|_| Error::not_found())?;
    Ok(opened.expose().to_owned())
}

/// `GET /unsubscribe/invitations/{token}`: asks; programs that look at links in emails change nothing.
///
/// # Errors
/// 404 for what is no such link.
pub async fn confirm(
    State(state): State<AppState>,
    Path(token): Path<String>,
) -> std::result::Result<Response, PageError> {
    address(&state, &token)?;
    Ok(Html(ConfirmPage { token }).into_response())
}

/// `POST /unsubscribe/invitations/{token}`: a person's click, or their mail program's (RFC 8058).
///
/// # Errors
/// 404 for what is no such link; 503 where the database is away.
pub async fn done(
    State(state): State<AppState>,
    Path(token): Path<String>,
) -> std::result::Result<Response, PageError> {
    let address = address(&state, &token)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    suppression_store::suppress(tx.conn(), &address, state.clock.now()).await?;
    tx.commit().await?;
    let message = "No brand on Rekomi can invite you by mail any more. Letters about programs that you are in already, such as what you \
                   earned, still come.";
    Ok(Notice::new("You get no more invitations", message, ("/", "To Rekomi")).into_response())
}
