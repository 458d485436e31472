//! Fetches a public page with the client that reaches public addresses only; each redirect is checked like the first
//! URL.

use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, LOCATION},
};
use url::Url;

use kit::state::AppState;

const REDIRECTS_MAX: usize = 4;
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// A page, after its redirects.
#[derive(Debug)]
pub struct Fetched {
    pub url: Url,
    pub headers: HeaderMap,
    pub html: String,
}

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfetched {
    /// The exact failure stays hidden from the person who chose the URL.
    NoAnswer,
    /// The server answered with an error.
    Status(u16),
    TooManyRedirects,
}

/// # Errors
/// [`Unfetched`] if no page was returned.
pub async fn fetch(state: &AppState, page: &Url) -> Result<Fetched, Unfetched> {
    let mut at = page.clone();
    for _ in 0..=REDIRECTS_MAX {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        let sent = state.outbound.send_for(Method::GET, at.as_str(), (headers, Vec::new()), PAGE_BYTES_MAX).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::debug!("fetching a page failed: {failure}");
                return Err(Unfetched::NoAnswer);
            }
        };
        let next = answer.headers.get(LOCATION).filter(|_| (300..400).contains(&answer.status));
        if let Some(mut next) = next.and_then(|next| at.join(next.to_str().ok()?).ok()) {
            next.set_fragment(None);
            at = next;
            continue;
        }
        if !(200..300).contains(&answer.status) {
            return Err(Unfetched::Status(answer.status));
        }
        let html = String::from_utf8_lossy(&answer.body).into_owned();
        return Ok(Fetched { url: at, headers: answer.headers, html });
    }
    Err(Unfetched::TooManyRedirects)
}
