//! SQL for checking bank payouts: which accounts to ask, and the notifications that result.

use payout_core::stripe::sent_to_bank::BankPayout;
use shared::{id::PayoutConnectionId, timestamp::Timestamp};

use kit::db::TenantTx;

/// Delay between notifications about one account: they are processed in order.
const APART_MILLIS: i64 = 3_000;

/// Accounts (`acct_…`) that were sent money in that time span, in random order; with `error`, only those whose bank
/// status is unknown.
pub(super) async fn accounts(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    (since, until): (Timestamp, Timestamp),
    error: bool,
    most: i64,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select destination as "account!" from payouts
           where organization_id = $1 and connection_id = $2 and rail = 'Stripe' and status = 'Sent'
             and destination is not null and sent_at between $3 and $4 and (not $5 or bank_status is null)
           group by 1 order by random() limit $6"#,
        tx.organization().uuid(),
        connection.uuid(),
        since,
        until,
        error,
        most,
    )
    .fetch_all(tx.conn())
    .await
}

/// Stores a notification for each bank payout: it is processed once, and again if its status changes.
pub(super) async fn notify(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    account: &str,
    reported: &[&BankPayout],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    for (place, payout) in (0..).zip(reported) {
        sqlx::query!(
            "insert into stripe_notifications (organization_id, connection_id, event, kind, account, object, received_at, next_at)
             values ($1, $2, $3, 'payout.updated', $4, $5, $6, $7) on conflict do nothing",
            organization.uuid(),
            connection.uuid(),
            format!("compared-{}-{}", payout.id, payout.status),
            account,
            payout.id,
            now,
            now.plus_millis(APART_MILLIS * place),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
