//! Calls Dodo Payments: the webhooks under `/webhooks`, whose list every valid key may read.
//!
//! Sources: docs.dodopayments.com, "API Reference", "Webhooks" and "Error Codes", and the official TypeScript client,
//! generated from the same specification. Creating a webhook doesn't return its secret: `GET /webhooks/{id}/secret`
//! does. Lists have `data`, `iterator` (where the next page begins) and `done`. Errors have `code` and `message`: 401
//! for a key that isn't valid, 403 for one that may not do this.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use shared::{id::GatewayConnectionId, seal::Secret};

use super::{
    Account, Client, Endpoint, ProviderError,
    response::{Answer, garbled, send, words},
    stripe::segment,
};
use crate::gateway_connection::catalogue;

const KEY: Option<&str> = Some("credentials.apiKey");
const PAGE: u8 = 100;
const PAGES_MAX: usize = 5;

async fn call(client: &Client<'_>, request: RequestBuilder) -> Result<Answer, ProviderError> {
    send(client.gateway, request.bearer_auth(client.key.expose())).await
}

async fn get(client: &Client<'_>, path: &str) -> Result<Answer, ProviderError> {
    call(client, client.http.get(format!("{}{path}", client.base))).await
}

pub async fn account(client: &Client<'_>) -> Result<Account, ProviderError> {
    let answer = get(client, "/webhooks?limit=1").await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    // Dodo doesn't return the account here; a list of webhooks shows that Dodo answered.
    if answer.body["data"].is_array() { Ok(Account::default()) } else { Err(garbled(client.gateway)) }
}

pub async fn create(
    client: &Client<'_>,
    connection: GatewayConnectionId,
    url: &str,
) -> Result<Endpoint, ProviderError> {
    let body = json!({
        "url": url,
        "description": format!("Rekomi {connection}"),
        "filter_types": catalogue::events(client.gateway),
        "idempotency_key": format!("rekomi-connect-{connection}"),
    });
    let answer = call(client, client.http.post(format!("{}/webhooks", client.base)).json(&body)).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let id = answer.text("/id").ok_or_else(|| garbled(client.gateway))?.to_owned();
    match secret(client, &id).await {
        Ok(secret) => Ok(Endpoint { id, secret }),
        Err(failure) => {
            // A refusal must leave nothing behind: if the webhook can't be deleted now, it is unknown what is there.
            remove(client, &id).await.map_err(|_| garbled(client.gateway))?;
            Err(failure)
        }
    }
}

async fn secret(client: &Client<'_>, id: &str) -> Result<Secret, ProviderError> {
    let answer = get(client, &format!("/webhooks/{}/secret", segment(id))).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let secret = answer.text("/secret").filter(|secret| !secret.trim().is_empty());
    secret.map(Secret::new).ok_or_else(|| garbled(client.gateway))
}

pub async fn inspect(client: &Client<'_>, endpoint: &str, url: &str) -> Result<Option<String>, ProviderError> {
    let answer = get(client, &format!("/webhooks/{}", segment(endpoint))).await?;
    if answer.status == 404 {
        return Ok(Some("The webhook was deleted in Dodo Payments. Disconnect, then connect again.".to_owned()));
    }
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    if answer.body["disabled"] == true {
        let what = "The webhook is disabled in Dodo Payments. Enable it under Developer \u{2192} Webhooks.";
        return Ok(Some(what.to_owned()));
    }
    if answer.text("/url") != Some(url) {
        return Ok(Some(format!("The webhook in Dodo Payments points elsewhere. Change its URL to {url}")));
    }
    // Without a filter, Dodo sends every event.
    let sent = answer.body["filter_types"].as_array().filter(|sent| !sent.is_empty());
    Ok(sent.and_then(|sent| {
        let sent: Vec<&str> = sent.iter().filter_map(Value::as_str).collect();
        let missing = catalogue::missing(client.gateway, &sent)?;
        Some(format!("The webhook in Dodo Payments no longer sends {missing}. Add these events there."))
    }))
}

pub async fn remove(client: &Client<'_>, endpoint: &str) -> Result<(), ProviderError> {
    let url = format!("{}/webhooks/{}", client.base, segment(endpoint));
    let answer = call(client, client.http.delete(url)).await?;
    if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(refusal(&answer)) }
}

pub async fn find(client: &Client<'_>, url: &str) -> Result<Vec<String>, ProviderError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let answer = get(client, &format!("/webhooks?limit={PAGE}{after}")).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let page = answer.body["data"].as_array().map_or(&[][..], Vec::as_slice);
        let ours = page.iter().filter(|webhook| webhook["url"].as_str() == Some(url));
        found.extend(ours.filter_map(|webhook| webhook["id"].as_str()).map(str::to_owned));
        match answer.text("/iterator").filter(|iterator| !iterator.is_empty()) {
            Some(iterator) if answer.body["done"] != true && !page.is_empty() => {
                after = format!("&iterator={}", segment(iterator));
            }
            _ => break,
        }
    }
    Ok(found)
}

fn refusal(answer: &Answer) -> ProviderError {
    let message = words(answer.text("/message").unwrap_or_default());
    match answer.status {
        401 => {
            let message = "Dodo Payments rejected this API key. It's mistyped, revoked, expired, or from the other \
                           environment (test, live).";
            ProviderError::refused(KEY, message)
        }
        403 => {
            let message = "The key is missing a permission. It needs write access. Create another one in Dodo Payments \
                           under Developer \u{2192} API keys.";
            ProviderError::refused(KEY, message)
        }
        status if message.is_empty() => {
            ProviderError::refused(None, format!("Dodo Payments rejected the request with status {status}."))
        }
        _ => {
            let code = answer.text("/code").map(|code| format!(" ({})", words(code))).unwrap_or_default();
            ProviderError::refused(None, format!("Dodo Payments rejected the request{code}: {message}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let of = |status, body| refusal(&Answer { status, body }).message().to_owned();
        assert!(of(401, Value::Null).contains("other environment"));
        assert!(of(403, json!({"code": "FORBIDDEN", "message": "No."})).contains("write access"));
        let body = json!({"code": "INVALID_REQUEST_BODY", "message": "The URL must use HTTPS."});
        assert_eq!(of(422, body), "Dodo Payments rejected the request (INVALID_REQUEST_BODY): The URL must use HTTPS.");
        assert!(of(418, Value::Null).contains("status 418"));
    }
}
