//! The last step of every sign-in: starts a session and redirects to the page that the person wanted.
//!
//! A new session gets a new token, whatever cookie the browser sent.

use axum::{
    http::{HeaderMap, HeaderValue, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{id::UserId, timestamp::Timestamp};

use super::{
    account_event::{self, Happening},
    caller::Caller,
    cookie, second_factor_store, session, store,
};
use kit::{access::throttle::device_cookie, db::GlobalTx, state::AppState};

const DEVICE_SECONDS: i64 = 365 * 86_400;
const SESSION_SECONDS: i64 = session::LIFE_DAYS * 86_400;
/// Where an app sends a person to be allowed in, and the longest address of it that is kept while they sign in.
pub const AUTHORIZE: &str = "/oauth/authorize";
pub const AUTHORIZE_MAX: usize = 4_000;
const PATH_MAX: usize = 500;

/// The query of a sign-in page.
#[derive(Debug, Default, Deserialize)]
pub struct Arrival {
    pub next: Option<String>,
}

/// Signs the person in: ends the browser's previous session and any sign-in that is waiting for a code, starts a
/// session under a new token, and remembers the browser.
pub async fn welcome(
    state: &AppState,
    mut tx: GlobalTx,
    user: UserId,
    email: &str,
    caller: &Caller,
    how: Happening,
    next: &str,
) -> Result<Response, sqlx::Error> {
    let token = session::Token::fresh();
    let now = state.clock.now();
    if let Some(old) = session::presented(&caller.headers) {
        store::delete_session(&mut tx, &old).await?;
    }
    second_factor_store::delete_challenges(tx.conn(), user).await?;
    let new = store::NewSession {
        token_hash: &token.hash,
        id: state.new_id(),
        user,
        expires: expiry(now),
        browser: &caller.browser,
        proved_at: state.clock.wall(),
    };
    store::insert_session(&mut tx, &new, now).await?;
    account_event::record(tx.conn(), user, how, caller, now).await?;
    tx.commit().await?;
    let mut response = Redirect::to(next).into_response();
    append(response.headers_mut(), cookie::set(cookie::SESSION, &token.text, SESSION_SECONDS));
    if caller.device(state, email).await?.is_none() {
        know_again(state, response.headers_mut(), email, now);
    }
    Ok(response)
}

/// Sets the device cookie, which identifies this browser as one that has signed in to this account.
pub fn know_again(state: &AppState, headers: &mut HeaderMap, email: &str, now: Timestamp) {
    let value = device_cookie(&state.config.keys.pages, email, now);
    append(headers, cookie::set(cookie::DEVICE, &value, DEVICE_SECONDS));
}

/// Gives the request's session a new token, so that a copy of the old one is worthless. The caller adds the returned
/// cookie to the response headers once the transaction has committed.
pub async fn renew(tx: &mut GlobalTx, user: UserId, caller: &Caller) -> Result<Option<HeaderValue>, sqlx::Error> {
    let Some(old) = session::presented(&caller.headers) else { return Ok(None) };
    let token = session::Token::fresh();
    let renewed = store::renew_session(tx.conn(), user, (&old, &token.hash)).await?;
    Ok(renewed.then(|| cookie::set(cookie::SESSION, &token.text, SESSION_SECONDS)).flatten())
}

const fn expiry(now: Timestamp) -> Timestamp {
    now.plus_days(session::LIFE_DAYS)
}

pub fn append(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
}

/// Returns the path to go to after sign-in: a page for signed-in people, never another site.
pub fn own_path(next: Option<&str>) -> String {
    let path = next.filter(|path| {
        let below = |root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
        };
        let inside = below("/dashboard") || below("/account") || below("/invites");
        // What an app asks for names its own addresses, twice encoded.
        let most = if below(AUTHORIZE) { AUTHORIZE_MAX } else { PATH_MAX };
        (inside || below(AUTHORIZE))
            && path.len() <= most
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    });
    path.unwrap_or("/dashboard").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_our_own_pages_only() {
        for own in ["/dashboard", "/dashboard?organization=org_1", "/dashboard/live", "/account"] {
            assert_eq!(own_path(Some(own)), own);
        }
        let request = |length: usize| format!("/oauth/authorize?state={}", "x".repeat(length));
        assert_eq!(own_path(Some(&request(3_000))), request(3_000));
        assert_eq!(own_path(Some(&request(4_000))), "/dashboard");
        assert_eq!(own_path(Some(&format!("/account?{}", "x".repeat(3_000)))), "/dashboard");
        for other in [
            "/oauth/authorizex",
            "/oauth/token",
            "//evil.test",
            "https://evil.test",
            "/dashboardx",
            "/accounts",
            "/\\evil.test",
            "/dashboard?a=\r\nb",
            "",
        ] {
            assert_eq!(own_path(Some(other)), "/dashboard", "{other}");
        }
    }
}
