//! Finds the app that a client id names: one that registered, or one whose document is at that address.
//!
//! Documents are fetched by the client that reaches public addresses only and follows no redirects, and only while a
//! signed-in person is about to connect the app.

use std::time::Duration;

use axum::http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};
use shared::id::UserId;

use super::{
    client_id,
    client_store::{self, Found},
    description::{self, Description},
    redirect,
};
use kit::{
    db::Holder,
    error::{Code, Error, Result},
    limit::{self, Limit},
    outbound::Answer,
    state::AppState,
};

const DOCUMENT_MAX: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a document is used before it is read again, whatever it says itself.
const FRESH_SECONDS: std::ops::RangeInclusive<i64> = 300..=86_400;

/// An app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub redirect_uris: Vec<String>,
}

impl Client {
    /// Whether the app listed this address.
    pub fn leads_to(&self, redirect_uri: &str) -> bool {
        self.redirect_uris.iter().any(|listed| redirect::fits(listed, redirect_uri))
    }

    /// The host that vouches for the app: the one that has its document.
    pub fn document_host(&self) -> Option<String> {
        client_id::is_address(&self.id).then(|| redirect::host(&self.id))
    }
}

/// # Errors
/// 400 in words for the person who came from the app, 429 if they tried too many, 503 if the database is unavailable.
pub async fn find(state: &AppState, user: UserId, id: &str) -> Result<Client> {
    let is_document = client_id::is_document(id, state.outbound.reach);
    if !client_id::is_plain(id) || (client_id::is_address(id) && !is_document) {
        return Err(refused("The app\u{2019}s client_id isn\u{2019}t an address that it may have."));
    }
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let known = client_store::find(tx.conn(), id).await?;
    tx.commit().await?;
    match known {
        Some(Found { client, fresh_until }) if fresh_until.is_none_or(|until| until > now) => Ok(client),
        _ if is_document => read(state, user, id).await,
        _ => Err(refused("This app isn\u{2019}t known here. Remove it in the app and connect it again.")),
    }
}

/// Fetches the app's document, and keeps what it says.
async fn read(state: &AppState, user: UserId, id: &str) -> Result<Client> {
    if !limit::admit(state, &Limit::AppDocument(user)).await? {
        return Err(Error::too_often());
    }
    let (described, seconds) = fetch(state, id).await?;
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    client_store::keep_document(tx.conn(), id, &described, now.plus_millis(seconds * 1_000), now).await?;
    tx.commit().await?;
    Ok(Client { id: id.to_owned(), name: described.name, redirect_uris: described.redirect_uris })
}

/// Returns the app's description, and for how many seconds it may be used.
async fn fetch(state: &AppState, id: &str) -> Result<(Description, i64)> {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let sent = state.outbound.send_for(Method::GET, id, (headers, Vec::new()), DOCUMENT_MAX + 1);
    let answer = match tokio::time::timeout(PATIENCE, sent).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => {
            return Err(refused(&format!("The app\u{2019}s description can\u{2019}t be read: {failure}.")));
        }
        Err(_) => return Err(refused("The app\u{2019}s description can\u{2019}t be read: there was no response.")),
    };
    if answer.status != 200 {
        let status = answer.status;
        return Err(refused(&format!(
            "The app\u{2019}s description can\u{2019}t be read: its server responded with {status}."
        )));
    }
    if !is_json(&answer) || answer.body.len() > DOCUMENT_MAX {
        return Err(refused(
            "The app\u{2019}s description can\u{2019}t be read: it isn\u{2019}t JSON of at most 64 KB.",
        ));
    }
    let described = description::of_document(&answer.body, id);
    let described = described
        .map_err(|mistake| refused(&format!("The app\u{2019}s description isn\u{2019}t valid. {}", mistake.text())))?;
    Ok((described, fresh_seconds(&answer.headers)))
}

fn refused(message: &str) -> Error {
    Error::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
}

fn is_json(answer: &Answer) -> bool {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// For how long the document says that it may be kept, within our limits.
fn fresh_seconds(headers: &HeaderMap) -> i64 {
    let text = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = text.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok());
    seconds.unwrap_or(0).clamp(*FRESH_SECONDS.start(), *FRESH_SECONDS.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kept_for_minutes_to_a_day() {
        let seconds = |value: &'static str| {
            fresh_seconds(&HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(value))]))
        };
        assert_eq!(["max-age=3600", "public, max-age=7200", "max-age=99999999"].map(seconds), [3_600, 7_200, 86_400]);
        assert_eq!(["no-store", "max-age=0", "max-age=x", "max-age=-5"].map(seconds), [300; 4]);
        assert_eq!(fresh_seconds(&HeaderMap::new()), 300);
    }

    #[test]
    fn only_json_is_read() {
        let answer = |kind: &'static str| Answer {
            status: 200,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]),
            body: Vec::new(),
        };
        let read = ["application/json", "application/json; charset=utf-8", "Application/Client+JSON"];
        assert!(read.into_iter().all(|kind| is_json(&answer(kind))));
        assert!(["text/html", "", "text/json", "application/jsonp"].into_iter().all(|kind| !is_json(&answer(kind))));
    }

    #[test]
    fn the_host_of_a_document_vouches_for_its_app() {
        let client = |id: &str| Client { id: id.to_owned(), name: String::new(), redirect_uris: Vec::new() };
        assert_eq!(client("https://claude.ai/mcp.json").document_host().as_deref(), Some("claude.ai"));
        assert_eq!(client("rk_app_x").document_host(), None);
    }
}
