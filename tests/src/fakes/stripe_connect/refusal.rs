//! Refusals as Stripe writes them.

use serde_json::{Value, json};

use super::super::Answer;

#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    error: Value,
}

pub(super) fn of(status: u16, message: &str) -> Refusal {
    Refusal { status, error: json!({"type": "invalid_request_error", "message": message}) }
}

impl Refusal {
    pub(super) fn code(mut self, code: &str) -> Self {
        self.error["code"] = json!(code);
        self.error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
        self
    }

    pub(super) fn param(mut self, param: &str) -> Self {
        self.error["param"] = json!(param);
        self
    }

    pub(super) fn kind(mut self, kind: &str) -> Self {
        self.error["type"] = json!(kind);
        self
    }

    pub(super) fn answer(self) -> Answer {
        Answer(self.status, json!({ "error": self.error }))
    }
}

pub(super) fn missing(param: &str) -> Answer {
    of(400, &format!("Missing required param: {param}.")).code("parameter_missing").param(param).answer()
}

pub(super) fn not_found(what: &str, id: &str, param: &str) -> Answer {
    of(404, &format!("No such {what}: '{id}'")).code("resource_missing").param(param).answer()
}

/// What Stripe says of an account that isn't the key's, or isn't there.
pub(super) fn no_access(key: &str, account: &str) -> Answer {
    let message = format!(
        "The provided key '{}' does not have access to account '{account}' (or that account does not exist). Application \
         access may have been revoked.",
        masked(key)
    );
    of(403, &message).code("account_invalid").answer()
}

pub(super) fn no_permission(key: &str, account: &str, needed: &str) -> Answer {
    let message = format!(
        "The provided key '{}' does not have the required permissions for this endpoint on account '{account}'. Having the \
         '{needed}' permission would allow this request to continue.",
        masked(key)
    );
    of(403, &message).answer()
}

/// Something went wrong at Stripe.
pub(super) fn broken() -> Answer {
    of(500, "An unknown error occurred").kind("api_error").answer()
}

pub(super) fn too_many() -> Answer {
    let message =
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.";
    of(429, message).code("rate_limit").answer()
}

fn masked(key: &str) -> String {
    let start: String = key.chars().take(8).collect();
    let end: String = key.chars().skip(key.chars().count().saturating_sub(4).max(8)).collect();
    format!("{start}*********{end}")
}
