//! `/unsubscribe/messages/{token}`: lets a creator end the emails about brands' messages, with one click and without signing
//! in. *Who can see me* turns them on again.
//!
//! The token is the creator's ID, sealed: it works for nothing else, and erasing the creator ends it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::CreatorId,
    seal::{self, Place, Secret},
};

use super::visibility_store;
use kit::{
    db::Holder,
    error::{Error, Result},
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

const PLACE: Place<'static> = Place { tenant: "", table: "creators", column: "message_emails", row: "link" };

#[derive(Debug, askama::Template)]
#[template(path = "no_messages.html")]
struct ConfirmPage {
    t: Texts,
    token: String,
}

/// Returns the unsubscribe URL in an email about messages.
///
/// # Errors
/// If the ID can't be sealed.
pub fn url(state: &AppState, creator: CreatorId) -> Result<String> {
    let sealed = seal::seal(&state.config.keys.at_rest, PLACE, rand::random(), &Secret::new(creator.to_string()));
    let token = sealed.map_err(|error| Error::internal(error))?;
    Ok(format!("{}/unsubscribe/messages/{token}", state.config.public_url))
}

fn creator_of(state: &AppState, token: &str) -> Result<CreatorId> {
    let opened = seal::open(&state.config.keys.at_rest, PLACE, token).map_err(|_| Error::not_found())?;
    opened.expose().parse().map_err(|_| Error::not_found())
}

/// `GET /unsubscribe/messages/{token}`: asks for confirmation, so that programs that open links in emails change nothing.
///
/// # Errors
/// 404 for an invalid link.
pub async fn confirm(
    State(state): State<AppState>,
    Path(token): Path<String>,
    t: Texts,
) -> std::result::Result<Response, PageError> {
    creator_of(&state, &token)?;
    Ok(Html(ConfirmPage { t, token }).into_response())
}

/// `POST /unsubscribe/messages/{token}`: sent by a person's click or by their mail program (RFC 8058).
///
/// # Errors
/// 404 for an invalid link; 503 if the database is unavailable.
pub async fn done(
    State(state): State<AppState>,
    Path(token): Path<String>,
    t: Texts,
) -> std::result::Result<Response, PageError> {
    let creator = creator_of(&state, &token)?;
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    visibility_store::set_message_emails(&mut tx, creator, false).await?;
    tx.commit().await?;
    let (title, message) = (t.say("creator-messages-ended-title"), t.say("creator-messages-ended"));
    let way = ("/a/network/visibility", t.say("creator-messages-ended-link"));
    Ok(Notice::in_language(t, title, message, way).into_response())
}
