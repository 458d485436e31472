//! Calls Paddle Billing: `GET /event-types`, which every valid key may call, and the notification destinations under
//! `/notification-settings`.

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
const API_VERSION: u8 = 1;
const PAGES_MAX: usize = 5;

pub(super) fn authorized(client: &Client<'_>, request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(client.key.expose()).header("Paddle-Version", API_VERSION.to_string())
}

pub(super) async fn get(client: &Client<'_>, path: &str) -> Result<Answer, ProviderError> {
    send(client.gateway, authorized(client, client.http.get(format!("{}{path}", client.base)))).await
}

pub async fn account(client: &Client<'_>) -> Result<Account, ProviderError> {
    let answer = get(client, "/event-types").await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    // Paddle doesn't return the account here; a list of event types shows that Paddle answered.
    if answer.body["data"].is_array() { Ok(Account::default()) } else { Err(garbled(client.gateway)) }
}

pub async fn create(
    client: &Client<'_>,
    connection: GatewayConnectionId,
    url: &str,
) -> Result<Endpoint, ProviderError> {
    let body = json!({
        "description": format!("Rekomi {connection}"),
        "type": "url",
        "destination": url,
        "api_version": API_VERSION,
        "subscribed_events": catalogue::events(client.gateway),
        // In live mode, a simulated sale must not earn anyone money.
        "traffic_source": if client.live { "platform" } else { "all" },
    });
    let request = client.http.post(format!("{}/notification-settings", client.base)).json(&body);
    let answer = send(client.gateway, authorized(client, request)).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let secret = answer.text("/data/endpoint_secret_key").filter(|secret| !secret.trim().is_empty());
    let (id, secret) = answer.text("/data/id").zip(secret).ok_or_else(|| garbled(client.gateway))?;
    Ok(Endpoint { id: id.to_owned(), secret: Secret::new(secret) })
}

pub async fn inspect(client: &Client<'_>, endpoint: &str, url: &str) -> Result<Option<String>, ProviderError> {
    let answer = get(client, &format!("/notification-settings/{}", segment(endpoint))).await?;
    if answer.status == 404 {
        return Ok(Some(
            "The notification destination was deleted in Paddle. Disconnect, then connect again.".to_owned(),
        ));
    }
    // A key that may write destinations isn't always allowed to read them.
    if answer.status == 403 && answer.text("/error/code") == Some("forbidden") {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let setting = &answer.body["data"];
    if setting["active"] == false {
        let what = "The notification destination is turned off in Paddle. Turn it on under Developer tools \u{2192} \
                    Notifications.";
        return Ok(Some(what.to_owned()));
    }
    if setting["destination"].as_str() != Some(url) {
        return Ok(Some(format!("The notification destination in Paddle points elsewhere. Change its URL to {url}")));
    }
    let sent: Vec<&str> = setting["subscribed_events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| event["name"].as_str())
        .collect();
    Ok(catalogue::missing(client.gateway, &sent).map(|missing| {
        format!("The notification destination in Paddle no longer sends {missing}. Add these events there.")
    }))
}

pub async fn remove(client: &Client<'_>, endpoint: &str) -> Result<(), ProviderError> {
    let url = format!("{}/notification-settings/{}", client.base, segment(endpoint));
    let answer = send(client.gateway, authorized(client, client.http.delete(url))).await?;
    if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(refusal(&answer)) }
}

pub async fn find(client: &Client<'_>, url: &str) -> Result<Vec<String>, ProviderError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let answer = get(client, &format!("/notification-settings?per_page=200{after}")).await?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let page: &[Value] = answer.body["data"].as_array().map_or(&[], Vec::as_slice);
        let ours = page.iter().filter(|setting| setting["destination"].as_str() == Some(url));
        found.extend(ours.filter_map(|setting| setting["id"].as_str()).map(str::to_owned));
        match page.last().and_then(|last| last["id"].as_str()) {
            Some(last) if answer.body.pointer("/meta/pagination/has_more") == Some(&Value::Bool(true)) => {
                after = format!("&after={}", segment(last));
            }
            _ => break,
        }
    }
    Ok(found)
}

pub(super) fn refusal(answer: &Answer) -> ProviderError {
    let detail = words(answer.text("/error/detail").unwrap_or_default());
    match answer.text("/error/code").unwrap_or_default() {
        // Paddle answers 403 to an invalid key, too.
        "invalid_token" | "authentication_malformed" | "authentication_missing" | "invalid_access_token" => {
            let message = "Paddle rejected this API key. It's mistyped, revoked, expired, or from the other \
                           environment (sandbox, live).";
            ProviderError::refused(KEY, message)
        }
        "forbidden" => {
            let message = "The key is missing a permission. It needs notification_setting.read and \
                           notification_setting.write. Edit it in Paddle under Developer tools \u{2192} \
                           Authentication.";
            ProviderError::refused(KEY, message)
        }
        _ if answer.status == 401 => ProviderError::refused(KEY, "Paddle rejected this API key."),
        _ if detail.is_empty() => {
            ProviderError::refused(None, format!("Paddle rejected the request with status {}.", answer.status))
        }
        code => {
            let message = format!("Paddle rejected the request ({}): {detail}{}", words(code), fields(answer));
            ProviderError::refused(None, message)
        }
    }
}

/// The names of the fields that Paddle rejected.
fn fields(answer: &Answer) -> String {
    let errors = answer.body.pointer("/error/errors").and_then(Value::as_array);
    let named: Vec<String> = errors
        .into_iter()
        .flatten()
        .filter_map(|error| {
            Some(format!(" {}: {}", words(error["field"].as_str()?), words(error["message"].as_str()?)))
        })
        .collect();
    named.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let of = |status, code: &str| {
            let body = json!({"error": {"type": "request_error", "code": code, "detail": "A detail."}});
            refusal(&Answer { status, body }).message().to_owned()
        };
        assert!(of(403, "invalid_token").contains("rejected this API key"));
        assert!(of(403, "forbidden").contains("notification_setting.write"));
        assert_eq!(of(400, "bad_request"), "Paddle rejected the request (bad_request): A detail.");
        assert!(refusal(&Answer { status: 418, body: Value::Null }).message().contains("status 418"));
    }
}
