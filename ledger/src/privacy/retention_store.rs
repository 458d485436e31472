//! SQL of retention: settings, and deletion in portions.

use std::collections::HashMap;

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::retention::{Class, Retention};
use kit::db::{TenantTx, TenantsTx};

/// The settings of those of the transaction's tenants that have any.
pub async fn of_all(tx: &mut TenantsTx) -> Result<HashMap<OrganizationId, Retention>, sqlx::Error> {
    let usual = Retention::default();
    let rows = sqlx::query!(
        "select organization_id, click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days from retention"
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let set = Retention {
                click_days: row.click_days.unwrap_or(usual.click_days),
                quarantine_days: row.quarantine_days.unwrap_or(usual.quarantine_days),
                idempotency_key_days: row.idempotency_key_days.unwrap_or(usual.idempotency_key_days),
                audit_days: row.audit_days.unwrap_or(usual.audit_days),
                copilot_days: row.copilot_days.unwrap_or(usual.copilot_days),
            };
            (row.organization_id, set)
        })
        .collect())
}

pub async fn read(tx: &mut TenantTx) -> Result<Retention, sqlx::Error> {
    let organization = tx.organization();
    Ok(of_all(tx).await?.remove(&organization).unwrap_or_default())
}

pub async fn set(tx: &mut TenantTx, retention: Retention, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into retention (organization_id, click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days,
             changed_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id) do update set click_days = excluded.click_days,
             quarantine_days = excluded.quarantine_days, idempotency_key_days = excluded.idempotency_key_days,
             audit_days = excluded.audit_days, copilot_days = excluded.copilot_days, changed_at = excluded.changed_at",
        tx.organization().uuid(),
        retention.click_days,
        retention.quarantine_days,
        retention.idempotency_key_days,
        retention.audit_days,
        retention.copilot_days,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes up to this many older rows; returns how many were deleted.
pub async fn delete(tx: &mut TenantTx, class: Class, before: Timestamp, at_most: i32) -> Result<u64, sqlx::Error> {
    let organization = tx.organization();
    let by_owner = match class {
        Class::Clicks => "clicks",
        Class::Audit => "audit_log",
        Class::Quarantine => {
            return sqlx::query!(
                "delete from quarantine where organization_id = $1 and id in (
                     select id from quarantine where organization_id = $1 and state <> 'open' and created_at < $2 limit $3)",
                organization.uuid(),
                before,
                i64::from(at_most),
            )
            .execute(tx.conn())
            .await
            .map(|done| done.rows_affected());
        }
        Class::IdempotencyKeys => {
            return sqlx::query!(
                "delete from idempotency_keys where organization_id = $1 and key in (
                     select key from idempotency_keys where organization_id = $1 and created_at < $2 limit $3)",
                organization.uuid(),
                before,
                i64::from(at_most),
            )
            .execute(tx.conn())
            .await
            .map(|done| done.rows_affected());
        }
    };
    let deleted = sqlx::query_scalar!(
        r#"select rekomi_delete_old($1, $2, $3, $4) as "deleted!""#,
        by_owner,
        organization.uuid(),
        before,
        at_most,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(u64::try_from(deleted).unwrap_or_default())
}
