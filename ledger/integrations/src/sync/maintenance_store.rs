//! SQL that deletes old data, and for the metrics that operators watch.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use engine::intake::facets_store::first_id;
use kit::db::{TenantTx, TenantsTx};

/// How long requests and answers are kept after they were sent.
const ATTEMPT_DAYS: i64 = 30;
/// How long a sync is kept after its end.
const SYNC_DAYS: i64 = 90;
/// Attempts and syncs deleted per batch, so that no transaction takes long.
const PORTION: i64 = 500;

/// The organizations with a CRM, and so with syncs.
pub async fn connected(tx: &mut TenantsTx) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query_scalar!(
        r#"select distinct organization_id as "organization_id!" from crm_connections where organization_id = any ($1)"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await
}

/// Deletes a batch of old data; returns whether nothing old is left.
pub async fn forget_old(tx: &mut TenantTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let organization = tx.organization().uuid();
    // Ids begin with their time, so the primary key finds the old ones alone.
    let emptied = sqlx::query!(
        "with old as materialized (select id from crm_attempts where organization_id = $1 and id < $2 limit $3)
         delete from crm_attempts where organization_id = $1 and id = any (array(select id from old))",
        organization,
        first_id(now.plus_days(-ATTEMPT_DAYS)),
        PORTION,
    )
    .execute(tx.conn())
    .await?;
    let gone = sqlx::query!(
        "with old as materialized (select id from crm_syncs where organization_id = $1 and finished_at < $2 limit $3)
         delete from crm_syncs where organization_id = $1 and id = any (array(select id from old))",
        organization,
        now.plus_days(-SYNC_DAYS),
        PORTION,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from crm_batches b where b.organization_id = $1 and b.created_at < $2 and not exists (
             select from crm_syncs s where s.organization_id = $1 and s.batch_id = b.id)",
        organization,
        now.plus_days(-SYNC_DAYS),
    )
    .execute(tx.conn())
    .await?;
    Ok(emptied.rows_affected() < PORTION.unsigned_abs() && gone.rows_affected() < PORTION.unsigned_abs())
}

/// Deletes everything that was sent and received about an affiliate who is erased.
pub async fn forget_affiliate(tx: &mut TenantTx, affiliate: AffiliateId, email: &str) -> Result<(), sqlx::Error> {
    let (organization, affiliate) = (tx.organization().uuid(), affiliate.uuid());
    sqlx::query!("delete from crm_syncs where organization_id = $1 and affiliate_id = $2", organization, affiliate)
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from crm_contacts where organization_id = $1 and affiliate_id = $2", organization, affiliate)
        .execute(tx.conn())
        .await?;
    // The vendor's last error may contain the person's email.
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

/// The waiting syncs of all tenants of the transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waiting {
    pub syncs: i64,
    /// The time since which the oldest due sync has been due.
    pub oldest: Option<Timestamp>,
    pub paused: i64,
}

pub async fn waiting(tx: &mut TenantsTx) -> Result<Waiting, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query_as!(Waiting, r#"select (select count(*) from crm_syncs where organization_id = any ($1) and next_at is not null) as "syncs!",
                  (select min(s.next_at) from crm_syncs s
                   join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
                   where s.organization_id = any ($1) and s.next_at is not null and c.status = 'active') as oldest,
                  (select count(*) from crm_connections where organization_id = any ($1) and status = 'paused') as "paused!""#,
        &organizations,)
.fetch_one(tx.conn()).await
}
