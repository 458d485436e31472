//! A request to a vendor, before it is sent.

use std::borrow::Cow;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::Login;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Empty,
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
}

/// The host of a vendor's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// `REKOMI_VENDOR_BASE_<name>` redirects requests in development.
    pub name: &'static str,
    /// `https://…`, without a trailing slash.
    pub url: Cow<'static, str>,
}

impl Host {
    /// A host that is the same for every account.
    pub const fn fixed(name: &'static str, url: &'static str) -> Self {
        Self { name, url: Cow::Borrowed(url) }
    }

    /// A host that belongs to one account.
    pub fn given(name: &'static str, url: &str) -> Self {
        Self { name, url: Cow::Owned(url.trim_end_matches('/').to_owned()) }
    }

    /// The domain, as the display name of an account that has no other.
    pub fn domain(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_ref(), |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default()
    }
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub host: Host,
    /// As sent over the wire: values from people are escaped ([`crate::encode::segment`]).
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    /// The name of the descriptor's pace that applies.
    pub pace: &'static str,
    /// How to obtain the access token with which it is sent, if the vendor requires one.
    pub login: Option<Login>,
}

impl Request {
    fn new(method: Method, host: &Host, path: impl Into<String>) -> Self {
        Self {
            method,
            host: host.clone(),
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            pace: "",
            login: None,
        }
    }

    #[must_use]
    pub fn get(host: &Host, path: impl Into<String>) -> Self {
        Self::new(Method::Get, host, path)
    }

    #[must_use]
    pub fn post(host: &Host, path: impl Into<String>) -> Self {
        Self::new(Method::Post, host, path)
    }

    #[must_use]
    pub fn put(host: &Host, path: impl Into<String>) -> Self {
        Self::new(Method::Put, host, path)
    }

    #[must_use]
    pub fn patch(host: &Host, path: impl Into<String>) -> Self {
        Self::new(Method::Patch, host, path)
    }

    #[must_use]
    pub fn delete(host: &Host, path: impl Into<String>) -> Self {
        Self::new(Method::Delete, host, path)
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    #[must_use]
    pub fn form(mut self, fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.body = Body::Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        self
    }

    /// Uses the pace of that name instead of the vendor's general one.
    #[must_use]
    pub fn pace(mut self, name: &'static str) -> Self {
        self.pace = name;
        self
    }

    /// Sends the request with an access token, which is obtained first.
    #[must_use]
    pub fn login(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    /// The whole URL, with `base` instead of the host if given.
    pub fn url(&self, base: Option<&str>) -> String {
        let mut url = format!("{}{}", base.unwrap_or(&self.host.url).trim_end_matches('/'), self.path);
        if !self.query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&Serializer::new(String::new()).extend_pairs(&self.query).finish());
        }
        url
    }

    /// The body's bytes and their content type.
    pub fn bytes(&self) -> (Vec<u8>, Option<&'static str>) {
        match &self.body {
            Body::Empty => (Vec::new(), None),
            Body::Json(value) => (value.to_string().into_bytes(), Some("application/json")),
            Body::Form(fields) => {
                let text = Serializer::new(String::new()).extend_pairs(fields).finish();
                (text.into_bytes(), Some("application/x-www-form-urlencoded"))
            }
        }
    }
}
