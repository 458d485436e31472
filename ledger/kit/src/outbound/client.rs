//! The HTTP client for addresses that brands choose: no proxy, no redirects, a timeout on everything, limited response
//! sizes, and names resolved to public addresses only.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use reqwest::{
    Method,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect::Policy,
};

use super::{
    Reach,
    address::may_reach,
    target::{self, Refusal},
};
use crate::{compiled_once, error::causes, trace};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of a response is read by default.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    pub(super) client: reqwest::Client,
    pub reach: Reach,
}

/// A response, truncated if it is long.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is no response. The code is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("the URL isn't allowed: it {0}")]
    Url(Refusal),
    #[error("the host resolves to a private network, which isn't allowed")]
    Address,
    #[error("no response within {} seconds", TIMEOUT.as_secs())]
    Timeout,
    /// Nothing was sent.
    #[error("couldn't connect: {0}")]
    Unreachable(String),
    /// It may have been sent.
    #[error("the connection was interrupted: {0}")]
    Connection(String),
}

impl Failure {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url(Refusal::Address) | Self::Address => "address_not_allowed",
            Self::Url(_) => "url_not_allowed",
            Self::Timeout => "timeout",
            Self::Unreachable(_) | Self::Connection(_) => "connection_failed",
        }
    }

    /// Whether the request may have arrived nevertheless.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Timeout | Self::Connection(_))
    }
}

impl Outbound {
    /// # Errors
    /// If TLS can't be set up.
    pub fn new(reach: Reach) -> anyhow::Result<Self> {
        // A second installation in one process (tests) changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .https_only(reach == Reach::Public)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(PublicOnly { reach }))
            .user_agent(concat!("Rekomi/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("the HTTP client for brands' addresses")?;
        Ok(Self { client, reach })
    }

    /// Sends one request and returns its response.
    ///
    /// # Errors
    /// [`Failure`] if there was no response, or if its body broke off; any status is a response.
    pub async fn send(&self, method: Method, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, Failure> {
        self.send_for(method, url, (headers, body), ANSWER_BYTES_MAX).await
    }

    /// The same, reading up to `most` bytes of the response.
    ///
    /// # Errors
    /// [`Failure`] if there was no response, or if its body broke off.
    pub async fn send_for(
        &self,
        method: Method,
        url: &str,
        content: (HeaderMap, Vec<u8>),
        most: usize,
    ) -> Result<Answer, Failure> {
        let (answer, broken) = self.exchange(method, url, content, most).await?;
        broken.map_or(Ok(answer), Err)
    }

    /// Sends one request whose response is judged by its status: if the body breaks off or is too slow, the response
    /// has what came of it.
    ///
    /// # Errors
    /// [`Failure`] if there was no response.
    pub async fn send_for_status(
        &self,
        method: Method,
        url: &str,
        content: (HeaderMap, Vec<u8>),
    ) -> Result<Answer, Failure> {
        let (answer, _) = self.exchange(method, url, content, ANSWER_BYTES_MAX).await?;
        Ok(answer)
    }

    /// Returns the response, and why its body ended early if it did.
    #[compiled_once]
    async fn exchange(
        &self,
        method: Method,
        url: &str,
        (headers, body): (HeaderMap, Vec<u8>),
        most: usize,
    ) -> Result<(Answer, Option<Failure>), Failure> {
        // The resolver doesn't see literal IP addresses, so they are checked here.
        let url = target::check(url, self.reach).map_err(Failure::Url)?;
        let span = trace::call(&method, url.host_str());
        let request = self.client.request(method, url).headers(headers).body(body);
        let sent = request.send().await.map_err(failure);
        trace::answered(span, outcome(&sent));
        let mut response = sent?;
        let mut answer =
            Answer { status: response.status().as_u16(), headers: response.headers().clone(), body: Vec::new() };
        while answer.body.len() < most {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = most - answer.body.len();
                    answer.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                }
                Ok(None) => break,
                Err(error) => return Ok((answer, Some(failure(error)))),
            }
        }
        Ok((answer, None))
    }
}

/// What a call's span says of it.
pub(super) fn outcome(sent: &Result<reqwest::Response, Failure>) -> Result<u16, &'static str> {
    match sent {
        Ok(response) => Ok(response.status().as_u16()),
        Err(failure) => Err(failure.code()),
    }
}

pub(super) fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if causes(&error).any(|cause| cause.is::<NotPublic>()) {
        return Failure::Address;
    }
    // People read this one: the first cause is enough for them.
    let words = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    if error.is_connect() {
        Failure::Unreachable(words)
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Connection(words)
    }
}

/// None of a name's addresses is public.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct NotPublic;

/// Resolves a name once, for the connection about to be made, and drops every address that we may not connect to.
#[derive(Debug)]
struct PublicOnly {
    reach: Reach,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = allowed(found, reach)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn allowed(found: impl Iterator<Item = SocketAddr>, reach: Reach) -> Result<Vec<SocketAddr>, NotPublic> {
    let allowed: Vec<SocketAddr> = found.filter(|address| may_reach(address.ip(), reach)).collect();
    if allowed.is_empty() { Err(NotPublic) } else { Ok(allowed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_with_several_addresses_the_public_ones_are_left() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let mixed = addresses(&["10.0.0.1:0", "1.1.1.1:0", "[::1]:0"]);
        assert_eq!(allowed(mixed.into_iter(), Reach::Public).unwrap(), addresses(&["1.1.1.1:0"]));
        assert!(allowed(addresses(&["169.254.169.254:0"]).into_iter(), Reach::Public).is_err());
        assert!(allowed([].into_iter(), Reach::Public).is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused_where_the_connection_is_made() {
        let client = reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(PublicOnly { reach: Reach::Public }));
        drop(rustls::crypto::ring::default_provider().install_default());
        let error = client.build().unwrap().get("http://localhost:9/").send().await.unwrap_err();
        assert_eq!(failure(error), Failure::Address);
        assert_eq!(Failure::Address.code(), "address_not_allowed");
    }

    #[tokio::test]
    async fn in_production_this_machine_is_not_called() {
        let outbound = Outbound::new(Reach::Public).unwrap();
        for url in [
            "https://localhost:8443/",
            "https://127.1:8443/",
            "https://[::ffff:127.0.0.1]:8443/",
            "https://0x7f.1:8443/",
        ] {
            let failure = outbound.send(Method::POST, url, HeaderMap::new(), Vec::new()).await.unwrap_err();
            assert_eq!(failure.code(), "address_not_allowed", "{url}");
        }
    }
}
