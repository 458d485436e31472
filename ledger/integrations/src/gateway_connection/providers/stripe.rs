//! Calls Stripe: `GET /v1/account`, and the webhook endpoints under `/v1/webhook_endpoints`.
//!
//! A restricted key usually may not read the account. Stripe's refusal still proves that the key is valid, and names
//! its account. We only need the right to write webhook endpoints, and creating one checks exactly that.

use reqwest::RequestBuilder;
use serde_json::Value;
use shared::{id::GatewayConnectionId, seal::Secret};
use url::form_urlencoded;

use super::{
    Account, Client, Endpoint, ProviderError,
    response::{Answer, garbled, send, words},
};
use crate::gateway_connection::catalogue::{self, STRIPE_VERSION};

const KEY: Option<&str> = Some("credentials.apiKey");
const DESCRIPTION: &str = "Rekomi: sales, renewals and refunds for your affiliate program";
const PAGES_MAX: usize = 5;
/// The names of permissions in Stripe's key editor.
const PERMISSIONS: [(&str, &str); 6] = [
    ("rak_webhook_write", "Webhook Endpoints: Write"),
    ("rak_webhook_read", "Webhook Endpoints: Read"),
    ("rak_coupon_write", "Coupons: Write"),
    ("rak_coupon_read", "Coupons: Read"),
    ("rak_promotion_code_write", "Promotion Codes: Write"),
    ("rak_promotion_code_read", "Promotion Codes: Read"),
];

pub(super) fn authorized(client: &Client<'_>, request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(client.key.expose()).header("Stripe-Version", STRIPE_VERSION)
}

pub(super) async fn get(client: &Client<'_>, path: &str) -> Result<Answer, ProviderError> {
    send(client.gateway, authorized(client, client.http.get(format!("{}{path}", client.base)))).await
}

pub async fn account(client: &Client<'_>) -> Result<Account, ProviderError> {
    let answer = get(client, "/v1/account").await?;
    if answer.is_success() {
        let id = answer.text("/id").ok_or_else(|| garbled(client.gateway))?;
        return Ok(Account { id: Some(id.to_owned()) });
    }
    let message = answer.text("/error/message").unwrap_or_default();
    if answer.status == 403 && client.key.expose().starts_with("rk_") && !permissions(message).is_empty() {
        return Ok(Account { id: between(message, "on account '", "'").map(str::to_owned) });
    }
    Err(refusal(&answer))
}

pub async fn create(
    client: &Client<'_>,
    connection: GatewayConnectionId,
    url: &str,
) -> Result<Endpoint, ProviderError> {
    let request = client
        .http
        .post(format!("{}/v1/webhook_endpoints", client.base))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Idempotency-Key", format!("rekomi-connect-{connection}"))
        .body(endpoint_form(connection, url));
    let answer = send(client.gateway, authorized(client, request)).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let (id, secret) = (answer.text("/id"), answer.text("/secret").filter(|secret| !secret.trim().is_empty()));
    let (id, secret) = id.zip(secret).ok_or_else(|| garbled(client.gateway))?;
    Ok(Endpoint { id: id.to_owned(), secret: Secret::new(secret) })
}

fn endpoint_form(connection: GatewayConnectionId, url: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("url", url).append_pair("api_version", STRIPE_VERSION).append_pair("description", DESCRIPTION);
    form.append_pair("metadata[rekomi_connection]", &connection.to_string());
    for event in catalogue::events(shared::event::Gateway::Stripe) {
        form.append_pair("enabled_events[]", event);
    }
    form.finish()
}

pub async fn inspect(client: &Client<'_>, endpoint: &str, url: &str) -> Result<Option<String>, ProviderError> {
    let answer = get(client, &format!("/v1/webhook_endpoints/{}", segment(endpoint))).await?;
    if answer.status == 404 {
        return Ok(Some("The webhook endpoint was deleted in Stripe. Disconnect, then connect again.".to_owned()));
    }
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    if answer.text("/status") != Some("enabled") {
        return Ok(Some(
            "The webhook endpoint is disabled in Stripe. Enable it under Developers \u{2192} Webhooks.".to_owned(),
        ));
    }
    if answer.text("/url") != Some(url) {
        return Ok(Some(format!("The webhook endpoint in Stripe points elsewhere. Change its URL to {url}")));
    }
    let enabled: Vec<&str> = list(&answer.body["enabled_events"]).iter().filter_map(Value::as_str).collect();
    if enabled.contains(&"*") {
        return Ok(None);
    }
    if let Some(missing) = catalogue::missing(client.gateway, &enabled) {
        let problem = format!("The webhook endpoint in Stripe no longer sends {missing}. Add these events there.");
        return Ok(Some(problem));
    }
    add_events(client, endpoint, &enabled).await;
    Ok(None)
}

/// Adds the events that we subscribe to since the endpoint was created. If this fails, or the key may not, the next test
/// tries again: the connection works without them.
async fn add_events(client: &Client<'_>, endpoint: &str, enabled: &[&str]) {
    let all = catalogue::events(client.gateway).iter();
    let added: Vec<&str> = all.copied().filter(|event| !enabled.contains(event)).collect();
    if added.is_empty() {
        return;
    }
    let pairs = enabled.iter().chain(&added).map(|event| ("enabled_events[]", event));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let request = client.http.post(format!("{}/v1/webhook_endpoints/{}", client.base, segment(endpoint)));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
    drop(send(client.gateway, authorized(client, request)).await);
}

pub async fn remove(client: &Client<'_>, endpoint: &str) -> Result<(), ProviderError> {
    let url = format!("{}/v1/webhook_endpoints/{}", client.base, segment(endpoint));
    let answer = send(client.gateway, authorized(client, client.http.delete(url))).await?;
    if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(refusal(&answer)) }
}

pub async fn find(client: &Client<'_>, url: &str) -> Result<Vec<String>, ProviderError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let answer = get(client, &format!("/v1/webhook_endpoints?limit=100{after}")).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let page = list(&answer.body["data"]);
        let ours = page.iter().filter(|endpoint| endpoint["url"].as_str() == Some(url));
        found.extend(ours.filter_map(|endpoint| endpoint["id"].as_str()).map(str::to_owned));
        match page.last().and_then(|last| last["id"].as_str()) {
            Some(last) if answer.body["has_more"] == true => after = format!("&starting_after={}", segment(last)),
            _ => break,
        }
    }
    Ok(found)
}

pub(super) fn refusal(answer: &Answer) -> ProviderError {
    let message = answer.text("/error/message").unwrap_or_default();
    let lacking = permissions(message);
    if answer.status == 401 {
        let explanation = words(message);
        let explanation = if explanation.is_empty() { String::new() } else { format!(" Stripe says: {explanation}") };
        return ProviderError::refused(KEY, format!("Stripe rejected this API key.{explanation}"));
    }
    if answer.status == 403 && !lacking.is_empty() {
        let named: Vec<String> = lacking.iter().map(|name| named(name)).collect();
        let named = named.join(", ");
        let message = format!(
            "The key is missing the permission {named}. Edit it in Stripe under Developers \u{2192} API keys, then try \
             again."
        );
        return ProviderError::refused(KEY, message);
    }
    let field = if matches!(answer.status, 401 | 403) { KEY } else { None };
    let code = answer.text("/error/code").map(|code| format!(" ({})", words(code))).unwrap_or_default();
    match words(message) {
        explanation if explanation.is_empty() => {
            ProviderError::refused(field, format!("Stripe rejected the request with status {}.", answer.status))
        }
        explanation => ProviderError::refused(field, format!("Stripe rejected the request{code}: {explanation}")),
    }
}

/// Extracts the `rak_…` names from a refusal.
fn permissions(message: &str) -> Vec<&str> {
    message.split('\'').filter(|part| part.starts_with("rak_") && !part.contains(' ')).collect()
}

fn named(permission: &str) -> String {
    match PERMISSIONS.iter().find(|(known, _)| *known == permission) {
        Some((_, name)) => format!("\u{201c}{name}\u{201d} ({permission})"),
        None => words(permission),
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found).filter(|found| found.len() <= 100)
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Encodes a gateway's id as a path segment.
pub fn segment(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_permission_is_named_as_stripe_names_it() {
        let message = "The provided key 'rk_test_***abc' does not have the required permissions for this endpoint on \
                       account 'acct_1'. Having the 'rak_webhook_write' permission would allow this request to continue.";
        let answer = Answer { status: 403, body: json!({"error": {"message": message}}) };
        let ProviderError::Refused { message: explanation, field } = refusal(&answer) else { panic!("away") };
        assert_eq!(field, KEY);
        assert!(explanation.contains("\u{201c}Webhook Endpoints: Write\u{201d} (rak_webhook_write)"), "{explanation}");
        assert_eq!(between(message, "on account '", "'"), Some("acct_1"));
    }

    #[test]
    fn other_refusals_keep_stripes_words_without_the_key() {
        let body = json!({"error": {"code": "url_invalid", "message": "Invalid URL: sk_live_canary"}});
        let explanation = refusal(&Answer { status: 400, body });
        assert_eq!(explanation.message(), "Stripe rejected the request (url_invalid): Invalid URL: \u{2026}");
        assert!(refusal(&Answer { status: 404, body: Value::Null }).message().contains("status 404"));
    }
}
