//! SQL of what depends on a connection when it changes: payouts that are under way through it, and affiliates'
//! accounts.

use shared::{id::PayoutConnectionId, timestamp::Timestamp};

use kit::db::TenantTx;

/// Counts the Stripe payouts that are neither sent nor failed.
pub async fn open_payouts(tx: &mut TenantTx, id: PayoutConnectionId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from payouts
           where organization_id = $1 and connection_id = $2 and rail = 'Stripe'
             and status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Affiliates' accounts belong to the Stripe account that created them: closes those of another one, and schedules a
/// check of those of this one.
pub async fn follow(tx: &mut TenantTx, id: PayoutConnectionId, now: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update payout_accounts
         set status = 'Closed', disabled_reason = 'platform_changed', next_check_at = null
         where organization_id = $1 and connection_id <> $2 and status <> 'Closed'",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update payout_accounts a
         set status = 'Checking', disabled_reason = null, next_check_at = $3
         where organization_id = $1 and connection_id = $2 and disabled_reason = 'platform_changed'
           and stripe_account is not null
           and id = (select max(b.id::text)::uuid from payout_accounts b
                     where b.organization_id = $1 and b.affiliate_id = a.affiliate_id
                       and b.connection_id = a.connection_id and b.stripe_account is not null)
           and not exists (select from payout_accounts o
                           where o.organization_id = $1 and o.affiliate_id = a.affiliate_id
                             and o.status <> 'Closed')",
        organization.uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
