//! SQL of when an affiliate's payout destination last changed, and whether there was an earlier one.

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::store::Row;
use kit::db::TenantTx;

pub async fn set_changed(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_destinations (organization_id, affiliate_id, changed_at) values ($1, $2, $3)
         on conflict (organization_id, affiliate_id) do update set changed_at = excluded.changed_at",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns whether the affiliate ever had a destination besides the method that is stored now: a Stripe account that could
/// receive money, also one that is closed by now, or an open one whose forms are complete, or a destination that changed.
pub async fn had_one(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_accounts
                          where organization_id = $1 and affiliate_id = $2
                            and (ready_at is not null or (status <> 'Closed' and details_submitted)))
                  or exists (select from payout_destinations where organization_id = $1 and affiliate_id = $2) as "had!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether the affiliate had another account before that could receive money.
pub async fn had_another(tx: &mut TenantTx, row: &Row) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_accounts
                          where organization_id = $1 and affiliate_id = $2 and id <> $3 and ready_at is not null)
                  as "exists!""#,
        tx.organization().uuid(),
        row.affiliate.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether anything was sent to a Stripe account, or may yet be.
pub async fn is_in_use(tx: &mut TenantTx, stripe_account: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payouts where organization_id = $1 and destination = $2 and status <> 'Failed')
                  as "exists!""#,
        tx.organization().uuid(),
        stripe_account,
    )
    .fetch_one(tx.conn())
    .await
}
