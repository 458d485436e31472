//! SQL of the status page: check results, days, incidents, and delayed queues.

use shared::timestamp::Timestamp;
use time::Date;
use uuid::Uuid;

use kit::{
    db::{GlobalTx, TenantsTx},
    status::{Component, FAILURES, Finding},
};
use rules::format;

/// Stores a check result, adds it to its day, and opens or closes an incident.
pub async fn keep(
    tx: &mut GlobalTx,
    finding: &Finding,
    slot: Timestamp,
    new_id: impl FnOnce() -> Uuid,
) -> Result<(), sqlx::Error> {
    let (component, ok) = (finding.component.as_str(), finding.failure.is_none());
    let kept = sqlx::query!(
        "insert into status_checks (component, checked_at, ok, detail) values ($1, $2, $3, $4) on conflict do nothing",
        component,
        slot,
        ok,
        finding.failure,
    )
    .execute(tx.conn())
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "insert into status_days (component, day, checks, failed)
         values ($1, ($2::timestamptz at time zone 'UTC')::date, 1, $3)
         on conflict (component, day) do update set checks = status_days.checks + 1,
             failed = status_days.failed + excluded.failed",
        component,
        slot,
        i32::from(!ok),
    )
    .execute(tx.conn())
    .await?;
    if ok {
        sqlx::query!(
            "update status_incidents set ended_at = $2 where component = $1 and ended_at is null and started_at <= $2",
            component,
            slot,
        )
        .execute(tx.conn())
        .await?;
    } else {
        let count = i64::try_from(FAILURES).unwrap_or(i64::MAX);
        sqlx::query!(
            "insert into status_incidents (id, component, started_at, detail)
             select $1, $2, min(checked_at), $5 from (
                 select checked_at, ok from status_checks where component = $2 and checked_at <= $3
                 order by checked_at desc limit $4) last
             having count(*) = $4 and not bool_or(ok)
             on conflict (component) where ended_at is null do nothing",
            new_id(),
            component,
            slot,
            count,
            finding.failure,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn forget(tx: &mut GlobalTx, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from status_checks where checked_at < $1", before).execute(tx.conn()).await?;
    sqlx::query!("delete from status_days where day < ($1::timestamptz at time zone 'UTC')::date", before)
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from status_incidents where ended_at < $1", before).execute(tx.conn()).await?;
    Ok(())
}

/// One component's checks of one day.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    pub component: Component,
    pub day: Date,
    pub checks: i32,
    pub failed: i32,
}

pub async fn days(tx: &mut GlobalTx, since: Date) -> Result<Vec<Day>, sqlx::Error> {
    let rows = sqlx::query!(
        "select component, day, checks, failed from status_days where day >= $1 order by component, day",
        since
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let component = Component::parse(&row.component)?;
            Some(Day { component, day: row.day, checks: row.checks, failed: row.failed })
        })
        .collect())
}

/// A time during which a component didn't work.
#[derive(Debug, Clone)]
pub struct Incident {
    pub component: Component,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub detail: Option<String>,
}

impl Incident {
    pub fn from(&self) -> String {
        format::moment(self.started_at)
    }

    pub fn to(&self) -> Option<String> {
        self.ended_at.map(format::moment)
    }
}

/// Newest first.
pub async fn incidents(tx: &mut GlobalTx, limit: i64) -> Result<Vec<Incident>, sqlx::Error> {
    let rows = sqlx::query!(
        "select component, started_at, ended_at, detail from status_incidents order by started_at desc limit $1",
        limit
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Incident {
                component: Component::parse(&row.component)?,
                started_at: row.started_at,
                ended_at: row.ended_at,
                detail: row.detail,
            })
        })
        .collect())
}

/// Returns whether a changed record hasn't reached the edge for minutes.
pub async fn edge_config_is_late(tx: &mut TenantsTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from edge_config
                          where pushed_version < version and attempts > 2 and next_attempt_at < now() + interval '1 hour') as "late!""#
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether deliveries have been due for minutes. An endpoint that doesn't answer is its owner's problem and
/// doesn't count.
pub async fn webhooks_are_late(tx: &mut TenantsTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from webhook_deliveries d
                          join webhook_endpoints e on e.organization_id = d.organization_id and e.id = d.endpoint_id
                          where d.state = 'Pending' and e.enabled
                            and d.next_attempt_at < now() - interval '5 minutes') as "late!""#
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether emails have been due for minutes, or failed repeatedly.
pub async fn mail_is_late(tx: &mut GlobalTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from mails where status = 'waiting'
                            and (next_attempt_at < now() - interval '5 minutes' or attempts > 2)) as "late!""#
    )
    .fetch_one(tx.conn())
    .await
}
