//! The two webhook endpoints through which Stripe sends us events: created if the key may, and removed on disconnect.
//! Without them everything still works, but later: accounts and transfers are polled regularly.

use payout_core::stripe::{
    Call, StripeError,
    endpoint::{self, About},
};
use serde::Deserialize;
use shared::{id::OrganizationId, seal::Secret};

use super::{
    client,
    encryption::{self, Column},
    hook,
    store::{self, Row},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// Creates the endpoints of a connection that has none. Endpoints left by an earlier, interrupted attempt are removed
/// first: their secrets are lost. An error at Stripe is recorded on the connection, and isn't one for the caller.
pub async fn register(state: &AppState, organization: OrganizationId, row: &Row, key: &Secret) -> Result<()> {
    if row.receives_webhooks() {
        return Ok(());
    }
    let made = make(state, organization, row, key).await;
    let mut tx = state.db.tenant(organization).await?;
    match made {
        Ok((endpoints, secrets)) => {
            let sealed = seal(state, organization, row, &secrets)?;
            store::set_webhooks(&mut tx, row.id, &endpoints, Some(&sealed)).await?;
        }
        Err(failure) => {
            let message = format!(
                "We couldn\u{2019}t set up webhooks, so we check Stripe regularly instead: {}",
                words(&failure)
            );
            store::failed(&mut tx, row.id, &message, state.clock.now()).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Encrypts the secrets for the connection's row.
///
/// # Errors
/// Fails if the encryption fails.
pub fn seal(state: &AppState, organization: OrganizationId, row: &Row, secrets: &[String]) -> Result<String> {
    let list = Secret::new(serde_json::to_string(secrets).map_err(|error| Error::internal(error))?);
    encryption::seal(&state.config.keys, organization, row.id, Column::WebhookSecrets, &list)
        .map_err(|error| Error::internal(error))
}

async fn make(
    state: &AppState,
    organization: OrganizationId,
    row: &Row,
    key: &Secret,
) -> std::result::Result<(Vec<String>, Vec<String>), StripeError> {
    let (id, url) = (row.id.to_string(), hook::url(&state.config, organization, row.id));
    for stray in ours(state, key, &url).await? {
        endpoint::deleted(&client::call(state, key, &endpoint::delete(&stray)).await?)?;
    }
    let (mut endpoints, mut secrets) = (Vec::new(), Vec::new());
    for about in About::ALL {
        // With an earlier idempotency key, Stripe would return an endpoint that was removed since.
        let call = endpoint::create(&url, about, &id).key(format!("rekomi-{id}-{:016x}", rand::random::<u64>()));
        let made = match client::call(state, key, &call).await {
            Ok(answer) => endpoint::made(&answer),
            Err(failure) => Err(failure),
        };
        match made {
            Ok(made) => {
                endpoints.push(made.id);
                secrets.push(made.secret.expose().to_owned());
            }
            Err(failure) => {
                take_down(state, key, &endpoints).await;
                return Err(failure);
            }
        }
    }
    Ok((endpoints, secrets))
}

/// Finds the endpoints at Stripe that send to this connection.
async fn ours(state: &AppState, key: &Secret, url: &str) -> std::result::Result<Vec<String>, StripeError> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        id: String,
        #[serde(default)]
        url: String,
    }
    // Stripe allows sixteen endpoints, so one page has them all.
    let list = Call::get("/v1/webhook_endpoints").field("limit", "100");
    let list: List = client::call(state, key, &list).await?.read()?;
    Ok(list.data.into_iter().filter(|one| one.url == url).map(|one| one.id).collect())
}

/// Deletes the endpoints as far as Stripe allows: an endpoint that stays gets 404 from us, and Stripe gives up on it.
pub async fn take_down(state: &AppState, key: &Secret, endpoints: &[String]) {
    for id in endpoints {
        let gone = match client::call(state, key, &endpoint::delete(id)).await {
            Ok(answer) => endpoint::deleted(&answer),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = gone {
            tracing::warn!(
                event = "payout_connection.endpoint_not_removed", endpoint = %id,
                "removing a webhook endpoint at Stripe failed: {}", words(&failure)
            );
        }
    }
}

fn words(failure: &StripeError) -> String {
    match failure {
        StripeError::Refused(refusal) => refusal.message.clone(),
        StripeError::Forbidden { message } | StripeError::OtherRequest { message } => message.clone(),
        StripeError::Busy { .. } | StripeError::InUse => "it was busy".to_owned(),
        StripeError::Unclear { why } => why.clone(),
    }
}
