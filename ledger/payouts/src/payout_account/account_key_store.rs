//! SQL of the keys of payout accounts.

use shared::{id::AffiliateId, timestamp::Timestamp};

use kit::db::TenantTx;

/// An affiliate's last key, and since when; `None` inside for an account that can't be compared.
pub(super) async fn last(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
) -> Result<Option<(Timestamp, Option<String>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select effective_at, account_key from payout_account_keys where organization_id = $1 and affiliate_id = $2
         order by effective_at desc limit 1",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.effective_at, row.account_key)))
}

/// Those of the keys that the organization has for any affiliate.
pub(super) async fn known(tx: &mut TenantTx, keys: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select account_key as "account_key!" from payout_account_keys
           where organization_id = $1 and account_key = any ($2)
           union select bank_key from payout_accounts where organization_id = $1 and bank_key = any ($2)"#,
        tx.organization().uuid(),
        keys,
    )
    .fetch_all(tx.conn())
    .await
}

/// The key of the bank account behind an affiliate's Stripe account.
pub(super) async fn behind_stripe(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<String>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select bank_key from payout_accounts
         where organization_id = $1 and affiliate_id = $2 and status <> 'Closed'",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten())
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    key: Option<&str>,
    effective_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_account_keys (organization_id, affiliate_id, effective_at, account_key)
         values ($1, $2, $3, $4)",
        tx.organization().uuid(),
        affiliate.uuid(),
        effective_at,
        key,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
