//! Looks for the code that proves a channel: in the DNS, in a tag of the page, or in the channel's description. Pages are
//! fetched by the client that reaches public addresses only. A redirect is followed on the same host: one that leads
//! elsewhere proves nothing.

use axum::http::{
    HeaderMap, HeaderValue, Method as Verb,
    header::{ACCEPT, LOCATION},
};
use programs::link_host::dns;
use url::{Host, Url};

use super::channel::{Channel, DNS_PREFIX, Method, Proof, describes_itself_with, has_tag, proof};
use kit::state::AppState;

const REDIRECTS_MAX: usize = 3;
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Verified(Method),
    /// The page answered, and the code wasn't there.
    Nothing,
    /// The page couldn't be read.
    Unreachable,
    /// The platform shows profiles only to those who are signed in.
    Closed,
}

impl Found {
    /// The variant of the message that says so.
    pub(super) const fn variant(self) -> &'static str {
        match self {
            Self::Verified(_) => "verified",
            Self::Nothing => "nothing",
            Self::Unreachable => "unreachable",
            Self::Closed => "closed",
        }
    }

    pub(super) const fn method(self) -> Option<Method> {
        match self {
            Self::Verified(method) => Some(method),
            _ => None,
        }
    }
}

pub(super) async fn look(state: &AppState, channel: &Channel) -> Found {
    let Ok(url) = Url::parse(&channel.url) else { return Found::Unreachable };
    match proof(channel.kind) {
        Proof::Closed => Found::Closed,
        Proof::Site => {
            if has_record(state, &url, &channel.code).await {
                return Found::Verified(Method::Dns);
            }
            match page(state, url).await {
                Some(html) if has_tag(&html, &channel.code) => Found::Verified(Method::Tag),
                Some(_) => Found::Nothing,
                None => Found::Unreachable,
            }
        }
        Proof::Bio => match page(state, url).await {
            Some(html) if has_tag(&html, &channel.code) => Found::Verified(Method::Tag),
            Some(html) if describes_itself_with(&html, &channel.code) => Found::Verified(Method::Bio),
            Some(_) => Found::Nothing,
            None => Found::Unreachable,
        },
    }
}

/// Whether the host has our TXT record with the code.
async fn has_record(state: &AppState, url: &Url, code: &str) -> bool {
    let Some(Host::Domain(host)) = url.host() else { return false };
    let host = host.trim_start_matches("www.");
    match dns::resolve(state.config.fake_dns, &format!("_rekomi.{host}")).await {
        Ok(answer) => answer.texts.iter().any(|text| text.trim().strip_prefix(DNS_PREFIX) == Some(code)),
        Err(error) => {
            tracing::debug!(host, "the DNS lookup for a channel failed: {error}");
            false
        }
    }
}

async fn page(state: &AppState, start: Url) -> Option<String> {
    let mut at = start;
    for _ in 0..=REDIRECTS_MAX {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        let sent = state.outbound.send_for(Verb::GET, at.as_str(), (headers, Vec::new()), PAGE_BYTES_MAX).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(failure) => {
                // The exact failure stays hidden from the person who chose the URL.
                tracing::debug!("fetching a channel's page failed: {failure}");
                return None;
            }
        };
        if (200..300).contains(&answer.status) {
            return Some(String::from_utf8_lossy(&answer.body).into_owned());
        }
        let next = answer.headers.get(LOCATION).filter(|_| (300..400).contains(&answer.status));
        let next = at.join(next?.to_str().ok()?).ok()?;
        if !is_same_site(&at, &next) {
            return None;
        }
        at = next;
    }
    None
}

/// Whether both are one host, with or without `www.`, and one port.
fn is_same_site(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    host(one) == host(other) && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_at_home() {
        let at = Url::parse("https://lauren.blog/").unwrap();
        for (to, is_home) in
            [("https://www.lauren.blog/en", true), ("https://evil.test/", false), ("https://lauren.blog:8443/", false)]
        {
            assert_eq!(is_same_site(&at, &Url::parse(to).unwrap()), is_home, "{to}");
        }
    }
}
