//! SQL that reads syncs, their steps and attempts, and the progress of full re-syncs.

use std::collections::HashMap;

use crate::crm::sync_code::{LEFT_ALONE, SUPERSEDED};
use serde_json::{Map, Value};
use shared::{
    id::{AffiliateId, CrmConnectionId, ResyncId, SyncId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::view::{ResyncView, SyncAttempt, SyncStep, SyncView, percent, title};
use kit::db::{TenantTx, plan_store};

/// The number of a sync's attempts that are shown, the latest ones: a vendor outage of several days would fill a page
/// that no one can read.
const ATTEMPTS_MAX: i64 = 200;

/// Filters the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<Uuid>,
    pub connection: Option<CrmConnectionId>,
    pub affiliate: Option<AffiliateId>,
    pub state: Option<&'static str>,
    pub task: Option<&'static str>,
    pub code: Option<String>,
    pub batch: Option<ResyncId>,
    /// Only syncs that ended with an error.
    pub failing: bool,
    /// A part of the affiliate's name or email, in lower case.
    pub person: Option<String>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

impl Filter {
    pub fn one(id: SyncId) -> Self {
        Self { id: Some(id.uuid()), limit: 1, ..Self::default() }
    }
}

/// A sync with its affiliate's name and email.
#[derive(Debug, Clone)]
pub struct Row {
    pub sync: SyncView,
    pub name: String,
    pub email: String,
}

/// Lists the newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Row>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select s.id, s.connection_id, s.affiliate_id, c.vendor, s.task, s.reason, s.batch_id, s.state, s.code, s.message,
                  s.created_at, s.started_at, s.finished_at, s.next_at, a.name, a.email
           from crm_syncs s
           join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
           join affiliates a on a.organization_id = s.organization_id and a.id = s.affiliate_id
           where s.organization_id = $1 and ($2::uuid is null or s.id = $2)
             and ($3::uuid is null or s.connection_id = $3) and ($4::uuid is null or s.affiliate_id = $4)
             and ($5::text is null or s.state = $5) and ($6::text is null or s.task = $6)
             and ($7::text is null or s.code = $7) and ($8::uuid is null or s.batch_id = $8)
             and (not $9 or (s.state = 'Failed' and (s.code = any ($10)) is not true))
             and ($11::text is null or strpos(a.email, $11) > 0 or strpos(lower(a.name), $11) > 0)
             and ($12::uuid is null or s.id < $12)
           order by s.id desc limit $13"#,
        tx.organization().uuid(),
        filter.id,
        filter.connection.map(CrmConnectionId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.state,
        filter.task,
        filter.code,
        filter.batch.map(ResyncId::uuid),
        filter.failing,
        &[LEFT_ALONE.to_owned(), SUPERSEDED.to_owned()],
        filter.person,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        sync: SyncView {
            id: SyncId::new(row.id),
            connection_id: row.connection_id,
            affiliate_id: AffiliateId::new(row.affiliate_id),
            vendor: row.vendor,
            task: row.task,
            reason: row.reason,
            batch_id: row.batch_id,
            state: row.state,
            code: row.code,
            message: row.message,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            next_attempt_at: row.next_at,
        },
        name: row.name,
        email: row.email,
    });
    Ok(rows.collect())
}

pub async fn read(tx: &mut TenantTx, id: SyncId) -> Result<Option<Row>, sqlx::Error> {
    Ok(list(tx, &Filter::one(id)).await?.pop())
}

/// Loads a sync's steps in order, each with its attempts, the oldest first.
pub async fn steps(tx: &mut TenantTx, sync: SyncId) -> Result<Vec<SyncStep>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.position, s.action, s.state, s.note,
                  coalesce(case s.action when 'join' then coalesce(
                      (select c.list ->> 'name' from crm_connections c
                       where c.organization_id = $1 and c.id = y.connection_id and c.list ->> 'id' = s.about),
                      (select o.list ->> 'name' from crm_overrides o
                       where o.organization_id = $1 and o.connection_id = y.connection_id and o.list ->> 'id' = s.about
                       limit 1)) end, s.about) as "about!"
           from crm_steps s
           join crm_syncs y on y.organization_id = s.organization_id and y.id = s.sync_id
           where s.organization_id = $1 and s.sync_id = $2 order by s.position"#,
        tx.organization().uuid(),
        sync.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut attempts = attempts(tx, sync).await?;
    let steps = rows.into_iter().map(|row| SyncStep {
        title: title(&row.action, &row.about),
        state: row.state,
        note: row.note,
        attempts: attempts.remove(&row.position).unwrap_or_default(),
    });
    Ok(steps.collect())
}

async fn attempts(tx: &mut TenantTx, sync: SyncId) -> Result<HashMap<i32, Vec<SyncAttempt>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select position, started_at, duration_ms, method, url, request_headers as "request_headers: Json<Map<String, Value>>",
                  request_body, status, answer_headers as "answer_headers: Json<Map<String, Value>>", answer, code, message
           from crm_attempts where organization_id = $1 and sync_id = $2 order by id desc limit $3"#,
        tx.organization().uuid(),
        sync.uuid(),
        ATTEMPTS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<i32, Vec<SyncAttempt>> = HashMap::new();
    for row in rows.into_iter().rev() {
        found.entry(row.position).or_default().push(SyncAttempt {
            method: row.method,
            url: row.url,
            request_headers: row.request_headers.0,
            request_body: row.request_body,
            status: row.status,
            answer_headers: row.answer_headers.map(|headers| headers.0),
            answer: row.answer,
            code: row.code,
            message: row.message,
            started_at: row.started_at,
            duration_ms: row.duration_ms,
        });
    }
    Ok(found)
}

/// Counts a connection's unfinished syncs by state, and those that ended with an error: what indexes of their own contain.
/// The others may be millions.
pub async fn counts(tx: &mut TenantTx, connection: CrmConnectionId) -> Result<HashMap<String, i64>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select state as "state!", count(*) as "count!" from crm_syncs
           where organization_id = $1 and connection_id = $2 and next_at is not null
           group by state
           union all
           select 'Failed', count(*) from crm_syncs
           where organization_id = $1 and connection_id = $2 and state = 'Failed'
             and code not in ('left_alone', 'superseded')"#,
        tx.organization().uuid(),
        connection.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
}

/// Filters the list of a connection's full re-syncs.
#[derive(Debug, Clone, Copy)]
pub struct ResyncFilter {
    pub id: Option<ResyncId>,
    pub connection: CrmConnectionId,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists the newest first.
pub async fn resyncs(tx: &mut TenantTx, filter: ResyncFilter) -> Result<Vec<ResyncView>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select b.id, b.connection_id, b.total, b.created_at, n.queued as "queued!", n.running as "running!",
                  n.retrying as "retrying!", n.succeeded as "succeeded!", n.failed as "failed!", n.alone as "alone!",
                  n.superseded as "superseded!"
           from crm_batches b
           cross join lateral (
               select count(*) filter (where s.state = 'Queued') as queued,
                      count(*) filter (where s.state = 'Running') as running,
                      count(*) filter (where s.state = 'Retrying') as retrying,
                      count(*) filter (where s.state = 'Succeeded') as succeeded,
                      count(*) filter (where s.state = 'Failed' and (s.code in ($6, $7)) is not true) as failed,
                      count(*) filter (where s.state = 'Failed' and s.code = $6) as alone,
                      count(*) filter (where s.state = 'Failed' and s.code = $7) as superseded
               from crm_syncs s where s.organization_id = $1 and s.batch_id = b.id) n
           where b.organization_id = $1 and b.connection_id = $2 and ($3::uuid is null or b.id = $3)
             and ($4::uuid is null or b.id < $4)
           order by b.id desc limit $5"#,
        tx.organization().uuid(),
        filter.connection.uuid(),
        filter.id.map(ResyncId::uuid),
        filter.after,
        filter.limit,
        LEFT_ALONE,
        SUPERSEDED,
    )
    .fetch_all(tx.conn())
    .await?;
    let resyncs = rows.into_iter().map(|row| ResyncView {
        id: row.id,
        connection_id: row.connection_id,
        total: i64::from(row.total),
        queued: row.queued,
        running: row.running,
        retrying: row.retrying,
        succeeded: row.succeeded,
        failed: row.failed,
        left_alone: row.alone,
        superseded: row.superseded,
        percent: percent(i64::from(row.total), row.queued + row.running + row.retrying),
        created_at: row.created_at,
    });
    Ok(resyncs.collect())
}

/// A connection that is paused, or with affiliates who couldn't be synced.
#[derive(Debug, Clone)]
pub struct FailingCrm {
    pub id: CrmConnectionId,
    pub vendor: String,
    pub paused: Option<String>,
    pub failed: i64,
}

/// Lists failing connections. A failure counts until a later sync of the same person and task exists or someone
/// dismisses it; at most `limit` per connection are counted.
pub async fn failing(tx: &mut TenantTx, from: Timestamp, limit: i64) -> Result<Vec<FailingCrm>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.vendor, c.status = 'paused' as "paused!", c.paused_reason, f.count as "failed!"
           from crm_connections c
           cross join lateral (
               select count(*) from (
                   select 1 from crm_syncs s
                   where s.organization_id = $1 and s.connection_id = c.id and s.state = 'Failed'
                     and s.code not in ('left_alone', 'superseded') and s.finished_at >= $2
                     and s.finished_at > coalesce((select d.dismissed_at from dismissed_alerts d
                                                   where d.organization_id = $1 and d.kind = 'Crm' and d.id = c.id), '-infinity')
                     and not exists (
                         select from crm_syncs l
                         where l.organization_id = $1 and l.affiliate_id = s.affiliate_id
                           and l.connection_id = s.connection_id and l.task = s.task and l.id > s.id)
                   limit $3) n) f
           where c.organization_id = $1 and c.status <> 'disabled' and (c.status = 'paused' or f.count > 0)
           order by c.id"#,
        tx.organization().uuid(),
        from,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let failing = rows.into_iter().map(|row| FailingCrm {
        id: CrmConnectionId::new(row.id),
        vendor: row.vendor,
        paused: row.paused.then(|| row.paused_reason.unwrap_or_default()),
        failed: row.failed,
    });
    Ok(failing.collect())
}
