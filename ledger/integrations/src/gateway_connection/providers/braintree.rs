//! Calls Braintree with one GraphQL query. `ping` answers any known key; `viewer` answers only a server with the
//! private key.
//!
//! Braintree answers 200 to nearly everything and reports errors in `errors[].extensions.errorClass`. Webhooks must be
//! created manually in its Control Panel, because it has no API for them.

use serde_json::{Value, json};

use super::{
    Account, Client, ProviderError,
    response::{Answer, garbled, send, words},
};

const KEY: Option<&str> = Some("credentials.privateKey");
/// The API's version, a date; the part of the schema used here hasn't changed since.
const VERSION: &str = "2019-01-01";
const QUERY: &str = "query { ping viewer { merchant { id status } } }";

pub async fn account(client: &Client<'_>) -> Result<Account, ProviderError> {
    let (public, private) = client.key.expose().split_once('|').unwrap_or_default();
    let request = client
        .http
        .post(format!("{}/graphql", client.base))
        .basic_auth(public, Some(private))
        .header("Braintree-Version", VERSION)
        .json(&json!({"query": QUERY}));
    judge(client, &send(client.gateway, request).await?)
}

fn judge(client: &Client<'_>, answer: &Answer) -> Result<Account, ProviderError> {
    if let Some(error) = answer.body.pointer("/errors/0") {
        return Err(failure(client, error));
    }
    if matches!(answer.status, 401 | 403) {
        return Err(not_accepted());
    }
    let merchant = answer.body.pointer("/data/viewer/merchant/id").and_then(Value::as_str);
    if answer.is_success() && answer.text("/data/ping") == Some("pong") && merchant.is_some() {
        // The id in the answer is GraphQL's own, not the merchant id that people know; what the brand entered is shown
        // instead.
        return Ok(Account::default());
    }
    if answer.is_success() {
        return Err(garbled(client.gateway));
    }
    Err(ProviderError::refused(None, format!("Braintree rejected the request with status {}.", answer.status)))
}

fn failure(client: &Client<'_>, error: &Value) -> ProviderError {
    let explanation = words(error["message"].as_str().unwrap_or_default());
    match error.pointer("/extensions/errorClass").and_then(Value::as_str).unwrap_or_default() {
        "AUTHENTICATION" => not_accepted(),
        "AUTHORIZATION" => {
            let message = "Braintree recognizes these keys, but the user they belong to isn't allowed to use the API. \
                           Check the user's role in the Control Panel under the gear icon \u{2192} Team.";
            ProviderError::refused(KEY, message)
        }
        "INTERNAL" | "SERVICE_AVAILABILITY" | "RESOURCE_LIMIT" => {
            ProviderError::away(client.gateway, "is having problems right now.")
        }
        class => {
            let message = format!("Braintree rejected the request ({}): {explanation}", words(class));
            ProviderError::refused(None, message)
        }
    }
}

fn not_accepted() -> ProviderError {
    let message = "Braintree rejected these keys. They're mistyped, revoked, or from the other environment (sandbox, \
                   production).";
    ProviderError::refused(KEY, message)
}
