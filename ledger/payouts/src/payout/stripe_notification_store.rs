//! SQL of Stripe's notifications about transfers, bank payouts and the balance.

use shared::{
    id::{OrganizationId, PayoutId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::lease_store::WITHOUT_MONEY;
use kit::db::{TenantTx, TenantsTx};

/// The number of tries; after that the daily reconciliation with Stripe finds what is left.
const TRIES_MAX: i32 = 12;
/// How often a notification that waits for a payout to be settled is retried, for as long as the payout is open.
const AGAIN_SECONDS: f64 = 300.0;

#[derive(Debug)]
pub(super) struct DueNotification {
    pub(super) organization: OrganizationId,
    pub(super) connection: Uuid,
    /// `evt_…`.
    pub(super) event: String,
    pub(super) kind: String,
    pub(super) account: Option<String>,
    pub(super) object: Option<String>,
}

impl DueNotification {
    /// Returns whether it is about a bank payout, for which nothing is booked: the others come first.
    pub(super) fn is_of_bank(&self) -> bool {
        self.kind.starts_with("payout.")
    }
}

/// How many notifications are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion<'a> {
    /// The number of connections.
    pub(super) connections: i64,
    /// The number of notifications of each connection.
    pub(super) notifications: i64,
    /// Organizations whose notifications are being processed already: none of theirs are taken.
    pub(super) busy: &'a [Uuid],
}

/// Takes due notifications, of active connections only: those of the others wait for a key. It takes a few per
/// connection, so that one with thousands of them holds up no other, and those about transfers and the balance before
/// those about banks. Each is due again later if it isn't done by then.
pub(super) async fn take(
    tx: &mut TenantsTx,
    now: Timestamp,
    portion: Portion<'_>,
) -> Result<Vec<DueNotification>, sqlx::Error> {
    let connections = sqlx::query!(
        "select c.organization_id, c.id from payout_connections c
         cross join lateral (
             select min(f.next_at) as first, min(f.next_at) filter (where f.kind not like 'payout.%') as of_money
             from stripe_notifications f
             where f.organization_id = c.organization_id and f.connection_id = c.id and f.next_at <= $1
               and (f.kind like 'transfer.%' or f.kind like 'payout.%' or f.kind = 'balance.available')) f
         where c.status = 'active' and not c.organization_id = any ($3) and f.first is not null
         order by f.of_money is null, coalesce(f.of_money, f.first) limit $2",
        now,
        portion.connections,
        portion.busy,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut taken = Vec::new();
    for connection in connections {
        let rows = sqlx::query!(
            "with d as materialized (
                 select event from stripe_notifications
                 where organization_id = $1 and connection_id = $2 and next_at <= $3
                   and (kind like 'transfer.%' or kind like 'payout.%' or kind = 'balance.available')
                 order by kind like 'payout.%', next_at limit $5 for no key update skip locked)
             update stripe_notifications h
             set tries = h.tries + 1,
                 next_at = case when h.tries + 1 < $4 then rekomi_later($3, 30 * 2 ^ h.tries) end
             from d
             where h.organization_id = $1 and h.connection_id = $2 and h.event = d.event
             returning h.event, h.kind, h.account, h.object",
            connection.organization_id.uuid(),
            connection.id,
            now,
            TRIES_MAX,
            portion.notifications,
        )
        .fetch_all(tx.conn())
        .await?;
        taken.extend(rows.into_iter().map(|row| DueNotification {
            organization: connection.organization_id,
            connection: connection.id,
            event: row.event,
            kind: row.kind,
            account: row.account,
            object: row.object,
        }));
    }
    Ok(taken)
}

pub(super) async fn done(tx: &mut TenantTx, notification: &DueNotification) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update stripe_notifications set next_at = null where organization_id = $1 and connection_id = $2 and event = $3",
        notification.organization.uuid(),
        notification.connection,
        notification.event,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes payouts that wait for money due: the balance has some.
pub(super) async fn money_came(
    tx: &mut TenantTx,
    notification: &DueNotification,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    // Lock order: the connection's row first, then the payouts' rows.
    sqlx::query!(
        "select id from payout_connections where organization_id = $1 and id = $2 for no key update",
        notification.organization.uuid(),
        notification.connection,
    )
    .fetch_optional(tx.conn())
    .await?;
    sqlx::query!(
        "with waiting as (
             select id from payouts
             where organization_id = $1 and reason_code = $4 and next_at > $3
               and (status = 'Scheduled' or (status = 'Reserved' and connection_id = $2))
             order by id for no key update)
         update payouts p set next_at = $3, updated_at = $3 from waiting w where p.organization_id = $1 and p.id = w.id",
        notification.organization.uuid(),
        notification.connection,
        now,
        WITHOUT_MONEY,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns whether a transfer that no payout was linked to belongs to one of our payouts that is still open or was
/// settled just now.
pub(super) async fn is_to_be_settled(tx: &mut TenantTx, payout: PayoutId, transfer: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payouts
                          where organization_id = $1 and id = $2 and rail = 'Stripe'
                            and (status in ('Scheduled', 'Reserved', 'Sending', 'Unknown') or transfer = $3)) as "is!""#,
        tx.organization().uuid(),
        payout.uuid(),
        transfer,
    )
    .fetch_one(tx.conn())
    .await
}

/// Retries the notification within minutes, regardless of how many tries it had: it waits for one of our payouts to be
/// settled.
pub(super) async fn again(
    tx: &mut TenantTx,
    notification: &DueNotification,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update stripe_notifications
         set tries = least(tries, 5), next_at = least(next_at, $4::timestamptz + make_interval(secs => $5))
         where organization_id = $1 and connection_id = $2 and event = $3",
        notification.organization.uuid(),
        notification.connection,
        notification.event,
        now,
        AGAIN_SECONDS,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes a payout whose fate is unknown due for a look-up, since Stripe reports a transfer of it.
pub(super) async fn arrived(tx: &mut TenantTx, payout: PayoutId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts set next_at = least(next_at, $3) where organization_id = $1 and id = $2 and status = 'Unknown'",
        tx.organization().uuid(),
        payout.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
