//! Sends a connector's request and reads the answer, through the HTTP client that reaches only public addresses.

use connector::{Answer, Fault, Login, Request, Token, Tokens, session_ended};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value};

use super::{mask::Mask, refresh_token::Grant};
use kit::{outbound::Failure, state::AppState};

/// The size limit of an answer; an account can have many lists.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The access tokens of vendors that require them, by credentials. They are never stored or logged.
pub(super) static TOKENS: Tokens = Tokens::new();

/// A request as it is logged, with every secret masked.
#[derive(Debug, Clone)]
pub struct Shown {
    pub method: &'static str,
    pub url: String,
    pub headers: Map<String, Value>,
    pub body: String,
}

/// Returns the request as people may see it.
pub fn shown(state: &AppState, request: &Request, mask: &Mask) -> Shown {
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), mask.header(name, value).into()));
    let (body, _) = request.bytes();
    Shown {
        method: request.method.as_str(),
        url: mask.text(&url(state, request)),
        headers: headers.collect(),
        body: mask.body(&String::from_utf8_lossy(&body)),
    }
}

/// Why a request got no answer.
#[derive(Debug)]
pub struct Unanswered {
    pub fault: Fault,
    /// Whether the request may have arrived anyway.
    pub may_have_arrived: bool,
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self { fault, may_have_arrived: false }
    }
}

/// Sends the request once. If the vendor requires an access token, this process's token is used, or a new one obtained.
/// `grant` has the newest refresh token, for vendors that replace it with each use.
///
/// # Errors
/// [`Unanswered`] where no answer came, or no token; an answer with any status is `Ok`.
pub async fn send(state: &AppState, grant: &Grant, request: &Request) -> Result<Answer, Unanswered> {
    let Some(login) = &request.login else { return call(state, request).await };
    if let Some(token) = TOKENS.get(login, state.clock.wall()) {
        let answer = call(state, &login.signed(request, &token)).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        // The vendor has ended it early, and did nothing.
        TOKENS.drop_for(login);
        if request.method != connector::Method::Get {
            return Err(session_ended().into());
        }
    }
    let token = if login.rotates { grant.exchange(state, login).await? } else { obtain(state, login).await? };
    call(state, &login.signed(request, &token)).await
}

async fn obtain(state: &AppState, login: &Login) -> Result<Token, Fault> {
    let answer = call(state, &login.request).await.map_err(|lost| lost.fault)?;
    let now = state.clock.wall();
    let token = login.token(&answer, now)?;
    TOKENS.keep(login, token.clone(), now);
    Ok(token)
}

pub(super) async fn call(state: &AppState, request: &Request) -> Result<Answer, Unanswered> {
    let (body, kind) = request.bytes();
    let method = Method::from_bytes(request.method.as_str().as_bytes()).unwrap_or(Method::GET);
    let (url, content) = (url(state, request), (headers(request, kind)?, body));
    let sent = state.outbound.send_for(method, &url, content, ANSWER_BYTES_MAX).await;
    let answer = sent
        .map_err(|failure| Unanswered { may_have_arrived: failure.may_have_arrived(), fault: unanswered(&failure) })?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Ok(Answer { status: answer.status, headers, body: answer.body, at: Some(state.clock.wall()) })
}

fn url(state: &AppState, request: &Request) -> String {
    request.url(state.config.vendor_bases.of(request.host.name))
}

fn headers(request: &Request, kind: Option<&'static str>) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| unsendable())?);
    }
    Ok(headers)
}

/// The fault for credentials that contain a line break or characters outside ASCII.
fn unsendable() -> Fault {
    Fault::credentials("The credentials contain invalid characters. Copy them again")
}

fn unanswered(failure: &Failure) -> Fault {
    match failure {
        Failure::Url(_) | Failure::Address => Fault::credentials(format!("{failure}: check the URL")),
        Failure::Timeout | Failure::Unreachable(_) | Failure::Connection(_) => {
            Fault::passing(failure.code(), failure.to_string())
        }
    }
}
