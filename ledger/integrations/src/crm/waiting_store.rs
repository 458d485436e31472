//! SQL that applies a change of a connection's settings to its queued and started syncs.

use shared::{id::CrmConnectionId, timestamp::Timestamp};

use super::sync_code::{LEFT_ALONE, SUPERSEDED};
use kit::db::TenantTx;

/// Resumes sending: clears the waits and failure counts, and makes waiting syncs due.
pub async fn wake(tx: &mut TenantTx, id: CrmConnectionId, now: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
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

/// After a list was chosen, queues the syncs that failed for lack of one, once per affiliate, unless the affiliate has
/// a newer sync.
pub async fn sync_after_all(tx: &mut TenantTx, id: CrmConnectionId, now: Timestamp) -> Result<(), sqlx::Error> {
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
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Forgets what syncs learned after a change of credentials, which may belong to another account, where the same ids
/// belong to others, and revokes the lease of the process that works on the connection. Events stay as they are, so
/// that none is sent twice.
pub async fn take_away(tx: &mut TenantTx, id: CrmConnectionId) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update crm_connections set lease = null, lease_until = null where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    // Without its steps, a sync that is running at this moment can't store what it learns from the former account.
    sqlx::query!(
        "delete from crm_steps p using crm_syncs s
         where p.organization_id = $1 and s.organization_id = $1 and p.sync_id = s.id and s.connection_id = $2
           and s.task <> 'event' and s.next_at is not null",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    // Failed syncs keep their log. If someone tries them again, they begin with the first step.
    sqlx::query!(
        "update crm_steps p set state = 'Pending', learned = '{}', polls = 0, note = null, finished_at = null
         from crm_syncs s
         where p.organization_id = $1 and s.organization_id = $1 and p.sync_id = s.id and s.connection_id = $2
           and s.task <> 'event' and s.state = 'Failed' and (s.code = any ($3)) is not true",
        organization.uuid(),
        id.uuid(),
        &[LEFT_ALONE.to_owned(), SUPERSEDED.to_owned()],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Restarts started syncs that wait for their next try, because what they should write has changed. A sync that is
/// running at this moment ends as planned.
pub async fn begin_anew(tx: &mut TenantTx, id: CrmConnectionId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from crm_steps p using crm_syncs s
         where p.organization_id = $1 and s.organization_id = $1 and p.sync_id = s.id and s.connection_id = $2
           and s.task = 'sync' and s.state = 'Retrying'",
        tx.organization().uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
