//! `/dev/mailbox` and `/dev/mail`: what was mailed, for whoever develops. Elsewhere these paths aren't there.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::operations::dev::open_in_development;
use kit::{
    api::query::Query,
    db::Holder,
    error::{Error, Result},
    mail::{
        sealing::{self, Body},
        store::{self, Kept},
    },
    page::{Html, PageError},
    state::AppState,
};
use rules::format;

const LETTERS_MAX: i64 = 200;
/// A letter is somebody's text in its own style: it may show that, and do nothing.
pub const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'none'; sandbox allow-popups";

#[derive(Debug, askama::Template)]
#[template(path = "dev_mail.html")]
struct MailPage {
    letters: Vec<LetterView>,
}

#[derive(Debug)]
struct LetterView {
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

/// `GET /dev/mailbox`, newest first; `?to=` shows one person's.
///
/// # Errors
/// 404 elsewhere than in development; 503 where the database is away.
pub async fn list(State(state): State<AppState>, mut query: Query) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let to = query.text("to");
    query.finish()?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, to.as_deref(), None, LETTERS_MAX).await?;
    tx.commit().await?;
    let from = state.config.mail.from.to_string();
    let letters = kept.into_iter().map(|letter| as_json(&state, &from, &letter)).collect::<Result<Vec<_>>>()?;
    Ok(Json(json!({"data": letters})))
}

fn as_json(state: &AppState, from: &str, letter: &Kept) -> Result<Value> {
    let body = body(state, letter)?;
    Ok(json!({
        "id": letter.id,
        "to": letter.recipient,
        "from": from,
        "kind": letter.kind,
        "subject": letter.subject,
        "links": links(&body.text),
        "text": body.text,
        "html": body.html,
        "unsubscribe": body.unsubscribe,
        "at": letter.at.to_string(),
        "status": letter.status,
    }))
}

/// `GET /dev/mail`: the same for eyes.
pub async fn page(State(state): State<AppState>) -> std::result::Result<Response, PageError> {
    open_in_development(&state)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, None, None, LETTERS_MAX).await?;
    tx.commit().await?;
    let mut letters = Vec::with_capacity(kept.len());
    for letter in kept {
        let text = body(&state, &letter)?.text;
        letters.push(LetterView {
            links: links(&text).into_iter().map(str::to_owned).collect(),
            text,
            id: letter.id.to_string(),
            kind: letter.kind,
            to: letter.recipient,
            subject: letter.subject,
            at: (letter.at.to_string(), format::moment(letter.at)),
            status: letter.status,
            last_error: letter.last_error,
        });
    }
    Ok(Html(MailPage { letters }).into_response())
}

/// `GET /dev/mail/{id}`: a letter as a mail program shows it.
///
/// # Errors
/// As [`list`], and 404 where there is no such letter.
pub async fn preview(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response> {
    open_in_development(&state)?;
    let id = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let kept = store::list(&mut tx, None, Some(id), 1).await?;
    tx.commit().await?;
    let letter = kept.first().ok_or_else(Error::not_found)?;
    let mut response = axum::response::Html(body(&state, letter)?.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LETTER_POLICY));
    Ok(response)
}

/// Bodies that were erased read as empty.
fn body(state: &AppState, letter: &Kept) -> Result<Body> {
    letter.sealed_body.as_ref().map_or_else(
        || Ok(Body { text: String::new(), html: String::new(), unsubscribe: None }),
        |sealed| sealing::open(&state.config.keys.at_rest, letter.id, sealed).map_err(Error::internal),
    )
}

/// Every address in a letter's text.
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
