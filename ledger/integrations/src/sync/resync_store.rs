//! SQL that queues requested syncs: of one person, of all affiliates, or a retry.

use crate::crm::sync_code::SUPERSEDED;
use shared::{
    id::{AffiliateId, CrmConnectionId, ResyncId, SyncId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;

/// The fields of a connection that queueing needs.
#[derive(Debug, Clone)]
pub struct Target {
    pub vendor: String,
    pub status: String,
    pub account: String,
}

pub async fn target(tx: &mut TenantTx, connection: CrmConnectionId) -> Result<Option<Target>, sqlx::Error> {
    sqlx::query_as!(
        Target,
        "select vendor, status, account from crm_connections where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        connection.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// The fields of an affiliate that queueing needs.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    pub status: String,
    pub erased: bool,
    /// Whether they are sample data ([`kit::mail::queue::SAMPLE_DOMAIN`]).
    pub sample: bool,
    /// Whether we have written them to that CRM before, be it by a sync that failed halfway.
    pub known_there: bool,
}

pub async fn person(
    tx: &mut TenantTx,
    (connection, affiliate): (CrmConnectionId, AffiliateId),
) -> Result<Option<Person>, sqlx::Error> {
    sqlx::query_as!(
        Person,
        r#"select a.email, a.status, a.erased_at is not null as "erased!",
                  a.email like '%@sample.invalid' as "sample!",
                  c.affiliate_id is not null or exists (
                      select from crm_syncs s
                      where s.organization_id = $1 and s.connection_id = $2 and s.affiliate_id = $3
                        and s.state = 'Failed' and s.tags <> '{}')
                      as "known_there!"
           from affiliates a
           left join crm_contacts c on c.organization_id = a.organization_id and c.connection_id = $2
                                   and c.affiliate_id = a.id
           where a.organization_id = $1 and a.id = $3"#,
        tx.organization().uuid(),
        connection.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Finds an open deletion of that person's contact of today.
pub async fn open_deletion(
    tx: &mut TenantTx,
    (connection, affiliate): (CrmConnectionId, AffiliateId),
) -> Result<Option<SyncId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from crm_syncs
         where organization_id = $1 and connection_id = $2 and affiliate_id = $3 and task = 'forget' and former is null
           and next_at is not null
         order by id limit 1",
        tx.organization().uuid(),
        connection.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(SyncId::new))
}

/// Queues a person's sync, or reuses the one that is already queued. Returns its id and whether it is new.
pub async fn queue(
    tx: &mut TenantTx,
    id: SyncId,
    (connection, affiliate): (CrmConnectionId, AffiliateId),
    task: &str,
    now: Timestamp,
) -> Result<(SyncId, bool), sqlx::Error> {
    let row = sqlx::query!(
        r#"insert into crm_syncs as s
               (organization_id, id, connection_id, affiliate_id, task, reason, next_at, created_at)
           values ($1, $2, $3, $4, $5, case when $5 = 'forget' then 'forget' else 'resync' end, $6, $6)
           on conflict (organization_id, connection_id, affiliate_id) where state = 'Queued' and task = 'sync'
               do update set next_at = least(s.next_at, excluded.next_at)
           returning id"#,
        tx.organization().uuid(),
        id.uuid(),
        connection.uuid(),
        affiliate.uuid(),
        task,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((SyncId::new(row.id), row.id == id.uuid()))
}

/// Ends waiting syncs because a newer sync covers them, or because the person is to be deleted there. [`queue`] takes
/// over a sync that hasn't begun; only a deletion ends these too.
pub async fn supersede(
    tx: &mut TenantTx,
    connection: CrmConnectionId,
    affiliate: Option<AffiliateId>,
    deletion: bool,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let why = if deletion {
        "Not sent because someone asked to delete this person from the CRM."
    } else {
        "Replaced by a newer sync."
    };
    sqlx::query!(
        "update crm_syncs set state = 'Failed', code = $5, message = $6, next_at = null, finished_at = $7
         where organization_id = $1 and connection_id = $2 and ($3::uuid is null or affiliate_id = $3)
           and next_at is not null
           and ((state = 'Retrying' and task = 'sync')
                or ($4 and task <> 'forget' and state in ('Queued', 'Retrying')))",
        tx.organization().uuid(),
        connection.uuid(),
        affiliate.map(AffiliateId::uuid),
        deletion,
        SUPERSEDED,
        why,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Begins a re-sync that takes over the syncs that an earlier one hasn't begun.
async fn begin(
    tx: &mut TenantTx,
    (id, connection): (ResyncId, CrmConnectionId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "with taken as (
             select id, batch_id from crm_syncs
             where organization_id = $1 and connection_id = $2 and state = 'Queued' and task = 'sync'
               and batch_id is not null
             for update),
         fewer as (
             update crm_batches b set total = b.total - t.count
             from (select batch_id, count(*)::integer as count from taken group by 1) t
             where b.organization_id = $1 and b.id = t.batch_id)
         update crm_syncs s set batch_id = null from taken t where s.organization_id = $1 and s.id = t.id",
        organization.uuid(),
        connection.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into crm_batches (organization_id, id, connection_id, total, created_at) values ($1, $2, $3, 0, $4)",
        organization.uuid(),
        id.uuid(),
        connection.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Queues all affiliates who are approved, and those whom we have written to the CRM before, but no sample data. Syncs
/// that an earlier re-sync hasn't begun move to this one. No rows are loaded into memory.
pub async fn queue_all(
    tx: &mut TenantTx,
    (id, connection): (ResyncId, CrmConnectionId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    supersede(tx, connection, None, false, now).await?;
    begin(tx, (id, connection), now).await?;
    // Builds a time-ordered id as in RFC 9562: 48 bits of milliseconds, the version, the rest random.
    sqlx::query!(
        "with queued as (
             insert into crm_syncs as s
                 (organization_id, id, connection_id, affiliate_id, task, reason, batch_id, next_at, created_at)
             select $1, encode(set_byte(r.bytes, 6, get_byte(r.bytes, 6) & 15 | 112), 'hex')::uuid, $2, a.id, 'sync',
                    'resync_all', $3, $4, $4
             from affiliates a
             cross join lateral (
                 select substring(int8send($5) from 3) || substring(uuid_send(gen_random_uuid()) from 7) as bytes
                 where a.id is not null) r
             where a.organization_id = $1 and a.erased_at is null and a.email not like '%@sample.invalid'
               and not exists (select from applications p where p.organization_id = $1 and p.affiliate_id = a.id
                                                            and p.awaits_entry)
               and (a.status = 'Approved'
                    or exists (select from crm_contacts c where c.organization_id = $1 and c.connection_id = $2
                                                            and c.affiliate_id = a.id)
                    or exists (select from crm_syncs h
                               where h.organization_id = $1 and h.connection_id = $2 and h.affiliate_id = a.id
                                 and h.state = 'Failed' and h.tags <> '{}'))
             on conflict (organization_id, connection_id, affiliate_id) where state = 'Queued' and task = 'sync'
                 do update set batch_id = excluded.batch_id, next_at = least(s.next_at, excluded.next_at)
             returning 1)
         update crm_batches set total = (select count(*) from queued) where organization_id = $1 and id = $3",
        organization.uuid(),
        connection.uuid(),
        id.uuid(),
        now,
        now.millis(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes a sync due now, unless it is running. A failed sync continues at the step that failed, including the steps
/// skipped after it; steps that succeeded aren't sent again.
pub async fn retry(tx: &mut TenantTx, id: SyncId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let organization = tx.organization();
    let due = sqlx::query!(
        "update crm_syncs
         set state = case when state = 'Failed' then 'Retrying' else state end, next_at = $3, finished_at = null, tries = 0
         where organization_id = $1 and id = $2 and state in ('Queued', 'Retrying', 'Failed')",
        organization.uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update crm_steps set state = 'Pending', note = null, finished_at = null, polls = 0
         where organization_id = $1 and sync_id = $2 and state in ('Failed', 'Skipped') and position >= (
             select min(position) from crm_steps where organization_id = $1 and sync_id = $2 and state = 'Failed')",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(due.rows_affected() == 1)
}
