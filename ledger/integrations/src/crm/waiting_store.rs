//! SQL of what waits for a connection: what a change of its settings does to syncs that were queued or begun.

use shared::{
    id::{CrmConnectionId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;

/// It sends again from now on: what it was held back by is forgotten, and what waits is due.
pub async fn wake(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: CrmConnectionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections set wait_until = null, failures = 0, rights_failures = 0
         where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update crm_syncs set next_at = $3
         where organization_id = $1 and connection_id = $2 and state in ('Queued', 'Retrying') and next_at > $3",
        organization.uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A list was chosen: who failed for the lack of one is synced after all, each once, unless something newer was.
pub async fn sync_after_all(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: CrmConnectionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs s
         set state = 'Queued', next_at = $3, started_at = null, finished_at = null, code = null, message = null
         from (select distinct on (f.affiliate_id) f.id from crm_syncs f
               where f.organization_id = $1 and f.connection_id = $2 and f.task = 'sync' and f.code = 'list_not_chosen'
                 and not exists (
                     select from crm_syncs n
                     where n.organization_id = $1 and n.connection_id = $2 and n.affiliate_id = f.affiliate_id
                       and n.task = 'sync' and n.code is distinct from 'list_not_chosen'
                       and (n.id > f.id or n.next_at is not null))
               order by f.affiliate_id, f.id desc) l
         where s.organization_id = $1 and s.id = l.id",
        organization.uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Other credentials may be of another account: whatever was begun begins anew, and who works on it has to stop.
pub async fn take_away(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: CrmConnectionId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections set lease = null, lease_until = null where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from crm_steps p using crm_syncs s
         where p.organization_id = $1 and s.organization_id = $1 and p.sync_id = s.id and s.connection_id = $2
           and s.task = 'sync' and s.next_at is not null",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Lets syncs that were begun and wait for their next try begin anew: what they are to write has changed. One that is being
/// worked on at this moment ends as it was planned.
pub async fn begin_anew(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: CrmConnectionId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from crm_steps p using crm_syncs s
         where p.organization_id = $1 and s.organization_id = $1 and p.sync_id = s.id and s.connection_id = $2
           and s.task = 'sync' and s.state = 'Retrying'",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
