//! Short-lived access tokens, for vendors whose calls take one instead of the credentials themselves. A connector says
//! how a token is obtained ([`Login`]); whoever sends the request obtains it, and keeps it in memory ([`Tokens`]). A
//! token is never part of an account, of what a step learned, or of a log.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use shared::timestamp::Timestamp;

use crate::{Answer, Body, Fault, Request, read::text};

/// The most tokens that are kept; beyond that they are obtained again.
const TOKENS_MAX: usize = 1_000;
/// A token isn't used in its last minute, because the clocks may differ.
const MARGIN_MILLIS: i64 = 60_000;
/// How long a token is used if the vendor doesn't say how long it's valid.
const UNSAID_SECONDS: i64 = 600;
/// The form field of a refresh token.
const REFRESH_TOKEN: &str = "refresh_token";
/// The pause after too many logins. Zoho allows ten in ten minutes (zoho.com/accounts/protocol/oauth, \u{201c}Token
/// limits\u{201d}).
const TOO_MANY: Duration = Duration::from_secs(600);

/// How the access token for a request is obtained: by OAuth's token endpoint (RFC 6749, sections 4.4 and 6).
#[derive(Clone)]
pub struct Login {
    /// The request for a token. It contains the credentials, so it's never logged.
    pub request: Box<Request>,
    /// What comes before the token in the header `Authorization`, such as `Bearer`.
    pub scheme: &'static str,
    /// Whether the vendor may replace the refresh token in the request's form with each use (RFC 6749, section 6).
    /// Whoever sends the request then sends the newest one ([`Login::with_refresh_token`]) and stores the next one
    /// ([`Login::next_refresh_token`]) before anything else. With a vendor that doesn't replace it, nothing changes.
    pub rotates: bool,
}

/// Omits the credentials.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// An access token.
#[derive(Clone)]
pub struct Token {
    value: String,
    /// From then on it isn't used anymore.
    until: Timestamp,
}

/// Omits the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("until", &self.until).finish_non_exhaustive()
    }
}

/// The fault of a call that changes something and whose token had ended: it's sent again later, after the checks on
/// which it depends, and with a new token. Calls that only read are sent again at once.
pub fn session_ended() -> Fault {
    Fault::passing("session_ended", "the session had ended, so we start a new one")
}

impl Login {
    /// Reads the token from the response to [`Login::request`].
    ///
    /// # Errors
    /// A [`Fault`]; of kind credentials if the vendor rejects them. Zoho reports that with status 200.
    pub fn token(&self, answer: &Answer, now: Timestamp) -> Result<Token, Fault> {
        let body = answer.any_json();
        if let Some(error) = text(&body, "/error").filter(|_| answer.status < 500 && answer.status != 429) {
            let why = text(&body, "/error_description").unwrap_or_default();
            // Salesforce has a code for it, Zoho only says so.
            if error == "rate_limit_exceeded" || why.to_lowercase().contains("too many requests") {
                return Err(Fault::busy(Some(TOO_MANY), format!("too many logins: \u{201c}{why}\u{201d}")));
            }
            let why = if why.is_empty() { error } else { format!("{error}: {why}") };
            return Err(Fault::credentials(format!("the login was rejected: \u{201c}{why}\u{201d}")));
        }
        answer.usual()?;
        let value = text(&body, "/access_token").ok_or_else(|| Fault::unreadable("no access token in it"))?;
        let seconds = body.get("expires_in").and_then(Value::as_i64).unwrap_or(UNSAID_SECONDS);
        Ok(Token { value, until: now.plus_millis(seconds.saturating_mul(1_000).saturating_sub(MARGIN_MILLIS)) })
    }

    /// The refresh token that the request contains; none if the request has another kind of credentials.
    pub fn refresh_token(&self) -> Option<&str> {
        let Body::Form(fields) = &self.request.body else { return None };
        fields.iter().find(|(name, _)| name == REFRESH_TOKEN).map(|(_, token)| token.as_str())
    }

    /// The login with a newer refresh token. Access tokens are still kept by the original login.
    #[must_use]
    pub fn with_refresh_token(&self, newest: &str) -> Self {
        let mut login = self.clone();
        if let Body::Form(fields) = &mut login.request.body {
            fields.iter_mut().filter(|(name, _)| name == REFRESH_TOKEN).for_each(|(_, token)| newest.clone_into(token));
        }
        login
    }

    /// The refresh token that replaces the one in the request; none if it stays the same.
    pub fn next_refresh_token(&self, answer: &Answer) -> Option<String> {
        let next = text(&answer.any_json(), "/refresh_token").filter(|_| self.rotates && answer.is_success());
        next.filter(|next| self.refresh_token() != Some(next.as_str()))
    }

    /// The request with the token.
    #[must_use]
    pub fn signed(&self, request: &Request, token: &Token) -> Request {
        let signed = Request { login: None, ..request.clone() };
        signed.header("Authorization", format!("{} {}", self.scheme, token.value))
    }

    /// Equal for equal credentials at the same vendor, and for no others.
    fn key(&self) -> Vec<u8> {
        [self.request.url(None).into_bytes(), vec![0], self.request.bytes().0].concat()
    }
}

/// The access tokens that this process holds. They exist only in memory.
pub struct Tokens(Mutex<BTreeMap<Vec<u8>, Token>>);

/// Omits the tokens and the credentials.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new()
    }
}

impl Tokens {
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The token for these credentials, if there is one that's still valid.
    pub fn get(&self, login: &Login, now: Timestamp) -> Option<Token> {
        self.all().get(&login.key()).filter(|token| now < token.until).cloned()
    }

    pub fn keep(&self, login: &Login, token: Token, now: Timestamp) {
        let mut all = self.all();
        if all.len() >= TOKENS_MAX {
            all.retain(|_, token| now < token.until);
        }
        if all.len() >= TOKENS_MAX {
            all.clear();
        }
        all.insert(login.key(), token);
    }

    /// Drops a token that the vendor no longer accepts.
    pub fn drop_for(&self, login: &Login) {
        self.all().remove(&login.key());
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FaultKind, Host};

    const HOST: Host = Host::fixed("TINY", "https://tiny.test");

    fn login(secret: &str) -> Login {
        let request = Request::post(&HOST, "/token").form([("client_secret", secret.to_owned())]);
        Login { request: Box::new(request), scheme: "Bearer", rotates: false }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_163_400 + seconds).unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end_and_only_for_its_credentials() {
        let tokens = Tokens::new();
        let token = login("a").token(&answer(200, r#"{"access_token": "t1", "expires_in": 3600}"#), at(0)).unwrap();
        tokens.keep(&login("a"), token, at(0));
        assert!(tokens.get(&login("b"), at(0)).is_none());
        assert!(tokens.get(&login("a"), at(3_540)).is_none());
        let token = tokens.get(&login("a"), at(3_539)).unwrap();
        let signed = login("a").signed(&Request::get(&HOST, "/me").login(login("a")), &token);
        assert_eq!(signed.headers, [("Authorization", "Bearer t1".to_owned())]);
        assert!(signed.login.is_none());
        tokens.drop_for(&login("a"));
        assert!(tokens.get(&login("a"), at(0)).is_none());
    }

    #[test]
    fn refusals_are_told_apart() {
        for (status, body, kind) in [
            (200, r#"{"error": "invalid_code"}"#, FaultKind::Credentials),
            (400, r#"{"error": "invalid_client", "error_description": "no"}"#, FaultKind::Credentials),
            (400, r#"{"error": "Access Denied", "error_description": "Too many requests, wait"}"#, FaultKind::Busy),
            (400, r#"{"error": "rate_limit_exceeded"}"#, FaultKind::Busy),
            (429, "", FaultKind::Busy),
            (503, r#"{"error": "down"}"#, FaultKind::Passing),
            (200, "<html>", FaultKind::Passing),
        ] {
            let fault = login("a").token(&answer(status, body), at(0)).unwrap_err();
            assert_eq!(fault.kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn a_refresh_token_is_replaced_by_the_next_one_only() {
        let form = [("grant_type", "refresh_token".to_owned()), ("refresh_token", "r1".to_owned())];
        let request = Box::new(Request::post(&HOST, "/token").form(form));
        let login = Login { request, scheme: "Bearer", rotates: true };
        let says = |body: &str| login.next_refresh_token(&answer(200, body));
        assert_eq!(says(r#"{"access_token": "a", "refresh_token": "r2"}"#).as_deref(), Some("r2"));
        assert_eq!(says(r#"{"access_token": "a", "refresh_token": "r1"}"#), None, "a long-lived one stays");
        assert_eq!(says(r#"{"access_token": "a"}"#), None);
        let next = login.with_refresh_token("r2");
        assert_eq!((next.refresh_token(), login.refresh_token()), (Some("r2"), Some("r1")));
        assert_eq!(login.with_refresh_token("r1").key(), login.key());
        assert_ne!(next.key(), login.key());
    }

    #[test]
    fn no_secret_is_printed() {
        let token = login("a").token(&answer(200, r#"{"access_token": "canary"}"#), at(0)).unwrap();
        let request = Request::get(&HOST, "/me").login(login("canary"));
        let printed = format!("{token:?} {request:?} {:?}", login("canary"));
        assert!(!printed.contains("canary"), "{printed}");
    }
}
