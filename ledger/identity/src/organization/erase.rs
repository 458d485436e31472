//! Erases secrets and personal data once the grace period of a deletion is over, as far as the application's database
//! role may.
//!
//! The book, the events and the audit log are append-only for the application: they stay, and with them the ids by
//! which events name customers, which are addresses where an event has no other id. `rekomi replay --verify` couldn't
//! follow the book from the events otherwise. [`super::purge`] lets the operator delete those too. Tax forms stay for as
//! long as the tax authority may request them; the job that maintains them ends and deletes them.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{erase_store, logo_store};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::{TenantTx, names_store, time_limit_store},
    error::Error,
    state::AppState,
};

/// # Errors
/// Database errors; nothing is erased then, and the next hourly run tries again.
pub(super) async fn erase(state: &AppState, organization: OrganizationId) -> Result<(), Error> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    time_limit_store::lift(tx.conn()).await?;
    // Reads the addresses of affiliates, so it runs before they are gone.
    erase_store::addresses(&mut tx, &erase_store::Pseudonyms::new(rand::random())).await?;
    people(&mut tx).await?;
    erase_store::personal_data(&mut tx, now).await?;
    network(&mut tx).await?;
    names_store::release_erased(&mut tx).await?;
    secrets(&mut tx, now).await?;
    erase_store::connections(&mut tx).await?;
    erase_store::files(&mut tx, now).await?;
    click_archives(&mut tx, now).await?;
    sqlx::query!(
        "update organizations
         set billing_email = null, contact_email = null, postal_address = null, logo_url = null, erased_at = $2
         where organization_id = $1",
        organization.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    logo_store::remove(&mut tx).await?;
    audit::record(&mut tx, &Actor::system(), now, Entry::new("organization.erased", organization)).await?;
    tx.commit().await?;
    tracing::info!(event = "organization.erased", %organization, "erased a deleted organization");
    Ok(())
}

/// Keeps affiliates as rows, because the book refers to them, but erases their identities.
async fn people(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    let id = tx.organization().uuid();
    sqlx::query!(
        "update affiliates set email = id || '@erased.invalid', name = 'Erased' where organization_id = $1",
        id
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("update customers set email = null where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from quarantine where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from invitations where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from organization_emails where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from idempotency_keys where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from memberships where organization_id = $1", id).execute(tx.conn()).await.map(drop)
}

/// Deletes what the brand wrote in the network, and what it knows about creators there.
async fn network(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    let id = tx.organization().uuid();
    sqlx::query!("delete from network_messages where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from network_reports where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from network_flags where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from network_marks where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from network_contacts where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from network_listings where organization_id = $1", id).execute(tx.conn()).await.map(drop)
}

/// Destroys the keys of archived clicks; the clean-up job deletes the objects.
async fn click_archives(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update click_archives set state = 'destroyed', sealed_key = null, destroyed_at = $2
         where organization_id = $1 and state <> 'destroyed'",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes secrets. The clean-up job removes endpoints that we created at a gateway, and deletes the API key
/// afterwards.
async fn secrets(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = tx.organization().uuid();
    sqlx::query!(
        "update gateway_connections
         set removed_at = $2, status = 'disabled', sealed_secret = null, hints = '{}'::jsonb, last_error = null,
             sealed_api_key = case when endpoint_id is null then null else sealed_api_key end,
             cleanup_due_at = rekomi_later(now(), case when endpoint_id is not null then 0 end), cleanup_attempts = 0
         where organization_id = $1 and removed_at is null",
        id,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from crm_refresh_tokens where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("update edge_config set withheld = null where organization_id = $1", id).execute(tx.conn()).await?;
    // An organization that verifies a host from now on may have links there.
    sqlx::query!("update link_hosts set verified_at = null where organization_id = $1", id).execute(tx.conn()).await?;
    // Also deletes their secrets and logs.
    sqlx::query!("delete from webhook_endpoints where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!(
        "update api_keys set revoked_at = coalesce(revoked_at, $2), sealed_secret = '' where organization_id = $1",
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
