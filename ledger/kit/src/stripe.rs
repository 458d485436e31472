//! Calls Stripe with a brand's key, or the operator's own.

use payout_core::stripe::{Answer, Call, Method, StripeError, VERSION};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use shared::{event::Gateway, seal::Secret};

use crate::{outbound::Failure, state::AppState};

const HOST: &str = "https://api.stripe.com";
/// A page of a hundred transfers has about 100 KB, one of twenty accounts about 600 KB.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Sends one request and returns its answer.
///
/// # Errors
/// [`StripeError::Busy`] if nothing was sent, [`StripeError::Unclear`] if something may have been sent and no answer
/// came, or one that is too long to be read. Any HTTP status is an answer.
pub async fn call(state: &AppState, key: &Secret, call: &Call) -> Result<Answer, StripeError> {
    let base = state.config.gateway_bases.of(Gateway::Stripe).unwrap_or(HOST);
    let fields = call.encoded();
    let (method, query, body) = match call.method {
        Method::Get => (reqwest::Method::GET, fields, Vec::new()),
        Method::Post => (reqwest::Method::POST, String::new(), fields.into_bytes()),
        Method::Delete => (reqwest::Method::DELETE, fields, Vec::new()),
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{base}{}{mark}{query}", call.path);
    let headers =
        headers(key, call).ok_or_else(|| StripeError::Forbidden { message: "the key isn\u{2019}t one".to_owned() })?;
    // One byte more than the limit shows that there is more: a truncated answer must not pass as an answer.
    match state.outbound.send_for(method, &url, (headers, body), ANSWER_BYTES_MAX + 1).await {
        Ok(answer) if answer.body.len() > ANSWER_BYTES_MAX => Err(StripeError::silence("the answer is too long")),
        Ok(answer) => {
            let text = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            Ok(Answer {
                status: answer.status,
                request_id: text("request-id"),
                retry_after: text("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
                body: answer.body,
            })
        }
        Err(failure) => Err(silence(&failure)),
    }
}

fn silence(failure: &Failure) -> StripeError {
    if failure.may_have_arrived() {
        StripeError::silence(format!("Stripe: {failure}"))
    } else {
        StripeError::Busy { wait: None }
    }
}

/// Builds the headers; `None` if a value can't be a header.
fn headers(key: &Secret, call: &Call) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose())).ok()?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(HeaderName::from_static("stripe-version"), HeaderValue::from_static(VERSION));
    if call.method == Method::Post {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    }
    if let Some(key) = &call.key {
        headers.insert(HeaderName::from_static("idempotency-key"), HeaderValue::from_str(key).ok()?);
    }
    if let Some(account) = &call.account {
        headers.insert(HeaderName::from_static("stripe-account"), HeaderValue::from_str(account).ok()?);
    }
    Some(headers)
}
