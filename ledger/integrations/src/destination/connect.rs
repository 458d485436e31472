//! Connects a Customer.io workspace: checks the credentials with the vendor, in the US region first and then in the EU,
//! and stores them sealed.

use axum::http::StatusCode;
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde::Deserialize;
use serde_json::json;
use shared::{id::DestinationId, seal::Secret};

use crate::webhook::{
    change,
    customerio::{Credentials, REGION_PATH, Region},
    endpoint::{Endpoint, EndpointKind},
    endpoint_secret,
    endpoint_store::{self, NewEndpoint},
    find, naming,
};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Checks, Code, Error, Result},
    state::AppState,
};

const CREDENTIAL_MAX: usize = 200;
const RETRY_AFTER_SECONDS: u32 = 30;

/// The vendor's answer about an account.
#[derive(Deserialize)]
struct Account {
    region: String,
}

/// # Errors
/// 400 naming the credential.
pub fn checked(site_id: &str, api_key: &str) -> Result<Credentials> {
    let one = |field: &str, text: &str| {
        let text = text.trim();
        let plain =
            !text.is_empty() && text.len() <= CREDENTIAL_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        let message = format!(
            "{field} must be copied from Customer.io, under Settings \u{2192} Account settings \u{2192} API credentials"
        );
        if plain && !text.contains(':') { Ok(text.to_owned()) } else { Err(Error::field(field, message)) }
    };
    let mut checks = Checks::default();
    let site_id = checks.value(one("siteId", site_id));
    let api_key = checks.end_with(one("apiKey", api_key))?;
    Ok(Credentials { site_id, api_key })
}

/// Finds the workspace's region.
///
/// # Errors
/// 422 `credentials_refused`, or 503 where the vendor can't be reached.
pub async fn region(state: &AppState, credentials: &Credentials) -> Result<Region> {
    let mut away = None;
    for region in Region::ALL {
        let authorization = credentials.authorization().ok_or_else(refused)?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let url = format!("{}{REGION_PATH}", region.base(&state.config.vendor_bases));
        match state.outbound.send(Method::GET, &url, headers, Vec::new()).await {
            Ok(answer) if answer.status == 200 => {
                let account: Option<Account> = serde_json::from_slice(&answer.body).ok();
                match account.and_then(|account| Region::parse(&account.region)) {
                    Some(region) => return Ok(region),
                    None => away = Some("sent a response we couldn't read".to_owned()),
                }
            }
            Ok(answer) if matches!(answer.status, 401 | 403) => {}
            Ok(answer) => away = Some(format!("responded {}", answer.status)),
            Err(failure) => away = Some(failure.to_string()),
        }
    }
    Err(away.map_or_else(refused, |why| {
        let message = format!("Customer.io {why}. Nothing was changed. Try again in a few minutes.");
        Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::VendorUnavailable, message).retry_after(RETRY_AFTER_SECONDS)
    }))
}

fn refused() -> Error {
    let message = "Customer.io has no workspace with this site ID and API key, in the US or the EU. Copy both from the \
                   \"Tracking\" credentials under Settings \u{2192} Account settings \u{2192} API credentials.";
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::CredentialsRefused, message)
}

/// The checked credentials and the region where the vendor knows them.
#[derive(Debug)]
pub struct Found {
    pub credentials: Credentials,
    pub region: Region,
}

impl Found {
    fn base(&self, state: &AppState) -> String {
        self.region.base(&state.config.vendor_bases)
    }

    /// The end of the site id, for people to recognize the account by.
    fn hint(&self) -> String {
        let end: String = self.credentials.site_id.chars().rev().take(4).collect();
        format!("\u{2026}{}", end.chars().rev().collect::<String>())
    }

    fn secret(&self) -> Result<Secret> {
        serde_json::to_string(&self.credentials).map(Secret::new).map_err(|error| Error::internal(error))
    }
}

/// # Errors
/// 409 where the organization has too many.
pub async fn create(
    tx: &mut TenantTx,
    state: &AppState,
    found: &Found,
    (events, description, enabled): (&[String], &str, bool),
) -> Result<(Endpoint, Entry)> {
    let (now, id) = (state.clock.now(), state.new_id::<shared::id::Destination>());
    change::room(tx, state, EndpointKind::CustomerIo).await?;
    let new = NewEndpoint {
        id: id.uuid(),
        kind: EndpointKind::CustomerIo,
        url: &found.base(state),
        region: Some(found.region.as_str()),
        hint: Some(&found.hint()),
        events,
        description,
        enabled,
    };
    endpoint_store::insert(tx, &new, now).await?;
    let keys = &state.config.keys;
    endpoint_secret::keep(tx, keys, id.uuid(), &found.secret()?, (now, now)).await?;
    let made = find::one(tx, (EndpointKind::CustomerIo, id.uuid()), now).await?;
    Ok((made.clone(), Entry::new("destination.created", id).after(naming::shown(&made))))
}

/// Replaces the credentials, possibly by those of a workspace in another region.
///
/// # Errors
/// 404.
pub async fn replace(tx: &mut TenantTx, state: &AppState, id: DestinationId, found: &Found) -> Result<Entry> {
    let now = state.clock.now();
    let before = find::one(tx, (EndpointKind::CustomerIo, id.uuid()), now).await?;
    let (url, hint) = (found.base(state), found.hint());
    let requested =
        Endpoint { url, region: Some(found.region.as_str().to_owned()), hint: Some(hint.clone()), ..before };
    endpoint_store::update(tx, &requested, now).await?;
    let keys = &state.config.keys;
    endpoint_secret::keep(tx, keys, id.uuid(), &found.secret()?, (now, now)).await?;
    let details = json!({"region": found.region.as_str(), "siteId": hint});
    Ok(Entry::new("destination.credentials_replaced", id).after(details))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_plain_words() {
        assert_eq!(checked(" site ", "key").unwrap().site_id, "site");
        for (site, key, field) in
            [("", "key", "siteId"), ("a b", "key", "siteId"), ("a:b", "key", "siteId"), ("site", "kéy", "apiKey")]
        {
            assert_eq!(checked(site, key).unwrap_err().body().field.as_deref(), Some(field), "{site} {key}");
        }
    }
}
