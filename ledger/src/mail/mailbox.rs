//! `/dev/mailbox` and `/dev/mail`: the emails that were sent, for developers. These paths exist only in development.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::development::open_in_development;
use kit::{
    api::query::Query,
    db::Holder,
    error::{Error, Result},
    mail::{
        POLICY,
        encryption::{self, Body},
        store::{self, StoredEmail},
    },
    page::{Html, PageError},
    state::AppState,
};
use rules::format;

const EMAILS_MAX: i64 = 200;

#[derive(Debug, askama::Template)]
#[template(path = "dev_mail.html")]
struct MailPage {
    emails: Vec<EmailView>,
}

#[derive(Debug)]
struct EmailView {
    id: String,
    kind: String,
    to: String,
    subject: String,
    text: String,
    links: Vec<String>,
    at: (String, String),
    status: String,
    last_error: Option<String>,
}

/// `GET /dev/mailbox`, newest first; `?to=` filters by recipient.
///
/// # Errors
/// 404 outside development; 503 if the database is unavailable.
pub async fn list(State(state): State<AppState>, mut query: Query) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let to = query.text("to");
    query.finish()?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, to.as_deref(), None, EMAILS_MAX).await?;
    tx.commit().await?;
    let emails = kept.into_iter().map(|character| as_json(&state, &character)).collect::<Result<Vec<_>>>()?;
    Ok(Json(json!({"data": emails})))
}

fn as_json(state: &AppState, email: &StoredEmail) -> Result<Value> {
    let body = body(state, email)?;
    let from = state.config.mail.sender(email.sender_name.as_deref()).to_string();
    Ok(json!({
        "id": email.id,
        "to": email.recipient,
        "from": from,
        "replyTo": email.reply_to,
        "kind": email.kind,
        "subject": email.subject,
        "links": links(&body.text),
        "text": body.text,
        "html": body.html,
        "unsubscribe": body.unsubscribe,
        "at": email.at.to_string(),
        "status": email.status,
    }))
}

/// `GET /dev/mail`: the same as a page.
pub async fn page(State(state): State<AppState>) -> std::result::Result<Response, PageError> {
    open_in_development(&state)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, None, None, EMAILS_MAX).await?;
    tx.commit().await?;
    let mut emails = Vec::with_capacity(kept.len());
    for character in kept {
        let text = body(&state, &character)?.text;
        emails.push(EmailView {
            links: links(&text).into_iter().map(str::to_owned).collect(),
            text,
            id: character.id.to_string(),
            kind: character.kind,
            to: character.recipient,
            subject: character.subject,
            at: (character.at.to_string(), format::moment(character.at)),
            status: character.status,
            last_error: character.last_error,
        });
    }
    Ok(Html(MailPage { emails }).into_response())
}

/// `GET /dev/mail/{id}`: an email as a mail client shows it.
///
/// # Errors
/// As [`list`], and 404 for an unknown email.
pub async fn preview(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response> {
    open_in_development(&state)?;
    let id = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, None, Some(id), 1).await?;
    tx.commit().await?;
    let email = kept.first().ok_or_else(Error::not_found)?;
    let mut response = axum::response::Html(body(&state, email)?.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

/// Erased bodies are returned as empty.
fn body(state: &AppState, email: &StoredEmail) -> Result<Body> {
    email.sealed_body.as_ref().map_or_else(
        || Ok(Body { text: String::new(), html: String::new(), unsubscribe: None }),
        |sealed| encryption::open(&state.config.keys.at_rest, email.id, sealed).map_err(|error| Error::internal(error)),
    )
}

/// All URLs in an email's text.
fn links(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ')', '>']))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_the_text() {
        let text = "Confirm it:\n\nhttp://127.0.0.1:1/verify?token=a_b-c\n\nor write to https://brand.com/help.";
        assert_eq!(links(text), ["http://127.0.0.1:1/verify?token=a_b-c", "https://brand.com/help"]);
    }
}
