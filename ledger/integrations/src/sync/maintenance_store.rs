//! SQL of what is kept no longer, and of the figures that operators watch.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

/// Requests and answers are kept for so long after a sync's end, and the sync itself.
const ATTEMPT_DAYS: i64 = 30;
const SYNC_DAYS: i64 = 90;
/// Syncs of one portion, so that none takes long.
const PORTION: i64 = 500;

/// Deletes a portion of what is too old; answers whether that was all.
pub async fn forget_old(tx: &mut TenantTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let organizations: Vec<Uuid> = tx.tenants().iter().map(|tenant| tenant.uuid()).collect();
    let emptied = sqlx::query!(
        r#"with old as (
               select s.organization_id, s.id from crm_syncs s
               where s.organization_id = any ($1) and s.finished_at < $2 and exists (
                   select from crm_attempts a where a.organization_id = s.organization_id and a.sync_id = s.id)
               limit $3),
           gone as (
               delete from crm_attempts a using old o
               where a.organization_id = o.organization_id and a.sync_id = o.id)
           select count(*) as "count!" from old"#,
        &organizations,
        now.plus_days(-ATTEMPT_DAYS),
        PORTION,
    )
    .fetch_one(tx.conn())
    .await?;
    let gone = sqlx::query!(
        "delete from crm_syncs where (organization_id, id) in (
             select organization_id, id from crm_syncs where organization_id = any ($1) and finished_at < $2 limit $3)",
        &organizations,
        now.plus_days(-SYNC_DAYS),
        PORTION,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from crm_batches b where b.organization_id = any ($1) and b.created_at < $2 and not exists (
             select from crm_syncs s where s.organization_id = b.organization_id and s.batch_id = b.id)",
        &organizations,
        now.plus_days(-SYNC_DAYS),
    )
    .execute(tx.conn())
    .await?;
    Ok(emptied.count < PORTION && gone.rows_affected() < PORTION.unsigned_abs())
}

/// Everything that was sent about an affiliate who is erased, and what was learned and heard of them.
pub async fn forget_affiliate(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    email: &str,
) -> Result<(), sqlx::Error> {
    let (organization, affiliate) = (organization.uuid(), affiliate.uuid());
    sqlx::query!("delete from crm_syncs where organization_id = $1 and affiliate_id = $2", organization, affiliate)
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from crm_contacts where organization_id = $1 and affiliate_id = $2", organization, affiliate)
        .execute(tx.conn())
        .await?;
    // A vendor may have named the person in what it answered last.
    sqlx::query!(
        "update crm_connections set last_error = null, last_error_at = null
         where organization_id = $1 and strpos(lower(last_error), $2) > 0",
        organization,
        email,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What waits, of all tenants of the transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waiting {
    pub syncs: i64,
    /// Since when the oldest one that is due has been.
    pub oldest: Option<Timestamp>,
    pub paused: i64,
}

pub async fn waiting(tx: &mut TenantTx) -> Result<Waiting, sqlx::Error> {
    let organizations: Vec<Uuid> = tx.tenants().iter().map(|tenant| tenant.uuid()).collect();
    sqlx::query_as!(Waiting, r#"select (select count(*) from crm_syncs where organization_id = any ($1) and next_at is not null) as "syncs!",
                  (select min(s.next_at) from crm_syncs s
                   join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
                   where s.organization_id = any ($1) and s.next_at is not null and c.status = 'active') as oldest,
                  (select count(*) from crm_connections where organization_id = any ($1) and status = 'paused') as "paused!""#,
        &organizations,)
.fetch_one(tx.conn()).await
}
