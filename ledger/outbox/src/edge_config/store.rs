//! SQL for the edge config outbox.
//!
//! Attempts are scheduled by the database's clock: several ledgers share the table, and the business clock of
//! development must not delay a push.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use shared::{config::Record, timestamp::Timestamp};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx, claim::Claim},
};

/// How long taken entries aren't due. Longer than the HTTP client's timeout, so that no other ledger takes entries that
/// one is sending.
///
/// That includes a later change of the same key, which is due when the push of the earlier one has ended: the edge's store
/// can't compare and write at once, so of two pushes on their way, the older one could be written last, and stay.
pub const LEASE_SECONDS: f64 = 20.0;

/// One change to be pushed. The record stays as it was written: the pusher doesn't interpret it.
#[derive(Debug, Clone)]
pub struct Due {
    pub organization: Uuid,
    pub key: String,
    pub version: i64,
    pub record: Option<Value>,
    /// Attempts including the one about to be made.
    pub attempts: i32,
}

/// Writes a key's record, or with `None` its deletion, to be pushed once this transaction commits, or when the push of an
/// earlier version [ends](LEASE_SECONDS). Keys are never deleted, so that their versions only ever increase.
///
/// # Errors
/// Constraint `edge_config_key` if the key belongs to another organization.
#[compiled_once]
pub async fn put(tx: &mut TenantTx, key: &str, record: Option<&Record>, now: Timestamp) -> Result<i64, sqlx::Error> {
    let organization = tx.organization();
    // Usually the row exists. The insert alone would be enough, but for a race in Postgres: while the pusher updates
    // the row, the insert may see neither the old version nor the new one, and fail on the other unique index.
    let updated = sqlx::query_scalar!(
        "update edge_config
         set version = version + 1, record = $3, changed_at = $4,
             next_attempt_at = least(next_attempt_at, rekomi_later(now(),
                 case when pushed_version < version and attempts > 0 then $5::float8 else 0 end))
         where organization_id = $1 and key = $2 returning version",
        organization.uuid(),
        key,
        record.map(Json) as _,
        now,
        LEASE_SECONDS,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(version) = updated {
        return Ok(version);
    }
    sqlx::query_scalar!(
        "insert into edge_config (organization_id, key, version, record, changed_at, next_attempt_at)
         values ($1, $2, (extract(epoch from now()) * 1000)::bigint, $3, $4, now())
         on conflict (organization_id, key) do update
         set version = edge_config.version + 1, record = excluded.record, changed_at = excluded.changed_at,
             next_attempt_at = least(edge_config.next_attempt_at, rekomi_later(excluded.next_attempt_at,
                 case when edge_config.pushed_version < edge_config.version and edge_config.attempts > 0
                      then $5::float8 else 0 end))
         returning version",
        organization.uuid(),
        key,
        record.map(Json) as _,
        now,
        LEASE_SECONDS,
    )
    .fetch_one(tx.conn())
    .await
}

/// Like [`put`], for many keys; sorted, so that two sets take their locks in the same order.
pub async fn put_all(
    tx: &mut TenantTx,
    records: &BTreeMap<String, Option<Record>>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let updated = sqlx::query_scalar!(
        "update edge_config e
         set version = version + 1, record = n.record, changed_at = $4,
             next_attempt_at = least(next_attempt_at, rekomi_later(now(),
                 case when pushed_version < version and attempts > 0 then $5::float8 else 0 end))
         from (select key, record from unnest($2::text[], $3::jsonb[]) n (key, record) order by 1) n
         where e.organization_id = $1 and e.key = any ($2) and e.key = n.key returning e.key",
        organization.uuid(),
        &records.keys().cloned().collect::<Vec<_>>(),
        &records.values().map(|record| record.as_ref().map(Json)).collect::<Vec<_>>() as _,
        now,
        LEASE_SECONDS,
    )
    .fetch_all(tx.conn())
    .await?;
    let updated: HashSet<String> = updated.into_iter().collect();
    let fresh = || records.iter().filter(|(key, _)| !updated.contains(*key));
    if updated.len() == records.len() {
        return Ok(());
    }
    // The lease is a number here: a cluster inserts an array's rows with a statement that doesn't know parameters there.
    sqlx::query!(
        "insert into edge_config (organization_id, key, version, record, changed_at, next_attempt_at)
         select $1, key, (extract(epoch from now()) * 1000)::bigint, record, $4, now()
         from unnest($2::text[], $3::jsonb[]) n (key, record)
         on conflict (organization_id, key) do update
         set version = edge_config.version + 1, record = excluded.record, changed_at = excluded.changed_at,
             next_attempt_at = least(edge_config.next_attempt_at, rekomi_later(excluded.next_attempt_at,
                 case when edge_config.pushed_version < edge_config.version and edge_config.attempts > 0
                      then 20 else 0 end))",
        organization.uuid(),
        &fresh().map(|(key, _)| key.clone()).collect::<Vec<_>>(),
        &fresh().map(|(_, record)| record.as_ref().map(Json)).collect::<Vec<_>>() as _,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A key as it is now.
#[derive(Debug)]
pub struct Current {
    /// The organization that the key belongs to.
    pub organization: Uuid,
    pub version: i64,
    pub record: Option<Value>,
}

/// Returns the key that the transaction's holder names; `None` if it never existed.
pub async fn lookup(conn: &mut PgConnection, key: &str) -> Result<Option<Current>, sqlx::Error> {
    sqlx::query_as!(
        Current,
        "select organization_id as organization, version, record from edge_config where key = $1",
        key,
    )
    .fetch_optional(conn)
    .await
}

/// Takes due changes of the transaction's tenants and counts the attempt. They are not due again for [`LEASE_SECONDS`],
/// so that a second ledger leaves them alone and a crash only delays them.
pub async fn take_due(tx: &mut TenantsTx, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from edge_config
             where pushed_version < version and next_attempt_at <= now() and organization_id <> all ($1)
             order by next_attempt_at limit $2",
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let rows = sqlx::query_as!(
                Due,
                r#"with due as materialized (
                       select key from edge_config
                       where organization_id = $1 and pushed_version < version and next_attempt_at <= now()
                       order by next_attempt_at limit $2 for update skip locked)
                   update edge_config c set attempts = c.attempts + 1, next_attempt_at = now() + make_interval(secs => $3)
                   from due where c.organization_id = $1 and c.key = due.key
                   returning c.organization_id as organization, c.key, c.version, c.record, c.attempts"#,
                organization,
                count,
                LEASE_SECONDS,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(rows.len());
            taken.extend(rows);
        }
    }
    Ok(taken)
}

/// Makes records of the organization after a key, and deletions, due again, for an edge that has lost them, never had them,
/// or has those of a database that was since replaced by its backup. Returns their keys in order. The edge then has higher
/// versions than the backup, so each gets one that no change before can have reached: the time in milliseconds.
///
/// They are due after the delay, so that what changes until then is pushed first. What was to be pushed anyway isn't later
/// than before, and what is on its way waits for the end of that push.
pub async fn push_again(
    tx: &mut TenantTx,
    after: &str,
    limit: i64,
    delay_seconds: f64,
) -> Result<Vec<String>, sqlx::Error> {
    let organization = tx.organization();
    let keys = sqlx::query_scalar!(
        "select key from edge_config where organization_id = $1 and key > $2 order by key limit $3 for update",
        organization.uuid(),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    // A cluster refuses the time within a `case`, so what is on its way compares with a time that is later than any.
    sqlx::query!(
        "update edge_config
         set version = greatest(version + 1, (extract(epoch from now()) * 1000)::bigint),
             pushed_version = 0, attempts = case when pushed_version < version then attempts else 0 end,
             next_attempt_at = least(case when pushed_version < version then next_attempt_at end,
                 rekomi_later(now(), case when pushed_version < version and attempts > 0 then 1e9 else $3::float8 end))
         where organization_id = $1 and key = any ($2)",
        organization.uuid(),
        &keys,
        delay_seconds,
    )
    .execute(tx.conn())
    .await?;
    Ok(keys)
}

/// Records that the edge has these versions. A later change has a higher version and is due now. If a later version was
/// pushed in the meantime, because this push took longer than its lease, either one may have been written last: the
/// newest is pushed again.
///
/// Skips a row that another transaction has locked, as waiting while holding others could deadlock with a change of
/// several keys. Such a row is pushed again when its lease ends.
pub async fn mark_pushed(tx: &mut TenantsTx, pushed: &[Due]) -> Result<(), sqlx::Error> {
    for of_one in pushed.chunk_by(|one, next| one.organization == next.organization) {
        sqlx::query!(
            "with free as materialized (
                 select key from edge_config where organization_id = $1 and key = any ($2) for update skip locked)
             update edge_config c
             set pushed_version = case when p.version < c.pushed_version then 0 else p.version end,
                 attempts = case when p.version < c.pushed_version then c.attempts else 0 end,
                 next_attempt_at = least(c.next_attempt_at, now())
             from unnest($2::text[], $3::bigint[]) p (key, version) join free on free.key = p.key
             where c.organization_id = $1 and c.key = p.key",
            of_one[0].organization,
            &of_one.iter().map(|due| due.key.clone()).collect::<Vec<_>>(),
            &of_one.iter().map(|due| due.version).collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Records that the edge didn't take these versions: each is due again after its delay in seconds, and so is a change that
/// is made until then. One that was made before is due when the lease ends. Skips locked rows, as [`mark_pushed`] does.
pub async fn mark_failed(tx: &mut TenantsTx, failed: &[(Due, f64)]) -> Result<(), sqlx::Error> {
    for of_one in failed.chunk_by(|(one, _), (next, _)| one.organization == next.organization) {
        sqlx::query!(
            "with free as materialized (
                 select key from edge_config where organization_id = $1 and key = any ($2) for update skip locked)
             update edge_config c set next_attempt_at = rekomi_later(now(), p.delay)
             from unnest($2::text[], $3::bigint[], $4::float8[]) p (key, version, delay) join free on free.key = p.key
             where c.organization_id = $1 and c.key = p.key and c.version = p.version",
            of_one[0].0.organization,
            &of_one.iter().map(|(due, _)| due.key.clone()).collect::<Vec<_>>(),
            &of_one.iter().map(|(due, _)| due.version).collect::<Vec<_>>(),
            &of_one.iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// How many of the tenants' keys still have to be pushed.
pub async fn backlog(tx: &mut TenantsTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from edge_config where pushed_version < version"#)
        .fetch_one(tx.conn())
        .await
}

/// Records with sealed secrets after a key, including withheld ones; locked until the transaction ends.
pub async fn sealed(tx: &mut TenantTx, after: &str, limit: i64) -> Result<Vec<(String, Value)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select key, coalesce(record, withheld) as "record!" from edge_config
           where organization_id = $1 and key > $2 and coalesce(record, withheld) -> 'sealedSecrets' is not null
           order by key limit $3 for update"#,
        tx.organization().uuid(),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.record)).collect())
}

/// Replaces a record by a re-encrypted one with the same content, pushed or withheld as before.
pub async fn put_sealed_anew(tx: &mut TenantTx, key: &str, record: &Record, now: Timestamp) -> Result<(), sqlx::Error> {
    let withheld = sqlx::query!(
        "update edge_config set withheld = $3 where organization_id = $1 and key = $2 and record is null",
        tx.organization().uuid(),
        key,
        Json(record) as _,
    )
    .execute(tx.conn())
    .await?;
    if withheld.rows_affected() == 0 {
        put(tx, key, Some(record), now).await?;
    }
    Ok(())
}
