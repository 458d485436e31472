//! Reads a gateway's answer defensively: size and time are limited, and its text is cleaned before it is shown.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, header::RETRY_AFTER};
use serde_json::Value;
use shared::event::Gateway;

use super::ProviderError;
use crate::gateway_connection::catalogue;
use kit::{error::request_failure, trace};

/// Short enough that the three calls of one connection stay within the request's own time limit.
const PATIENCE: Duration = Duration::from_secs(8);
const BODY_MAX: usize = 2 * 1024 * 1024;
const MESSAGE_MAX: usize = 300;

/// A success, or a refusal that the gateway's own file interprets.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }
}

/// # Errors
/// [`ProviderError::Away`] for no answer, a 429, a 5xx, or an answer that isn't JSON.
pub(super) async fn send(gateway: Gateway, request: RequestBuilder) -> Result<Answer, ProviderError> {
    let (client, request) = request.timeout(PATIENCE).build_split();
    let sent = match request {
        Ok(request) => {
            let span = trace::call(request.method(), request.url().host_str());
            let sent = client.execute(request).await;
            trace::answered(span, sent.as_ref().map(|sent| sent.status().as_u16()).map_err(|_| "connection_failed"));
            sent
        }
        Err(error) => Err(error),
    };
    let sent = sent.map_err(|error| {
        tracing::warn!(
            event = "gateway.no_answer",
            gateway = gateway.as_str(),
            "the gateway did not answer: {}",
            request_failure(error)
        );
        ProviderError::away(gateway, "didn't respond.")
    })?;
    let status = sent.status().as_u16();
    if status == 429 {
        let wait = sent.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let message = format!("{} is receiving too many requests from this account.", catalogue::name(gateway));
        return Err(ProviderError::Away { message, retry_after: wait });
    }
    if !matches!(status, 200..=299 | 400..=499) {
        tracing::warn!(
            event = "gateway.answered_with_error",
            gateway = gateway.as_str(),
            status,
            "the gateway answered with an error"
        );
        return Err(ProviderError::away(gateway, "is having problems right now."));
    }
    let bytes = body(sent).await.ok_or_else(|| garbled(gateway))?;
    Ok(Answer { status, body: parsed(gateway, &bytes)? })
}

/// Parses a body; no content is null.
///
/// The APIs that we call write their refusals as JSON, too (docs.stripe.com/api/errors, developer.paddle.com/errors,
/// docs.dodopayments.com "Error Codes", docs.creem.io "Error Handling"; Braintree's webhooks are XML, its GraphQL API is
/// not). Any other text is from a proxy or firewall in between, and says nothing about the credentials.
fn parsed(gateway: Gateway, bytes: &[u8]) -> Result<Value, ProviderError> {
    match serde_json::from_slice(bytes) {
        Ok(body) => Ok(body),
        Err(_) if bytes.is_empty() => Ok(Value::Null),
        Err(_) => Err(garbled(gateway)),
    }
}

async fn body(mut sent: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = sent.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > BODY_MAX {
            return None;
        }
    }
    Some(bytes)
}

/// The error for an answer that isn't JSON, or a success that lacks required fields.
pub(super) fn garbled(gateway: Gateway) -> ProviderError {
    ProviderError::away(gateway, "sent a response we couldn't read.")
}

/// Cleans a gateway's message for display: no keys (Stripe repeats them, masked), no line breaks, limited length.
pub(super) fn words(text: &str) -> String {
    let mut shown = String::new();
    for word in text.split_whitespace() {
        let bare = word.trim_start_matches(|character: char| !character.is_ascii_alphanumeric());
        let key = ["sk_", "rk_", "pk_", "whsec_", "pdl_", "creem_"].iter().any(|start| bare.starts_with(start));
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(if key { "\u{2026}" } else { word });
    }
    if shown.chars().count() > MESSAGE_MAX {
        shown = shown.chars().take(MESSAGE_MAX).chain(['\u{2026}']).collect();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_not_the_gateways_answer() {
        let parsed = |text: &str| parsed(Gateway::Braintree, text.as_bytes());
        assert_eq!(parsed(""), Ok(Value::Null));
        assert_eq!(parsed("{\"errors\": []}").map(|body| body["errors"].is_array()), Ok(true));
        for text in ["<html>Access denied</html>", "error code: 1020", "<api-error-response/>", "{\"half\": "] {
            assert!(matches!(parsed(text), Err(ProviderError::Away { .. })), "{text}");
        }
    }

    #[test]
    fn keys_are_not_repeated() {
        let text = "Invalid API Key provided: sk_test_****1234\n(or 'rk_live_abc') lacks rak_webhook_write";
        assert_eq!(words(text), "Invalid API Key provided: \u{2026} (or \u{2026} lacks rak_webhook_write");
        assert_eq!(words(&"a".repeat(1_000)).chars().count(), MESSAGE_MAX + 1);
    }
}
