//! Checks whether a brand's page contains the script.

use axum::http::header::CONTENT_SECURITY_POLICY;
use url::Url;

use super::{
    fetch::{Unfetched, fetch},
    inspect::{Expected, Finding, Verdict, inspect},
    store::Checked,
};
use kit::{
    error::{Error, Result},
    outbound::target,
    state::AppState,
};

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
    let fetched = match fetch(state, &page).await {
        Ok(fetched) => fetched,
        Err(why) => return unreachable(page, advice(why), now),
    };
    let policies = fetched.headers.get_all(CONTENT_SECURITY_POLICY).iter();
    let policies: Vec<String> = policies.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
    let (verdict, findings) = inspect(&fetched.url, &fetched.html, &policies, requested);
    Checked { url: fetched.url.to_string(), verdict, findings, checked_at: now }
}

fn advice(why: Unfetched) -> String {
    match why {
        Unfetched::NoAnswer => {
            "The page couldn't be fetched. Check the URL, and make sure the page is publicly accessible.".to_owned()
        }
        Unfetched::Status(status) => {
            format!("The server answered {status}. Check whether the page needs a password, or a firewall blocks bots.")
        }
        Unfetched::TooManyRedirects => "The page redirects too many times.".to_owned(),
    }
}

fn unreachable(page: Url, advice: String, now: shared::timestamp::Timestamp) -> Checked {
    let finding = Finding { tone: "bad".to_owned(), title: "The page couldn't be checked".to_owned(), advice };
    Checked { url: page.to_string(), verdict: Verdict::Unreachable, findings: vec![finding], checked_at: now }
}
