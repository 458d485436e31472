//! SQL that finds affiliates whose new segment has taken effect, and whom no sync has brought to the CRMs since.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx};

/// How long after its date a segment is noticed: less than syncs are kept.
const NOTICED_DAYS: i64 = 30;

/// The organizations that turn segments into tags in some CRM.
pub async fn organizations(tx: &mut TenantsTx) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query_scalar!(
        r#"select distinct organization_id as "organization_id!" from crm_connections
           where organization_id = any ($1) and segment_tag"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await
}

/// Affiliates with a segment that was set with a date in the future, which has passed. A sync that was created or
/// started since, or that hasn't begun, has the segment or will. A CRM that was connected after that date doesn't
/// count: affiliates from before are synced into it when a person requests it.
pub async fn due(tx: &mut TenantTx, now: Timestamp, limit: i64) -> Result<Vec<AffiliateId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select distinct s.affiliate_id as "affiliate_id!"
           from affiliate_segments s
           join affiliates a on a.organization_id = $1 and a.id = s.affiliate_id
           join crm_connections c on c.organization_id = $1 and c.segment_tag and c.created_at < s.effective_at
           where s.organization_id = $1 and s.effective_at > s.created_at
             and s.effective_at > $2 and s.effective_at <= $3
             and a.erased_at is null and a.email not like '%@sample.invalid'
             and (a.status = 'Approved' or exists (
                 select from crm_contacts k
                 where k.organization_id = $1 and k.connection_id = c.id and k.affiliate_id = a.id))
             and not exists (select from applications p
                             where p.organization_id = $1 and p.affiliate_id = a.id and p.awaits_entry)
             and not exists (
                 select from crm_syncs y
                 where y.organization_id = $1 and y.connection_id = c.id and y.affiliate_id = a.id and y.task = 'sync'
                   and (y.created_at >= s.effective_at or y.started_at >= s.effective_at or y.state = 'Queued'))
           order by 1 limit $4"#,
        tx.organization().uuid(),
        now.plus_days(-NOTICED_DAYS),
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(AffiliateId::new).collect())
}
