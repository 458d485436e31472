//! A token endpoint (RFC 6749, section 6) whose refresh tokens work once: each login replaces it. It can also keep one.

use serde_json::json;

use super::{Answer, Call};

#[derive(Debug)]
pub struct Rotation {
    vendor: &'static str,
    /// How long an access token is valid, in seconds.
    seconds: u64,
    /// Whether the refresh token stays the same.
    pub long_lived: bool,
    revoked: bool,
    /// How often a token was given out; the newest refresh token has this number.
    logins: u64,
}

impl Rotation {
    pub fn new(vendor: &'static str, seconds: u64) -> Self {
        Self { vendor, seconds, long_lived: false, revoked: false, logins: 0 }
    }

    fn refresh(&self, number: u64) -> String {
        format!("canary0{}0refresh{number}", self.vendor)
    }

    fn access(&self, number: u64) -> String {
        format!("canary0{}0access{number}", self.vendor)
    }

    /// The refresh token that people enter.
    pub fn first(&self) -> String {
        self.refresh(0)
    }

    pub fn revoke(&mut self) {
        self.revoked = true;
    }

    /// Someone else uses the refresh token: ours is spent.
    pub fn steal(&mut self) {
        self.logins += 1;
    }

    /// Whether an access token is accepted: any of those given out, as they end on their own.
    pub fn is_valid(&self, token: &str) -> bool {
        !self.revoked && (1..=self.logins).any(|number| self.access(number) == token)
    }

    /// The answer to a login with the client's credentials in this header.
    pub fn login(&mut self, call: &Call, basic: &str) -> Answer {
        let refused = |error: &str| Answer(400, json!({"error": error, "error_description": "not accepted"}));
        if call.header("authorization") != basic {
            return Answer(401, json!({"error": "invalid_client", "error_description": "unknown client"}));
        }
        let form = call.form().unwrap_or_default();
        let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
        if names != ["grant_type", "refresh_token"] || form[0].1 != "refresh_token" || !call.query.is_empty() {
            return refused("invalid_request");
        }
        let newest = if self.long_lived { 0 } else { self.logins };
        if self.revoked || form[1].1 != self.refresh(newest) {
            return refused("invalid_grant");
        }
        self.logins += 1;
        let next = if self.long_lived { 0 } else { self.logins };
        Answer(
            200,
            json!({
                "access_token": self.access(self.logins), "refresh_token": self.refresh(next), "token_type": "Bearer",
                "expires_in": self.seconds,
            }),
        )
    }
}
