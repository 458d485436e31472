//! Reads signed answers of other installations, by the client that reaches public addresses only and follows no redirect.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use kit::{outbound::Failure, state::AppState};

use super::{
    digest, document,
    document::Document,
    key::PublicKey,
    serve::{DIGEST_HEADER, INPUT_HEADER, SIGNATURE_HEADER},
    signature::{self, Invalid, Signed},
};

/// Why an answer wasn't taken; worded for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("The installation can’t be reached: {0}.")]
    Unreachable(Failure),
    #[error("The installation answered with the status {0}.")]
    Status(u16),
    #[error("The installation refused it with the status {0}: {1}.")]
    Refused(u16, String),
    #[error("The installation answered with more than {0} KB.")]
    TooLarge(usize),
    #[error("The installation’s answer isn’t JSON.")]
    NoJson,
    #[error("The digest of the installation’s answer doesn’t fit its content.")]
    Digest,
    #[error("The installation’s answer can’t be trusted: {0}.")]
    Signature(Invalid),
    #[error("The installation’s answer can’t be used: {0}.")]
    Content(&'static str),
    #[error("The installation has new keys that no trusted key signed. Compare their fingerprints, then confirm them.")]
    NewKeys,
}

impl Problem {
    /// Whether the installation said something that it must not, instead of nothing.
    pub const fn is_invalid(&self) -> bool {
        !matches!(self, Self::Unreachable(_) | Self::Status(_) | Self::Refused(..))
    }
}

/// The longest code of a refusal.
const CODE_MAX: usize = 64;

/// An answer whose digest fits, but whose signature isn't checked yet.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub body: Vec<u8>,
    status: u16,
    content_type: String,
    date: String,
    digest: String,
    signed: Signed,
}

impl Fetched {
    /// # Errors
    /// Why none of these keys can have signed it just now.
    pub(crate) fn verify(&self, state: &AppState, keys: &[PublicKey]) -> Result<(), Problem> {
        let response = signature::Response {
            status: self.status,
            content_digest: &self.digest,
            content_type: &self.content_type,
            date: &self.date,
        };
        signature::verify(&response, &self.signed, keys, state.clock.wall()).map_err(Problem::Signature)
    }
}

/// # Errors
/// Why there is no answer that could be checked.
pub(super) async fn get(state: &AppState, url: &str, bytes_max: usize) -> Result<Fetched, Problem> {
    answer_to(state, (Method::GET, url), Vec::new(), bytes_max).await
}

/// Sends a message about an application, and reads the answer.
///
/// # Errors
/// Why there is no answer that could be checked.
pub(crate) async fn post(state: &AppState, url: &str, token: String, bytes_max: usize) -> Result<Fetched, Problem> {
    answer_to(state, (Method::POST, url), token.into_bytes(), bytes_max).await
}

async fn answer_to(
    state: &AppState,
    (method, url): (Method, &str),
    body: Vec<u8>,
    bytes_max: usize,
) -> Result<Fetched, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if method == Method::POST {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jose"));
    }
    let sent = state.outbound.send_for(method, url, (headers, body), bytes_max.saturating_add(1)).await;
    let answer = sent.map_err(Problem::Unreachable)?;
    if answer.status != 200 {
        return Err(refused(answer.status, &answer.body));
    }
    if answer.body.len() > bytes_max {
        return Err(Problem::TooLarge(bytes_max / 1024));
    }
    // More than one value of a header could mean two things.
    let text = |name: header::HeaderName| {
        let mut values = answer.headers.get_all(name).iter();
        let first = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        if values.next().is_some() { String::new() } else { first.to_owned() }
    };
    let content_type = text(header::CONTENT_TYPE);
    if content_type.split(';').next().unwrap_or_default().trim() != "application/json" {
        return Err(Problem::NoJson);
    }
    let digest = text(DIGEST_HEADER);
    if !digest::is_of(&digest, &answer.body) {
        return Err(Problem::Digest);
    }
    let signed = Signed { input: text(INPUT_HEADER), signature: text(SIGNATURE_HEADER) };
    Ok(Fetched { status: answer.status, content_type, date: text(header::DATE), digest, signed, body: answer.body })
}

/// What a status other than 200 says: the code of a refusal, if it is one.
fn refused(status: u16, body: &[u8]) -> Problem {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: String,
    }
    let is_code =
        |code: &String| code.len() <= CODE_MAX && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let code = serde_json::from_slice(body).ok().map(|refusal: Refusal| refusal.error);
    match code.filter(|code| !code.is_empty()).filter(is_code) {
        Some(code) if (400..500).contains(&status) => Problem::Refused(status, code),
        _ => Problem::Status(status),
    }
}

/// The document of an installation, signed with one of the keys in it. Whether `signed` keys signed it, too, says
/// whether its new keys are as trustworthy as those.
#[derive(Debug)]
pub(super) struct Introduced {
    pub document: Document,
    pub is_trusted: bool,
}

/// # Errors
/// Why the document isn't taken.
pub(super) async fn document(state: &AppState, origin: &str, trusted: &[PublicKey]) -> Result<Introduced, Problem> {
    let fetched = get(state, &format!("{origin}{}", document::PATH), document::BYTES_MAX).await?;
    let unreadable = Problem::Content("its document can’t be read");
    let document: Document = serde_json::from_slice(&fetched.body).map_err(|_| unreadable)?;
    if let Some(problem) = document.problem(origin) {
        return Err(Problem::Content(problem));
    }
    fetched.verify(state, &document.keys)?;
    let is_trusted = fetched.verify(state, trusted).is_ok();
    Ok(Introduced { document, is_trusted })
}
