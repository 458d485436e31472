//! What follows a deletion when its grace is over: secrets and what names people goes, as far as the app's own role may.
//!
//! The book, the events and the audit log are append-only to everybody who serves: they stay, without the names that
//! stood beside them. [`super::purge`] is the operator's way to delete those too.

use shared::{id::OrganizationId, timestamp::Timestamp};

use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{db::TenantTx, error::Error, state::AppState};

/// # Errors
/// Of the database; nothing is erased then, and the next hour tries again.
pub(super) async fn erase(state: &AppState, organization: OrganizationId) -> Result<(), Error> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    people(&mut tx, organization).await?;
    secrets(&mut tx, organization, now).await?;
    sqlx::query!(
        "update organizations set billing_email = null, logo_url = null, erased_at = $2 where organization_id = $1",
        organization.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    audit::record(&mut tx, organization, &Actor::system(), now, Entry::new("organization.erased", organization))
        .await?;
    tx.commit().await?;
    tracing::info!(%organization, "organization erased after its deletion");
    Ok(())
}

/// Affiliates stay as rows, since the book refers to them; who they are goes.
async fn people(tx: &mut TenantTx, organization: OrganizationId) -> Result<(), sqlx::Error> {
    let id = organization.uuid();
    sqlx::query!(
        "update affiliates set email = id || '@erased.invalid', name = 'Erased' where organization_id = $1",
        id
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("update customers set email = null where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from quarantine where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from invitations where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from idempotency_keys where organization_id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from memberships where organization_id = $1", id).execute(tx.conn()).await.map(drop)
}

/// Endpoints that we made at a gateway are taken down by the clean-up, which forgets the key afterwards.
async fn secrets(tx: &mut TenantTx, organization: OrganizationId, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = organization.uuid();
    sqlx::query!(
        "update gateway_connections
         set removed_at = $2, status = 'disabled', sealed_secret = null, hints = '{}'::jsonb, last_error = null,
             sealed_api_key = case when endpoint_id is null then null else sealed_api_key end,
             cleanup_due_at = case when endpoint_id is null then null else now() end, cleanup_attempts = 0
         where organization_id = $1 and removed_at is null",
        id,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("update edge_config set withheld = null where organization_id = $1", id).execute(tx.conn()).await?;
    // With their secrets and logs; messages go by themselves within 30 days.
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
