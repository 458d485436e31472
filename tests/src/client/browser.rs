//! A browser, as far as the edge can tell: a user agent, a cookie jar per host, and no patience for redirects.

use std::collections::BTreeMap;

use crate::http::{Request, Response};

pub const USER_AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

#[derive(Debug, Clone)]
pub struct Browser {
    base: String,
    host: Option<String>,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), host: None, cookies: BTreeMap::new() }
    }

    /// Names another host than the address it connects to.
    #[must_use]
    pub fn at_host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    /// The same browser, whose requests a load balancer brings to another process.
    #[must_use]
    pub fn at(&self, process: &str) -> Self {
        let named = self.base.strip_prefix("http://").map(str::to_owned);
        Self { base: process.to_owned(), host: self.host.clone().or(named), cookies: self.cookies.clone() }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&mut self, target: &str) -> Response {
        self.send(Request::get(target)).await
    }

    pub async fn send(&mut self, mut request: Request) -> Response {
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("User-Agent")) {
            request = request.header("User-Agent", USER_AGENT);
        }
        if let Some(host) = &self.host {
            request = request.header("Host", host);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", &pairs.join("; "));
        }
        let response = request.send(&self.base).await.expect("an answer");
        for (_, cookie) in response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        response
    }
}

/// A parameter of a redirect's destination.
pub fn parameter(response: &Response, name: &str) -> Option<String> {
    let location = response.header("location")?;
    let (_, query) = location.split_once('?')?;
    let query = query.split('#').next()?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
