//! Calls Creem: the webhook endpoints under `/v1/webhooks`, whose list every valid key may read.
//!
//! Sources: docs.creem.io, "Create a webhook endpoint", "Delete a webhook endpoint" and "Error Handling", and the
//! official TypeScript client, generated from the same specification. The secret is in the response to the request that
//! creates the endpoint. Lists have `items` and `pagination` with `next_page`, which is null at the end. Creem answers
//! 403 both to a key that isn't valid and to one that may not do this, and 401 to a request without one.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use shared::{id::GatewayConnectionId, seal::Secret};

use super::{
    Account, Client, Endpoint, ProviderError,
    response::{Answer, garbled, send, words},
    stripe::{list, segment},
};
use crate::gateway_connection::catalogue;

const KEY: Option<&str> = Some("credentials.apiKey");
const PAGES_MAX: u64 = 10;

async fn call(client: &Client<'_>, request: RequestBuilder) -> Result<Answer, ProviderError> {
    send(client.gateway, request.header("x-api-key", client.key.expose())).await
}

async fn get(client: &Client<'_>, path: &str) -> Result<Answer, ProviderError> {
    call(client, client.http.get(format!("{}{path}", client.base))).await
}

pub async fn account(client: &Client<'_>) -> Result<Account, ProviderError> {
    let answer = get(client, "/v1/webhooks?page_number=1&page_size=1").await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    if !answer.body["items"].is_array() {
        return Err(garbled(client.gateway));
    }
    // The store is only known from an endpoint that exists.
    Ok(Account { id: answer.text("/items/0/store_id").map(str::to_owned) })
}

pub async fn create(
    client: &Client<'_>,
    connection: GatewayConnectionId,
    url: &str,
) -> Result<Endpoint, ProviderError> {
    let body = json!({
        "url": url,
        "name": format!("Rekomi {connection}"),
        "events": catalogue::events(client.gateway),
    });
    let answer = call(client, client.http.post(format!("{}/v1/webhooks", client.base)).json(&body)).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let secret = answer.text("/secret").filter(|secret| !secret.trim().is_empty());
    let (id, secret) = answer.text("/id").zip(secret).ok_or_else(|| garbled(client.gateway))?;
    Ok(Endpoint { id: id.to_owned(), secret: Secret::new(secret) })
}

pub async fn inspect(client: &Client<'_>, endpoint: &str, url: &str) -> Result<Option<String>, ProviderError> {
    let answer = get(client, &format!("/v1/webhooks/{}", segment(endpoint))).await?;
    if answer.status == 404 {
        return Ok(Some("The webhook was deleted in Creem. Disconnect, then connect again.".to_owned()));
    }
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    if answer.text("/status") == Some("disabled") {
        let what = "The webhook is disabled in Creem. Enable it under Developers \u{2192} Webhooks.";
        return Ok(Some(what.to_owned()));
    }
    if answer.text("/url") != Some(url) {
        return Ok(Some(format!("The webhook in Creem points elsewhere. Change its URL to {url}")));
    }
    let sent: Vec<&str> = list(&answer.body["events"]).iter().filter_map(Value::as_str).collect();
    let missing = catalogue::missing(client.gateway, &sent);
    Ok(missing.map(|missing| format!("The webhook in Creem no longer sends {missing}. Add these events there.")))
}

pub async fn remove(client: &Client<'_>, endpoint: &str) -> Result<(), ProviderError> {
    let url = format!("{}/v1/webhooks/{}", client.base, segment(endpoint));
    let answer = call(client, client.http.delete(url)).await?;
    if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(refusal(&answer)) }
}

pub async fn find(client: &Client<'_>, url: &str) -> Result<Vec<String>, ProviderError> {
    let (mut found, mut number) = (Vec::new(), 1);
    for _ in 0..PAGES_MAX {
        let answer = get(client, &format!("/v1/webhooks?page_number={number}&page_size=50")).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let ours = list(&answer.body["items"]).iter().filter(|endpoint| endpoint["url"].as_str() == Some(url));
        found.extend(ours.filter_map(|endpoint| endpoint["id"].as_str()).map(str::to_owned));
        match answer.body.pointer("/pagination/next_page").and_then(Value::as_u64) {
            Some(next) if next > number => number = next,
            _ => break,
        }
    }
    Ok(found)
}

fn refusal(answer: &Answer) -> ProviderError {
    if matches!(answer.status, 401 | 403) {
        let message = "Creem rejected this API key. It's mistyped, revoked, or isn't allowed to manage webhooks.";
        return ProviderError::refused(KEY, message);
    }
    let messages: Vec<&str> = match &answer.body["message"] {
        Value::String(one) => vec![one],
        several => list(several).iter().filter_map(Value::as_str).collect(),
    };
    match words(&messages.join("; ")) {
        message if message.is_empty() => {
            ProviderError::refused(None, format!("Creem rejected the request with status {}.", answer.status))
        }
        message => ProviderError::refused(None, format!("Creem rejected the request: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let of = |status, body| refusal(&Answer { status, body }).message().to_owned();
        assert!(of(403, json!({"status": 403, "error": "Forbidden"})).contains("rejected this API key"));
        let body = json!({"status": 400, "error": "Bad Request", "message": ["url must be a URL", "events is empty"]});
        assert_eq!(of(400, body), "Creem rejected the request: url must be a URL; events is empty");
        assert!(of(418, Value::Null).contains("status 418"));
    }
}
