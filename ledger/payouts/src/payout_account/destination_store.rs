//! SQL of when the place where an affiliate's money goes was last changed for another, and whether there was one before.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::store::Row;
use kit::db::TenantTx;

pub async fn set_changed(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_destinations (organization_id, affiliate_id, changed_at) values ($1, $2, $3)
         on conflict (organization_id, affiliate_id) do update set changed_at = excluded.changed_at",
        organization.uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether the affiliate has a Stripe account that isn't closed, and gave Stripe everything once.
pub async fn is_set_up(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_accounts
                          where organization_id = $1 and affiliate_id = $2 and status <> 'Closed' and details_submitted)
                  as "exists!""#,
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether the affiliate had another account before that was able to receive.
pub async fn had_another(tx: &mut TenantTx, organization: OrganizationId, row: &Row) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_accounts
                          where organization_id = $1 and affiliate_id = $2 and id <> $3 and ready_at is not null)
                  as "exists!""#,
        organization.uuid(),
        row.affiliate.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether anything was sent to a Stripe account, or may yet be.
pub async fn is_in_use(
    tx: &mut TenantTx,
    organization: OrganizationId,
    stripe_account: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payouts where organization_id = $1 and destination = $2 and status <> 'Failed')
                  as "exists!""#,
        organization.uuid(),
        stripe_account,
    )
    .fetch_one(tx.conn())
    .await
}
