//! SQL that protects program pages from misuse: forms that were sent.

use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;

use kit::db::{TenantTx, TenantsTx};

/// Records that a form was sent; returns false if it was already sent.
pub(super) async fn use_up(tx: &mut TenantTx, token: &str, expires: Timestamp) -> Result<bool, sqlx::Error> {
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let done = sqlx::query!(
        "insert into sent_forms (organization_id, token_hash, expires_at) values ($1, $2, $3) on conflict do nothing",
        tx.organization().uuid(),
        &hash[..],
        expires,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes records of forms that can no longer be sent, for the transaction's tenants.
pub async fn forget_old(tx: &mut TenantsTx, now: Timestamp) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!("delete from sent_forms where organization_id = any ($1) and expires_at <= $2", &organizations, now)
        .execute(tx.conn())
        .await
        .map(drop)
}
