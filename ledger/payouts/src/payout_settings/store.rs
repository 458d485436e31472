//! SQL of how an organization pays, and of its local time.

use std::collections::BTreeMap;

use payout_core::tax::gate::Gate;
use shared::timestamp::Timestamp;
use sqlx::types::Json;
use time::PrimitiveDateTime;

use super::settings::{Plan, Settings};
use kit::db::TenantTx;

/// Loads the settings; the defaults if nothing was set yet.
pub async fn read(tx: &mut TenantTx) -> Result<Settings, sqlx::Error> {
    let row = sqlx::query!(
        r#"select schedule, weekday, month_day, next_run_at, postponed as "postponed: Json<BTreeMap<String, String>>",
                  minimums as "minimums: Json<BTreeMap<String, i64>>", second_approver, tax_gate, tax_gate_chosen, tax_thresholds as "tax_thresholds: Json<BTreeMap<String, i64>>"
           from payout_settings where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map_or_else(Settings::default, |row| Settings {
        plan: Plan::of(&row.schedule, row.weekday, row.month_day),
        next_run_at: row.next_run_at,
        postponed: row.postponed.0,
        minimums: row.minimums.0,
        second_approver: row.second_approver,
        tax_gate: Gate::parse(&row.tax_gate).unwrap_or(Gate::Hold),
        is_tax_gate_chosen: row.tax_gate_chosen,
        tax_thresholds: row.tax_thresholds.0,
    }))
}

/// Like [`read`], locked until the end of the transaction.
pub async fn lock(tx: &mut TenantTx, now: Timestamp) -> Result<Settings, sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into payout_settings (organization_id, updated_at) values ($1, $2) on conflict do nothing",
        organization.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("select 1 as one from payout_settings where organization_id = $1 for update", organization.uuid())
        .fetch_one(tx.conn())
        .await?;
    read(tx).await
}

pub async fn save(tx: &mut TenantTx, settings: &Settings, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_settings
         set schedule = $2, weekday = $3, month_day = $4, next_run_at = $5, minimums = $6, second_approver = $7, tax_gate = $8,
             tax_thresholds = $9, updated_at = $10, postponed = $11, tax_gate_chosen = $12
         where organization_id = $1",
        tx.organization().uuid(),
        settings.plan.name(),
        settings.plan.weekday(),
        settings.plan.month_day(),
        settings.next_run_at,
        Json(&settings.minimums) as _,
        settings.second_approver,
        settings.tax_gate.as_str(),
        Json(&settings.tax_thresholds) as _,
        now,
        Json(&settings.postponed) as _,
        settings.is_tax_gate_chosen,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns whether a scheduled run of the period was created, in any currency, and not cancelled.
pub async fn has_run(tx: &mut TenantTx, period: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_runs
                          where organization_id = $1 and period = $2 and state <> 'Cancelled') as "exists!""#,
        tx.organization().uuid(),
        period,
    )
    .fetch_one(tx.conn())
    .await
}

/// Converts a time to the organization's local time.
pub async fn local(tx: &mut TenantTx, now: Timestamp) -> Result<PrimitiveDateTime, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select $2::timestamptz at time zone time_zone as "local!" from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// Converts the organization's local time to a timestamp.
pub async fn moment_of(tx: &mut TenantTx, local: PrimitiveDateTime) -> Result<Timestamp, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select $2::timestamp at time zone time_zone as "moment!" from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        local,
    )
    .fetch_one(tx.conn())
    .await
}
