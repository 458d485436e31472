//! SQL of what keeps program pages from being misused: forms that were sent, and people who were refused before.

use sha2::{Digest, Sha256};
use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::db::{TenantTx, at};

/// Notes that a form was sent; false where it was before.
pub(super) async fn use_up(
    tx: &mut TenantTx,
    organization: OrganizationId,
    token: &str,
    expires: Timestamp,
) -> Result<bool, sqlx::Error> {
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let done = sqlx::query!(
        "insert into sent_forms (organization_id, token_hash, expires_at) values ($1, $2, $3) on conflict do nothing",
        organization.uuid(),
        &hash[..],
        at(expires),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets forms of the transaction's tenants that can't come back any more.
pub async fn forget_old(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sent_forms where expires_at <= $1", at(now)).execute(tx.conn()).await.map(drop)
}

/// Whether somebody with that address (see `attribution::flag::email_key`) was banned or rejected.
pub(super) async fn was_refused(
    tx: &mut TenantTx,
    organization: OrganizationId,
    email_key: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliates
                          where organization_id = $1 and status in ('Banned', 'Rejected')
                            and rekomi_email_key(email) = $2) as "was!""#,
        organization.uuid(),
        email_key,
    )
    .fetch_one(tx.conn())
    .await
}
