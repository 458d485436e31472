//! SQL that protects program pages from misuse: forms that were sent, and people who were refused before.

use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;

use kit::db::{TenantTx, TenantsTx};
use rules::customer::mailbox::email_key;

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
    sqlx::query!("delete from sent_forms where expires_at <= $1", now).execute(tx.conn()).await.map(drop)
}

/// Returns whether someone whose address leads to this mailbox was banned or rejected.
///
/// However a provider interprets an address, it contains the mailbox's name. The database searches only for that name.
pub(super) async fn was_refused(tx: &mut TenantTx, mailbox: &str) -> Result<bool, sqlx::Error> {
    let name = mailbox.split('@').next().unwrap_or(mailbox).replace(['.', '-', '_'], "");
    let refused = sqlx::query_scalar!(
        "select email from affiliates
         where organization_id = $1 and status in ('Banned', 'Rejected')
           and strpos(translate(email, '.-_', ''), $2) > 0",
        tx.organization().uuid(),
        name,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(refused.iter().any(|email| email_key(email) == mailbox))
}
