//! Fetches a brand's page with the client that reaches public addresses only; each redirect is checked like the first
//! URL.

use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, CONTENT_SECURITY_POLICY, LOCATION},
};
use url::Url;

use super::{
    inspect::{Expected, Finding, Verdict, inspect},
    store::Checked,
};
use kit::{
    error::{Error, Result},
    outbound::target,
    state::AppState,
};

const REDIRECTS_MAX: usize = 4;
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// Parses the URL as typed, with https:// if it has no scheme.
///
/// # Errors
/// 400 naming `url`.
pub fn address(state: &AppState, text: &str) -> Result<Url> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field("url", "Enter the URL of a page on your site, such as brand.com/pricing."));
    }
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    target::check(&full, state.outbound.reach).map_err(|why| Error::field("url", format!("The address {why}.")))
}

/// Checks a page; an unreachable page is a result too.
pub async fn check(state: &AppState, page: Url, requested: &Expected<'_>) -> Checked {
    let now = state.clock.now();
    let mut at = page.clone();
    for _ in 0..=REDIRECTS_MAX {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        let sent = state.outbound.send_for(Method::GET, at.as_str(), (headers, Vec::new()), PAGE_BYTES_MAX).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(failure) => {
                // The exact failure stays hidden from the person who chose the URL.
                tracing::debug!("fetching a page to check its installation failed: {failure}");
                let why = "The page couldn't be fetched. Check the URL, and make sure the page is publicly accessible.";
                return unreachable(page, why.to_owned(), now);
            }
        };
        let next = answer.headers.get(LOCATION).filter(|_| (300..400).contains(&answer.status));
        if let Some(next) = next.and_then(|next| at.join(next.to_str().ok()?).ok()) {
            at = next;
            continue;
        }
        if !(200..300).contains(&answer.status) {
            let why = format!(
                "The server answered {}. Check whether the page needs a password, or a firewall blocks bots.",
                answer.status
            );
            return unreachable(page, why, now);
        }
        let policies = answer.headers.get_all(CONTENT_SECURITY_POLICY).iter();
        let policies: Vec<String> = policies.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
        let html = String::from_utf8_lossy(&answer.body);
        let (verdict, findings) = inspect(&at, &html, &policies, requested);
        return Checked { url: at.to_string(), verdict, findings, checked_at: now };
    }
    unreachable(page, "The page redirects too many times.".to_owned(), now)
}

fn unreachable(page: Url, advice: String, now: shared::timestamp::Timestamp) -> Checked {
    let finding = Finding { tone: "bad".to_owned(), title: "The page couldn't be checked".to_owned(), advice };
    Checked { url: page.to_string(), verdict: Verdict::Unreachable, findings: vec![finding], checked_at: now }
}
