//! SQL of the recipients of emails about payouts.

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::row_store::Row;
use kit::db::TenantTx;

const HOUR_MILLIS: i64 = 3_600_000;

/// The affiliate's name and address; `None` if their data was erased.
pub(super) async fn affiliate(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select name, email from affiliates where organization_id = $1 and id = $2 and erased_at is null",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.name, row.email)))
}

/// The affiliate's name.
pub(super) async fn name(tx: &mut TenantTx, row: &Row) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        "select name from affiliates where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether another payout failed within the last hour, for a reason that was worth an email.
pub(super) async fn failed_lately(tx: &mut TenantTx, row: &Row, now: Timestamp) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payouts
                          where organization_id = $1 and id <> $2 and status = 'Failed' and ended_at > $3
                            and reason_code not in ('nothing_payable', 'below_minimum', 'cancelled', 'marked_failed'))
                  as "lately!""#,
        row.organization.uuid(),
        row.id.uuid(),
        now.plus_millis(-HOUR_MILLIS),
    )
    .fetch_one(tx.conn())
    .await
}
