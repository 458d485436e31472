//! SQL for the contacts that stayed behind in a CRM under addresses that an affiliate had before: a deletion reaches
//! them, too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::{
    id::{Id, Sync},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::crm::sync_code::SUPERSEDED;
use kit::db::TenantTx;

/// Queues a deletion for each address that the affiliate had in the CRM and no longer has, besides the deletion `of`
/// their contact of today, which is the last of them to run. Addresses for which that happened before stay as they are.
pub async fn forget(
    tx: &mut TenantTx,
    (connection, affiliate): (Uuid, Uuid),
    of: Uuid,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization().uuid();
    let rows = sqlx::query!(
        r#"select known.email as "email!", known.lists as "lists!"
           from (select unnest(k.former_emails || k.email) as email, k.lists from crm_contacts k
                 where k.organization_id = $1 and k.connection_id = $2 and k.affiliate_id = $3
                 union all
                 select s.former ->> 'email', array(select jsonb_array_elements_text(s.former -> 'lists'))
                 from crm_syncs s
                 where s.organization_id = $1 and s.connection_id = $2 and s.affiliate_id = $3 and s.former is not null
                   and not exists (
                       select from crm_syncs f
                       where f.organization_id = $1 and f.connection_id = $2 and f.affiliate_id = $3
                         and f.task = 'forget' and f.state = 'Succeeded' and f.created_at >= s.created_at
                         and f.former ->> 'email' = s.former ->> 'email')) known
           join affiliates a on a.organization_id = $1 and a.id = $3 and a.email <> known.email
           where not exists (
               select from crm_syncs o
               where o.organization_id = $1 and o.connection_id = $2 and o.affiliate_id = $3
                 and o.task = 'forget' and o.former ->> 'email' = known.email
                 and (o.next_at is not null or o.created_at >= (
                     select m.created_at from crm_syncs m where m.organization_id = $1 and m.id = $4)))"#,
        organization,
        connection,
        affiliate,
        of,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut former: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        former.entry(row.email).or_default().extend(row.lists);
    }
    if former.is_empty() {
        return Ok(());
    }
    // Of syncs that were created at the same time, the one with the smallest id is the first to run.
    let before = now.plus_millis(-1).millis().unsigned_abs();
    let ids: Vec<Uuid> = former.keys().map(|_| Id::<Sync>::v7(before, &rand::random()).uuid()).collect();
    let former: Vec<Value> =
        former.into_iter().map(|(email, lists)| json!({"email": email, "lists": lists, "tags": []})).collect();
    sqlx::query!(
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, former, next_at, created_at)
         select $1, n.id, $2, $3, 'forget', 'forget', n.former, $6, $6
         from unnest($4::uuid[], $5::jsonb[]) n (id, former) on conflict do nothing",
        organization,
        connection,
        affiliate,
        &ids,
        &former,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Ends what waits to mark a former contact, because that one is deleted.
pub async fn leave_deleted(
    tx: &mut TenantTx,
    (connection, affiliate): (Uuid, Uuid),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs set state = 'Failed', code = $4, message = 'The contact is deleted instead.', next_at = null,
                finished_at = $5
         where organization_id = $1 and connection_id = $2 and affiliate_id = $3 and task = 'retire'
           and state in ('Queued', 'Retrying')",
        tx.organization().uuid(),
        connection,
        affiliate,
        SUPERSEDED,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
