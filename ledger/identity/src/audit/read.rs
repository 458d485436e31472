//! SQL that reads the audit log, newest first, one page at a time.

use serde_json::Value;
use shared::{id::AuditEntryId, timestamp::Timestamp};
use uuid::Uuid;

use kit::db::{TenantTx, plan_store};

/// A line of the log.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: AuditEntryId,
    pub at: Timestamp,
    pub actor: String,
    /// The name of the app that the person acted through.
    pub via: Option<String>,
    pub action: String,
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub request_id: Option<String>,
    pub source_hash: Option<String>,
}

/// Selects entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `noun.verb_past`, or the noun alone.
    pub action: Option<String>,
    pub actor: Option<String>,
    pub target: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Filter {
    const fn narrows(&self) -> bool {
        self.action.is_some()
            || self.actor.is_some()
            || self.target.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }
}

pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Line>, sqlx::Error> {
    if filter.narrows() {
        plan_store::by_values(tx).await?;
    }
    let chosen = match filter.action.as_deref() {
        Some(noun) if !noun.contains('.') => Some(actions_of(tx, noun).await?),
        action => action.map(|action| vec![action.to_owned()]),
    };
    // An id begins with the time of its entry.
    let first_id = |moment: Timestamp| AuditEntryId::v7(moment.millis().unsigned_abs(), &[0; 10]).uuid();
    let rows = sqlx::query!(
        "select id, at, actor, via, action, target, before, after, request_id, source_hash from audit_log
         where organization_id = $1 and ($2::uuid is null or id < $2)
           and ($3::text[] is null or action = any ($3))
           and ($4::text is null or actor = $4) and ($5::text is null or target = $5)
           and ($6::uuid is null or id >= $6) and ($7::uuid is null or id < $7)
         order by id desc limit $8",
        tx.organization().uuid(),
        after,
        chosen.as_deref(),
        filter.actor,
        filter.target,
        filter.from.map(first_id),
        filter.to.map(first_id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let lines = rows.into_iter().map(|row| Line {
        id: row.id,
        at: row.at,
        actor: row.actor,
        via: row.via,
        action: row.action,
        target: row.target,
        before: row.before,
        after: row.after,
        request_id: row.request_id,
        source_hash: row.source_hash,
    });
    Ok(lines.collect())
}

/// Returns the actions of a noun in the log, each of which an index finds.
async fn actions_of(tx: &mut TenantTx, noun: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut actions = actions(tx, i64::MAX).await?;
    actions.retain(|action| action.split('.').next() == Some(noun));
    Ok(actions)
}

/// Returns every actor in the log, for a filter on the page.
pub async fn actors(tx: &mut TenantTx, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    // Walks along the index, one step per actor, however long the log is.
    sqlx::query_scalar!(
        r#"with recursive walk (actor) as (
               (select actor from audit_log where organization_id = $1 order by actor limit 1)
               union all
               select (select a.actor from audit_log a
                       where a.organization_id = $1 and a.actor > walk.actor order by a.actor limit 1)
               from walk where walk.actor is not null)
           select actor as "actor!" from walk where actor is not null limit $2"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Returns every action in the log, for a filter on the page.
pub async fn actions(tx: &mut TenantTx, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with recursive walk (action) as (
               (select action from audit_log where organization_id = $1 order by action limit 1)
               union all
               select (select a.action from audit_log a
                       where a.organization_id = $1 and a.action > walk.action order by a.action limit 1)
               from walk where walk.action is not null)
           select action as "action!" from walk where action is not null limit $2"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
