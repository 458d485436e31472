//! Tests a connection: whether the gateway still accepts the stored credentials and still sends every event that we
//! need.

use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId},
    seal::Secret,
};

use super::{
    catalogue, change, email,
    encryption::{self, Column},
    providers::{Client, ProviderError},
    store::{self, Row, SealedConnection},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

const SHUT: &str = "The stored credentials can't be decrypted anymore. Enter them again.";
const CHANGED: &str = "The credentials were changed during the test, so its result doesn't count. Test them again.";

/// The result of a test, and the connection after it.
#[derive(Debug)]
pub struct Tested {
    pub ok: bool,
    pub message: String,
    pub row: Row,
}

/// Who runs a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// Someone who sees the result.
    Person,
    /// The daily check: owners and admins get an email about a connection that no longer works.
    Job,
}

/// # Errors
/// 404 where the connection doesn't exist, 409 `connecting` where it is still being created, 503 `gateway_unavailable`
/// where the gateway doesn't answer; the status then stays unchanged.
pub async fn test(state: &AppState, organization: OrganizationId, id: GatewayConnectionId) -> Result<Tested> {
    run(state, organization, id, Caller::Person).await
}

/// As [`test`], for the daily check.
///
/// # Errors
/// As [`test`].
pub(super) async fn routine(state: &AppState, organization: OrganizationId, id: GatewayConnectionId) -> Result<Tested> {
    run(state, organization, id, Caller::Job).await
}

async fn run(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    caller: Caller,
) -> Result<Tested> {
    let mut tx = state.db.tenant(organization).await?;
    let Some(kept) = store::kept(&mut tx, id).await? else { return Err(change::refusal(&mut tx, id).await?) };
    tx.commit().await?;
    let gateway = Gateway::named(&kept.gateway).unwrap_or(Gateway::Stripe);
    if !opens(state, organization, id, &kept) {
        return settle(state, organization, id, (&kept, caller), Some(SHUT.to_owned())).await;
    }
    let Some(key) = calling_key(state, organization, id, gateway, &kept)? else {
        return untestable(state, organization, id, gateway).await;
    };
    let problem = match verify(state, gateway, &kept, &key, id).await {
        Ok(problem) => problem,
        Err(ProviderError::Refused { message, .. }) => Some(message),
        Err(away) => return Err(away.into()),
    };
    settle(state, organization, id, (&kept, caller), problem).await
}

/// Stores the result of the test, unless someone saved other credentials while the gateway was called.
async fn settle(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    (tested, caller): (&SealedConnection, Caller),
    problem: Option<String>,
) -> Result<Tested> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let before = store::kept(&mut tx, id).await?.ok_or_else(Error::not_found)?.status;
    // The edge accepts webhooks of a broken connection too, so its record doesn't change.
    let counts = store::checked(&mut tx, id, tested, problem.as_deref(), now).await?;
    let row = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    if !counts {
        tx.commit().await?;
        return Ok(Tested { ok: false, message: CHANGED.to_owned(), row });
    }
    if caller == Caller::Job && before == "active" && row.status == "broken" {
        email::send(&mut tx, state, &row).await?;
    }
    tx.commit().await?;
    let fine = || format!("{} accepted the credentials.", catalogue::name(row.gateway));
    Ok(Tested { ok: problem.is_none(), message: problem.unwrap_or_else(fine), row })
}

/// Returns whether the stored secrets can be opened: an encryption key may have been removed too early, or rows moved
/// manually.
fn opens(state: &AppState, organization: OrganizationId, id: GatewayConnectionId, kept: &SealedConnection) -> bool {
    [(Column::Secret, &kept.sealed_secret), (Column::ApiKey, &kept.sealed_api_key)].into_iter().all(
        |(column, sealed)| {
            let Some(sealed) = sealed else { return true };
            let opened = encryption::open(&state.config.keys, organization, id, column, sealed);
            opened
                .inspect_err(|error| {
                    tracing::error!(
                        event = "gateway.credential_unreadable", connection = %id, ?column,
                        "a stored credential could not be opened: {error}"
                    )
                })
                .is_ok()
        },
    )
}

async fn verify(
    state: &AppState,
    gateway: Gateway,
    kept: &SealedConnection,
    key: &Secret,
    id: GatewayConnectionId,
) -> std::result::Result<Option<String>, ProviderError> {
    let client = Client::new(state, gateway, kept.environment.as_deref(), key);
    client.account().await?;
    match &kept.endpoint_id {
        None => Ok(None),
        Some(endpoint) => client.inspect(endpoint, &catalogue::webhook_url(&state.config.edge_url, gateway, id)).await,
    }
}

/// Returns the key for API calls; `None` where the brand entered only a signing secret.
fn calling_key(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    gateway: Gateway,
    kept: &SealedConnection,
) -> Result<Option<Secret>> {
    let (column, sealed) = match gateway {
        Gateway::Braintree => (Column::Secret, &kept.sealed_secret),
        _ => (Column::ApiKey, &kept.sealed_api_key),
    };
    let open = |sealed: &String| encryption::open(&state.config.keys, organization, id, column, sealed);
    sealed.as_ref().map(open).transpose().map_err(|error| Error::internal(error))
}

/// Explains that a signing secret can't be tested: only a webhook proves it.
async fn untestable(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    gateway: Gateway,
) -> Result<Tested> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let ok = row.last_event_at.is_some();
    let message = if ok {
        "Webhooks are arriving. There's no API key to test.".to_owned()
    } else {
        let name = catalogue::name(gateway);
        format!("No webhook has arrived yet, and there's no API key to test. Send a test event from {name}.")
    };
    Ok(Tested { ok, message, row })
}
