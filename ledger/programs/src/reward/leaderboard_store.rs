//! SQL for leaderboards: where a brand switched them on, and who agreed to be named.

use std::collections::HashMap;

use rules::reward::{Metric, period::Repeats};
use shared::{
    id::{AffiliateId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

/// The leaderboard of a program.
#[derive(Debug, Clone)]
pub struct Leaderboard {
    pub program: ProgramId,
    pub program_name: String,
    pub metric: Metric,
    pub currency: Option<Currency>,
    pub repeats: Repeats,
}

/// By the program's name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Leaderboard>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.program_id as "program_id: ProgramId", p.name, l.metric as "metric: Metric", l.currency,
                  l.repeats as "repeats: Repeats"
           from leaderboards l
           join programs p on p.organization_id = l.organization_id and p.id = l.program_id
           where l.organization_id = $1 and p.archived_at is null order by lower(p.name), p.id limit 200"#,
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Leaderboard {
            program: row.program_id,
            program_name: row.name,
            metric: row.metric,
            currency: row.currency.and_then(|code| code.parse().ok()),
            repeats: row.repeats,
        })
        .collect())
}

/// Switches a program's leaderboard on, or changes what it shows.
pub async fn set(
    tx: &mut TenantTx,
    program: ProgramId,
    (metric, currency, repeats): (Metric, Option<Currency>, Repeats),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into leaderboards (organization_id, program_id, metric, currency, repeats, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, program_id) do update
             set metric = excluded.metric, currency = excluded.currency, repeats = excluded.repeats",
        tx.organization().uuid(),
        program.uuid(),
        metric.as_str(),
        currency.map(|currency| currency.code().to_owned()),
        repeats.as_str(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Switches a program's leaderboard off.
pub async fn remove(tx: &mut TenantTx, program: ProgramId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from leaderboards where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The names of those of these affiliates who agreed to be named.
pub async fn names(tx: &mut TenantTx, affiliates: &[AffiliateId]) -> Result<HashMap<AffiliateId, String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select affiliate_id as "affiliate_id: AffiliateId", name from leaderboard_names
           where organization_id = $1 and affiliate_id = any ($2)"#,
        tx.organization().uuid(),
        &affiliates.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.affiliate_id, row.name)).collect())
}

/// Records that an affiliate agrees to be shown by this name.
pub async fn agree(tx: &mut TenantTx, affiliate: AffiliateId, name: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into leaderboard_names (organization_id, affiliate_id, name, agreed_at) values ($1, $2, $3, $4)
         on conflict (organization_id, affiliate_id) do update set name = excluded.name, agreed_at = excluded.agreed_at",
        tx.organization().uuid(),
        affiliate.uuid(),
        name,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Ends it.
pub async fn withdraw(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from leaderboard_names where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
