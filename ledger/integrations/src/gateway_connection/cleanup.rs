//! Deletes webhook endpoints that should no longer exist at a gateway: those of interrupted requests and of removed
//! connections.
//!
//! Each such row has a due time. A worker that takes a row first counts the attempt and moves the due time, so that a
//! crash only causes a delay, and a second ledger process leaves the row alone. If the gateway doesn't answer, the job
//! tries again, later each time; if it refuses our key, nothing can be done, and the row is treated as finished.

use std::time::Duration;

use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId},
};
use uuid::Uuid;

use super::{
    catalogue,
    encryption::{self, Column},
    providers::{Client, ProviderError},
    store,
};
use kit::{
    db::{TenantTx, TenantsTx, claim::Claim},
    error::Error,
    jobs::OneByOne,
    state::AppState,
};

pub const EVERY: Duration = Duration::from_secs(30);
const AT_ONCE: i64 = 20;

/// A connection whose clean-up is due.
#[derive(Debug, Clone)]
struct Due {
    organization_id: Uuid,
    id: GatewayConnectionId,
    gateway: String,
    environment: Option<String>,
    sealed_api_key: Option<String>,
    endpoint_id: Option<String>,
}

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("remove_gateway_endpoints");
    for page in state.db.open_and_closed_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = take(&mut tx).await?;
        tx.commit().await?;
        for one in due {
            one_by_one.note(OrganizationId::new(one.organization_id), clear(state, &one).await);
        }
    }
    one_by_one.result()
}

/// Cleans up one removed connection immediately; what fails stays due.
pub async fn now(state: &AppState, organization: OrganizationId, id: GatewayConnectionId) {
    let cleared = async {
        let mut tx = state.db.tenant(organization).await?;
        let due = take_of(&mut tx, organization.uuid(), Some(id), 1).await?;
        tx.commit().await?;
        for one in due {
            clear(state, &one).await?;
        }
        Ok::<_, sqlx::Error>(())
    };
    if let Err(error) = cleared.await {
        tracing::warn!(
            event = "gateway.cleanup_failed", job = "remove_gateway_endpoints", connection = %id,
            "cleaning up a gateway connection failed: {error}"
        );
    }
}

/// Undoes a connection that is still being created. Where the gateway wasn't asked to create anything, only the row is
/// deleted.
pub async fn undo(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    verified_with_provider: bool,
) {
    if verified_with_provider {
        return now(state, organization, id).await;
    }
    let forgotten = async {
        let mut tx = state.db.tenant(organization).await?;
        store::discard(&mut tx, id).await?;
        tx.commit().await
    };
    if let Err(error) = forgotten.await {
        tracing::warn!(
            event = "gateway.deletion_failed", job = "remove_gateway_endpoints", connection = %id,
            "deleting a gateway connection failed: {error}"
        );
    }
}

/// Takes the rows that are due.
async fn take(tx: &mut TenantsTx) -> Result<Vec<Due>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(AT_ONCE), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from gateway_connections
             where cleanup_due_at <= now() and organization_id <> all ($1) order by cleanup_due_at limit $2",
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let rows = take_of(tx, organization, None, count).await?;
            claim.took(rows.len());
            taken.extend(rows);
        }
    }
    Ok(taken)
}

/// Takes an organization's rows that are due, or one row before its time. The next attempt comes after one minute, then two,
/// up to an hour.
async fn take_of(
    tx: &mut TenantsTx,
    organization: Uuid,
    one: Option<GatewayConnectionId>,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        "with due as materialized (
             select id from gateway_connections
             where organization_id = $1 and cleanup_due_at is not null and ($2::uuid is null or id = $2)
               and ($2::uuid is not null or cleanup_due_at <= now())
             order by cleanup_due_at limit $3 for update skip locked)
         update gateway_connections c
         set cleanup_attempts = c.cleanup_attempts + 1,
             cleanup_due_at = rekomi_later(now(), least(60 * power(2, least(c.cleanup_attempts, 6)), 3600))
         from due where c.organization_id = $1 and c.id = due.id
         returning c.organization_id, c.id, c.gateway, c.environment, c.sealed_api_key, c.endpoint_id",
        organization,
        one.map(|id| id.uuid()),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

async fn clear(state: &AppState, due: &Due) -> Result<(), sqlx::Error> {
    let organization = OrganizationId::new(due.organization_id);
    let id = due.id;
    match take_down(state, due, organization, id).await {
        Ok(()) => {}
        Err(ProviderError::Away { message, .. }) => {
            tracing::warn!(
                event = "gateway.endpoint_not_removed_yet", job = "remove_gateway_endpoints", connection = %id,
                "a webhook endpoint could not be removed yet: {message}"
            );
            return Ok(());
        }
        Err(ProviderError::Refused { message, .. }) => {
            tracing::warn!(
                event = "gateway.endpoint_left", job = "remove_gateway_endpoints", connection = %id,
                "cannot remove a webhook endpoint, so it stays at the gateway: {message}"
            );
        }
    }
    let mut tx = state.db.tenant(organization).await?;
    store::discard(&mut tx, id).await?;
    done(&mut tx, id).await?;
    tx.commit().await
}

async fn take_down(
    state: &AppState,
    due: &Due,
    organization: OrganizationId,
    id: GatewayConnectionId,
) -> Result<(), ProviderError> {
    let Some(sealed) = &due.sealed_api_key else { return Ok(()) };
    let gateway = Gateway::named(&due.gateway).unwrap_or(Gateway::Stripe);
    let key = match encryption::open(&state.config.keys, organization, id, Column::ApiKey, sealed) {
        Ok(key) => key,
        Err(error) => return Err(ProviderError::Refused { message: error.to_string(), field: None }),
    };
    let client = Client::new(state, gateway, due.environment.as_deref(), &key);
    match &due.endpoint_id {
        Some(endpoint) => client.remove(endpoint).await,
        None => client.remove_all(&catalogue::webhook_url(&state.config.edge_url, gateway, id)).await,
    }
}

/// Ends the clean-up of a removed connection and deletes its key.
async fn done(tx: &mut TenantTx, id: GatewayConnectionId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update gateway_connections set cleanup_due_at = null, sealed_api_key = null, endpoint_id = null
         where organization_id = $1 and id = $2 and removed_at is not null",
        tx.organization().uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
