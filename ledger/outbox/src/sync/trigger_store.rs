//! SQL for queueing syncs.

use std::collections::HashSet;

use serde_json::Value;
use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{event::Queued, reason::Reason};
use kit::db::{TenantTx, TenantsTx};

/// Returns the connections that should have some of these affiliates, each paired with such an affiliate; sorted, since
/// rows are locked in this order. A CRM may also have an affiliate whose sync failed halfway, unless they were deleted
/// there since. Syncs of a disabled connection wait until it is enabled: one for each affiliate, like all that haven't
/// begun. Sample affiliates ([`kit::mail::queue::SAMPLE_DOMAIN`]) are in no CRM.
pub(super) async fn that_are_to_know(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
) -> Result<(Vec<Uuid>, Vec<Uuid>), sqlx::Error> {
    let rows = sqlx::query!(
        "select c.id, a.id as affiliate_id
         from crm_connections c
         join affiliates a on a.organization_id = c.organization_id and a.id = any ($2)
         where c.organization_id = $1 and a.erased_at is null
           and a.email not like '%@sample.invalid'
           and not exists (select from applications p
                           where p.organization_id = $1 and p.affiliate_id = a.id and p.awaits_entry)
           and (a.status = 'Approved' or exists (
               select from crm_contacts k
               where k.organization_id = $1 and k.connection_id = c.id and k.affiliate_id = a.id) or exists (
               select from crm_syncs s
               where s.organization_id = $1 and s.connection_id = c.id and s.affiliate_id = a.id and s.next_at is not null)
               or exists (
               select from crm_syncs s
               where s.organization_id = $1 and s.connection_id = c.id and s.affiliate_id = a.id
                 and s.state = 'Failed' and s.tags <> '{}'))
         order by 1, 2",
        tx.organization().uuid(),
        &affiliates.iter().map(|affiliate| affiliate.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.affiliate_id)).unzip())
}

/// The affiliates with a working link in the program, if a connection has settings of its own for it.
pub(super) async fn with_own_settings(tx: &mut TenantTx, program: ProgramId) -> Result<Vec<AffiliateId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select distinct l.affiliate_id as "affiliate_id!" from links l
           where l.organization_id = $1 and l.program_id = $2 and l.disabled_at is null and exists (
               select from crm_overrides o where o.organization_id = $1 and o.program_id = $2)"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(AffiliateId::new).collect())
}

/// Ends syncs waiting for a retry: they would write outdated data.
pub(super) async fn supersede(
    tx: &mut TenantTx,
    (connections, affiliates): (&[Uuid], &[Uuid]),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs s set state = 'Failed', code = 'superseded', message = 'Something changed since: a newer sync took over.',
                next_at = null, finished_at = $4
         from unnest($2::uuid[], $3::uuid[]) n (connection_id, affiliate_id)
         where s.organization_id = $1 and s.affiliate_id = n.affiliate_id and s.connection_id = n.connection_id
           and s.task = 'sync' and s.state = 'Retrying'",
        tx.organization().uuid(),
        connections,
        affiliates,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Queues one sync for each connection and affiliate unless one is already queued. A queued one is locked: no job may
/// take it before this transaction's changes are visible.
pub(super) async fn insert(
    tx: &mut TenantTx,
    reason: Reason,
    (ids, connections, affiliates): (&[Uuid], &[Uuid], &[Uuid]),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, next_at, created_at)
         select $1, id, connection_id, affiliate_id, 'sync', $2, $6, $6
         from unnest($3::uuid[], $4::uuid[], $5::uuid[]) n (id, connection_id, affiliate_id)
         on conflict (organization_id, connection_id, affiliate_id) where state = 'Queued' and task = 'sync'
         do update set next_at = least(crm_syncs.next_at, excluded.next_at)",
        tx.organization().uuid(),
        reason.as_str(),
        ids,
        connections,
        affiliates,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The events to which some connection of the transaction's tenants subscribed.
pub(super) async fn subscribed_events(tx: &mut TenantsTx) -> Result<HashSet<(OrganizationId, String)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select organization_id, unnest(events) as "event!" from crm_connections
           where organization_id = any ($1) and status <> 'disabled' and events <> '{}'"#,
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.event)).collect())
}

/// Queues an event for each connection that subscribed to it. The ids stay ordered by time. A CRM hears nothing of an
/// applicant who hasn't confirmed their email address, or of a sample affiliate.
pub(super) async fn insert_events(tx: &mut TenantsTx, events: &[Queued], now: Timestamp) -> Result<(), sqlx::Error> {
    let values: Vec<Value> = events.iter().map(|queued| queued.event.clone()).collect();
    sqlx::query!(
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, event, next_at, created_at)
         select c.organization_id,
                case when row_number() over (partition by q.id) = 1 then q.id
                     else encode(substring(uuid_send(q.id) for 8) || substring(uuid_send(gen_random_uuid()) from 9), 'hex')::uuid end,
                c.id, q.affiliate_id, 'event', 'event', q.event, $6, $6
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[])
              q (organization_id, id, affiliate_id, name, event)
         join crm_connections c on c.organization_id = q.organization_id and c.status <> 'disabled' and q.name = any (c.events)
         join affiliates a on a.organization_id = c.organization_id and a.id = q.affiliate_id and a.erased_at is null
         where a.email not like '%@sample.invalid' and not exists (select 1 from applications p
                           where p.organization_id = c.organization_id and p.affiliate_id = a.id
                             and p.awaits_entry)
         on conflict do nothing",
        &events.iter().map(|queued| queued.organization.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|queued| queued.id).collect::<Vec<_>>(),
        &events.iter().map(|queued| queued.affiliate.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|queued| queued.name.to_owned()).collect::<Vec<_>>(),
        &values,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
